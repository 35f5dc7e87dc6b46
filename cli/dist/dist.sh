#!/bin/sh
# Packs a tarball with the program, its manual pages, completions and systemd unit, and its checksum, into OUT.
# SERVO is the program; the same program and sources give the same bytes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${SERVO:?the program}" "${OUT:?the folder for the tarball}"

version=$("$SERVO" version --short | sed 's|.* ||')
name=servo-$version-$(uname -m)-linux
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/$name

install -D -m 755 "$SERVO" "$root/bin/servo"
mkdir -p "$root/share/man/man1" "$root/share/fish/vendor_completions.d"
"$SERVO" man "$root/share/man/man1" 2>/dev/null
install -d "$root/share/bash-completion/completions" "$root/share/zsh/site-functions"
"$SERVO" completions bash >"$root/share/bash-completion/completions/servo"
"$SERVO" completions zsh >"$root/share/zsh/site-functions/_servo"
"$SERVO" completions fish >"$root/share/fish/vendor_completions.d/servo.fish"
install -D -m 644 "$here/servo.service" "$root/lib/systemd/system/servo.service"
install -D -m 644 -t "$root/share/doc/servo" "$here/../../README.md" "$here/../../LICENSE"

mkdir -p "$OUT"
date=$(git -C "$here" log -1 --format=%ct 2>/dev/null || echo 0)
tar --sort=name --owner=0 --group=0 --numeric-owner --mode=u+rw,go=rX --mtime="@$date" \
    -C "$work" -cf - "$name" | gzip -n9 >"$OUT/$name.tar.gz"
(cd "$OUT" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "$OUT/$name.tar.gz"
