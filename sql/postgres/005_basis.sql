-- SPDX-License-Identifier: ISC
-- What verdicts rest on: address tables, carrier classes, figures. And what
-- changed, of the runs that are kept.
CREATE TABLE basis (
	basis_id int NOT NULL PRIMARY KEY CHECK (basis_id > 0),
	name text COLLATE "C" NOT NULL UNIQUE CHECK (length(name) = 16),
	json text COLLATE "C" NOT NULL
);
ALTER TABLE verdict ADD COLUMN basis_id int;

CREATE VIEW v_event AS
SELECT
	p.name AS prefix,
	v.name AS vantage,
	CASE WHEN n.carrier = 'none' THEN 'down' WHEN o.carrier = 'none' THEN 'up'
	    ELSE 'changed' END AS kind,
	o.carrier AS carrier_from,
	n.carrier AS carrier_to,
	o.entry_as AS entry_from,
	n.entry_as AS entry_to,
	show_second(o.last_us) || 'Z'
	    AS after,
	show_second(n.decided_us) || 'Z'
	    AS before,
	CASE WHEN o.p IS NULL OR n.p < o.p THEN n.p ELSE coalesce(o.p, n.p) END
	    AS p,
	o.last_us AS after_us,
	n.decided_us AS before_us
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
    AND x.day_us > n.day_us);
