-- SPDX-License-Identifier: ISC
-- What was dropped on purpose, so that an audit can tell it from a loss;
-- below 0 what came back by tumen import; and
-- which traces took a path: whether a path is used, who crossed a router.
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
CREATE INDEX trace_by_path ON trace (path_id);
