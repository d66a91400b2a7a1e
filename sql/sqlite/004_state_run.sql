-- SPDX-License-Identifier: ISC
-- The runs of timelines, as they stood at the end of each day: a year is
-- answered without reading its verdicts. Derived from them; may be deleted.
CREATE TABLE state_run (
	prefix_id INTEGER NOT NULL,
	vantage_id INTEGER NOT NULL,
	day_us INTEGER NOT NULL CHECK (day_us >= 0),
	run_no INTEGER NOT NULL CHECK (run_no >= 0),
	carrier TEXT NOT NULL,
	entry_as INTEGER CHECK (entry_as BETWEEN 0 AND 4294967295),
	reach TEXT NOT NULL,
	p REAL CHECK (p BETWEEN 0 AND 1),
	since_us INTEGER NOT NULL CHECK (since_us >= 0),
	decided_us INTEGER NOT NULL CHECK (decided_us >= 0),
	last_us INTEGER NOT NULL CHECK (last_us >= 0),
	seen_us INTEGER NOT NULL CHECK (seen_us >= 0),
	first_trace BLOB NOT NULL CHECK (length(first_trace) = 16),
	last_trace BLOB NOT NULL CHECK (length(last_trace) = 16),
	pending TEXT,
	pending_as INTEGER CHECK (pending_as BETWEEN 0 AND 4294967295),
	pending_us INTEGER CHECK (pending_us >= 0),
	pending_decided_us INTEGER CHECK (pending_decided_us >= 0),
	pending_trace BLOB CHECK (length(pending_trace) = 16),
	next_us INTEGER NOT NULL CHECK (next_us >= 0),
	next_trace BLOB NOT NULL CHECK (length(next_trace) = 16),
	PRIMARY KEY (prefix_id, vantage_id, day_us, run_no)
) STRICT, WITHOUT ROWID;

CREATE VIEW v_state AS
SELECT
	p.name AS prefix,
	v.name AS vantage,
	r.carrier,
	r.entry_as,
	strftime('%Y-%m-%dT%H:%M:%SZ', r.since_us / 1000000, 'unixepoch')
	    AS since,
	strftime('%Y-%m-%dT%H:%M:%SZ', r.last_us / 1000000, 'unixepoch')
	    AS last,
	r.reach,
	r.p,
	r.since_us,
	r.last_us,
	r.seen_us
FROM state_run r
LEFT JOIN vantage v ON v.vantage_id = r.vantage_id
LEFT JOIN prefix p ON p.prefix_id = r.prefix_id
WHERE NOT EXISTS (SELECT 1 FROM state_run n WHERE n.prefix_id = r.prefix_id
    AND n.vantage_id = r.vantage_id AND n.run_no = r.run_no
    AND n.day_us > r.day_us);
