# SPDX-License-Identifier: ISC
# Certificates for the tests; to be sourced.
# shellcheck shell=bash

tls_ca() { # DIR NAME
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	    -subj "/CN=$2" -keyout "$1/$2.key" -out "$1/$2.crt" 2>/dev/null
}
tls_sign() { # DIR CA FILE COMMON-NAME [EXTENSION]
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj "/CN=$4" -keyout "$1/$3.key" -out "$1/$3.csr" 2>/dev/null
	openssl x509 -req -in "$1/$3.csr" -CA "$1/$2.crt" -CAkey "$1/$2.key" \
	    -CAcreateserial -days 2 -out "$1/$3.crt" \
	    -extfile <(echo "${5:-extendedKeyUsage=clientAuth}") 2>/dev/null
	chmod 600 "$1/$3.key"
}

# ca signs the server (db.tumen.test); other is somebody else's.
tls_make() { # DIR SERVER-UID
	mkdir -p "$1"
	tls_ca "$1" ca
	tls_ca "$1" other
	tls_sign "$1" ca server db.tumen.test "subjectAltName=DNS:db.tumen.test"
	chown "$2" "$1/server.key"
}
