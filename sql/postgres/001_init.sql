-- SPDX-License-Identifier: ISC
-- The schema of a tumen database in PostgreSQL: the tables, columns and views
-- of sql/sqlite, with the same values. Columns: sql/README.md. Texts compare
-- by octets (COLLATE "C"), as they do in SQLite. trace and evidence have a
-- partition for each UTC day (sql/partition.h); what lies outside goes to the
-- default ones.

CREATE TABLE schema_migration (
	version int NOT NULL PRIMARY KEY CHECK (version > 0),
	name text COLLATE "C" NOT NULL,
	sha256 bytea NOT NULL CHECK (length(sha256) = 32),
	applied_us bigint NOT NULL
);

CREATE TABLE vantage (
	vantage_id int NOT NULL PRIMARY KEY CHECK (vantage_id > 0),
	name text COLLATE "C" NOT NULL UNIQUE
	    CHECK (length(name) BETWEEN 1 AND 32)
);

CREATE TABLE campaign (
	campaign_id int NOT NULL PRIMARY KEY CHECK (campaign_id > 0),
	name text COLLATE "C" NOT NULL UNIQUE
	    CHECK (length(name) BETWEEN 1 AND 32)
);

CREATE TABLE prefix (
	prefix_id int NOT NULL PRIMARY KEY CHECK (prefix_id > 0),
	name text COLLATE "C" NOT NULL UNIQUE,
	addr bytea NOT NULL CHECK (length(addr) IN (4, 16)),
	len_bits smallint NOT NULL CHECK (len_bits BETWEEN 0 AND 128),
	UNIQUE (addr, len_bits)
);

CREATE TABLE address (
	addr bytea NOT NULL PRIMARY KEY CHECK (length(addr) IN (4, 16)),
	name text COLLATE "C" NOT NULL
);

CREATE TABLE path (
	path_id bytea NOT NULL PRIMARY KEY CHECK (length(path_id) = 16),
	hops_n smallint NOT NULL CHECK (hops_n BETWEEN 0 AND 255),
	hops bytea NOT NULL
);

CREATE TABLE path_hop (
	path_id bytea NOT NULL CHECK (length(path_id) = 16),
	ttl smallint NOT NULL CHECK (ttl BETWEEN 1 AND 255),
	kind smallint NOT NULL CHECK (kind BETWEEN 0 AND 255),
	addr bytea CHECK ((addr IS NULL) = (kind = 0)),
	PRIMARY KEY (path_id, ttl)
);
CREATE INDEX path_hop_addr ON path_hop (addr, path_id, ttl);

CREATE TABLE trace (
	started_us bigint NOT NULL CHECK (started_us >= 0),
	vantage_id int NOT NULL,
	epoch bigint NOT NULL CHECK (epoch BETWEEN 0 AND 9007199254740991),
	seq bigint NOT NULL CHECK (seq BETWEEN 1 AND 9007199254740991),
	trace_id bytea NOT NULL CHECK (length(trace_id) = 16),
	campaign_id int,
	slot bigint CHECK (slot >= 0),
	target bytea NOT NULL CHECK (length(target) IN (4, 16)),
	prefix_id int NOT NULL,
	method smallint NOT NULL CHECK (method BETWEEN 1 AND 255),
	port int CHECK (port BETWEEN 0 AND 65535),
	flow bigint NOT NULL CHECK (flow BETWEEN 0 AND 4294967295),
	stop smallint NOT NULL CHECK (stop BETWEEN 1 AND 255),
	reached smallint NOT NULL CHECK (reached IN (0, 1)),
	path_id bytea NOT NULL CHECK (length(path_id) = 16),
	rec bytea NOT NULL CHECK (length(rec) > 0),
	rec_hash bigint NOT NULL CHECK (rec_hash >= 0),
	PRIMARY KEY (started_us, vantage_id, epoch, seq)
) PARTITION BY RANGE (started_us);
-- Not unique: that would need the key of the partitions in it. The id is made
-- from the primary key.
CREATE INDEX trace_by_id ON trace (trace_id);
CREATE INDEX trace_by_flow
    ON trace (target, vantage_id, method, flow, started_us);
