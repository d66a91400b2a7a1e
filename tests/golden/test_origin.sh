#!/bin/bash
# SPDX-License-Identifier: ISC
# tumen origin on one file of every kind: what becomes of its records, which
# layer answers, whose date it has; broken files end with 65 and do no harm.
set -u
cd "$(dirname "$0")/../.."
tumen=${TUMEN:-build/tumen}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

ok() { # name; status of the command before it
	local status=$?
	n=$((n + 1))
	[ "$status" -eq 0 ] && echo "ok $n - $1" || echo "not ok $n - $1"
}

# A build succeeds and says of each source, in their order, what it holds.
builds() { # name "line|line" option...
	local name=$1 want=$2
	shift 2
	rm -f "$work/t.origin"
	"$tumen" origin build -o "$work/t.origin" "$@" >"$work/out" 2>&1 &&
	    [ "$(sed 's/^tumen: //' "$work/out" | paste -sd '|')" = "$want" ]
	local status=$?
	[ "$status" -eq 0 ] || sed 's/^/# /' "$work/out"
	(exit "$status")
	ok "$name"
}

# LAYER PREFIX ORIGINS of an address, as JSON tells them.
answers() { # address "layer prefix [asns]"
	local got
	got=$("$tumen" origin lookup --json --origin "$work/t.origin" \
	    --at 2022-11-15 "$1" | sed -E \
	    's/.*"origins":(\[[0-9,]*\]),"layer":"([a-z]+)","prefix":"?([^",]*).*/\2 \3 \1/')
	[ "$got" = "$2" ] || { echo "# $got"; false; }
	ok "$1 is $2"
}

refuses() { # text option...
	local text=$1
	shift
	rm -f "$work/no.origin"
	"$tumen" origin build -o "$work/no.origin" "$@" >"$work/out" 2>&1
	[ $? -eq 65 ] && grep -qF -- "$text" "$work/out" && [ ! -e "$work/no.origin" ]
	local status=$?
	[ "$status" -eq 0 ] || sed 's/^/# /' "$work/out"
	(exit "$status")
	ok "65: $text"
}

# The hop that decides: BGP has .252-.254, the holder has the whole /22.
delegated=tests/data/delegated-apnic-extended-20221029
cat >"$work/bgp" <<-'EOF'
	# as-of: 2022-10-29
	103.35.252.0/24	134544
	103.35.253.0/24	134544
	103.35.254.0/24	134544
EOF
builds "BGP alone" "bgp: bgp, pairs: 3 rows" --bgp "$work/bgp"
answers 103.35.254.255 "bgp 103.35.254.0/24 [134544]"
answers 103.35.255.254 "none null []"
builds "with a registry's file" "bgp: bgp, pairs: 3 rows|${delegated##*/}: registry, delegated: 3 rows, 1 ipv6, 1 holder-without-as, 2 not-in-use, 1 moas-kept" \
    --bgp "$work/bgp" --registry "$delegated"
answers 103.35.254.255 "bgp 103.35.254.0/24 [134544]"
answers 103.35.255.254 "registry 103.35.252.0/22 [134544]"
answers 175.45.176.71 "registry 175.45.176.0/22 [131279]"
answers 203.56.0.63 "none null []"
answers 203.56.0.64 "registry 203.56.0.64/26 [4608,4609]"
answers 203.56.1.127 "registry 203.56.1.0/25 [4608,4609]"
answers 203.56.1.128 "none null []"
"$tumen" origin lookup --origin "$work/t.origin" --at 2022-11-15 103.35.255.254 |
    grep -qF '[not BGP: holder apnic|A9100001]'
ok "it says whose"
"$tumen" origin info --origin "$work/t.origin" |
    grep -qF "${delegated##*/}: registry, delegated" &&
    "$tumen" origin info --origin "$work/t.origin" | grep -qF 'as of 2022-10-28'
ok "of the day that the file ends with"

# One file of each other kind, compressed where it is not plain.
cat >"$work/whois" <<-'EOF'
	% whois
	route:  103.35.252.0/22
	origin: AS134544
	mnt-by: MAINT-CIHL
	source: APNIC
EOF
gzip -k "$work/whois"
cat >"$work/dump.txt" <<-'EOF'
	# Generated: Sat, 29 Oct 2022 05:59:54 GMT

	aut-num: AS131279
	name:    Star Joint Venture

	net:     175.45.176.0/24
	aut-num: 131279

	net:     175.45.0.0/16
	country: KP
