-- SPDX-License-Identifier: ISC
-- How the vantage itself was during each run that began: what tells a dead
-- uplink from a dark country. And which traces went to control destinations:
-- they say how the vantage is, not who carries the target.
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

ALTER TABLE run ADD COLUMN health INTEGER CHECK (health IN (0, 1));
ALTER TABLE trace ADD COLUMN control INTEGER NOT NULL DEFAULT 0
    CHECK (control IN (0, 1));

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

DROP VIEW v_hop;
DROP VIEW v_trace;
DROP VIEW show_trace;

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

CREATE VIEW v_trace AS
SELECT trace, start, started_us, vantage, campaign, slot, target, prefix,
	method, port, flow, stop, reached, epoch, seq,
	lower(hex(path_id)) AS path, control
FROM show_trace;

CREATE VIEW v_hop AS
SELECT
	t.trace, t.start, t.started_us, t.vantage, t.campaign, t.slot,
	t.target, t.prefix, t.method, t.port, t.flow, t.stop, t.reached,
	h.ttl, h.kind, h.addr, t.control
FROM show_trace t
JOIN show_hop h ON h.path_id = t.path_id;
