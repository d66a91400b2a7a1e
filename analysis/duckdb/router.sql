-- SPDX-License-Identifier: ISC
-- Which paths led through the router 188.43.12.2, and when.
SELECT vantage, target, method, flow, path, first, last, traces
FROM 'paths.parquet'
WHERE hops || ' ' LIKE '%:188.43.12.2 %' OR hops LIKE '%:188.43.12.2!%'
ORDER BY vantage, target, method, flow, first, path;
