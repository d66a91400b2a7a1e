-- SPDX-License-Identifier: ISC
-- The control plane as it was observed: what the peers of BGP collectors told
-- about the prefixes of interest, and which files say so.
CREATE TABLE collector (
	collector_id INTEGER NOT NULL PRIMARY KEY CHECK (collector_id > 0),
	name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 32)
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
