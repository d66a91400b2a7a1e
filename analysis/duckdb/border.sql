-- SPDX-License-Identifier: ISC
-- The slowest border: who is farthest from the first router behind it.
SELECT vantage, prefix, carrier, count(*) AS traces,
    min(border_rtt_us) AS least_us, max(border_rtt_us) AS most_us
FROM 'traces.parquet' WHERE border_rtt_us IS NOT NULL
GROUP BY vantage, prefix, carrier
ORDER BY least_us DESC, vantage, prefix LIMIT 10;
