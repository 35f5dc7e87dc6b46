#!/bin/sh
# An API that begins to serve when its database does: `./api.sh HOST DATABASE_HOST`.
until servo liveness is-up --type shop-db --host "${2:?name the host of its database}" --quiet; do
    sleep 0.5
done
exec servo liveness register --type shop-api --host "${1:?name its host}"
