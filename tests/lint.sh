#!/bin/bash
# SPDX-License-Identifier: ISC
# The gates on the text of the house itself; prints TAP, one line a gate.
set -u
cd "$(dirname "$0")/.."
n=0
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

mapfile -t c_files < <(git ls-files -co --exclude-standard '*.c')
mapfile -t h_files < <(git ls-files -co --exclude-standard '*.h')
mapfile -t scripts < <(git ls-files -co --exclude-standard '*.sh' '.ci/run')
mapfile -t pages < <(git ls-files -co --exclude-standard '*.1' '*.5' '*.8')

# A gate is a function that prints what is wrong and nothing when all is well.
gate() {
	n=$((n + 1))
	"$1" >"$out/gate" 2>&1
	if [ -s "$out/gate" ]; then
		sed 's/^/# /' "$out/gate" | head -n 60
		echo "not ok $n - $2"
	else
		echo "ok $n - $2"
	fi
}

# Lines that match $2.. in files under $1, except where the file matches $3.
where() { # pattern except path...
	local pattern=$1 except=$2
	shift 2
	git grep -nE --untracked "$pattern" -- "$@" | grep -vE "$except" || true
}

format() {
	clang-format --dry-run -Werror "${c_files[@]}" "${h_files[@]}" 2>&1 |
	    grep -E 'error|warning'
}

tidy() {
	printf '%s\n' "${c_files[@]}" | grep -v '^tests/fuzz/' |
	    xargs -P "$(nproc)" -n 4 sh -c 'clang-tidy --quiet "$@" -- \
	        -std=c11 -D_GNU_SOURCE -I. -DTUMEN_DATADIR="\"/\"" 2>/dev/null' sh |
	    grep -E '(error|warning):' | sort -u
}

check_cpp() {
	cppcheck --quiet --std=c11 --language=c --inline-suppr -j "$(nproc)" \
	    --enable=warning,portability,performance --max-configs=1 \
	    --error-exitcode=0 -D_GNU_SOURCE -I. \
	    --suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches \
	    probe analysis sql 2>&1
}

# base <- wire <- trace; base, wire <- net; base <- sql;
# base, sql <- campaign, analysis; the programs' own files wire it together.
may_include() { # folder regex-of-allowed
	git grep -nE --untracked '^#include "' -- "$1/*.[ch]" |
	    grep -vE "#include \"($2)" || true
}
includes() {
	may_include probe/base 'probe/base/'
	may_include probe/wire 'probe/(base|wire)/'
	may_include probe/trace 'probe/(base|wire|trace)/'
	may_include probe/net 'probe/(base|wire|trace|net)/'
	may_include sql '(probe/base|sql)/'
	may_include probe/campaign '(probe/base|probe/campaign|sql)/'
	may_include analysis '(probe/base|sql|analysis)/'
	git grep -nE --untracked '^#include "tests/' -- probe analysis sql || true
}

one_library_one_file() {
	local lib
	for lib in libnet.h pcap.h pcap/pcap.h sqlite3.h sqlite3ext.h postgresql/libpq-fe.h seccomp.h \
	    cap-ng.h sodium.h ini.h zstd.h zlib.h bzlib.h libdeflate.h \
	    nettle/sha2.h; do
		git grep -lE --untracked "^#include <$lib>" -- probe analysis sql |
		    awk -v lib="$lib" '{ f[NR] = $0 }
		        END { if (NR > 1) for (i = 1; i <= NR; i++) print lib " in " f[i] }'
	done
	where '^#include <uv.h>' '^probe/(net/prober|cmd_|main)' probe analysis sql
}

# What only one engine understands stays in its files.
portable_sql() {
	local engines='^sql/(sqlite|postgres|partition|migrations|README)'
	where 'INSERT OR |REPLACE INTO|AUTOINCREMENT|\browid\b|PRAGMA |sqlite_schema|strftime\(' \
	    "$engines" sql analysis
	where '"[^"]*(unnest\(|to_regclass|::(int|bigint|text|bytea)|LOCK TABLE|RETURNING |ILIKE |\bpg_[a-z]+ |encode\(|set_config)' \
	    "$engines" sql analysis
	where '\bSERIAL\b|SAVEPOINT|TRUNCATE TABLE|LISTEN |NOTIFY |CREATE (TRIGGER|SEQUENCE|EXTENSION|TYPE|DOMAIN)|GENERATED|REFERENCES |plpgsql|pg_advisory' \
	    '^sql/README' sql analysis deploy/postgres
}

