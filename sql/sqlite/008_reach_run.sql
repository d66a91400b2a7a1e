-- SPDX-License-Identifier: ISC
-- Whether a prefix can be reached, as runs of its own: who carries it is another
-- question. Kept for each day beside state_run, derived as it is. And the
-- uplink of a vantage by time: what silence is held against.
CREATE TABLE reach_run (
	prefix_id INTEGER NOT NULL,
	vantage_id INTEGER NOT NULL,
	day_us INTEGER NOT NULL CHECK (day_us >= 0),
	run_no INTEGER NOT NULL CHECK (run_no >= 0),
	reach TEXT NOT NULL CHECK (reach IN ('up', 'down', 'unknown')),
	since_us INTEGER NOT NULL CHECK (since_us >= 0),
	decided_us INTEGER NOT NULL CHECK (decided_us >= 0),
	last_us INTEGER NOT NULL CHECK (last_us >= 0),
	seen_us INTEGER NOT NULL CHECK (seen_us >= 0),
	first_trace BLOB NOT NULL CHECK (length(first_trace) = 16),
	last_trace BLOB NOT NULL CHECK (length(last_trace) = 16),
	uplink TEXT NOT NULL CHECK (uplink IN ('up', 'down', 'unknown')),
	witness BLOB CHECK (length(witness) IN (4, 16)),
	witness_method INTEGER CHECK (witness_method BETWEEN 1 AND 255),
	witness_us INTEGER CHECK (witness_us >= 0),
	pending TEXT CHECK (pending IN ('up', 'down', 'unknown')),
	pending_us INTEGER CHECK (pending_us >= 0),
	pending_decided_us INTEGER CHECK (pending_decided_us >= 0),
	pending_trace BLOB CHECK (length(pending_trace) = 16),
	next_us INTEGER NOT NULL CHECK (next_us >= 0),
	next_trace BLOB NOT NULL CHECK (length(next_trace) = 16),
	PRIMARY KEY (prefix_id, vantage_id, day_us, run_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX reach_run_by_no
    ON reach_run (prefix_id, vantage_id, run_no, day_us, reach);
CREATE INDEX health_by_end ON health (vantage_id, at_us);

-- What was kept knew no uplinks: tumen infer makes it again. But not the days
-- whose verdicts retention has dropped; they stay, with nothing known of reach.
DELETE FROM state_run WHERE day_us >= (SELECT coalesce(max(r.before_us), 0)
    FROM retention r WHERE r.vantage_id = state_run.vantage_id);
INSERT INTO reach_run (prefix_id, vantage_id, day_us, run_no, reach, since_us,
    decided_us, last_us, seen_us, first_trace, last_trace, uplink, next_us,
    next_trace)
SELECT s.prefix_id, s.vantage_id, s.day_us, 0, 'unknown', s.since_us,
	s.decided_us, s.last_us, s.seen_us, s.first_trace, s.last_trace,
	'unknown', s.next_us, s.next_trace
FROM state_run s
WHERE NOT EXISTS (SELECT 1 FROM state_run x WHERE x.prefix_id = s.prefix_id
    AND x.vantage_id = s.vantage_id AND x.day_us = s.day_us
    AND x.run_no > s.run_no);

CREATE VIEW v_reach AS
SELECT
	p.name AS prefix,
	v.name AS vantage,
	r.reach,
	strftime('%Y-%m-%dT%H:%M:%SZ', r.since_us / 1000000, 'unixepoch')
	    AS since,
	strftime('%Y-%m-%dT%H:%M:%SZ', r.last_us / 1000000, 'unixepoch')
	    AS last,
	r.since_us,
	r.last_us,
	r.seen_us,
	a.name AS witness,
	CASE r.witness_method WHEN 1 THEN 'udp' WHEN 2 THEN 'icmp'
	    WHEN 3 THEN 'tcp' ELSE CAST(r.witness_method AS TEXT) END
	    AS witness_method,
	r.witness_us,
	r.uplink
FROM reach_run r
LEFT JOIN vantage v ON v.vantage_id = r.vantage_id
LEFT JOIN prefix p ON p.prefix_id = r.prefix_id
LEFT JOIN address a ON a.addr = r.witness
WHERE NOT EXISTS (SELECT 1 FROM reach_run n WHERE n.prefix_id = r.prefix_id
    AND n.vantage_id = r.vantage_id AND n.run_no = r.run_no
    AND n.day_us > r.day_us);

DROP VIEW v_event;
CREATE VIEW v_event AS
SELECT
	p.name AS prefix,
	v.name AS vantage,
	CASE WHEN n.carrier = 'none' THEN 'lost'
	    WHEN o.carrier = 'none' THEN 'gained' ELSE 'changed' END AS kind,
	o.carrier AS carrier_from,
	n.carrier AS carrier_to,
	o.entry_as AS entry_from,
	n.entry_as AS entry_to,
	strftime('%Y-%m-%dT%H:%M:%SZ', o.last_us / 1000000, 'unixepoch')
	    AS after,
	strftime('%Y-%m-%dT%H:%M:%SZ', n.decided_us / 1000000, 'unixepoch')
	    AS before,
	CASE WHEN o.p IS NULL OR n.p < o.p THEN n.p ELSE coalesce(o.p, n.p) END
	    AS p,
	o.last_us AS after_us,
	n.decided_us AS before_us,
	NULL AS reach_from,
	NULL AS reach_to
FROM state_run o
JOIN state_run n ON n.prefix_id = o.prefix_id AND n.vantage_id = o.vantage_id
    AND n.run_no = o.run_no + 1
LEFT JOIN vantage v ON v.vantage_id = o.vantage_id
LEFT JOIN prefix p ON p.prefix_id = o.prefix_id
WHERE NOT EXISTS (SELECT 1 FROM state_run x WHERE x.prefix_id = o.prefix_id
    AND x.vantage_id = o.vantage_id AND x.run_no = o.run_no
    AND x.day_us > o.day_us)
AND NOT EXISTS (SELECT 1 FROM state_run x WHERE x.prefix_id = n.prefix_id
    AND x.vantage_id = n.vantage_id AND x.run_no = n.run_no
    AND x.day_us > n.day_us)
UNION ALL -- of reach: against the run before, over one that is unknown
SELECT
	p.name,
	v.name,
	n.reach,
	NULL,
	NULL,
	NULL,
	NULL,
	strftime('%Y-%m-%dT%H:%M:%SZ', o.last_us / 1000000, 'unixepoch'),
	strftime('%Y-%m-%dT%H:%M:%SZ', n.decided_us / 1000000, 'unixepoch'),
	NULL,
	o.last_us,
	n.decided_us,
	o.reach,
	n.reach
FROM reach_run n
JOIN reach_run o ON o.prefix_id = n.prefix_id AND o.vantage_id = n.vantage_id
    AND o.run_no = n.run_no - CASE WHEN EXISTS (SELECT 1 FROM reach_run k
	WHERE k.prefix_id = n.prefix_id AND k.vantage_id = n.vantage_id
	AND k.run_no = n.run_no - 1 AND k.reach <> 'unknown') THEN 1 ELSE 2 END
LEFT JOIN vantage v ON v.vantage_id = o.vantage_id
LEFT JOIN prefix p ON p.prefix_id = o.prefix_id
WHERE n.reach <> 'unknown' AND n.reach <> o.reach
AND NOT EXISTS (SELECT 1 FROM reach_run x WHERE x.prefix_id = o.prefix_id
    AND x.vantage_id = o.vantage_id AND x.run_no = o.run_no
    AND x.day_us > o.day_us)
AND NOT EXISTS (SELECT 1 FROM reach_run x WHERE x.prefix_id = n.prefix_id
    AND x.vantage_id = n.vantage_id AND x.run_no = n.run_no
    AND x.day_us > n.day_us);
