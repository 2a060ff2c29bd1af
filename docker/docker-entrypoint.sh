#!/usr/bin/env bash
# Starts Vecino in a container as the official postgres image starts PostgreSQL: the same environment variables, the same
# /docker-entrypoint-initdb.d, the same arguments. Scripts may source this file and use its docker_* functions.
set -Eeuo pipefail

initdb_directory=${VECINO_INITDB_DIR:-/docker-entrypoint-initdb.d}
socket_directory=/var/run/postgresql

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

die() {
  say "error: $1"
  shift
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

# file_env NAME [DEFAULT]: NAME, or the contents of the file that NAME_FILE names (secrets), or DEFAULT.
file_env() {
  local name=$1 file_name=${1}_FILE value=${2:-}
  if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then die "both $name and $file_name are set (choose one)"; fi
  if [ -n "${!name:-}" ]; then
    value=${!name}
  elif [ -n "${!file_name:-}" ]; then
    value=$(<"${!file_name}")
  fi
  export "$name"="$value"
  unset "$file_name"
}

docker_setup_env() {
  file_env POSTGRES_PASSWORD
  file_env POSTGRES_USER postgres
  file_env POSTGRES_DB "$POSTGRES_USER"
  file_env POSTGRES_INITDB_ARGS
  : "${POSTGRES_HOST_AUTH_METHOD:=}"
  declare -g DATABASE_ALREADY_EXISTS=
  if [ -s "$PGDATA/VECINO" ]; then DATABASE_ALREADY_EXISTS=true; fi
}

docker_create_db_directories() {
  mkdir -p "$PGDATA" "$socket_directory"
  # A data directory that others may enter is refused by many file systems' owners; so only where it is allowed.
  chmod 00700 "$PGDATA" 2>/dev/null || :
  chmod 03775 "$socket_directory" 2>/dev/null || :
  if [ "$(id -u)" = 0 ]; then
    find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
    find "$socket_directory" \! -user postgres -exec chown postgres '{}' +
  fi
}

docker_verify_minimum_env() {
  if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
    die "database is uninitialized and no superuser password is specified" \
      "Give one in POSTGRES_PASSWORD (or a file in POSTGRES_PASSWORD_FILE):" \
      "    docker run -e POSTGRES_PASSWORD=... vecino" \
      "or let everybody in who reaches the port: POSTGRES_HOST_AUTH_METHOD=trust. That is not recommended."
  fi
  if [ "$POSTGRES_HOST_AUTH_METHOD" = trust ]; then
    say "warning: POSTGRES_HOST_AUTH_METHOD is trust: whoever reaches the port may connect, without a password"
  fi
  if [ -n "$POSTGRES_INITDB_ARGS" ]; then
    say "note: POSTGRES_INITDB_ARGS is ignored ($POSTGRES_INITDB_ARGS): Vecino has no locales or page checksums to choose"
  fi
}

docker_init_database_dir() {
  # The server itself says listen_addresses = localhost by default; in a container it must be reached from outside.
  local arguments=(--auth-local=trust --auth-host="${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}")
  if [ -n "$POSTGRES_PASSWORD" ]; then arguments+=(--pwfile=/dev/stdin); fi
  vecinod --init -D "$PGDATA" -U "$POSTGRES_USER" "${arguments[@]}" <<<"$POSTGRES_PASSWORD"
  printf "listen_addresses = '*'\nunix_socket_directories = '%s'\n" "$socket_directory" >>"$PGDATA/postgresql.conf"
}

# Reachable through the socket only: nobody else may come in between.
docker_temp_server_start() {
  vecinod -D "$PGDATA" "$@" -c listen_addresses= -c unix_socket_directories="$socket_directory" -p "${PGPORT:-5432}" &
  temp_server=$!
  local tries=600
  until vecinod --check -h "$socket_directory" -p "${PGPORT:-5432}" >/dev/null 2>&1; do
    kill -0 "$temp_server" 2>/dev/null || { wait "$temp_server" || :; die "the server did not start"; }
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || die "the server does not answer"
    sleep 0.1
  done
}

docker_temp_server_stop() {
  kill -INT "$temp_server"
  wait "$temp_server"
}

# docker_process_sql [psql arguments]: as the superuser, in POSTGRES_DB unless --dbname says otherwise.
docker_process_sql() {
  local arguments=(-v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER")
  if [ -n "$POSTGRES_DB" ]; then arguments+=(--dbname "$POSTGRES_DB"); fi
  PGHOST= PGHOSTADDR= psql "${arguments[@]}" "$@"
}

docker_setup_db() {
  local exists
  exists=$(POSTGRES_DB= docker_process_sql --dbname postgres --set db="$POSTGRES_DB" --tuples-only --no-align <<'SQL'
SELECT 1 FROM pg_database WHERE datname = :'db';
SQL
  )
  [ -n "$exists" ] && return
  POSTGRES_DB= docker_process_sql --dbname postgres --set db="$POSTGRES_DB" <<'SQL'
CREATE DATABASE :"db";
SQL
}

docker_process_init_files() {
  local file
  for file; do
    case $file in
      *.sh)
        if [ -x "$file" ]; then
          say "running $file"
          "$file"
        else
          say "sourcing $file"
          . "$file"
        fi ;;
      *.sql) say "running $file"; docker_process_sql -f "$file"; echo ;;
      *.sql.gz) say "running $file"; gunzip -c "$file" | docker_process_sql; echo ;;
      *.sql.xz) say "running $file"; xzcat "$file" | docker_process_sql; echo ;;
      *.sql.zst) say "running $file"; zstd -dc "$file" | docker_process_sql; echo ;;
      *) say "ignoring $file" ;;
    esac
  done
}

# Help and version need no data directory.
wants_information() {
  local argument
  for argument; do
    case $argument in
      -'?' | --help | -V | --version | --describe-config | --check | --check-config | --check-config=*) return 0 ;;
    esac
  done
  return 1
}

main() {
  if [ $# = 0 ] || [ "${1:0:1}" = - ]; then set -- postgres "$@"; fi
  # Anything else that is asked for (bash, psql) runs as it is.
  case $1 in
    postgres | vecinod) shift ;;
    *) exec "$@" ;;
  esac
  if wants_information "$@"; then exec vecinod "$@"; fi
  case ${1:-} in
    backup | restore | verify-backup) exec vecinod "$@" ;;
  esac

  docker_setup_env
  docker_create_db_directories
  if [ "$(id -u)" = 0 ]; then
    # Never as root: this script again, as the user who owns the data.
    exec setpriv --reuid=postgres --regid=postgres --init-groups -- env HOME=/var/lib/postgresql "${BASH_SOURCE[0]}" postgres "$@"
  fi
  if [ -z "$DATABASE_ALREADY_EXISTS" ]; then
    docker_verify_minimum_env
    ls "$initdb_directory"/ >/dev/null
    docker_init_database_dir
    docker_temp_server_start "$@"
    docker_setup_db
    docker_process_init_files "$initdb_directory"/*
    docker_temp_server_stop
    unset PGPASSWORD
    say "initialization is complete; ready for start up"
  else
    say "the data directory has a database; initialization is skipped"
  fi
  exec vecinod -D "$PGDATA" "$@"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then main "$@"; fi
