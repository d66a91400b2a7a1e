CREATE INDEX health_by_end ON health (vantage_id, at_us);

CREATE INDEX path_hop_addr ON path_hop (addr, path_id, ttl);

CREATE INDEX reach_run_by_no
    ON reach_run (prefix_id, vantage_id, run_no, day_us, reach);

CREATE INDEX trace_by_flow
    ON trace (target, vantage_id, method, flow, started_us);

CREATE UNIQUE INDEX trace_by_id ON trace (trace_id);

CREATE INDEX trace_by_path ON trace (path_id, started_us);

CREATE UNIQUE INDEX verdict_by_id ON verdict (trace_id);

CREATE INDEX verdict_state ON verdict (prefix_id, vantage_id, started_us,
    trace_id, target, method, flow, decided_us, reached, reach, entry_as,
    carrier, p);

CREATE TABLE address (
	addr BLOB NOT NULL PRIMARY KEY CHECK (length(addr) IN (4, 16)),
	name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE basis (
	basis_id INTEGER NOT NULL PRIMARY KEY CHECK (basis_id > 0),
	name TEXT NOT NULL UNIQUE CHECK (length(name) = 16),
	json TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE broken (
	sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
	file TEXT NOT NULL,
	format TEXT NOT NULL,
	why TEXT NOT NULL,
	offset_n INTEGER NOT NULL CHECK (offset_n >= 0),
	octets_n INTEGER NOT NULL CHECK (octets_n >= 0),
	at_us INTEGER NOT NULL CHECK (at_us >= 0),
	text BLOB NOT NULL
) STRICT;

CREATE TABLE campaign (
	campaign_id INTEGER NOT NULL PRIMARY KEY CHECK (campaign_id > 0),
	name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 32)
) STRICT, WITHOUT ROWID;

CREATE TABLE collector (
	collector_id INTEGER NOT NULL PRIMARY KEY CHECK (collector_id > 0),
	name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 32)
) STRICT, WITHOUT ROWID;

CREATE TABLE evidence (
	started_us INTEGER NOT NULL,
	vantage_id INTEGER NOT NULL,
	epoch INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	ttl INTEGER NOT NULL CHECK (ttl BETWEEN 1 AND 255),
	attempt INTEGER NOT NULL CHECK (attempt BETWEEN 1 AND 255),
	reply_no INTEGER NOT NULL CHECK (reply_no BETWEEN 0 AND 255),
	sent BLOB,
	reply BLOB,
	PRIMARY KEY (started_us, vantage_id, epoch, seq, ttl, attempt, reply_no)
) STRICT;

