#!/bin/bash
# SPDX-License-Identifier: ISC
# tumen origin over several days: files of changes and their bases, layers of
# their own pace, refusals, compare; the text and status of every error.
set -u
cd "$(dirname "$0")/../.."
tumen=$(realpath "${TUMEN:-build/tumen}")
seeds=$PWD/tests/fuzz/seeds
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
n=0

ok() { # name; status of the command before it
	local status=$?
	n=$((n + 1))
	[ "$status" -eq 0 ] && echo "ok $n - $1" || echo "not ok $n - $1"
}

# A command ends with a status and prints a text, on either output.
says() { # status text command...
	local want=$1 text=$2 got
	shift 2
	"$@" >out 2>&1 </dev/null
	got=$?
	if [ "$got" -ne "$want" ] || ! grep -qF -- "$text" out; then
		echo "# status $got: $(head -n 2 out)"
		false
	fi
	ok "$want: ${*/$tumen/tumen}: $text"
}

build() { "$tumen" origin build "$@" 2>/dev/null; }
look() { "$tumen" origin lookup "$@"; }

# Six days of a table of some hundred prefixes, one of which moves each day.
table() { # day
	local i
	echo "# as-of: 2026-06-0$1"
	for i in $(seq 0 255); do
		echo "1.$i.0.0/16 $((100 + i + (i < $1 ? 1000 : 0)))"
	done
	[ "$1" -lt 3 ] || echo '175.45.178.0/24 20485'
	echo '175.45.176.0/22 131279'
}
printf '20485|131279|-1\n' >rel1
printf '20485|131279|-1\n134544|131279|-1\n' >rel2
mkdir whole set
for day in 1 2 3 4 5 6; do
	table $day >$day.txt
	rel=rel1
	[ $day -lt 4 ] || rel=rel2
	build -o whole/$day.origin --bgp $day.txt --as-rel $rel
	base=(--base whole/1.origin)
	[ $day -gt 1 ] || base=()
	build -o set/$day.origin --bgp $day.txt --as-rel $rel "${base[@]}"
done
whole=$(stat -c %s whole/2.origin) changes=$(stat -c %s set/2.origin)
[ "$changes" -lt $((whole / 20)) ]
ok "a day as changes takes less than a twentieth ($changes of $whole)"

# Every answer of every day, from the whole files and from the set.
addrs=$(for i in $(seq 0 255); do echo "1.$i.0.0 1.$i.255.255"; done
    echo 0.255.255.255 2.0.0.0 175.45.175.255 175.45.176.0 175.45.177.255 \
        175.45.178.0 175.45.178.255 175.45.179.0 175.45.179.255 175.45.180.0)
