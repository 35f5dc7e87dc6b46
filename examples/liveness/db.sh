#!/bin/sh
# A database that is up for as long as this runs: `./db.sh HOST`.
exec servo liveness register --type shop-db --host "${1:?name its host}"
