-- SPDX-License-Identifier: ISC
-- Traces of other tools: what their files told about who observed, and what of
-- them could not be read. How far the border is;
-- and hops know their path.
CREATE TABLE vantage_fact (
	vantage_id INTEGER NOT NULL,
	name TEXT NOT NULL CHECK (length(name) > 0),
	value TEXT NOT NULL CHECK (length(value) > 0),
	PRIMARY KEY (vantage_id, name, value)
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

ALTER TABLE verdict ADD COLUMN border_rtt_us INTEGER CHECK (border_rtt_us >= 0);

DROP VIEW v_verdict;
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

DROP VIEW v_hop;
CREATE VIEW v_hop AS
SELECT
	t.trace, t.start, t.started_us, t.vantage, t.campaign, t.slot,
	t.target, t.prefix, t.method, t.port, t.flow, t.stop, t.reached,
	h.ttl, h.kind, h.addr, t.control, lower(hex(t.path_id)) AS path
FROM show_trace t
JOIN show_hop h ON h.path_id = t.path_id;

CREATE VIEW v_vantage AS
SELECT v.name AS vantage, f.name, f.value
FROM vantage_fact f
LEFT JOIN vantage v ON v.vantage_id = f.vantage_id;

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
