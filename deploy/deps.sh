#!/bin/sh
# SPDX-License-Identifier: ISC
# Installs the Debian packages that building, the demo or all tests need and
# that are missing. Root, or sudo for this alone.
#   deps.sh demo|check|bench|failover
set -eu

# to build: compiler and the libraries (README says what each is for)
build="gcc libc6-dev make pkg-config libuv1-dev libpcap-dev libnet1-dev
libsqlite3-dev libpq-dev libsodium-dev libcap-ng-dev libseccomp-dev libinih-dev
zlib1g-dev libdeflate-dev libbz2-dev libzstd-dev nettle-dev"
# the emulated internet: BIRD routes, nftables filters, python3 drives them
demo="bird2 iproute2 nftables python3-minimal python3 procps util-linux"
# gates and tests
check="clang clang-format clang-tidy libclang-rt-14-dev llvm-14 cppcheck mandoc
libcmocka-dev libscamperfile0-dev sqlite3 bgpdump tshark git postgresql-15
postgresql-client-15 openssl zstd systemd python3-prometheus-client"
# what the address tables and the differences of paths are held against
oracles="python3-pyasn libloc-database location frr scamper"
# whose traces are imported, as they make them in the emulated internet
tools="scamper mtr-tiny"

case ${1:-} in
demo) want="$build $demo" ;;
check) want="$build $demo $check $oracles $tools" ;;
bench) want="$build $demo libcmocka-dev scamper libscamperfile0-dev traceroute
bgpdump bzip2 sqlite3 postgresql-15 postgresql-client-15" ;;
failover) want="$build $demo libcmocka-dev postgresql-15 postgresql-client-15
patroni etcd-server etcd-client" ;;
*) echo "usage: deps.sh demo|check|bench|failover" >&2; exit 64 ;;
esac

missing=
for p in $want; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null |
	    grep -q 'install ok installed' || missing="$missing $p"
done
[ -z "$missing" ] && exit 0

echo "installing the Debian packages that are missing:$missing"
sudo=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		echo "deps.sh: not root and no sudo; as root: apt-get install$missing" >&2
		exit 77
	}
	sudo=sudo
fi
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# PostgreSQL would make a server of its own when it is installed.
case " $missing " in
*" postgresql-15 "*)
	[ -f /etc/postgresql-common/createcluster.conf ] || {
		$sudo mkdir -p /etc/postgresql-common
		echo 'create_main_cluster = false' |
		    $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
	}
	;;
esac
# shellcheck disable=SC2086
$sudo apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Options::=--force-confold $missing >/dev/null

# Of these packages the programs alone are wanted: no service of theirs may run
# or ask the network for anything.
command -v systemctl >/dev/null || exit 0
for unit in bird frr location-update.timer patroni etcd; do
	case " $missing " in
	*" ${unit%%[-.]*}"*) $sudo systemctl disable --now -q "$unit" 2>/dev/null || true ;;
	esac
done
