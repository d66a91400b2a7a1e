-- SPDX-License-Identifier: ISC
-- The slowest border: how long the way to the first hop behind it takes.
SELECT prefix, vantage, carrier, entry_as, count(*) AS traces,
    min(border_rtt_us) AS fastest_us, max(border_rtt_us) AS slowest_us
FROM 'traces.parquet' WHERE border_rtt_us IS NOT NULL
GROUP BY prefix, vantage, carrier, entry_as
ORDER BY fastest_us DESC, prefix, vantage, carrier;
