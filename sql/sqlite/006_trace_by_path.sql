-- SPDX-License-Identifier: ISC
-- Which traces crossed a router, and when, without reading them.
DROP INDEX trace_by_path;
CREATE INDEX trace_by_path ON trace (path_id, started_us);
