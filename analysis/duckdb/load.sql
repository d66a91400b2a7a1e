-- SPDX-License-Identifier: ISC
-- probes.csv, traces.csv and paths.csv (tumen export --format csv, with --level
-- probe, trace and path) to .parquet, in the current folder. Rows that are asked
-- for together lie together. An empty field is NULL, a quoted one a text.
COPY (
	SELECT * FROM read_csv('probes.csv', header = true, nullstr = '',
	    types = {'trace': 'VARCHAR', 'vantage': 'VARCHAR',
	    'campaign': 'VARCHAR', 'run': 'BIGINT', 'epoch': 'BIGINT',
	    'seq': 'BIGINT', 'target': 'VARCHAR', 'prefix': 'VARCHAR',
	    'method': 'VARCHAR', 'port': 'INTEGER', 'flow': 'BIGINT',
	    'src': 'VARCHAR', 'sport': 'INTEGER', 'dport': 'INTEGER',
	    'start': 'VARCHAR', 'duration_us': 'BIGINT', 'stop': 'VARCHAR',
	    'stop_detail': 'VARCHAR', 'ttl': 'SMALLINT', 'attempt': 'SMALLINT',
	    'reply_no': 'SMALLINT', 'tx_ns': 'BIGINT', 'rtt_ns': 'BIGINT',
	    'addr': 'VARCHAR', 'reply_ttl': 'SMALLINT', 'reply_ipid': 'INTEGER',
	    'quoted_ttl': 'SMALLINT', 'quoted_tos': 'SMALLINT',
	    'icmp_type': 'SMALLINT', 'icmp_code': 'SMALLINT',
	    'tcp_flags': 'SMALLINT', 'proof': 'VARCHAR', 'silent': 'VARCHAR',
	    'late': 'TINYINT', 'control': 'TINYINT', 'mpls': 'VARCHAR',
	    'ext': 'VARCHAR'})
	ORDER BY target, flow, vantage, start, ttl, attempt, reply_no
) TO 'probes.parquet' (FORMAT parquet, COMPRESSION zstd);
COPY (
	SELECT * FROM read_csv('traces.csv', header = true, nullstr = '',
	    types = {'trace': 'VARCHAR', 'vantage': 'VARCHAR',
	    'campaign': 'VARCHAR', 'run': 'BIGINT', 'epoch': 'BIGINT',
	    'seq': 'BIGINT', 'target': 'VARCHAR', 'prefix': 'VARCHAR',
	    'method': 'VARCHAR', 'port': 'INTEGER', 'flow': 'BIGINT',
	    'src': 'VARCHAR', 'sport': 'INTEGER', 'dport': 'INTEGER',
	    'start': 'VARCHAR', 'duration_us': 'BIGINT', 'stop': 'VARCHAR',
	    'stop_detail': 'VARCHAR', 'start_us': 'BIGINT',
	    'nprobes': 'SMALLINT', 'answered': 'SMALLINT', 'path': 'VARCHAR',
	    'reached': 'TINYINT', 'clock_step': 'TINYINT', 'drops': 'BIGINT',
	    'tool': 'VARCHAR', 'control': 'TINYINT', 'carrier': 'VARCHAR',
	    'entry_as': 'BIGINT', 'evidence': 'VARCHAR', 'p': 'DOUBLE',
	    'border_lo_ttl': 'SMALLINT', 'border_hi_ttl': 'SMALLINT',
	    'border_rtt_us': 'BIGINT', 'reach': 'VARCHAR'})
	ORDER BY prefix, vantage, start_us
) TO 'traces.parquet' (FORMAT parquet, COMPRESSION zstd);
COPY (
	SELECT * FROM read_csv('paths.csv', header = true, nullstr = '',
	    types = {'vantage': 'VARCHAR', 'target': 'VARCHAR',
	    'prefix': 'VARCHAR', 'method': 'VARCHAR', 'port': 'INTEGER',
	    'flow': 'BIGINT', 'path': 'VARCHAR', 'hops': 'VARCHAR',
	    'first': 'VARCHAR', 'last': 'VARCHAR', 'traces': 'BIGINT',
	    'control': 'TINYINT'})
	ORDER BY target, vantage, method, port, flow, first, path
) TO 'paths.parquet' (FORMAT parquet, COMPRESSION zstd);
