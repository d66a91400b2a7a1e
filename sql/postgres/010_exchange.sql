-- SPDX-License-Identifier: ISC
-- Traces of other tools: what their files told about who observed, and what of
-- them could not be read. How far the border is;
-- and hops know their path.
-- Operators write the new tables; agents have no right on them.
CREATE TABLE vantage_fact (
	vantage_id int NOT NULL,
	name text COLLATE "C" NOT NULL CHECK (length(name) > 0),
	value text COLLATE "C" NOT NULL CHECK (length(value) > 0),
	PRIMARY KEY (vantage_id, name, value)
);

CREATE TABLE broken (
	sha256 bytea NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
	file text COLLATE "C" NOT NULL,
	format text COLLATE "C" NOT NULL,
	why text COLLATE "C" NOT NULL,
	offset_n bigint NOT NULL CHECK (offset_n >= 0),
	octets_n bigint NOT NULL CHECK (octets_n >= 0),
	at_us bigint NOT NULL CHECK (at_us >= 0),
	text bytea NOT NULL
);

-- NOT VALID: the rows that are there have none.
ALTER TABLE verdict ADD COLUMN border_rtt_us bigint;
ALTER TABLE verdict ADD CONSTRAINT verdict_border_rtt_us_check
    CHECK (border_rtt_us >= 0) NOT VALID;

-- In place, so that rights on them stay: a column more, at the end.
CREATE OR REPLACE VIEW v_verdict AS
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
	d.json,
	d.border_rtt_us
FROM verdict d
LEFT JOIN vantage v ON v.vantage_id = d.vantage_id
LEFT JOIN prefix p ON p.prefix_id = d.prefix_id
LEFT JOIN address a ON a.addr = d.target;

CREATE OR REPLACE VIEW v_hop AS
SELECT
	t.trace, t.start, t.started_us, t.vantage, t.campaign, t.slot,
	t.target, t.prefix, t.method, t.port, t.flow, t.stop, t.reached,
	h.ttl, h.kind, h.addr, t.control, encode(t.path_id, 'hex') AS path
FROM show_trace t
JOIN show_hop h ON h.path_id = t.path_id;

CREATE VIEW v_vantage AS
SELECT v.name AS vantage, f.name, f.value
FROM vantage_fact f
LEFT JOIN vantage v ON v.vantage_id = f.vantage_id;

CREATE VIEW v_broken AS
SELECT
	show_second(at_us) || 'Z' AS at,
	file,
	format,
	why,
	offset_n,
	octets_n,
	text,
	encode(sha256, 'hex') AS sha256,
	at_us
FROM broken;
