#!/bin/sh
# vecinod under a limit of address space; VECINO_LIMITED has its path and the bytes.
set -- $VECINO_LIMITED -- "$@"
server=$1 bytes=$2
shift 3
exec prlimit --as="$bytes" "$server" "$@"
