-- SPDX-License-Identifier: ISC
-- Probes without a reply, by vantage and reason.
SELECT vantage, silent, count(*) AS probes FROM 'probes.parquet'
WHERE silent IS NOT NULL GROUP BY vantage, silent ORDER BY vantage, silent;
