#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# setup.sh - configures a build folder once: setup.sh DIR [meson options]. Quiet unless it fails.
# MESON_OPTIONS from the environment are added (for example -Dwerror=true).
set -eu

dir=$1
shift
[ ! -f "$dir/build.ninja" ] || exit 0

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # a list of options
if ! meson setup "$dir" "$@" ${MESON_OPTIONS:-} >"$log" 2>&1; then
	cat "$log" >&2
	exit 1
fi
