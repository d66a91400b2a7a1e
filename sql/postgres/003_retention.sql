-- SPDX-License-Identifier: ISC
-- What was dropped on purpose, so that an audit can tell it from a loss.
CREATE TABLE retention (
	at_us bigint NOT NULL CHECK (at_us >= 0),
	vantage_id int NOT NULL,
	epoch bigint NOT NULL CHECK (epoch BETWEEN 0 AND 9007199254740991),
	before_us bigint NOT NULL CHECK (before_us >= 0),
	last_seq bigint NOT NULL CHECK (last_seq >= 0),
	traces_n bigint NOT NULL CHECK (traces_n >= 0),
	runs_n bigint NOT NULL CHECK (runs_n >= 0),
	PRIMARY KEY (at_us, before_us, vantage_id, epoch)
);
