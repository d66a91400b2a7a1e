#!/bin/bash
# SPDX-License-Identifier: ISC
# From a table of a million prefixes, as text, to one that answers.
set -eu
cd "$(dirname "$0")/../.."
make --no-print-directory -s all build/tests/bench/ready 2>/dev/null
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
build/tests/bench/ready make build/tumen.origin >"$dir/million.pfx2as"
gzip -k "$dir/million.pfx2as"
shuf --random-source=build/tumen.origin "$dir/million.pfx2as" >"$dir/shuffled.pfx2as"
for form in million.pfx2as million.pfx2as.gz shuffled.pfx2as; do
	build/tests/bench/ready "$dir/$form"
done
