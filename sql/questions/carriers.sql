-- SPDX-License-Identifier: ISC
-- Who carried a prefix in the last week of what there is, by vantage.
SELECT vantage, carrier, entry_as, count(*) AS traces, min(start) AS first, max(start) AS last
FROM v_verdict
WHERE prefix = '175.45.178.0/24' AND carrier <> 'unknown'
AND started_us > (SELECT max(started_us) FROM v_verdict) - 604800000000
GROUP BY vantage, carrier, entry_as ORDER BY vantage, first;
