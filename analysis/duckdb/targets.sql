-- SPDX-License-Identifier: ISC
-- Traces to each target, and how many the target itself answered.
SELECT vantage, target, count(DISTINCT trace) AS traces,
    count(DISTINCT CASE WHEN stop = 'reached' THEN trace END) AS reached
FROM 'probes.parquet' GROUP BY vantage, target ORDER BY vantage, target;
