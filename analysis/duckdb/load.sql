-- SPDX-License-Identifier: ISC
-- probes.csv (tumen export --format csv) to probes.parquet, in the current
-- folder. Rows that are asked for together lie together.
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
	    'late': 'TINYINT', 'control': 'TINYINT'})
	ORDER BY target, flow, vantage, start, ttl, attempt, reply_no
) TO 'probes.parquet' (FORMAT parquet, COMPRESSION zstd);