ifdefs() { where '^#[ \t]*(if|ifdef|elif)\b' '^probe/net/' 'probe/*.c' 'analysis/*.c' 'sql/*.c'; }
typedefs() { where '^typedef (struct|union|enum)' '^$' 'probe/*.[ch]' 'analysis/*.[ch]' 'sql/*.[ch]'; }

sizes() {
	wc -l "${c_files[@]}" | awk '$2 != "total" && $1 > 500 { print $2 ": " $1 " lines, more than 500" }'
	wc -l "${h_files[@]}" | awk '$2 != "total" && $1 > 120 { print $2 ": " $1 " lines, more than 120" }'
}

spdx() {
	local f
	for f in "${c_files[@]}" "${h_files[@]}" "${scripts[@]}"; do
		head -n 2 "$f" | grep -q 'SPDX-License-Identifier: ISC' ||
		    echo "$f: no SPDX line"
	done
}

names() {
	git ls-files -co --exclude-standard |
	    grep -E '(^|/)(util|utils|common|misc|helpers?)\.[ch]$' || true
}

man_lint() {
	[ "${#pages[@]}" -eq 0 ] && echo "no man page" && return
	mandoc -T lint -W warning "${pages[@]}"
}

# Every option of --help stands in the man page, and the other way round.
options_of() { grep -oE -- '(^|[^a-z-])--[a-z][a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u; }
compare_options() { # command... then the page
	local page=${*: -1}
	[ -f "$page" ] || { echo "$page is missing"; return; }
	"${@:1:$#-1}" --help | options_of >"$out/help"
	mandoc -T ascii "$page" | sed 's,.\x08,,g' | options_of |
	    grep -vxE -- '--(help|version)' >"$out/page"
	grep -vxE -- '--(help|version)' "$out/help" >"$out/said"
	comm -23 "$out/said" "$out/page" | sed "s,\$,: in --help but not in $page,"
	comm -13 "$out/said" "$out/page" | sed "s,\$,: in $page but not in --help,"
}
man_options() {
	[ -x build/tumen ] || { echo "build/tumen is not built"; return; }
	local c
	for c in $(build/tumen --help | awk '/^  [a-z]/ { print $1 }'); do
		compare_options build/tumen "$c" "analysis/tumen-$c.1"
	done
	for c in $(build/tumen-probe --help | awk '/^  [a-z]/ { print $1 }'); do
		build/tumen-probe "$c" --help | options_of
	done | sort -u >"$out/said"
	mandoc -T ascii probe/tumen-probe.1 | sed 's,.\x08,,g' | options_of >"$out/page"
	comm -23 "$out/said" "$out/page" |
	    sed 's/$/: in --help but not in tumen-probe.1/'
	comm -13 "$out/said" "$out/page" | grep -vxE -- '--(help|version)' |
	    sed 's/$/: in tumen-probe.1 but not in --help/'
}

# Nothing in the repository may probe outside a namespace: whoever runs the
# probe in a script does it through the test internet or unshare.
no_live_probe() {
	git grep -lE --untracked 'tumen-probe (trace|agent|check)' -- '*.sh' '*.py' Makefile |
	    while read -r f; do
		    grep -qE 'unshare|^enter_namespace|TUMEN_LAB|tests/internet/lab|"\$lab"' "$f" ||
		        echo "$f runs the probe without a namespace"
	    done
}

shell_syntax() {
	local f
	for f in "${scripts[@]}"; do bash -n "$f"; done
}

gate format "clang-format"
gate tidy "clang-tidy"
gate check_cpp "cppcheck"
gate includes "who may include whom"
gate one_library_one_file "one library, one file"
gate portable_sql "portable SQL"
gate ifdefs "no conditional compilation outside probe/net"
gate typedefs "no typedef of a struct"
gate sizes "sizes of files"
gate spdx "SPDX lines"
gate names "no file of leftovers"
gate man_lint "man pages are clean"
gate man_options "man pages list every option"
gate no_live_probe "no probe outside a namespace"
gate shell_syntax "scripts parse"
echo "1..$n"
