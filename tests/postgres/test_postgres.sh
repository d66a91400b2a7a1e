#!/bin/bash
# SPDX-License-Identifier: ISC
# The shared database in real servers: Debian's PostgreSQL 15 and, from npm, 18.
# Each is new, in a folder of its own, and in a network namespace of its own.
# Prints TAP. A server that cannot be had here is skipped, with the reason.
set -u
cd "$(dirname "$0")/../.."
. tests/postgres/server.sh
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT

one() { # VERSION
	local bin
	mkdir -p "$work/$1"
	if ! bin=$(server_find "$1" "$work/$1"); then
		echo "ok - PostgreSQL $1 # skip $bin"
	elif [ "$(id -u)" -eq 0 ]; then
		unshare -n bash tests/postgres/inside.sh "$1" "$bin" "$work/$1"
	else
		bash tests/postgres/inside.sh "$1" "$bin" "$work/$1"
	fi
}

# Both at once: much of it is waiting for the disk.
one 15 >"$work/15.tap" &
one 18 >"$work/18.tap"
wait
cat "$work/15.tap" "$work/18.tap" |
    awk '/^(not )?ok / { sub(/ok ([0-9]+ )?/, "ok " ++n " ") } { print }
        END { print "1.." n }'
