#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# engine_archive.sh MAP OUTPUT ARCHIVE... - the archives as one object in one archive, in which only the names that MAP
# (a linker version script) makes global stay global.
set -eu
map=$1
output=$2
shift 2
object=$output.o
trap 'rm -f "$object"' EXIT
"${LD:-ld}" -r --whole-archive "$@" -o "$object"
sed -n '/global:/,/local:/s/^[[:space:]]*\([a-z_*]*\);$/--keep-global-symbol=\1/p' "$map" |
	xargs "${OBJCOPY:-objcopy}" --wildcard "$object"
rm -f "$output"
"${AR:-ar}" rcs "$output" "$object"