for day in 1 2 3 4 5 6 9; do
	for kind in whole set; do
		echo "$addrs" | look $(printf -- '--origin %s ' $kind/*.origin) \
		    --at 2026-06-0$day --json - >$kind.$day
	done
	grep -c '"layer":"bgp"' set.$day | grep -qx 51[5-9] && cmp -s whole.$day set.$day
	ok "the answers of 2026-06-0$day"
done
"$tumen" origin info --origin set/5.origin >out &&
    grep -q 'changes of set/1.origin (as of 2026-06-01, .* segments): 5 segments differ' out
ok "info shows the base"
"$tumen" origin info --json --origin set/5.origin >out &&
    grep -q '"base":{"name":"1.origin","file":"set/1.origin","asof":"2026-06-01","identity":"[0-9a-f]\{64\}","changed":5,' out
ok "info --json, too"

# The base: by identity, never by name.
mkdir apart other
cp set/2.origin apart
says 65 'its base 1.origin, of 2026-06-01 with the identity' look --origin apart/2.origin 1.2.3.4
says 65 'is neither among the tables nor in apart' look --origin apart/2.origin 1.2.3.4
cp whole/3.origin apart/1.origin
says 65 'is neither among the tables nor in apart' look --origin apart/2.origin 1.2.3.4
cp whole/1.origin apart/renamed.origin
says 0 'AS102' look --origin apart/2.origin --at 2026-06-02 1.2.3.4
says 0 'AS102' look --origin set/2.origin --origin whole/1.origin --at 2026-06-02 1.2.3.4
says 65 'cannot be a base' "$tumen" origin build -o x --base set/2.origin --bgp 3.txt
says 64 'is the base itself' "$tumen" origin build -o whole/1.origin --base whole/1.origin --bgp 3.txt
says 65 'no address snapshot' "$tumen" origin build -o x --base 1.txt --bgp 3.txt
[ ! -e x ]
ok "nothing was written"

# Damaged: cut, one bit flipped, of another kind. Each with the byte.
for size in 0 31 100 $((changes / 2)) $((changes - 1)); do
	head -c $size set/2.origin >set/cut
	says 65 'set/cut: byte ' look --origin set/cut 1.2.3.4
done
for at in 9 20 $((changes / 3)) $((changes / 2)) $((changes - 9)); do
	cp set/2.origin set/flipped
	byte=$(od -An -tu1 -j $at -N 1 set/flipped)
	printf "\\$(printf %03o $((byte ^ 4)))" |
	    dd of=set/flipped bs=1 seek=$at conv=notrunc status=none
	says 65 'set/flipped: byte ' look --origin set/flipped 1.2.3.4
done
says 65 '1.txt: byte 0: no address snapshot' look --origin 1.txt 1.2.3.4
# only the head of a file that is not needed is read
cp whole/2.origin whole/2.copy
printf X | dd of=whole/2.origin bs=1 seek=30000 conv=notrunc status=none
files=$(printf -- '--origin %s ' whole/*.origin)
says 0 'AS1100' look $files --at 2026-06-04 1.0.3.4
says 65 'whole/2.origin: byte ' look $files --at 2026-06-02 1.0.3.4
mv whole/2.copy whole/2.origin

# Layers of their own pace, and why there is no answer.
echo '2.0.0.0/8 | 7 | A holder | 2026-05-01 | a register' >registry.txt
build -o registry.origin --asof 2026-05-01 --registry registry.txt
files="--origin set/1.origin --origin set/6.origin --origin registry.origin"
says 0 'AS7           2026-05-01    37' look $files --at 2026-06-07 2.3.4.5
says 0 'AS103         2026-06-01     1' look $files --at 2026-06-02 1.3.3.4
says 0 'the newest table not later than 2029-01-01 is of 2026-06-06, 940 days before; the limit is 400 (--max-days)' \
    look $files --at 2029-01-01 1.2.3.4
says 0 'AS1102        2026-06-06   940' look $files --at 2029-01-01 --max-days 940 1.2.3.4
says 0 'every address table is later than 2018-01-01: the earliest is of 2026-05-01, 3042 days after' \
    look $files --at 2018-01-01 1.2.3.4
says 0 'no layer knows it; the newest registry table not later than 2026-06-07 is of 2026-05-01, 37 days before; the limit is 10 (--max-days)' \
    look $files --at 2026-06-07 --max-days 10 2.3.4.5
says 0 '"reason":"the newest table not later than 2029-01-01 is of' look $files --at 2029-01-01 --json 1.2.3.4

# VRPs and organisations, in a base and in changes over it.
head='ASN,IP Prefix,Max Length,Trust Anchor,Expires'
printf '%s\nAS131279,175.45.176.0/22,22,apnic,1942000000\n' "$head" >vrp1
printf '%s\nAS131279,175.45.176.0/22,24,apnic,1942000000\n' "$head" >vrp2
cat >org <<-EOF
	# format:org_id|changed|org_name|country|source
	STAR|20200101|Star Joint Venture|KP|APNIC
	# format:aut|changed|aut_name|org_id|opaque_id|source
	131279|20200101|STAR-KP|STAR||APNIC
EOF
mkdir rpki
build -o rpki/2.origin --bgp 2.txt --vrp vrp1 --as-org org
build -o rpki/3.origin --base rpki/2.origin --bgp 3.txt --vrp vrp2 --as-org org
build -o rpki/4.origin --base rpki/2.origin --bgp 4.txt --vrp vrp1
files=$(printf -- '--origin %s ' rpki/*.origin)
says 0 'STAR-KP [RPKI valid]' look $files --at 2026-06-02 175.45.178.1
says 0 '- [RPKI invalid]' look $files --at 2026-06-03 175.45.178.1
says 0 '- [RPKI not-found]' look $files --at 2026-06-03 1.2.3.4
says 0 '"rpki":["valid"],"org":[{"id":"STAR","name":"Star Joint Venture"}]}' \
    look $files --at 2026-06-03 --json 175.45.177.1
says 0 '"rpki":["valid"],"org":[{"id":"STAR"' look $files --at 2026-06-04 --json 175.45.177.1
says 1 'vrp           175.45.176.0/22 AS131279        changed  up to /22                -> up to /24' \
    "$tumen" origin compare rpki/2.origin rpki/3.origin
says 1 'VRPs 0 came, 0 went, 0 changed; organisations not known of both' \
    "$tumen" origin compare rpki/2.origin rpki/4.origin

# Upstreams of prefixes, from a table and from the updates that BIRD wrote of one
# laboratory: 175.45.178.0/24 has two, the others of its AS one of them each.
mkdir ups
for kind in rib updates; do
	build -o ups/$kind.origin --bgp "$seeds/origin_mrt/bird-$kind.mrt"
	"$tumen" origin info --json --origin ups/$kind.origin |
	    grep -oF '"upstreams":5,"upstream_list":[{"prefix":"175.45.176.0/24","asn":134544,"peers":5},{"prefix":"175.45.177.0/24","asn":20485,"peers":5},{"prefix":"175.45.178.0/24","asn":20485,"peers":3},{"prefix":"175.45.178.0/24","asn":134544,"peers":2},{"prefix":"175.45.179.0/24","asn":134544,"peers":5}]' >out
	ok "info --json lists the upstreams of the $kind"
done
says 0 '    175.45.178.0/24 from AS134544 at 2 peers' "$tumen" origin info --origin ups/rib.origin
says 0 '- [from AS20485 at 3 peers, AS134544 at 2 peers]' look --origin ups/rib.origin --at 2026-11-23 175.45.178.9
says 0 '"org":[null],"upstreams":[{"asn":134544,"peers":5}]}' look --origin ups/rib.origin --at 2026-11-23 --json 175.45.176.9
says 0 '"rpki":null,"org":[null]}' look --origin ups/rib.origin --at 2026-11-23 --json 203.160.64.1
build -o ups/other.origin --towards AS10099 --towards 9929 --bgp "$seeds/origin_mrt/bird-rib.mrt"
says 0 '"asn":2914,"peers":' look --origin ups/other.origin --at 2026-11-23 --json 203.160.64.1
says 0 '"org":[null]}' look --origin ups/other.origin --at 2026-11-23 --json 175.45.176.9
says 0 '1 upstreams-seen' "$tumen" origin build -o x --bgp "$seeds/origin_mrt/bird.mrt"
says 0 ': 22 rows, 36 links-seen' "$tumen" origin build -o x --towards 1 --bgp "$seeds/origin_mrt/bird-rib.mrt"
rm x
says 64 '--towards 0: not' "$tumen" origin build -o x --towards 0 --bgp 1.txt
says 64 '--towards x: not' "$tumen" origin build -o x --towards x --bgp 1.txt
says 64 '--towards 65: more than 64' "$tumen" origin build -o x --bgp 1.txt $(printf -- '--towards %s ' $(seq 65))
# a day whose upstreams are those of its base, and one with fewer of them
build -o ups/same.origin --asof 2026-11-23 --base ups/rib.origin --bgp "$seeds/origin_mrt/bird-rib.mrt" --bgp 1.txt
build -o ups/less.origin --asof 2026-11-24 --base ups/rib.origin --bgp "$seeds/origin_mrt/bird.mrt"
says 0 '[from AS20485 at 3 peers, AS134544 at 2 peers]' look --origin ups/same.origin --at 2026-11-23 175.45.178.9
says 0 '[from AS134544 at 1 peer]' look --origin ups/less.origin --at 2026-11-24 175.45.176.9
says 1 'upstreams 0 came, 0 went, 0 changed' "$tumen" origin compare --all ups/rib.origin ups/same.origin
says 1 'upstream      175.45.178.0/24 AS20485         went     at 3 peers               -> -' \
    "$tumen" origin compare --as 131279 ups/rib.origin ups/less.origin
says 1 '"of":"upstream","change":"came","prefix":"175.45.177.0/24","as":20485,"other_as":null,"before":null,"after":{"peers":5}}' \
    "$tumen" origin compare --as 20485 --json ups/less.origin ups/rib.origin
says 1 'upstreams not known of both' "$tumen" origin compare --all set/1.origin ups/rib.origin

# compare
says 0 'prefixes 0 came, 0 went, 0 changed (0 addresses)' "$tumen" origin compare whole/2.origin set/2.origin
says 1 'prefix        175.45.178.0/24                 changed  bgp AS131279             -> bgp AS20485' \
    "$tumen" origin compare set/1.origin set/6.origin
says 1 'relation      AS131279                        came     -                        -> customer of AS134544' \
    "$tumen" origin compare set/1.origin set/6.origin
says 1 '2026-06-01 -> 2026-06-06: prefixes 0 came, 0 went, 1 changed (256 addresses); relations 1 came, 0 went, 0 changed; VRPs not known of both; organisations not known of both; upstreams not known of both' \
    "$tumen" origin compare set/1.origin set/6.origin
says 1 'prefixes 0 came, 0 went, 6 changed (327936 addresses)' \
    "$tumen" origin compare --all set/1.origin set/6.origin
says 1 '1.1.0.0/16                      changed  bgp AS101                -> bgp AS1101' \
    "$tumen" origin compare --as AS101 set/1.origin set/6.origin
says 0 'prefixes 0 came' "$tumen" origin compare --as 104 --as 250 set/1.origin set/3.origin
says 1 '{"record":"origin-change","v":1,"of":"prefix","change":"changed","prefix":"175.45.178.0/24","as":null,"other_as":null,"before":{"layer":"bgp","origins":[131279]},"after":{"layer":"bgp","origins":[20485]}}' \
    "$tumen" origin compare --json set/2.origin set/3.origin
files=$(printf -- '--origin %s ' set/*.origin)
says 1 'prefix        175.45.178.0/24' "$tumen" origin compare $files --from 2026-06-02 --to 2026-06-03
says 0 'relations 0 came' "$tumen" origin compare $files --from 2026-06-04 --to 2026-06-30
says 65 'the earliest is of 2026-06-01' "$tumen" origin compare $files --from 2026-05-04 --to 2026-06-30
says 64 'either two snapshots or' "$tumen" origin compare set/1.origin
says 64 '--to TIME: is missing' "$tumen" origin compare --from 2026-06-01
says 64 'only with --from and --to' "$tumen" origin compare --origin set/1.origin a b
says 64 'only one of them' "$tumen" origin compare --all --as 7 a b
says 64 '--as x: not' "$tumen" origin compare --as x a b
says 65 'no address snapshot' "$tumen" origin compare set/1.origin 1.txt
says 74 'standard output' sh -c "'$tumen' origin compare set/1.origin set/2.origin >/dev/full"
echo "1..$n"