CREATE INDEX trace_by_path ON trace (path_id);
CREATE TABLE trace_default PARTITION OF trace DEFAULT;

CREATE TABLE evidence (
	started_us bigint NOT NULL,
	vantage_id int NOT NULL,
	epoch bigint NOT NULL,
	seq bigint NOT NULL,
	ttl smallint NOT NULL CHECK (ttl BETWEEN 1 AND 255),
	attempt smallint NOT NULL CHECK (attempt BETWEEN 1 AND 255),
	reply_no smallint NOT NULL CHECK (reply_no BETWEEN 0 AND 255),
	sent bytea,
	reply bytea,
	PRIMARY KEY (started_us, vantage_id, epoch, seq, ttl, attempt, reply_no)
) PARTITION BY RANGE (started_us);
CREATE TABLE evidence_default PARTITION OF evidence DEFAULT;

CREATE TABLE run (
	vantage_id int NOT NULL,
	campaign_id int NOT NULL,
	slot bigint NOT NULL CHECK (slot >= 0),
	epoch bigint NOT NULL CHECK (epoch BETWEEN 0 AND 9007199254740991),
	planned_us bigint CHECK (planned_us >= 0),
	started_us bigint CHECK (started_us >= 0),
	finished_us bigint CHECK (finished_us >= 0),
	state text COLLATE "C" NOT NULL CHECK (length(state) > 0),
	reason text COLLATE "C",
	traces_n bigint NOT NULL CHECK (traces_n >= 0),
	sent_n bigint NOT NULL CHECK (sent_n >= 0),
	received_n bigint NOT NULL CHECK (received_n >= 0),
	drops_n bigint NOT NULL CHECK (drops_n >= 0),
	PRIMARY KEY (vantage_id, campaign_id, slot, epoch)
);

CREATE TABLE segment (
	vantage_id int NOT NULL,
	epoch bigint NOT NULL CHECK (epoch BETWEEN 0 AND 9007199254740991),
	segment_no bigint NOT NULL CHECK (segment_no >= 1),
	sha256 bytea NOT NULL CHECK (length(sha256) IN (0, 32)),
	traces_n bigint NOT NULL CHECK (traces_n >= 0),
	runs_n bigint NOT NULL CHECK (runs_n >= 0),
	sealed_us bigint CHECK (sealed_us >= 0),
	uploaded_us bigint CHECK (uploaded_us >= 0),
	PRIMARY KEY (vantage_id, epoch, segment_no, sha256)
);

CREATE TABLE verdict (
	prefix_id int NOT NULL,
	vantage_id int NOT NULL,
	started_us bigint NOT NULL CHECK (started_us >= 0),
	trace_id bytea NOT NULL CHECK (length(trace_id) = 16),
	target bytea NOT NULL CHECK (length(target) IN (4, 16)),
	method smallint NOT NULL CHECK (method BETWEEN 1 AND 255),
	flow bigint NOT NULL CHECK (flow BETWEEN 0 AND 4294967295),
	decided_us bigint NOT NULL CHECK (decided_us >= 0),
	reached smallint NOT NULL CHECK (reached IN (0, 1)),
	reach text COLLATE "C" NOT NULL,
	entry_as bigint CHECK (entry_as BETWEEN 0 AND 4294967295),
	carrier text COLLATE "C" NOT NULL,
	evidence text COLLATE "C" NOT NULL,
	border_lo_ttl smallint CHECK (border_lo_ttl BETWEEN 0 AND 255),
	border_hi_ttl smallint CHECK (border_hi_ttl BETWEEN 0 AND 255),
	silent_hops_n int NOT NULL CHECK (silent_hops_n >= 0),
	p double precision CHECK (p BETWEEN 0 AND 1),
	json text COLLATE "C" NOT NULL,
	PRIMARY KEY (prefix_id, vantage_id, started_us, trace_id)
);
CREATE UNIQUE INDEX verdict_by_id ON verdict (trace_id);
-- What timelines read of a verdict, without its JSON.
CREATE INDEX verdict_state ON verdict (prefix_id, vantage_id, started_us,
    trace_id) INCLUDE (target, method, flow, decided_us, reached, reach,
    entry_as, carrier, p);

