#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# lint.sh - every check that needs no running program: lint.sh BUILD. Goes through all of them, then says which failed.
set -u
cd "$(dirname "$0")/.." || exit 1

build=$1
jobs=$(nproc)
# The tree may belong to somebody else than the one who checks it, as in a container.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="*"
failed=""

check() {
	name=$1
	shift
	printf 'lint: %s\n' "$name"
	"$@" || failed="$failed $name"
}

c_files() {
	git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do [ ! -f "$f" ] || printf '%s\0' "$f"; done
}

layout() {
	c_files '*.c' '*.h' | xargs -0 clang-format --dry-run -Werror
}

# One file each: clang-tidy 14 takes what it has seen in one for true in the next. Tests are checked by the compilers and
# the sanitizers.
tidy() {
	c_files 'src/*.c' 'cmd/*.c' | xargs -0 -n 1 -P "$jobs" clang-tidy --quiet -p "$build" \
		--extra-arg=-Wno-unknown-warning-option 2>/dev/null
}

cpp_check() {
	mkdir -p "$build/cppcheck"
	cppcheck src cmd -I src -I include --std=c11 -j "$jobs" --quiet --inline-suppr --error-exitcode=1 \
		--enable=warning,performance,portability --cppcheck-build-dir="$build/cppcheck" \
		--library=scripts/lint/cppcheck.cfg --suppressions-list=scripts/lint/cppcheck.txt \
		--template='{file}:{line}: {severity}: {message} [{id}]'
}

shell_scripts() {
	{
		git ls-files --cached --others --exclude-standard -z -- '*.sh' .ci/run
	} | xargs -0 shellcheck
}

check includes scripts/lint/includes.py
check banned scripts/lint/banned.py
check openapi scripts/lint/openapi.py
check "generated pages" scripts/docs.py "$build" --check
check links scripts/lint/links.py
check shellcheck shell_scripts
check clang-format layout
check cppcheck cpp_check
check clang-tidy tidy
check "tests of the rules" scripts/test.py "$build" lint

if [ -n "$failed" ]; then
	printf 'lint: failed:%s\n' "$failed" >&2
	exit 1
fi
