#!/bin/bash
# SPDX-License-Identifier: ISC
# Everything `make check` runs, in one sum.
#   check.sh [san|fuzz [SECONDS]|cover]
set -eu
cd "$(dirname "$0")/.."
n=$(nproc)
san="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1

step() { printf -- '-- %s\n' "$*" >&2; }
build() { # directory, compiler, flags, targets...
	local dir=$1 cc=$2 flags=$3
	shift 3
	${MAKE:-make} --no-print-directory -s -j"$n" B="$dir" CC="$cc" \
	    CFLAGS="$flags" "$@"
}
programs() { find "$1"/tests/unit "$1"/tests/sim "$1"/tests/truth -name 'test_*' -type f -perm -u+x 2>/dev/null | sort -r; }

# clang, for its warnings, with both sanitizers and libFuzzer's coverage: one
# build serves the tests, the fuzz targets and the second compiler.
build_san() {
	step "building with clang, AddressSanitizer, UndefinedBehaviorSanitizer"
	build build/san clang "-O1 -g -Werror $san -fsanitize=fuzzer-no-link" \
	    all tests $(find tests/fuzz -name 'fuzz_*.c' |
	    sed 's,\.c$,,; s,^,build/san/,')
}

case ${1:-all} in
san)
	build_san
	bash tests/run.sh --clear
	bash tests/run.sh --part --jobs "$n" $(programs build/san)
	TUMEN=build/san/tumen TUMEN_PROBE=build/san/tumen-probe \
	    bash tests/run.sh --part tests/golden/test_commands.sh tests/golden/test_audit.sh tests/golden/test_upload.sh \
	    tests/golden/test_status.sh tests/golden/test_export.py \
	    tests/golden/test_origin.sh \
	    tests/golden/test_origin_sets.sh tests/golden/test_archive.sh tests/golden/test_diff.sh \
	    tests/golden/test_october.py tests/golden/test_imported.py tests/golden/test_import.py tests/golden/test_hostile_files.py tests/golden/test_roa_day.py tests/golden/test_config.py tests/golden/test_control.py tests/internet/test_probe.sh tests/internet/test_methods.sh \
	    tests/internet/test_survey.sh tests/internet/test_options.py \
	    tests/internet/test_hostile.py
	exec bash tests/run.sh --sum
	;;
fuzz)
	build_san
	TUMEN_FUZZ_SECONDS=${2:-60} exec bash tests/run.sh tests/fuzz/run.sh
	;;
cover)
	build build/cover gcc "-O0 -g --coverage" all tests
	TUMEN_LOGS=build/cover/log bash tests/run.sh --jobs "$n" $(programs build/cover)
	find build/cover -name '*.gcda' | grep -E 'obj/(probe|analysis|sql)/' |
	    xargs -r gcov -b -n 2>/dev/null |
	    awk '/^File/ { f = $2 } /^Lines executed/ { l = $0 }
	        /^Branches executed/ { if (f ~ /(probe|analysis|sql)\/.*\.c/) print f, l, $0 }'
	exit
	;;
all) ;;
*)
	echo "usage: check.sh [san|fuzz [SECONDS]|cover]" >&2
	exit 64
	;;
esac

bash tests/run.sh --clear
step "building with gcc, warnings are errors"
build build gcc "-O2 -g -Werror" all tests

# The emulated internet and the demo look at real time and mostly wait; what
# needs the processor goes beside them with less priority.
step "the emulated internet"
rm -f build/san/tumen-probe
mkdir -p build/san/tests
for t in test_probe.sh test_survey.sh test_hostile.py; do
	cat >"build/san/tests/${t%.*}.sh" <<-EOF
		#!/bin/bash
		for _ in \$(seq 600); do [ -x build/san/tumen-probe ] && break; sleep 1; done
		TUMEN_PROBE=build/san/tumen-probe exec tests/internet/$t
	EOF
	chmod +x "build/san/tests/${t%.*}.sh"
done
bash tests/run.sh --part --jobs 2 \
    $(find tests/internet -name 'test_*' -perm -u+x | sort) tests/demo.sh \
    build/san/tests/test_probe.sh build/san/tests/test_survey.sh \
    build/san/tests/test_hostile.sh &
internet=$!
trap 'kill "$internet" 2>/dev/null || true' EXIT
renice -n 10 $$ >/dev/null

build_san
for t in test_commands test_origin_sets test_archive test_diff; do
	printf '#!/bin/sh\nTUMEN=build/san/tumen exec tests/golden/%s.sh\n' $t \
	    >build/san/tests/$t.sh
	chmod +x build/san/tests/$t.sh
done
step "everything else"
export TUMEN_FUZZ_SECONDS=${TUMEN_FUZZ_SECONDS:-2}
bash tests/run.sh --part --jobs "$n" tests/lint.sh tests/fuzz/run.sh \
    $(find tests/oracle -name 'test_*' -perm -u+x | sort) \
    $(programs build) tests/golden/test_commands.sh tests/golden/test_audit.sh tests/golden/test_upload.sh \
    tests/golden/test_extensions.sh tests/golden/test_archive.sh tests/golden/test_probes.py \
    tests/golden/test_duckdb.sh tests/golden/test_export.py tests/golden/test_units.sh tests/golden/test_october.py tests/golden/test_imported.py tests/golden/test_import.py tests/golden/test_hostile_files.py tests/golden/test_watch.py tests/golden/test_roa_day.py tests/golden/test_config.py tests/golden/test_control.py tests/golden/test_status.sh \
    tests/golden/test_origin.sh tests/golden/test_origin_json.py tests/golden/test_origin_sets.sh tests/golden/test_diff.sh \
    tests/postgres/test_postgres.sh tests/postgres/test_kills.py tests/postgres/test_away.py \
    $(programs build/san) build/san/tests/test_commands.sh build/san/tests/test_origin_sets.sh \
    build/san/tests/test_archive.sh build/san/tests/test_diff.sh
wait "$internet"
trap - EXIT
bash tests/run.sh --sum