-- Octets as SQLite's hex() writes them, for queries by hand on both engines.
CREATE FUNCTION hex(bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT
PARALLEL SAFE RETURN upper(encode($1, 'hex'));

-- Moments as texts, to the second and to the microsecond.
CREATE FUNCTION show_second(bigint) RETURNS text LANGUAGE sql STABLE STRICT
PARALLEL SAFE RETURN to_char(to_timestamp($1 / 1000000) AT TIME ZONE 'UTC',
    'YYYY-MM-DD"T"HH24:MI:SS');
CREATE FUNCTION show_start(bigint) RETURNS text LANGUAGE sql STABLE STRICT
PARALLEL SAFE RETURN show_second($1) || '.' ||
    lpad(CAST($1 % 1000000 AS text), 6, '0') || 'Z';

-- A UUID as RFC 9562 writes it.
CREATE FUNCTION show_uuid(bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT
PARALLEL SAFE RETURN encode(substr($1, 1, 4), 'hex') || '-' ||
    encode(substr($1, 5, 2), 'hex') || '-' ||
    encode(substr($1, 7, 2), 'hex') || '-' ||
    encode(substr($1, 9, 2), 'hex') || '-' ||
    encode(substr($1, 11), 'hex');

-- The views are what people and dashboards read; show_... are their parts.

CREATE VIEW show_trace AS
SELECT
	t.trace_id,
	t.path_id,
	show_uuid(t.trace_id) AS trace,
	show_start(t.started_us) AS start,
	t.started_us,
	v.name AS vantage,
	c.name AS campaign,
	t.slot,
	a.name AS target,
	p.name AS prefix,
	CASE t.method WHEN 1 THEN 'udp' WHEN 2 THEN 'icmp' WHEN 3 THEN 'tcp'
	    ELSE CAST(t.method AS text) END AS method,
	t.port,
	t.flow,
	CASE t.stop WHEN 1 THEN 'reached' WHEN 2 THEN 'unreachable'
	    WHEN 3 THEN 'gap' WHEN 4 THEN 'max-ttl' WHEN 5 THEN 'loop'
	    WHEN 6 THEN 'error' ELSE CAST(t.stop AS text) END AS stop,
	t.reached,
	t.epoch,
	t.seq
FROM trace t
LEFT JOIN vantage v ON v.vantage_id = t.vantage_id
LEFT JOIN campaign c ON c.campaign_id = t.campaign_id
LEFT JOIN address a ON a.addr = t.target
LEFT JOIN prefix p ON p.prefix_id = t.prefix_id;

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

CREATE VIEW v_trace AS
SELECT trace, start, started_us, vantage, campaign, slot, target, prefix,
	method, port, flow, stop, reached, epoch, seq,
	encode(path_id, 'hex') AS path
FROM show_trace;

CREATE VIEW v_path AS
SELECT encode(path_id, 'hex') AS path, ttl, kind, addr
FROM show_hop;

CREATE VIEW v_hop AS
SELECT
	t.trace, t.start, t.started_us, t.vantage, t.campaign, t.slot,
	t.target, t.prefix, t.method, t.port, t.flow, t.stop, t.reached,
	h.ttl, h.kind, h.addr
FROM show_trace t
JOIN show_hop h ON h.path_id = t.path_id;

CREATE VIEW v_verdict AS
SELECT
	show_uuid(d.trace_id) AS trace,
	show_start(d.started_us) AS start,
	d.started_us,
	v.name AS vantage,
	p.name AS prefix,
	a.name AS target,
	CASE d.method WHEN 1 THEN 'udp' WHEN 2 THEN 'icmp' WHEN 3 THEN 'tcp'
	    ELSE CAST(d.method AS text) END AS method,
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
	d.json
FROM verdict d
LEFT JOIN vantage v ON v.vantage_id = d.vantage_id
LEFT JOIN prefix p ON p.prefix_id = d.prefix_id
LEFT JOIN address a ON a.addr = d.target;

CREATE VIEW v_run AS
SELECT
	v.name AS vantage,
	c.name AS campaign,
	r.slot,
	show_second(r.planned_us) || 'Z' AS planned,
	show_second(r.started_us) || 'Z' AS started,
	show_second(r.finished_us) || 'Z' AS finished,
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
