-- SPDX-License-Identifier: ISC
-- What was dropped on purpose, so that an audit can tell it from a loss;
-- below 0 what came back by tumen import.
CREATE TABLE retention (
	at_us bigint NOT NULL CHECK (at_us >= 0),
	vantage_id int NOT NULL,
	epoch bigint NOT NULL CHECK (epoch BETWEEN 0 AND 9007199254740991),
	before_us bigint NOT NULL CHECK (before_us >= 0),
	last_seq bigint NOT NULL CHECK (last_seq >= 0),
	traces_n bigint NOT NULL,
	runs_n bigint NOT NULL,
	PRIMARY KEY (at_us, before_us, vantage_id, epoch)
);
