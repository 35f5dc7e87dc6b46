#!/usr/bin/env bash
# languages.sh: runs the unit tests of the SDKs and connectors that are not in Rust, each with the runner of its
# language and without WebAssembly. The connectors must be built: their .servo has the SDK. Ends each suite with a
# line that counts its tests.
set -uo pipefail
cd "$(dirname "$0")/.."
export GOTOOLCHAIN=local GOFLAGS=-mod=mod GOWORK=off CGO_ENABLED=0
# What is compiled here is thrown away; .servo of a connector is not shown to git, an SDK has none.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python() { # folder, the folder of the SDK
    (cd "$1" && PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$2 python3 -m unittest) 2>&1
}
javascript() { # folder, tests
    (cd "$1" && node --test --test-reporter tap "$2") 2>&1
}
go_tests() { # folder
    (cd "$1" && go test -v .) 2>&1
}
c_tests() { # folder, the folder of the SDK
    (cd "$1" && shopt -s nullglob && cc -D_GNU_SOURCE -Wall -Wextra -I. -I"$2" $(sources c "$2") tests/*.c -lm -o "$work/test" && "$work/test") 2>&1
}
cpp_tests() { # folder, the folder of the SDK
    (
        cd "$1" && shopt -s nullglob && rm -rf "$work/obj" && mkdir "$work/obj" || exit
        for source in "$2"/*.c "$2"/fake/*.c; do
            cc -D_GNU_SOURCE -I"$2" -c "$source" -o "$work/obj/$(basename "$source").o" || exit
        done
        c++ -D_GNU_SOURCE -std=c++23 -Wall -Wextra -I. -I"$2" $(sources cpp "$2") tests/*.cpp "$work"/obj/*.o -lm \
            -o "$work/test" && "$work/test"
    ) 2>&1
}
# The sources of a connector or of an SDK, each once.
sources() { # ending, the folder of the SDK
    if [ "$2" = . ]; then echo ./*."$1" fake/*."$1"; else echo ./*."$1" src/*."$1" "$2"/*."$1" "$2"/fake/*."$1"; fi
}

failed=0
suite() { # name, command…
    local name=$1 said result=0 passed bad
    shift
    said=$("$@") || result=1
    passed=$(awk '/^Ran [0-9]+ test/ { n += $2 } /^# pass / { n += $3 } /^--- PASS/ { n++ }
        /comparisons held/ { n += $1 } END { print n + 0 }' <<<"$said")
    bad=0
    if [ $result != 0 ] || [ "$passed" = 0 ]; then
        bad=1 failed=1
        echo "$said"
    fi
    echo "test result: $name. $passed passed; $bad failed"
}

for folder in guests/*/*/; do
    folder=${folder%/}
    language=${folder#guests/} language=${language%%/*}
    case $folder in */new | guests/rust/* | guests/target/*) continue ;; esac
    # The SDK itself is tested where it lies, the TypeScript of a connector where tsc put it.
    sdk=.servo/sdk tests=tests
    if [[ $folder == */sdk ]]; then sdk=.; elif [ -f "$folder/tsconfig.json" ]; then tests=.servo/gen/js/tests; fi
    case $language in
    python) suite "$folder" python "$folder" "$sdk" ;;
    js | ts) suite "$folder" javascript "$folder" "$tests/" ;;
    go) suite "$folder" go_tests "$folder" ;;
    c) suite "$folder" c_tests "$folder" "$sdk" ;;
    cpp) [ "$sdk" = . ] || suite "$folder" cpp_tests "$folder" "$sdk" ;;
    esac
done
exit $failed