EOF
bzip2 -k "$work/dump.txt"
cat >"$work/peeringdb_2_dump_2022_10_01.json" <<-'EOF'
	{"ixpfx":{"data":[{"id":1,"ixlan_id":30,"prefix":"195.66.224.0/22"}]},
	"netixlan":{"data":[{"ixlan_id":30,"asn":20485,"ipaddr4":"195.66.224.9"},
	{"ixlan_id":30,"asn":7,"ipaddr4":"8.8.8.8"}]},
	"ixlan":{"data":[{"id":30,"ix_id":20}]},
	"ix":{"data":[{"id":20,"name":"LINX LON1"}]}}
EOF
cat >"$work/ixs_202210.jsonl" <<-'EOF'
	# CAIDA
	{"ix_id":1,"name":"MSK-IX","prefixes":{"ipv4":["195.208.208.0/21"],"ipv6":[]}}
EOF
cat >"$work/ix-asns_202210.jsonl" <<-'EOF'
	{"asn":20485,"ix_id":1,"ipv4":["195.208.208.7"],"ipv6":[]}
EOF
printf 'ASN,IP Prefix,Max Length,Trust Anchor,Expires\nAS131279,175.45.176.0/22,22,apnic,1\n' \
    >"$work/vrps.csv"
printf '{"metadata":{"generated":1666666666},"roas":[{"asn":"AS1","prefix":"1.0.0.0/24"}]}' \
    >"$work/vrps.json"
printf '# format:org_id|changed|org_name|country|source\nO|1|Org|KP|APNIC\n# format:aut|changed|aut_name|org_id|source\n131279|1|STAR-KP|O|APNIC\n' \
    >"$work/20221001.as-org2info.txt"
printf '134544|131279|-1\n20485|131279|-1|bgp\n' >"$work/as-rel"
builds "a file of each kind" "$(paste -sd '|' <<-'EOF'
	dump.txt.bz2: bgp, location: 1 rows, 1 no-origin
	whois.gz: registry, rpsl: 1 rows
	peeringdb_2_dump_2022_10_01.json: ixp, peeringdb: 2 rows, 1 outside-lan, 1 date-of-name
	ixs_202210.jsonl: ixp, ixs: 1 rows, 1 date-of-name
	ix-asns_202210.jsonl: ixp, ixs: 1 rows, 1 date-of-name
	vrps.csv: none, vrps: 1 rows
	vrps.json: none, vrps: 1 rows
	20221001.as-org2info.txt: none, as-org: 1 rows, 1 date-of-name
	as-rel: none, as-rel: 2 rows
EOF
)" --bgp "$work/dump.txt.bz2" --registry "$work/whois.gz" \
    --ixp "$work/peeringdb_2_dump_2022_10_01.json" \
    --ixp "$work/ixs_202210.jsonl" --ixp "$work/ix-asns_202210.jsonl" \
    --vrp "$work/vrps.csv" --vrp "$work/vrps.json" \
    --as-org "$work/20221001.as-org2info.txt" --as-rel "$work/as-rel"
answers 175.45.176.71 "bgp 175.45.176.0/24 [131279]"
answers 103.35.255.254 "registry 103.35.252.0/22 [134544]"
answers 195.66.224.9 "ixp 195.66.224.9/32 [20485]"
answers 195.66.227.255 "ixp 195.66.224.0/22 []"
answers 195.208.208.7 "ixp 195.208.208.7/32 [20485]"
"$tumen" origin info --origin "$work/t.origin" >"$work/info"
grep -qF 'as of 2022-10-01 (of its name)' "$work/info" &&
    grep -qF 'dump.txt.bz2: bgp, location' "$work/info" &&
    ! grep -F 'dump.txt.bz2' "$work/info" | grep -qF 'of its name'
ok "info tells a date of the name from one of the content"

# Files that are not what they should be.
head -c 40 "$work/whois.gz" >"$work/cut.gz"
head -c 60 "$work/dump.txt.bz2" >"$work/cut.bz2"
head -c 4096 /dev/zero >"$work/zero"
printf '{"data":[{"id":1}]}' >"$work/foreign.json"
echo '{"ixlan_id":30,"asn":7,"ipaddr4":"8.8.8.8"}' >"$work/members.json"
refuses 'cut off at byte 40 of 40' --registry "$work/cut.gz"
refuses 'cut off at byte' --bgp "$work/cut.bz2"
refuses 'not a kind of file that is known here (at byte 0)' --bgp "$work/zero"
refuses 'not a kind of file' --ixp "$work/foreign.json"
refuses 'holds objects of PeeringDB (JSON), which do not go to the layer' \
    --bgp "$work/peeringdb_2_dump_2022_10_01.json"
refuses 'holds nets of libloc, which do not go to the layer' \
    --registry "$work/dump.txt"
refuses 'holds prefixes with an ASN, which are no relations, organisations or VRPs' \
    --vrp "$work/bgp"
refuses 'no usable record' --ixp "$work/members.json"
refuses 'no usable record (1 outside-lan)' --ixp "$work/ix-asns_202210.jsonl"
echo "1..$n"
