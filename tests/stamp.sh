#!/bin/sh
# stamp.sh NAME...: finishes connectors that cargo has built, writing their metadata with $STAMP, into
# target/connectors. What is up to date is left alone.
set -eu
cd "$(dirname "$0")/.."
mkdir -p target/connectors
for name in "$@"; do
    built=guests/target/wasm32-wasip2/release/$(echo "$name" | tr - _).wasm
    finished=target/connectors/$name.wasm
    # An unchanged result keeps its time, so that servo is not built again; this file remembers when it was looked at.
    mark=target/connectors/.$name
    if [ ! -f "$finished" ] || [ ! "$mark" -nt "$built" ] || [ ! "$mark" -nt "$STAMP" ]; then
        "$STAMP" "$built" "$finished" "guests/rust/$name"
        touch "$mark"
    fi
done
