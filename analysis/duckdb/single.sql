-- SPDX-License-Identifier: ISC
-- Days (UTC) on which a prefix had one carrier alone, whoever looked.
SELECT prefix, carrier, count(*) AS days, min(day) AS first, max(day) AS last
FROM (
	SELECT prefix, substr(start, 1, 10) AS day, min(carrier) AS carrier
	FROM 'traces.parquet' WHERE carrier NOT IN ('unknown', 'none')
	GROUP BY prefix, substr(start, 1, 10)
	HAVING count(DISTINCT carrier) = 1
) days
GROUP BY prefix, carrier ORDER BY prefix, first, carrier;
