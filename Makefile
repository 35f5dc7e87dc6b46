# `make run` shows what servo does, `make test` is what must pass. Everything is cargo; make only knows the order.

# Tests use the dev profile, so that they do not compile the engine a second time.
PROFILE ?= release
RUN_FLAGS ?=
BENCH_FLAGS ?=
SECONDS ?= 60

CONNECTORS := prometheus vegeta http-settings wait fleet webhooks
TARGET := $(or $(CARGO_TARGET_DIR),target)
OUT := $(TARGET)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
# The features of a dependency follow from what is selected: always the whole workspace, and in dev one of the tests,
# so that the next step does not compile the same crates again with other features.
BUILD := cargo build --workspace --profile $(PROFILE) $(if $(filter dev,$(PROFILE)),--test app)

# The compilers of the guests' languages, where tests/setup.sh puts them.
TOOLS := $(abspath $(TARGET)/toolchains)
export PATH := $(TOOLS)/bin:$(TOOLS)/node_modules/.bin:$(PATH)

.PHONY: setup rust build run test bench bench-hostile dist fuzz lint guests guests-all clean

setup: rust
	@.cargo/protoc/protoc --version >/dev/null
	@tests/setup.sh

rust:
	@command -v cargo >/dev/null || { echo "Rust is missing: install it from https://rustup.rs" >&2; exit 1; }
	@command -v cc >/dev/null || { echo "a C linker is missing: on Debian, apt-get install gcc libc6-dev" >&2; exit 1; }
	@ls "$$(rustc --print target-libdir --target wasm32-wasip2)" >/dev/null 2>&1 || rustup target add wasm32-wasip2

# The bundled connectors, as they are built into servo: components with their metadata, in target/connectors.
guests: rust
	cd guests/rust && CARGO_TARGET_DIR=../target cargo build --release --target wasm32-wasip2
	$(BUILD) --bin servo-stamp
	@STAMP=$(OUT)/servo-stamp tests/stamp.sh $(CONNECTORS)

# The connectors in all other languages, each built by servo in its own folder.
guests-all: setup build
	@SERVO=$(OUT)/servo tests/connectors.sh

build: guests
	$(BUILD) --bin servo --bin quickstart

run:
	@began=$$(date +%s); $(MAKE) --no-print-directory build && echo "built in $$(($$(date +%s) - began)) s" >&2
	@$(OUT)/quickstart -- $(OUT)/servo run -c examples/quickstart/servo.yaml $(RUN_FLAGS)

test: setup
	@tests/run.sh format guests clippy unit connectors integration guest-tests language-tests

lint: rust
	@tests/run.sh format guests clippy

bench: guests-all
	cargo build --workspace --release --bin quickstart
	cargo bench --workspace --bench '*' -- $(BENCH_FLAGS)

# What attacks cost, and all of them at once for so many seconds.
bench-hostile: guests
	cargo bench --workspace --bench hostile -- --seconds $(SECONDS)

# What is handed out: a tarball with manual pages, completions and a systemd unit, and its checksum, in target/dist.
dist: build
	@SERVO=$(OUT)/servo OUT=$(TARGET)/dist cli/dist/dist.sh

# Readers of what comes from registries and in files, each for so many seconds; the corpus grows in the fuzz folder.
FUZZ := runtime/distribution/fuzz
fuzz: rust
	@cargo +nightly fuzz --version >/dev/null || \
		{ echo "it needs nightly Rust and cargo-fuzz: rustup toolchain install nightly; cargo install cargo-fuzz" >&2; exit 1; }
	@for target in $$(cargo +nightly fuzz list --fuzz-dir $(FUZZ)); do \
		mkdir -p $(FUZZ)/corpus/$$target; \
		cargo +nightly fuzz run --fuzz-dir $(FUZZ) $$target $(FUZZ)/corpus/$$target $(FUZZ)/seeds/$$target -- \
			-max_total_time=$(SECONDS) || exit 1; \
	done

clean:
	cargo clean
	cd guests/rust && CARGO_TARGET_DIR=../target cargo clean
