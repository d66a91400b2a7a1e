-- SPDX-License-Identifier: ISC
-- Who carried 175.45.178.0/24 in the last week of the data, seen from where.
SELECT vantage, carrier, entry_as, count(*) AS traces,
    min(start) AS first, max(start) AS last
FROM 'traces.parquet'
WHERE prefix = '175.45.178.0/24' AND carrier IS NOT NULL AND start_us >
    (SELECT max(start_us) - 7 * 86400000000 FROM 'traces.parquet')
GROUP BY vantage, carrier, entry_as ORDER BY vantage, first, carrier;
