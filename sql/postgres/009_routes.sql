-- SPDX-License-Identifier: ISC
-- The control plane as it was observed: what the peers of BGP collectors told
-- about the prefixes of interest, and which files say so. Operators write it;
-- agents have no right on it.
CREATE TABLE collector (
	collector_id int NOT NULL PRIMARY KEY CHECK (collector_id > 0),
	name text COLLATE "C" NOT NULL UNIQUE
	    CHECK (length(name) BETWEEN 1 AND 32)
);

CREATE TABLE route (
	prefix_id int NOT NULL,
	at_us bigint NOT NULL CHECK (at_us >= 0),
	collector_id int NOT NULL,
	peer_as bigint NOT NULL CHECK (peer_as BETWEEN 0 AND 4294967295),
	peer_addr bytea NOT NULL CHECK (length(peer_addr) IN (4, 16)),
	message_no bigint NOT NULL CHECK (message_no >= 0),
	told_hash bigint NOT NULL CHECK (told_hash >= 0),
	kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 255),
	path_no bigint NOT NULL CHECK (path_no BETWEEN 0 AND 4294967295),
	as_path text COLLATE "C",
	origin_as bigint CHECK (origin_as BETWEEN 0 AND 4294967295),
	upstream_as bigint CHECK (upstream_as BETWEEN 0 AND 4294967295),
	PRIMARY KEY (prefix_id, at_us, collector_id, peer_as, peer_addr,
	    message_no, told_hash)
);

CREATE TABLE route_source (
	collector_id int NOT NULL,
	sha256 bytea NOT NULL CHECK (length(sha256) = 32),
	kind text COLLATE "C" NOT NULL
	    CHECK (kind IN ('updates', 'table', 'live')),
	prefixes text COLLATE "C" NOT NULL CHECK (length(prefixes) > 0),
	name text COLLATE "C" NOT NULL,
	first_us bigint NOT NULL CHECK (first_us >= 0),
	last_us bigint NOT NULL CHECK (last_us >= first_us),
	messages_n bigint NOT NULL CHECK (messages_n >= 0),
	kept_n bigint NOT NULL CHECK (kept_n >= 0),
	skipped_n bigint NOT NULL CHECK (skipped_n >= 0),
	PRIMARY KEY (collector_id, sha256, kind, prefixes)
);

CREATE VIEW v_route AS
SELECT
	show_start(r.at_us) AS at,
	c.name AS collector,
	r.peer_as,
	a.name AS peer,
	p.name AS prefix,
	CASE r.kind WHEN 1 THEN 'announced' WHEN 2 THEN 'withdrawn'
	    WHEN 3 THEN 'table' WHEN 4 THEN 'absent' WHEN 5 THEN 'down'
	    WHEN 6 THEN 'up' ELSE CAST(r.kind AS text) END AS kind,
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
	show_second(s.first_us) || 'Z' AS first,
	show_second(s.last_us) || 'Z' AS last,
	s.prefixes,
	s.messages_n,
	s.kept_n,
	s.skipped_n,
	encode(s.sha256, 'hex') AS sha256,
	s.first_us,
	s.last_us
FROM route_source s
LEFT JOIN collector c ON c.collector_id = s.collector_id;
