#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the engine library aside, builds the example with pkg-config against the shared and the static library, and
# compares what it prints. The header is also read as strict C99 and as C++.
set -eu
here=$(dirname "$0")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

DESTDIR=$root meson install -C "$BUILD_DIR" --no-rebuild --quiet --tags engine,devel
lib=$root$PREFIX/$LIBDIR
export PKG_CONFIG_PATH="$lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
# What is not below the sysroot is where it always is.
flags() {
	pkg-config "$@" | sed "s,$root/usr/\(include\|lib\),/usr/\1,g"
}

expected='checkout-v2: on, by beta-de
greeting: Hi (DEFAULT)
nope: my default, FLAG_NOT_FOUND'

check() { # what, command...
	what=$1
	shift
	answer=$("$@")
	why=$(printf '%s\n' "$answer" | sed -n 's/^why: //p')
	if [ "$(printf '%s\n' "$answer" | grep -v '^why: ')" != "$expected" ]; then
		printf '%s: not what was expected:\n%s\n' "$what" "$answer" >&2
		exit 1
	fi
	case $why in
	'{"decision":{"value":true,"variation":"on",'*'"steps":[{"step":"enabled","held":true}'*) ;;
	*) printf '%s: no explanation: %s\n' "$what" "$why" >&2 && exit 1 ;;
	esac
	printf '%s: as expected\n' "$what"
}

# Words are meant to be split: they are lists of arguments.
# shellcheck disable=SC2046,SC2086
{
	$CC $CFLAGS "$here/main.c" -o "$root/shared" $(flags --cflags --libs ffs-engine)
	$CC $CFLAGS "$here/main.c" -o "$root/static" $(flags --cflags ffs-engine) "$lib/libffs-engine.a" \
		$(env -u PKG_CONFIG_SYSROOT_DIR pkg-config --libs jansson libpcre2-8)
	printf '#include <ff/engine.h>\n' >"$root/header.c"
	$CC -std=c99 -pedantic -Wall -Wextra -Werror -fsyntax-only $(flags --cflags ffs-engine) "$root/header.c"
	$CC -x c++ -std=c++11 -Wall -Wextra -Werror -fsyntax-only $(flags --cflags ffs-engine) "$root/header.c"
}
check shared env LD_LIBRARY_PATH="$lib" "$root/shared"
check static "$root/static"
# Nothing but the interface is visible.
for file in "$lib/libffs-engine.so" "$lib/libffs-engine.a"; do
	case $file in *.so) dynamic=-D ;; *) dynamic= ;; esac
	if nm $dynamic --defined-only --extern-only "$file" | awk 'NF == 3 && $2 != "A" { print $3 }' |
		grep -vE '^(ff_(engine|context|decision)_|ff_evaluate|ff_explain|__(a|ub|t)san_|__odr_asan)'; then
		printf '%s: the names above should not be visible\n' "$file" >&2
		exit 1
	fi
done
