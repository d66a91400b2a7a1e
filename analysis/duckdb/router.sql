-- SPDX-License-Identifier: ISC
-- The paths through a router: whose, where to, at which TTL, since when.
WITH hop AS (
	SELECT *, unnest(string_split(hops, ' ')) AS place FROM 'paths.parquet'
)
SELECT vantage, target, CAST(split_part(place, ':', 1) AS INTEGER) AS ttl,
    path, CAST(sum(traces) AS BIGINT) AS traces,
    min(first) AS first, max(last) AS last
FROM hop WHERE regexp_matches(place, ':188\.43\.225\.153(!|$)')
GROUP BY vantage, target, ttl, path ORDER BY vantage, target, ttl, path;
