#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# services.sh - private servers for tests and for trying things out, from the distribution's packages:
#
#     services.sh start postgres DIR    starts one in DIR (made if missing), prints its DSN
#     services.sh standby postgres DIR OF   starts one in DIR that follows the one in OF, prints its DSN
#     services.sh promote postgres DIR  makes a standby the primary
#     services.sh kill postgres DIR     as a power cut would (pg_ctl stop -m immediate)
#     services.sh stop DIR              stops what runs in DIR; DIR stays
#     services.sh remove DIR            and removes it with all that is in it
#
# A server listens on 127.0.0.1, on a free port that it keeps, and on a socket in DIR. Starting one that runs prints its
# DSN again. FFS_SERVICES_FSYNC=on is as safe as production; off, the default, loses data in a crash of the machine but
# not of the server.
set -eu

say() {
	printf 'services: %s\n' "$*" >&2
}

usage() {
	sed -n '5,10s/^# *//p' "$0" >&2
	exit 2
}

# PostgreSQL refuses to be root.
as_postgres() {
	if [ "$(id -u)" -eq 0 ]; then
		(cd / && runuser -u postgres -- "$@")
	else
		"$@"
	fi
}

postgres_tool() {
	for bin in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5,5nr); do
		if [ -x "$bin/$1" ]; then
			printf '%s/%s' "$bin" "$1"
			return 0
		fi
	done
	command -v "$1" || {
		say "$1 is not installed: scripts/deps.sh test"
		return 1
	}
}

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

postgres_running() {
	as_postgres "$(postgres_tool pg_ctl)" status -D "$1/postgres" >/dev/null 2>&1
}

postgres_init() {
	dir=$1
	mkdir -p "$dir/postgres" "$dir/socket"
	if [ "$(id -u)" -eq 0 ]; then
		chown postgres "$dir/postgres" "$dir/socket"
		chmod a+x "$dir"
	fi
	as_postgres "$(postgres_tool initdb)" -D "$dir/postgres" -U ffs --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
		--no-sync >"$dir/initdb.log" 2>&1 || {
		cat "$dir/initdb.log" >&2
		return 1
	}
	as_postgres tee -a "$dir/postgres/postgresql.conf" >/dev/null <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = '$dir/socket'
max_connections = 60
shared_buffers = 32MB
fsync = ${FFS_SERVICES_FSYNC:-off}
full_page_writes = ${FFS_SERVICES_FSYNC:-off}
log_min_messages = warning
END
}

# A free port may be taken by somebody else before the server has it: then another one is tried.
postgres_start() {
	dir=$1
	[ -f "$dir/postgres/PG_VERSION" ] || postgres_init "$dir"
	for _ in 1 2 3 4 5; do
		[ -s "$dir/port" ] || free_port >"$dir/port"
		if as_postgres "$(postgres_tool pg_ctl)" start -w -t 60 -s -D "$dir/postgres" -l "$dir/postgres/server.log" \
			-o "-p $(cat "$dir/port")" >"$dir/start.log" 2>&1 </dev/null; then
			return 0
		fi
		[ -f "$dir/started" ] || rm -f "$dir/port"
	done
	say "PostgreSQL does not start:"
	as_postgres tail -n 20 "$dir/postgres/server.log" >&2
	return 1
}

start_postgres() {
	mkdir -p "$1"
	dir=$(cd "$1" && pwd)
	if ! postgres_running "$dir"; then
		postgres_start "$dir"
		touch "$dir/started"
	fi
	printf 'host=127.0.0.1 port=%s user=ffs dbname=postgres\n' "$(cat "$dir/port")"
}

# A copy of a running server, which goes on following it.
standby_postgres() {
	mkdir -p "$1/postgres"
	dir=$(cd "$1" && pwd)
	of=$(cd "$2" && pwd)
	if [ "$(id -u)" -eq 0 ]; then
		chown postgres "$dir/postgres"
		chmod a+x "$dir"
	fi
	chmod 700 "$dir/postgres"
	as_postgres "$(postgres_tool pg_basebackup)" -R -X stream -c fast -D "$dir/postgres" -h 127.0.0.1 \
		-p "$(cat "$of/port")" -U ffs >"$dir/basebackup.log" 2>&1 || {
		cat "$dir/basebackup.log" >&2
		return 1
	}
	as_postgres tee -a "$dir/postgres/postgresql.conf" >/dev/null <<END
unix_socket_directories = ''
END
	start_postgres "$dir"
}

stop_postgres() {
	dir=$(cd "$1" && pwd)
	if postgres_running "$dir"; then
		as_postgres "$(postgres_tool pg_ctl)" stop -w -s -D "$dir/postgres" -m "$2" >/dev/null 2>&1
	fi
}

case "${1:-} ${2:-} $#" in
"start postgres 3") start_postgres "$3" ;;
"standby postgres 4") standby_postgres "$3" "$4" ;;
"promote postgres 3") as_postgres "$(postgres_tool pg_ctl)" promote -w -s -D "$(cd "$3" && pwd)/postgres" ;;
"kill postgres 3") stop_postgres "$3" immediate ;;
"stop "*" 2")
	[ -d "$2" ] || exit 0
	stop_postgres "$2" fast
	;;
"remove "*" 2")
	# Only what this script has made.
	[ -f "$2/port" ] || exit 0
	stop_postgres "$2" immediate
	rm -rf -- "$2"
	;;
*) usage ;;
esac
