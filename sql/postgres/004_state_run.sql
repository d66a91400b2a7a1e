-- SPDX-License-Identifier: ISC
-- The runs of timelines, as they stood at the end of each day: a year is
-- answered without reading its verdicts. Derived from them; may be deleted.
CREATE TABLE state_run (
	prefix_id int NOT NULL,
	vantage_id int NOT NULL,
	day_us bigint NOT NULL CHECK (day_us >= 0),
	run_no bigint NOT NULL CHECK (run_no >= 0),
	carrier text COLLATE "C" NOT NULL,
	entry_as bigint CHECK (entry_as BETWEEN 0 AND 4294967295),
	reach text COLLATE "C" NOT NULL,
	p double precision CHECK (p BETWEEN 0 AND 1),
	since_us bigint NOT NULL CHECK (since_us >= 0),
	decided_us bigint NOT NULL CHECK (decided_us >= 0),
	last_us bigint NOT NULL CHECK (last_us >= 0),
	seen_us bigint NOT NULL CHECK (seen_us >= 0),
	first_trace bytea NOT NULL CHECK (length(first_trace) = 16),
	last_trace bytea NOT NULL CHECK (length(last_trace) = 16),
	pending text COLLATE "C",
	pending_as bigint CHECK (pending_as BETWEEN 0 AND 4294967295),
	pending_us bigint CHECK (pending_us >= 0),
	pending_decided_us bigint CHECK (pending_decided_us >= 0),
	pending_trace bytea CHECK (length(pending_trace) = 16),
	next_us bigint NOT NULL CHECK (next_us >= 0),
	next_trace bytea NOT NULL CHECK (length(next_trace) = 16),
	PRIMARY KEY (prefix_id, vantage_id, day_us, run_no)
);

CREATE VIEW v_state AS
SELECT
	p.name AS prefix,
	v.name AS vantage,
	r.carrier,
	r.entry_as,
	show_second(r.since_us) || 'Z'
	    AS since,
	show_second(r.last_us) || 'Z'
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
