-- SPDX-License-Identifier: ISC
-- Days (UTC) on which all that was seen of a prefix came through one carrier.
SELECT prefix, substr(start, 1, 10) AS day, min(carrier) AS carrier,
    count(DISTINCT vantage) AS vantages, count(*) AS traces
FROM 'traces.parquet' WHERE carrier <> 'unknown'
GROUP BY prefix, substr(start, 1, 10) HAVING count(DISTINCT carrier) = 1
ORDER BY prefix, day;
