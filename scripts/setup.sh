#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# setup.sh - configures a build folder once: setup.sh [--again] DIR [meson options]. Quiet unless it fails.
# --again changes the options of one that is configured.
# MESON_OPTIONS from the environment are added (for example -Dwerror=true).
set -eu

again=""
if [ "$1" = --again ]; then
	again=--reconfigure
	shift
fi
dir=$1
shift
if [ ! -f "$dir/build.ninja" ]; then
	again=""
elif [ -z "$again" ]; then
	exit 0
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # lists of options
if ! meson setup $again "$dir" "$@" ${MESON_OPTIONS:-} >"$log" 2>&1; then
	cat "$log" >&2
	exit 1
fi
