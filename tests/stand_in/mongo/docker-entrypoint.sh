#!/bin/sh
# The part of the official entry point that is used here: as mongodb, MONGO_INITDB_ROOT_USERNAME and
# MONGO_INITDB_ROOT_PASSWORD make the first user of an empty data folder; then mongod runs with all of its
# arguments, reachable from outside. Any other command is run as it is.
set -eu

[ "$1" = mongod ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
    chown -R mongodb:mongodb /data/db /data/configdb
    exec setpriv --reuid=mongodb --regid=mongodb --clear-groups "$0" "$@"
fi

if [ -n "${MONGO_INITDB_ROOT_USERNAME:-}" ] && [ ! -e /data/db/WiredTiger ]; then
    mongod --bind_ip 127.0.0.1 --port 27017 --quiet >/data/db/first.log 2>&1 &
    first=$!
    create-root-user "$MONGO_INITDB_ROOT_USERNAME" "${MONGO_INITDB_ROOT_PASSWORD:?must be set}" ||
        { cat /data/db/first.log; exit 1; }
    kill "$first"
    wait "$first"
fi
unset MONGO_INITDB_ROOT_USERNAME MONGO_INITDB_ROOT_PASSWORD
exec "$@" --bind_ip_all
