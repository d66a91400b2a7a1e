-- SPDX-License-Identifier: ISC
-- Who carried a prefix in the last week of what there is, by vantage.
SELECT vantage, carrier, entry_as, count(*) AS traces,
    min(start) AS first, max(start) AS last
FROM 'traces.parquet'
WHERE prefix = '175.45.178.0/24' AND carrier <> 'unknown' AND start_us >
    (SELECT max(start_us) - 604800000000 FROM 'traces.parquet'
     WHERE carrier IS NOT NULL)
GROUP BY vantage, carrier, entry_as ORDER BY vantage, first;
