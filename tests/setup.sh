#!/bin/sh
# Installs the Debian packages that the tests use and that are missing. Only `make test` and `make bench` need them.
set -eu
missing=
need() { # program, package
    command -v "$1" >/dev/null || missing="$missing $2"
}
need git git
need prometheus prometheus
need hey hey
need wrk wrk
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "there is no apt-get here: install these yourself, or the tests that use them will fail:$missing" >&2
    exit 0
fi
sudo=
if [ "$(id -u)" != 0 ]; then
    sudo=sudo
    command -v sudo >/dev/null || { echo "become root and run: apt-get install$missing" >&2; exit 1; }
fi
echo "installing$missing: the tests measure with a real Prometheus and compare with other load tools" >&2
install() {
    # shellcheck disable=SC2086
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >/dev/null
}
install || { $sudo apt-get update >/dev/null && install; }
