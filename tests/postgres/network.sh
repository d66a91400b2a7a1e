# SPDX-License-Identifier: ISC
# TLS, certificates and passwords over a network that is no loopback (192.0.2.1
# in a namespace); sourced by inside.sh.
# shellcheck shell=bash
tls=$dir/tls
grep -v '^local' deploy/postgres/pg_hba.conf >"$dir/hba"
server_as sh -c "{ echo 'local all all trust'; cat '$dir/hba'; } >'$dir/data/pg_hba.conf'"
as tester postgres -c 'SELECT pg_reload_conf()' >"$dir/out"
tls_sign "$tls" ca sel "$sel"
tls_sign "$tls" ca mow "$mow"
tls_sign "$tls" other forged "$sel"
echo '*:*:*:bob:bob' >"$PGPASSFILE" && chmod 600 "$PGPASSFILE"

at() { # USER QUERY [HOST]
	echo "postgresql://$1@${3:-db.tumen.test}/tumen?hostaddr=192.0.2.1&sslrootcert=$tls/ca.crt$2"
}
mine="&sslcert=$tls/sel.crt&sslkey=$tls/sel.key"
# As golden, with what BGP says beside it (rights.sh imported that).
state_of() { # URL
	"$tumen" status --db "$1" >"$dir/status" && grep -q 'In BGP it is behind AS' "$dir/status" &&
	    sed -E 's/ In BGP it is [^(]*\([^)]*\)\.//' "$dir/status" | cmp -s - tests/golden/status.txt
}
state_of "$(at bob '')"
ok "a password over verified TLS"
refused "no secret in the address" 'a password in the address' 64 \
    "$tumen" status --db "$(at bob:bob '')"
echo '*:*:*:bob:wrong' >"$PGPASSFILE"
refused "a wrong password" '28P01' 77 "$tumen" status --db "$(at bob '')"
echo '*:*:*:bob:bob' >"$PGPASSFILE"
for m in disable allow prefer require verify-ca; do
	refused "tumen does not ask for $m" "sslmode=$m" 64 \
	    "$tumen" status --db "$(at bob "&sslmode=$m")"
done
PGSSLMODE=disable "$tumen" status --db "$(at bob '')" >"$dir/out"
ok "nor does PGSSLMODE make it"
refused "the server refuses plaintext" 'no encryption' \
    psql -X -c 'SELECT 1' "$(at bob '&sslmode=disable')"
refused "the wrong host name" 'does not match host name' 69 \
    "$tumen" status --db "$(at bob '' db.example.net)"
refused "a server of a foreign CA" 'certificate verify failed' 69 \
    "$tumen" status --db "postgresql://bob@db.tumen.test/tumen?hostaddr=192.0.2.1&sslrootcert=$tls/other.crt"
refused "no CA to verify with" 'root certificate' 69 env HOME="$dir" \
    "$tumen" status --db "postgresql://bob@db.tumen.test/tumen?hostaddr=192.0.2.1"

psql -X -q -c "$(trace "$id" 9)" "$(at "$sel" "$mine&sslmode=verify-full")" &&
    [ "$(count "$id")" -eq 3 ]
ok "an agent with its certificate"
refused "as another agent" '28000' 77 "$tumen" status --db "$(at "$mow" "$mine")"
refused "a certificate of a foreign CA" '' 69 "$tumen" status \
    --db "$(at "$sel" "&sslcert=$tls/forged.crt&sslkey=$tls/forged.key")"
grep -qE 'unknown ca|certificate' "$dir/err"
ok "which is said"
refused "no certificate" 'certificate' 77 "$tumen" status --db "$(at "$sel" '')"
refused "a role that nobody made" '28000' 77 "$tumen" status --db "$(at mallory '')"

# Several hosts: the first is away, the second takes no writers.
both="postgresql://bob@db.tumen.test:1,db.tumen.test:5432/tumen?hostaddr=192.0.2.1,192.0.2.1&sslrootcert=$tls/ca.crt"
state_of "$both"
ok "the second of two hosts"
as tester tumen -c 'ALTER DATABASE tumen SET default_transaction_read_only = on'
"$tumen" status --db "$both" >"$dir/out"
ok "readers take one that is read only"
refused "writers do not" 'read-only' 69 "$tumen" import --db "$both" /dev/null
