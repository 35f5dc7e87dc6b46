#!/usr/bin/env bash
# run.sh STAGE...: runs the stages one after the other, all of them even if one fails, and ends with the time each
# took and how many tests passed. Fails if a stage failed, or if one that should run tests ran none.
set -uo pipefail
# A snapshot that differs fails and leaves no file behind; `INSTA_UPDATE=always cargo test` accepts the new ones.
export INSTA_UPDATE=${INSTA_UPDATE:-no}
cd "$(dirname "$0")/.."
# The guests have a workspace and a target directory of their own.
guest_cargo() { (cd guests/rust && CARGO_TARGET_DIR=../target cargo "$@"); }

stage() {
    case $1 in
    format) cargo fmt --all --check && guest_cargo fmt --all --check ;;
    clippy)
        cargo clippy --workspace --all-targets -- -D warnings &&
            guest_cargo clippy --workspace --all-targets -- -D warnings
        ;;
    guests) make --no-print-directory guests PROFILE=dev ;;
    unit)
        cargo test --workspace --no-fail-fast --lib --bins -- --quiet
        local units=$?
        cargo test --workspace --no-fail-fast --doc -- --quiet && return $units
        ;;
    integration) cargo test --workspace --no-fail-fast --test '*' -- --quiet ;;
    connectors) make --no-print-directory guests-all PROFILE=dev ;;
    guest-tests) guest_cargo test --workspace --no-fail-fast -- --quiet ;;
    language-tests) tests/languages.sh ;;
    *) echo "there is no stage $1" >&2 && return 2 ;;
    esac
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 broken= table=
for name in "$@"; do
    echo "== $name"
    began=$SECONDS
    stage "$name" 2>&1 | tee "$log"
    result=${PIPESTATUS[0]}
    read -r good bad < <(awk '/^test result:/ { good += $4; bad += $6 } END { print good + 0, bad + 0 }' "$log")
    passed=$((passed + good)) failed=$((failed + bad))
    case $name in
    unit | integration | guest-tests | language-tests) [ "$good" -gt 0 ] || { echo "$name ran no test" >&2 && result=1; } ;;
    esac
    [ "$result" = 0 ] || broken="$broken $name"
    table+=$(printf '%-12s %5d s  %5d passed  %3d failed' "$name" $((SECONDS - began)) "$good" "$bad")$'\n'
done

printf '\n%s' "$table"
echo "$passed passed, $failed failed${broken:+; failed stages:$broken}"
[ -z "$broken" ]
