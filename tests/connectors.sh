#!/bin/sh
# connectors.sh: builds the connectors in guests/ that are not in Rust with $SERVO, each into its own folder. What is
# up to date is left alone.
set -eu
cd "$(dirname "$0")/.."
# Whatever these files become ends up in every connector.
common=$(ls -d wit guests/*/sdk runtime/host/src/build*)
for manifest in guests/*/*/pyproject.toml guests/*/*/package.json guests/*/*/connector.json; do
    folder=$(dirname "$manifest")
    case $folder in *\** | */sdk | */new) continue ;; esac
    mark=$folder/.servo/built
    # shellcheck disable=SC2086
    newer() {
        find "$folder" $common \( -name .servo -o -name node_modules -o -name __pycache__ -o -name '*.wasm' \) -prune -o \
            -type f -newer "$mark" -print | grep -q .
    }
    if [ ! -f "$mark" ] || [ ! -f "$folder/$(basename "$folder").wasm" ] || newer; then
        "$SERVO" build "$folder"
        touch "$mark"
    fi
done