CREATE TABLE health (
	vantage_id INTEGER NOT NULL,
	campaign_id INTEGER NOT NULL,
	slot INTEGER NOT NULL CHECK (slot >= 0),
	epoch INTEGER NOT NULL CHECK (epoch BETWEEN 0 AND 9007199254740991),
	at_us INTEGER NOT NULL CHECK (at_us >= 0),
	uplink TEXT NOT NULL
	    CHECK (uplink IN ('up', 'unstable', 'down', 'unknown')),
	controls_n INTEGER CHECK (controls_n >= 0),
	reached_n INTEGER CHECK (reached_n >= 0),
	control_rtt_us INTEGER CHECK (control_rtt_us >= 0),
	source BLOB CHECK (length(source) IN (4, 16)),
	interface TEXT,
	gateway BLOB CHECK (length(gateway) IN (4, 16)),
	targets_n INTEGER CHECK (targets_n >= 0),
	answered_n INTEGER CHECK (answered_n >= 0),
	quiet_n INTEGER CHECK (quiet_n >= 0),
	late_us INTEGER CHECK (late_us >= 0),
	jitter_us INTEGER CHECK (jitter_us >= 0),
	clock_synced INTEGER CHECK (clock_synced IN (0, 1)),
	clock_error_us INTEGER CHECK (clock_error_us >= 0),
	clock_step_us INTEGER NOT NULL,
	PRIMARY KEY (vantage_id, campaign_id, slot, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE path (
	path_id BLOB NOT NULL PRIMARY KEY CHECK (length(path_id) = 16),
	hops_n INTEGER NOT NULL CHECK (hops_n BETWEEN 0 AND 255),
	hops BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE path_hop (
	path_id BLOB NOT NULL CHECK (length(path_id) = 16),
	ttl INTEGER NOT NULL CHECK (ttl BETWEEN 1 AND 255),
	kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 255),
	addr BLOB CHECK ((addr IS NULL) = (kind = 0)),
	PRIMARY KEY (path_id, ttl)
) STRICT, WITHOUT ROWID;

CREATE TABLE prefix (
	prefix_id INTEGER NOT NULL PRIMARY KEY CHECK (prefix_id > 0),
	name TEXT NOT NULL UNIQUE,
	addr BLOB NOT NULL CHECK (length(addr) IN (4, 16)),
	len_bits INTEGER NOT NULL CHECK (len_bits BETWEEN 0 AND 128),
	UNIQUE (addr, len_bits)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE retention (
	at_us INTEGER NOT NULL CHECK (at_us >= 0),
	vantage_id INTEGER NOT NULL,
	epoch INTEGER NOT NULL CHECK (epoch BETWEEN 0 AND 9007199254740991),
	before_us INTEGER NOT NULL CHECK (before_us >= 0),
	last_seq INTEGER NOT NULL CHECK (last_seq >= 0),
	traces_n INTEGER NOT NULL,
	runs_n INTEGER NOT NULL,
	PRIMARY KEY (at_us, before_us, vantage_id, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE route (
	prefix_id INTEGER NOT NULL,
	at_us INTEGER NOT NULL CHECK (at_us >= 0),
	collector_id INTEGER NOT NULL,
	peer_as INTEGER NOT NULL CHECK (peer_as BETWEEN 0 AND 4294967295),
	peer_addr BLOB NOT NULL CHECK (length(peer_addr) IN (4, 16)),
	message_no INTEGER NOT NULL CHECK (message_no >= 0),
	told_hash INTEGER NOT NULL CHECK (told_hash >= 0),
	kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 255),
	path_no INTEGER NOT NULL CHECK (path_no BETWEEN 0 AND 4294967295),
	as_path TEXT,
	origin_as INTEGER CHECK (origin_as BETWEEN 0 AND 4294967295),
	upstream_as INTEGER CHECK (upstream_as BETWEEN 0 AND 4294967295),
	PRIMARY KEY (prefix_id, at_us, collector_id, peer_as, peer_addr,
	    message_no, told_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE route_source (
	collector_id INTEGER NOT NULL,
	sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
	kind TEXT NOT NULL CHECK (kind IN ('updates', 'table', 'live')),
	prefixes TEXT NOT NULL CHECK (length(prefixes) > 0),
	name TEXT NOT NULL,
	first_us INTEGER NOT NULL CHECK (first_us >= 0),
	last_us INTEGER NOT NULL CHECK (last_us >= first_us),
	messages_n INTEGER NOT NULL CHECK (messages_n >= 0),
	kept_n INTEGER NOT NULL CHECK (kept_n >= 0),
	skipped_n INTEGER NOT NULL CHECK (skipped_n >= 0),
	PRIMARY KEY (collector_id, sha256, kind, prefixes)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
	vantage_id INTEGER NOT NULL,
	campaign_id INTEGER NOT NULL,
	slot INTEGER NOT NULL CHECK (slot >= 0),
	epoch INTEGER NOT NULL CHECK (epoch BETWEEN 0 AND 9007199254740991),
	planned_us INTEGER CHECK (planned_us >= 0),
	started_us INTEGER CHECK (started_us >= 0),
	finished_us INTEGER CHECK (finished_us >= 0),
	state TEXT NOT NULL CHECK (length(state) > 0),
	reason TEXT,
	traces_n INTEGER NOT NULL CHECK (traces_n >= 0),
	sent_n INTEGER NOT NULL CHECK (sent_n >= 0),
	received_n INTEGER NOT NULL CHECK (received_n >= 0),
	drops_n INTEGER NOT NULL CHECK (drops_n >= 0), health INTEGER CHECK (health IN (0, 1)),
	PRIMARY KEY (vantage_id, campaign_id, slot, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE segment (
	vantage_id INTEGER NOT NULL,
	epoch INTEGER NOT NULL CHECK (epoch BETWEEN 0 AND 9007199254740991),
	segment_no INTEGER NOT NULL CHECK (segment_no >= 1),
	sha256 BLOB NOT NULL CHECK (length(sha256) IN (0, 32)),
	traces_n INTEGER NOT NULL CHECK (traces_n >= 0),
	runs_n INTEGER NOT NULL CHECK (runs_n >= 0),
	sealed_us INTEGER CHECK (sealed_us >= 0),
	uploaded_us INTEGER CHECK (uploaded_us >= 0),
	PRIMARY KEY (vantage_id, epoch, segment_no, sha256)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE trace (
	started_us INTEGER NOT NULL CHECK (started_us >= 0),
	vantage_id INTEGER NOT NULL,
	epoch INTEGER NOT NULL CHECK (epoch BETWEEN 0 AND 9007199254740991),
	seq INTEGER NOT NULL CHECK (seq BETWEEN 1 AND 9007199254740991),
	trace_id BLOB NOT NULL CHECK (length(trace_id) = 16),
	campaign_id INTEGER,
	slot INTEGER CHECK (slot >= 0),
	target BLOB NOT NULL CHECK (length(target) IN (4, 16)),
	prefix_id INTEGER NOT NULL,
	method INTEGER NOT NULL CHECK (method BETWEEN 1 AND 255),
	port INTEGER CHECK (port BETWEEN 0 AND 65535),
	flow INTEGER NOT NULL CHECK (flow BETWEEN 0 AND 4294967295),
	stop INTEGER NOT NULL CHECK (stop BETWEEN 1 AND 255),
	reached INTEGER NOT NULL CHECK (reached IN (0, 1)),
	path_id BLOB NOT NULL CHECK (length(path_id) = 16),
	rec BLOB NOT NULL CHECK (length(rec) > 0),
	rec_hash INTEGER NOT NULL CHECK (rec_hash >= 0), control INTEGER NOT NULL DEFAULT 0
    CHECK (control IN (0, 1)),
	PRIMARY KEY (started_us, vantage_id, epoch, seq)
) STRICT;

CREATE TABLE vantage (
	vantage_id INTEGER NOT NULL PRIMARY KEY CHECK (vantage_id > 0),
	name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 32)
) STRICT, WITHOUT ROWID;

CREATE TABLE vantage_fact (
	vantage_id INTEGER NOT NULL,
	name TEXT NOT NULL CHECK (length(name) > 0),
	value TEXT NOT NULL CHECK (length(value) > 0),
	PRIMARY KEY (vantage_id, name, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE verdict (
	prefix_id INTEGER NOT NULL,
	vantage_id INTEGER NOT NULL,
	started_us INTEGER NOT NULL CHECK (started_us >= 0),
	trace_id BLOB NOT NULL CHECK (length(trace_id) = 16),
	target BLOB NOT NULL CHECK (length(target) IN (4, 16)),
	method INTEGER NOT NULL CHECK (method BETWEEN 1 AND 255),
	flow INTEGER NOT NULL CHECK (flow BETWEEN 0 AND 4294967295),
	decided_us INTEGER NOT NULL CHECK (decided_us >= 0),
	reached INTEGER NOT NULL CHECK (reached IN (0, 1)),
	reach TEXT NOT NULL,
	entry_as INTEGER CHECK (entry_as BETWEEN 0 AND 4294967295),
	carrier TEXT NOT NULL,
	evidence TEXT NOT NULL,
	border_lo_ttl INTEGER CHECK (border_lo_ttl BETWEEN 0 AND 255),
	border_hi_ttl INTEGER CHECK (border_hi_ttl BETWEEN 0 AND 255),
	silent_hops_n INTEGER NOT NULL CHECK (silent_hops_n >= 0),
	p REAL CHECK (p BETWEEN 0 AND 1),
	json TEXT NOT NULL, basis_id INTEGER, border_rtt_us INTEGER CHECK (border_rtt_us >= 0),
	PRIMARY KEY (prefix_id, vantage_id, started_us, trace_id)
) STRICT;

CREATE VIEW show_hop AS
SELECT
	h.path_id,
	h.ttl,
	CASE h.kind WHEN 0 THEN 'silent' WHEN 1 THEN 'time-exceeded'
	    WHEN 2 THEN 'echo-reply' WHEN 3 THEN 'tcp' WHEN 4 THEN 'udp'
	    WHEN 5 THEN 'other'
	    ELSE 'unreachable-' || (h.kind - 16) END AS kind,
	a.name AS addr
FROM path_hop h
LEFT JOIN address a ON a.addr = h.addr;

CREATE VIEW show_trace AS
SELECT
	t.trace_id,
	t.path_id,
	lower(substr(hex(t.trace_id), 1, 8) || '-' ||
	      substr(hex(t.trace_id), 9, 4) || '-' ||
	      substr(hex(t.trace_id), 13, 4) || '-' ||
	      substr(hex(t.trace_id), 17, 4) || '-' ||
	      substr(hex(t.trace_id), 21)) AS trace,
	strftime('%Y-%m-%dT%H:%M:%S', t.started_us / 1000000, 'unixepoch') ||
	    printf('.%06dZ', t.started_us % 1000000) AS start,
	t.started_us,
	v.name AS vantage,
	c.name AS campaign,
	t.slot,
	a.name AS target,
	p.name AS prefix,
	CASE t.method WHEN 1 THEN 'udp' WHEN 2 THEN 'icmp' WHEN 3 THEN 'tcp'
	    ELSE CAST(t.method AS TEXT) END AS method,
	t.port,
	t.flow,
	CASE t.stop WHEN 1 THEN 'reached' WHEN 2 THEN 'unreachable'
	    WHEN 3 THEN 'gap' WHEN 4 THEN 'max-ttl' WHEN 5 THEN 'loop'
	    WHEN 6 THEN 'error' ELSE CAST(t.stop AS TEXT) END AS stop,
	t.reached,
	t.epoch,
	t.seq,
	t.control
FROM trace t
LEFT JOIN vantage v ON v.vantage_id = t.vantage_id
LEFT JOIN campaign c ON c.campaign_id = t.campaign_id
LEFT JOIN address a ON a.addr = t.target
LEFT JOIN prefix p ON p.prefix_id = t.prefix_id;

CREATE VIEW v_broken AS
SELECT
	strftime('%Y-%m-%dT%H:%M:%SZ', at_us / 1000000, 'unixepoch') AS at,
	file,
	format,
	why,
	offset_n,
	octets_n,
	text,
	lower(hex(sha256)) AS sha256,
	at_us
FROM broken;

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

CREATE VIEW v_health AS
SELECT
	v.name AS vantage,
	c.name AS campaign,
	h.slot,
	strftime('%Y-%m-%dT%H:%M:%SZ', r.started_us / 1000000, 'unixepoch')
	    AS started,
	strftime('%Y-%m-%dT%H:%M:%SZ', h.at_us / 1000000, 'unixepoch') AS at,
	r.state,
	r.reason,
	h.uplink,
	h.controls_n,
	h.reached_n,
	h.control_rtt_us,
	s.name AS source,
	h.interface,
	g.name AS gateway,
	h.targets_n,
	h.answered_n,
	h.quiet_n,
	h.late_us,
	h.jitter_us,
	h.clock_synced,
	h.clock_error_us,
	h.clock_step_us,
	h.epoch,
	r.started_us,
	h.at_us
FROM health h
LEFT JOIN run r ON r.vantage_id = h.vantage_id
    AND r.campaign_id = h.campaign_id AND r.slot = h.slot
    AND r.epoch = h.epoch
LEFT JOIN vantage v ON v.vantage_id = h.vantage_id
LEFT JOIN campaign c ON c.campaign_id = h.campaign_id
LEFT JOIN address s ON s.addr = h.source
LEFT JOIN address g ON g.addr = h.gateway;

CREATE VIEW v_hop AS
SELECT
	t.trace, t.start, t.started_us, t.vantage, t.campaign, t.slot,
	t.target, t.prefix, t.method, t.port, t.flow, t.stop, t.reached,
	h.ttl, h.kind, h.addr, t.control, lower(hex(t.path_id)) AS path
FROM show_trace t
JOIN show_hop h ON h.path_id = t.path_id;

CREATE VIEW v_path AS
SELECT lower(hex(path_id)) AS path, ttl, kind, addr
FROM show_hop;

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

CREATE VIEW v_route AS
SELECT
	strftime('%Y-%m-%dT%H:%M:%S', r.at_us / 1000000, 'unixepoch') ||
	    printf('.%06dZ', r.at_us % 1000000) AS at,
	c.name AS collector,
	r.peer_as,
	a.name AS peer,
	p.name AS prefix,
	CASE r.kind WHEN 1 THEN 'announced' WHEN 2 THEN 'withdrawn'
	    WHEN 3 THEN 'table' WHEN 4 THEN 'absent' WHEN 5 THEN 'down'
	    WHEN 6 THEN 'up' ELSE CAST(r.kind AS TEXT) END AS kind,
	r.as_path,
	r.upstream_as,
	r.origin_as,
	r.path_no,
	r.message_no,
	r.at_us
FROM route r
LEFT JOIN collector c ON c.collector_id = r.collector_id
LEFT JOIN address a ON a.addr = r.peer_addr
LEFT JOIN prefix p ON p.prefix_id = r.prefix_id;

CREATE VIEW v_route_source AS
SELECT
	c.name AS collector,
	s.kind,
	s.name,
	strftime('%Y-%m-%dT%H:%M:%SZ', s.first_us / 1000000, 'unixepoch')
	    AS first,
	strftime('%Y-%m-%dT%H:%M:%SZ', s.last_us / 1000000, 'unixepoch')
	    AS last,
	s.prefixes,
	s.messages_n,
	s.kept_n,
	s.skipped_n,
	lower(hex(s.sha256)) AS sha256,
	s.first_us,
	s.last_us
FROM route_source s
LEFT JOIN collector c ON c.collector_id = s.collector_id;

CREATE VIEW v_run AS
SELECT
	v.name AS vantage,
	c.name AS campaign,
	r.slot,
	strftime('%Y-%m-%dT%H:%M:%SZ', r.planned_us / 1000000, 'unixepoch')
	    AS planned,
	strftime('%Y-%m-%dT%H:%M:%SZ', r.started_us / 1000000, 'unixepoch')
	    AS started,
	strftime('%Y-%m-%dT%H:%M:%SZ', r.finished_us / 1000000, 'unixepoch')
	    AS finished,
	r.state,
	r.reason,
	r.traces_n,
	r.sent_n,
	r.received_n,
	r.drops_n,
	r.epoch,
	r.planned_us,
	r.started_us,
	r.finished_us
FROM run r
LEFT JOIN vantage v ON v.vantage_id = r.vantage_id
LEFT JOIN campaign c ON c.campaign_id = r.campaign_id;

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

CREATE VIEW v_trace AS
SELECT trace, start, started_us, vantage, campaign, slot, target, prefix,
	method, port, flow, stop, reached, epoch, seq,
	lower(hex(path_id)) AS path, control
FROM show_trace;

CREATE VIEW v_vantage AS
SELECT v.name AS vantage, f.name, f.value
FROM vantage_fact f
LEFT JOIN vantage v ON v.vantage_id = f.vantage_id;

CREATE VIEW v_verdict AS
SELECT
	lower(substr(hex(d.trace_id), 1, 8) || '-' ||
	      substr(hex(d.trace_id), 9, 4) || '-' ||
	      substr(hex(d.trace_id), 13, 4) || '-' ||
	      substr(hex(d.trace_id), 17, 4) || '-' ||
	      substr(hex(d.trace_id), 21)) AS trace,
	strftime('%Y-%m-%dT%H:%M:%S', d.started_us / 1000000, 'unixepoch') ||
	    printf('.%06dZ', d.started_us % 1000000) AS start,
	d.started_us,
	v.name AS vantage,
	p.name AS prefix,
	a.name AS target,
	CASE d.method WHEN 1 THEN 'udp' WHEN 2 THEN 'icmp' WHEN 3 THEN 'tcp'
	    ELSE CAST(d.method AS TEXT) END AS method,
	d.flow,
	d.decided_us,
	d.reached,
	d.reach,
	d.carrier,
	d.entry_as,
	d.evidence,
	d.p,
	d.border_lo_ttl,
	d.border_hi_ttl,
	d.silent_hops_n,
	d.json,
	d.border_rtt_us
FROM verdict d
LEFT JOIN vantage v ON v.vantage_id = d.vantage_id
LEFT JOIN prefix p ON p.prefix_id = d.prefix_id
LEFT JOIN address a ON a.addr = d.target;

