#!/bin/bash
# SPDX-License-Identifier: ISC
# Who held an address on which day, from real tables of five days: pyasn's of
# 2008, 2014 and 2015, libloc's of 2022, the one that ships of 2026. Every answer
# with its layer, the date of its table and the days between.
set -u
cd "$(dirname "$0")/../.."
tumen=${TUMEN:-build/tumen}
data=${TUMEN_PYASN:-/usr/lib/python3/dist-packages/data}
location=${TUMEN_LOCATION:-/usr/share/libloc-location/location.db}
n=0

if ! [ -f "$data/ipasn_20140513.dat.gz" ] || ! [ -f "$location" ] ||
    ! command -v location >/dev/null; then
	echo "ok 1 - # SKIP python3-pyasn, libloc-database or location is not installed"
	echo 1..1
	exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

said() { # what, have, the pattern that is wanted
	n=$((n + 1))
	# shellcheck disable=SC2053
	if [[ $2 == $3 ]]; then
		echo "ok $n - $1"
	else
		printf 'not ok %d - %s\n# have %s\n# want %s\n' "$n" "$1" "$2" "$3"
	fi
}

table() { # day, file
	"$tumen" origin build -o "$work/$1.origin" --asof "$1" --bgp "$2" 2>"$work/err" ||
	    cat "$work/err"
	origins+=(--origin "$work/$1.origin")
}

member() { # name, form of its value (a string or null)
	sed -E "s/.*\"$1\":${2:-(\"[^\"]*\"|null)}.*/\1/; s/\"//g" "$work/out"
}

# As the command says it, in one line: AS, layer, prefix, date of the table, days,
# reason; and its exit status.
ask() { # address, time, options...
	local at=$2 addr=$1
	shift 2
	"$tumen" origin lookup --json "${origins[@]}" --at "$at" "$@" "$addr" >"$work/out"
	local status=$?
	echo "$(member origins '\[([0-9,]*)\]') $(member layer) $(member prefix)" \
	    "$(member asof) $(member days '([0-9]+|null)') $(member reason) exit $status"
}

origins=()
location --database "$location" --quiet dump "$work/dump"
table 2022-10-29 "$work/dump"
table 2008-05-01 "$data/ipasn_20080501_v12.dat.gz"
table 2026-06-17 analysis/origin/data/shipped.tbl.zst
table 2015-11-01 "$data/ipasn6_20151101.dat.gz"
table 2014-05-13 "$data/ipasn_20140513.dat.gz"

shopt -s extglob
old="the @(address table is too old for that time|newest table not later than *; the limit is *)"
unknown="no layer of the address table knows it"
early="every address table is later than *"
star=175.45.176.1 satgate=77.94.35.1

said "77.94.35.1 on 2022-11-15 is AS30721" "$(ask $satgate 2022-11-15)" \
    "30721 bgp 77.94.35.0/24 2022-10-29 17 null exit 0"
said "77.94.35.1 on 2026-07-01 is AS51259" "$(ask $satgate 2026-07-01)" \
    "51259 bgp 77.94.32.0/21 2026-06-17 14 null exit 0"
said "175.45.176.1 on 2008-06-01 has no AS" "$(ask $star 2008-06-01)" \
    " none null 2008-05-01 31 $unknown exit 0"
said "175.45.176.1 on 2014-06-01 is AS131279" "$(ask $star 2014-06-01)" \
    "131279 bgp 175.45.176.0/24 2014-05-13 19 null exit 0"
said "2018-01-01 is too far from any table" "$(ask $star 2018-01-01)" \
    " none null 2015-11-01 792 $old exit 0"
said "a limit one day short refuses, too" "$(ask $star 2018-01-01 --max-days 791)" \
    " none null 2015-11-01 792 $old exit 0"
said "unless the limit is raised" "$(ask $star 2018-01-01 --max-days 792)" \
    "131279 bgp 175.45.176.0/24 2015-11-01 792 null exit 0"
said "the last day within the limit of 400" "$(ask $star 2016-12-05)" \
    "131279 bgp 175.45.176.0/24 2015-11-01 400 null exit 0"
said "and the first behind it" "$(ask $star 2016-12-06)" \
    " none null 2015-11-01 401 $old exit 0"
said "a table counts from its own day on" "$(ask $star 2014-05-13)" \
    "131279 bgp 175.45.176.0/24 2014-05-13 0 null exit 0"
said "and not a second before" "$(ask $star 2014-05-12T23:59:59Z)" \
    " none null 2008-05-01 2202 $old exit 0"
said "no table is later than the question" "$(ask $star 2008-04-30)" \
    " none null null null $early exit 0"
said "special-purpose space needs no table" "$(ask 10.0.0.1 1999-01-01)" \
    " reserved 10.0.0.0/8 null null null exit 0"

"$tumen" origin lookup "${origins[@]}" --at 2022-11-15 $satgate >"$work/out"
said "the text has layer, prefix, AS, date and days" \
    "$(tail -n 1 "$work/out" | tr -s ' ' | cut -d ' ' -f 1-6)" \
    "$satgate bgp 77.94.35.0/24 AS30721 2022-10-29 17"
said "and says why there is no answer" \
    "$("$tumen" origin lookup "${origins[@]}" --at 2018-01-01 $star | tail -n 1)" "*  $old"
echo "1..$n"
