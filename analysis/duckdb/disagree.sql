-- SPDX-License-Identifier: ISC
-- Which vantages had different carriers towards one prefix on one day (UTC).
WITH seen AS (
	SELECT DISTINCT substr(start, 1, 10) AS day, prefix, vantage, carrier
	FROM 'traces.parquet' WHERE carrier <> 'unknown'
)
SELECT a.day, a.prefix, a.vantage, a.carrier,
    b.vantage AS other, b.carrier AS other_carrier
FROM seen a JOIN seen b ON b.day = a.day AND b.prefix = a.prefix
WHERE b.vantage > a.vantage AND b.carrier <> a.carrier
ORDER BY a.day, a.prefix, a.vantage, a.carrier, other, other_carrier;
