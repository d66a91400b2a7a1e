#!/bin/sh
# SPDX-License-Identifier: ISC
# embed.sh ENGINE FILE...: numbered SQL files (001_init.sql) as the C array
# ENGINE_migrations of sql/migrations.h, on stdout, in the order of their names.
set -eu
engine=$1
shift
echo '#include "sql/migrations.h"'
echo "const struct migration ${engine}_migrations[] = {"
LC_ALL=C ls -- "$@" | LC_ALL=C sort | while IFS= read -r file; do
	name=$(basename "$file" .sql)
	version=$(expr "$name" : '0*\([1-9][0-9]*\)_')
	echo "{$version, \"$name\","
	sed 's/[\\"]/\\&/g; s/.*/ "&\\n"/' "$file"
	echo '},'
done
echo '};'
echo "const size_t ${engine}_migrations_n ="
echo "    sizeof(${engine}_migrations) / sizeof(${engine}_migrations[0]);"
