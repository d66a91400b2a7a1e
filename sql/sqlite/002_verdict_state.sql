-- SPDX-License-Identifier: ISC
-- What timelines read of a verdict, without its JSON: a year of it stays in
-- memory (80 octets a verdict, where a row with its JSON fills a page).
CREATE INDEX verdict_state ON verdict (prefix_id, vantage_id, started_us,
    trace_id, target, method, flow, decided_us, reached, reach, entry_as,
    carrier, p);
