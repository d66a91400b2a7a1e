-- SPDX-License-Identifier: ISC
-- Which vantages name different carriers of one prefix in one hour (UTC).
WITH said AS (
	SELECT DISTINCT prefix, substr(start, 1, 13) AS hour, vantage, carrier
	FROM v_verdict WHERE carrier <> 'unknown'
)
SELECT a.prefix, a.vantage, a.carrier, b.vantage AS other, b.carrier AS other_carrier,
	count(*) AS hours, min(a.hour) AS first, max(a.hour) AS last
FROM said a JOIN said b ON b.prefix = a.prefix AND b.hour = a.hour
	AND b.vantage > a.vantage AND b.carrier <> a.carrier
GROUP BY a.prefix, a.vantage, a.carrier, b.vantage, b.carrier
ORDER BY a.prefix, a.vantage, a.carrier, b.vantage, b.carrier;
