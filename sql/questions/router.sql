-- SPDX-License-Identifier: ISC
-- The paths through a router: whose, where to, at which TTL, since when.
SELECT vantage, target, ttl, path, count(*) AS traces, min(start) AS first, max(start) AS last
FROM v_hop WHERE addr = '188.43.225.153'
GROUP BY vantage, target, ttl, path ORDER BY vantage, target, ttl, path;
