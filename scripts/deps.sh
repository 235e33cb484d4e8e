#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# deps.sh - installs the Debian or Ubuntu packages that a task needs: deps.sh build|test|lint|cover|fuzz|bench|all
# Silent and quick when all are there. Works as root, or as a user with sudo.
set -eu

# task  package (alternatives by |, the first that exists is taken)  what for
packages() {
	cat <<'END'
build gcc                                                  C compiler
build libc6-dev                                            C library
build pkg-config                                           finds libraries
build meson                                                build system
build ninja-build                                          runs the build
build libuv1-dev                                           event loop
build libhttp-parser-dev                                   HTTP/1.1 parser
build libjansson-dev                                       JSON documents
build libpcre2-dev                                         regular expressions
build libxxhash-dev                                        hash of the bucketing specification
build libssl-dev                                           SHA-256
build libsqlite3-dev                                       embedded store
build libpq-dev                                            PostgreSQL client
build libcurl4-openssl-dev|libcurl4-gnutls-dev             the command line's HTTP client
test  libcmocka-dev                                        unit tests
test  g++                                                  checks that the public header is good C++
test  postgresql                                           the store that contract and end-to-end tests start
test  util-linux                                           runuser: PostgreSQL refuses to run as root
test  python3                                              end-to-end tests
test  python3-pytest                                       end-to-end tests
test  python3-requests                                     end-to-end tests
test  python3-jsonschema                                   checks answers against api/openapi.yaml
test  python3-yaml                                         reads api/openapi.yaml
test  curl                                                 runs the documentation's examples
lint  clang-format                                         layout
lint  clang-tidy                                           static analysis
lint  cppcheck                                             static analysis
lint  shellcheck                                           shell scripts
lint  git                                                  which files are ours
lint  python3                                              our own rules
lint  python3-pytest                                       tests of our own rules
lint  python3-jsonschema                                   checks api/openapi.yaml
lint  python3-yaml                                         reads api/openapi.yaml
cover gcovr                                                line coverage
fuzz  clang                                                libFuzzer, second compiler
fuzz  libclang-rt-dev|libclang-rt-14-dev|libclang-common-14-dev  sanitizers of clang
bench python3                                              collects the figures
bench python3-requests                                     fills the measured server
bench nginx-light|nginx                                    the server to compare with
bench wrk                                                  HTTP load
END
}

say() {
	printf 'deps: %s\n' "$*" >&2
}

usage() {
	say "usage: scripts/deps.sh build|test|lint|cover|fuzz|bench|all"
	exit 2
}

[ $# -eq 1 ] || usage
task=$1
case $task in
build) tasks="build" ;;
test | lint | cover | fuzz | bench) tasks="build $task" ;;
all) tasks="build test lint cover fuzz bench" ;;
*) usage ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
	say "this is not Debian or Ubuntu: please install what 'scripts/deps.sh' lists by hand. Not checked."
	exit 0
fi

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Prints, of the alternatives, the installed one or nothing.
any_installed() {
	for name in $(printf '%s' "$1" | tr '|' ' '); do
		if installed "$name"; then
			return 0
		fi
	done
	return 1
}

missing=$(packages | while read -r for_task spec why; do
	case " $tasks " in
	*" $for_task "*) any_installed "$spec" || printf '%s\t%s\n' "$spec" "$why" ;;
	esac
done | sort -u -k1,1)
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
	as_root=""
elif command -v sudo >/dev/null 2>&1; then
	as_root="sudo"
else
	say "packages are missing, and neither root nor sudo is at hand. As root, run:"
	say "  apt-get install $(printf '%s\n' "$missing" | cut -f1 | cut -d'|' -f1 | tr '\n' ' ')"
	exit 1
fi

known() {
	apt-cache show --no-all-versions "$1" >/dev/null 2>&1
}

# The first alternative that apt knows, or nothing.
choose() {
	for name in $(printf '%s' "$1" | tr '|' ' '); do
		if known "$name"; then
			printf '%s' "$name"
			return 0
		fi
	done
	return 1
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT

apt() {
	if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@" \
		>"$log" 2>&1; then
		say "apt-get $* failed:"
		tail -n 20 "$log" >&2
		return 1
	fi
}

# Sets `chosen` and `unknown` from `missing`.
resolve() {
	chosen=""
	unknown=""
	for spec in $(printf '%s\n' "$missing" | cut -f1); do
		if name=$(choose "$spec"); then
			chosen="$chosen $name"
		else
			unknown="$unknown $spec"
		fi
	done
}

resolve
if [ -n "$unknown" ]; then
	say "reading the package lists (apt-get update)"
	apt update
	resolve
fi
if [ -n "$unknown" ]; then
	say "this distribution has no package:$unknown"
	case $unknown in
	*http-parser*) say "FFS is built with http-parser 2.9 (Debian 12, Ubuntu 22.04 and 24.04 have it; in Ubuntu, enable 'universe')." ;;
	esac
	exit 1
fi

say "installing for '$task':"
printf '%s\n' "$missing" | while IFS="$(printf '\t')" read -r spec why; do
	say "  $(choose "$spec") ($why)"
done
# Lists may be older than the archive: if the packages have moved on, read them again, once.
# shellcheck disable=SC2086 # a list of names
if ! apt install -y --no-install-recommends $chosen 2>/dev/null; then
	say "trying again with fresh package lists"
	apt update
	# shellcheck disable=SC2086
	apt install -y --no-install-recommends $chosen
fi
