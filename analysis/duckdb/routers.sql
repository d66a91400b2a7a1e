-- SPDX-License-Identifier: ISC
-- Which routers answered, in how many traces, and how fast (ns).
SELECT addr, count(DISTINCT trace) AS traces, count(*) AS replies,
    min(rtt_ns) AS fastest_ns FROM 'probes.parquet'
WHERE addr IS NOT NULL GROUP BY addr ORDER BY addr;
