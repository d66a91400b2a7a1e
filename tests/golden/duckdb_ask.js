// SPDX-License-Identifier: ISC
// node duckdb_ask.js FILE...: runs SQL files in one DuckDB, prints rows as
// text, columns separated by |, as SQLite's shell does.
const { DuckDBInstance } = require("@duckdb/node-api");
const { readFileSync } = require("fs");

async function main() {
	const db = await (await DuckDBInstance.create(":memory:")).connect();
	for (const file of process.argv.slice(2)) {
		const all = await db.runAndReadAll(readFileSync(file, "utf8"));
		if (file.endsWith("load.sql"))
			continue;
		for (const row of all.getRows())
			console.log(row.map((v) => v === null ? "" : String(v)).join("|"));
	}
}
main().catch((e) => { console.error(e); process.exit(1); });
