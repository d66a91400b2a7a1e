-- SPDX-License-Identifier: ISC
-- How the vantage itself was during each run that began: what tells a dead
-- uplink from a dark country. And which traces went to control destinations:
-- they say how the vantage is, not who carries the target. Agents need the
-- right to add to it: deploy/postgres/roles.sql once more.
CREATE TABLE health (
	vantage_id int NOT NULL,
	campaign_id int NOT NULL,
	slot bigint NOT NULL CHECK (slot >= 0),
	epoch bigint NOT NULL CHECK (epoch BETWEEN 0 AND 9007199254740991),
	at_us bigint NOT NULL CHECK (at_us >= 0),
	uplink text COLLATE "C" NOT NULL
	    CHECK (uplink IN ('up', 'unstable', 'down', 'unknown')),
	controls_n bigint CHECK (controls_n >= 0),
	reached_n bigint CHECK (reached_n >= 0),
	control_rtt_us bigint CHECK (control_rtt_us >= 0),
	source bytea CHECK (length(source) IN (4, 16)),
	interface text COLLATE "C",
	gateway bytea CHECK (length(gateway) IN (4, 16)),
	targets_n bigint CHECK (targets_n >= 0),
	answered_n bigint CHECK (answered_n >= 0),
	quiet_n bigint CHECK (quiet_n >= 0),
	late_us bigint CHECK (late_us >= 0),
	jitter_us bigint CHECK (jitter_us >= 0),
	clock_synced smallint CHECK (clock_synced IN (0, 1)),
	clock_error_us bigint CHECK (clock_error_us >= 0),
	clock_step_us bigint NOT NULL,
	PRIMARY KEY (vantage_id, campaign_id, slot, epoch)
);
ALTER TABLE health ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_all ON health FOR SELECT USING (true);
CREATE POLICY add_own ON health FOR INSERT
    WITH CHECK (current_user = 'agent_' || vantage_id);

-- NOT VALID: the rows that are there have the default, so nobody waits while
-- all of them are looked at. New ones are checked.
ALTER TABLE run ADD COLUMN health smallint;
ALTER TABLE run ADD CONSTRAINT run_health_check
    CHECK (health IN (0, 1)) NOT VALID;
ALTER TABLE trace ADD COLUMN control smallint NOT NULL DEFAULT 0;
ALTER TABLE trace ADD CONSTRAINT trace_control_check
    CHECK (control IN (0, 1)) NOT VALID;

CREATE VIEW v_health AS
SELECT
	v.name AS vantage,
	c.name AS campaign,
	h.slot,
	show_second(r.started_us) || 'Z' AS started,
	show_second(h.at_us) || 'Z' AS at,
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

-- In place, so that rights on them stay: a column more, at the end.
CREATE OR REPLACE VIEW show_trace AS
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
	t.seq,
	t.control
FROM trace t
LEFT JOIN vantage v ON v.vantage_id = t.vantage_id
LEFT JOIN campaign c ON c.campaign_id = t.campaign_id
LEFT JOIN address a ON a.addr = t.target
LEFT JOIN prefix p ON p.prefix_id = t.prefix_id;

CREATE OR REPLACE VIEW v_trace AS
SELECT trace, start, started_us, vantage, campaign, slot, target, prefix,
	method, port, flow, stop, reached, epoch, seq,
	encode(path_id, 'hex') AS path, control
FROM show_trace;

CREATE OR REPLACE VIEW v_hop AS
SELECT
	t.trace, t.start, t.started_us, t.vantage, t.campaign, t.slot,
	t.target, t.prefix, t.method, t.port, t.flow, t.stop, t.reached,
	h.ttl, h.kind, h.addr, t.control
FROM show_trace t
JOIN show_hop h ON h.path_id = t.path_id;
