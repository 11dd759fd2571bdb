# run    serve the built-in fixtures on 127.0.0.1:4747
# test   run all tests: Rust, then the vendors' SDKs against the built binary
# check  format, lints and documentation; warnings are errors
# wheel  build the Python wheel for a release
# deb    build the Debian package for a release
# console-shots   make screenshots of the console's pages in tests/console/shots
# soak   send a million requests with the journal on, whose memory must stay flat, and 20,000 mutated ones
# bench  compare with a bare hyper server, and with installed peers; four minutes, or one with B=--quick
# bench-instructions   count the instructions of a call; UPDATE=1 appends to tests/bench/history.tsv
# bench-console   ten open pages of the console, whose cost must stay below 5 %; a minute
# bench-scale   100,000 and a million users, 10,000 stores; B='--users 5000 --stores 50' is a small trial
# fuzz   run a fuzz target: T=service, fixture, config, faults, certificates or scim; S seconds
# UPDATE=1 cargo test --test wire   rewrites the responses in tests/wire
.PHONY: run build compile-rest environments check-api check-quick check-rust lint-rust test test-rust test-wheel test-packaging dev-wheel wheel deb check-wheel check-workflows test-npm check-npm test-console check-console console-shots test-sdk test-python test-sdk-rust test-strict test-node test-openapi test-scim check soak fuzz \
	bench bench-console bench-instructions bench-scale clean
PYTHON ?= python3
# Extra arguments for pytest, such as K='-k throttle'.
K ?=
# Extra arguments for the benchmarks; see `python3 tests/bench TARGET --help`.
B ?=
TARGET = $(abspath $(or $(CARGO_TARGET_DIR),target))
# The binary that tests start. `run` does not get the variable, because the server would read it as a setting.
BINARY = $(TARGET)/debug/idouble
test-python test-strict test-sdk-rust test-node test-npm check-api test-console console-shots test-openapi test-scim: export IDOUBLE_BIN = $(BINARY)

run:
	cargo run --release --

test: check-api test-rust test-sdk test-wheel test-npm test-packaging test-console

# `.ci/run` compiles the tests with clippy, so that one build lints and tests.
TEST_RUST ?= cargo test
LINT_RUST ?= cargo clippy --all-targets -- -D warnings
test-rust:
	$(TEST_RUST) --no-fail-fast

# The clouds' own SDKs against the built binary: Python, Rust, Node.
test-sdk: test-python test-sdk-rust test-node test-openapi test-scim

# The second run compares the stores after each test with those of the first run, byte for byte. The third run does
# the same for AWS with an older boto3, whose model lacks ARNs and revisions. pytest exits with 5 if $(K) selects no test.
test-python: build .venv/new.stamp .venv/old.stamp .venv/aws-tools.stamp .venv/awsideman.stamp
	.ci/need 'PATH=$$PATH:/usr/sbin type curl ip strace unshare' curl iproute2 strace util-linux
	.venv/new/bin/python -m pytest -n 2 tests/sdk --exports .venv/exports $(K)
	.venv/new/bin/python -m pytest -n 2 tests/sdk --ignore-glob 'tests/sdk/test_aws_*' \
		--same-as .venv/exports --known-only $(K) || test $$? = 5
	.venv/old/bin/python -m pytest -n 2 tests/sdk/test_aws_*.py --same-as .venv/exports $(K) || test $$? = 5

# The Python suite against servers that check signatures; two minutes. Excludes tests that create their own clients.
test-strict: build .venv/new.stamp
	.venv/new/bin/python -m pytest -n 2 tests/sdk --strict-auth $(K) --ignore tests/sdk/test_docs.py \
		--ignore tests/sdk/test_tools.py --ignore tests/sdk/test_aws_terraform.py --ignore tests/sdk/test_huawei_terraform.py

# clippy compiles the tests, so that one build lints them, too. Warnings of the library without default features are
# errors as well. These flags differ from those of other builds, so the target folder is another one, except in CI.
SDK_RUST_TARGET ?= $(TARGET)/sdk-rust
SDK_RUST = RUSTFLAGS='-D warnings' RUSTC_WORKSPACE_WRAPPER=clippy-driver \
	cargo test --manifest-path tests/sdk/rust/Cargo.toml --locked --target-dir $(SDK_RUST_TARGET)
test-sdk-rust: build
	$(SDK_RUST)

test-node: build tests/sdk/node/node_modules/.stamp
	cd tests/sdk/node && npm test --silent

# A validator and schemathesis, against the document that the server makes.
test-openapi: build .venv/openapi.stamp
	.venv/openapi/bin/python -m pytest -q -p no:cacheprovider tests/openapi

# Installs the wheel from the built file alone. Runs its suites in order in one process, and in random order in two.
test-wheel: .venv/wheel.stamp dev-wheel
	.venv/wheel/bin/python -m pip uninstall --quiet --yes idouble
	.venv/wheel/bin/python -m pip install --quiet --disable-pip-version-check --no-index \
		--find-links $(TARGET)/wheels/dev 'idouble[aws,huawei]'
	.venv/wheel/bin/idouble --version
	cd clients/python/tests && env -u IDOUBLE_BIN ../../../.venv/wheel/bin/python -m pytest -q -p no:randomly test_sample.py test_written.py
	cd clients/python/tests && env -u IDOUBLE_BIN ../../../.venv/wheel/bin/python -m pytest -q -n 2 -p randomly

dev-wheel: .venv/tools.stamp
	rm -rf $(TARGET)/wheels/dev
	cd clients/python && ../../.venv/tools/bin/maturin build --quiet --profile dev --compatibility linux --out $(TARGET)/wheels/dev

# The Debian package and Homebrew's formula.
test-packaging: build
	.ci/need 'command -v dpkg-deb' dpkg
	packaging/test $(BINARY)

# Installs the npm packages from files alone into empty folders. Runs suites of node:test, Vitest and Jest.
test-npm: build clients/node/node_modules/.stamp clients/node/test/consumer/node_modules/.stamp
	cd clients/node && npm run --silent build && npm test --silent

# Testers of SCIM servers, against the built binary.
test-scim: build .venv/scim.stamp
	.venv/scim/bin/python -m pytest -q -p no:cacheprovider tests/scim

# The console in chromium, and boto3.
test-console: build .venv/new.stamp tests/console/node_modules/.stamp
	cd tests/console && npm test --silent

console-shots: build tests/console/node_modules/.stamp
	cd tests/console && npm run --silent shots

# Types, against those of the control API in clients/node, and lints.
check-console: tests/console/node_modules/.stamp
	cd tests/console && npm run --silent check

check-npm: clients/node/node_modules/.stamp
	cd clients/node && npm run --silent check

# Checks that the types of the control API are up to date. First in `make test`, because it is fast.
check-api: build clients/node/node_modules/.stamp
	cd clients/node && npm run --silent api -- --check

# The wheel for PyPI: any Linux with glibc 2.17, linked by zig.
wheel: .venv/tools.stamp
	.venv/tools/bin/python -m pip install --quiet --disable-pip-version-check 'ziglang>=0.13'
	cd clients/python && PATH="$(abspath .venv/tools/bin):$$PATH" maturin build --release --zig --compatibility manylinux2014 --out $(TARGET)/wheels/release

deb:
	cargo build --release --locked
	packaging/deb $(TARGET)/release/idouble $(TARGET)/deb

check-wheel: .venv/tools.stamp
	cd clients/python && ../../.venv/tools/bin/ruff format --check .
	cd clients/python && ../../.venv/tools/bin/ruff check .
	cd clients/python && ../../.venv/tools/bin/mypy

# The image, the Action and the workflows. zizmor can work offline, because actions are pinned by hash.
check-workflows: .venv/tools.stamp
	.venv/tools/bin/hadolint Dockerfile
	.venv/tools/bin/actionlint .github/workflows/*.yml
	.venv/tools/bin/zizmor --offline --quiet --min-severity low .github action.yml

# Builds the examples, too: they enable the features of dev-dependencies, so that `cargo test` can reuse the build.
build:
	cargo build --bins --examples

# Compiles and lints the rest. `.ci/run` runs it beside tests that only need the binary.
compile-rest: check-rust dev-wheel
	$(SDK_RUST) --no-run

# Downloads everything that the tests need. `.ci/run` runs it while cargo compiles.
environments: $(patsubst %,.venv/%.stamp,tools new old aws-tools awsideman openapi scim wheel) \
	$(patsubst %,%/node_modules/.stamp,clients/node clients/node/test/consumer tests/sdk/node tests/console)

.venv/tools.stamp: .ci/tools.txt
.venv/wheel.stamp: clients/python/tests/requirements.txt

tests/sdk/node/node_modules/.stamp: tests/sdk/node/package.json tests/sdk/node/package-lock.json
	.ci/need 'type node npm' nodejs npm
	node -e 'if (parseInt(process.versions.node) < 20) throw new Error("Node 20 or newer, please")'
	cd tests/sdk/node && npm ci --silent --no-audit --no-fund
	touch $@

tests/console/node_modules/.stamp: tests/console/package.json tests/console/package-lock.json
	.ci/need 'command -v node npm' nodejs npm
	.ci/need 'test -n "$$CHROMIUM" || command -v chromium || command -v google-chrome' chromium
	cd tests/console && npm ci --silent --no-audit --no-fund --ignore-scripts
	touch $@

# Not `npm ci`: it needs every optional package of other systems.
clients/node/%.stamp: .ci/need
	.ci/need 'type node npm' nodejs npm
	mkdir -p $(dir $@)
	cd $(dir $@).. && npm install --no-save --ignore-scripts --silent --no-audit --no-fund
	touch $@
clients/node/node_modules/.stamp: clients/node/package-lock.json
clients/node/test/consumer/node_modules/.stamp: clients/node/test/consumer/package-lock.json

.venv/openapi.stamp: tests/openapi/requirements.txt
.venv/scim.stamp: tests/scim/requirements.txt
.venv/new.stamp: tests/sdk/requirements.txt
.venv/old.stamp: tests/sdk/requirements-old.txt
.venv/aws-tools.stamp: tests/sdk/tools/requirements.txt
.venv/awsideman.stamp: tests/sdk/tools/awsideman.txt
# These files list every package. The dependencies that the packages declare would install more than the tests need.
.venv/aws-tools.stamp .venv/awsideman.stamp: PIP_OPTIONS = --no-deps
# Falls back to pip if uv fails, because uv does not read the mirrors in pip's settings.
.venv/%.stamp: .venv/uv/bin/uv
	rm -rf .venv/$*
	{ $< venv --quiet --seed --python '$(PYTHON)' .venv/$* && \
		$< pip install --quiet --python .venv/$*/bin/python $(PIP_OPTIONS) -r $(filter %.txt,$^); } || \
		{ $(PYTHON) -m venv --clear .venv/$* && .venv/$*/bin/python -m pip install --quiet --disable-pip-version-check \
		--no-compile $(PIP_OPTIONS) -r $(filter %.txt,$^); }
	touch $@

.venv/uv/bin/uv:
	.ci/need '$(PYTHON) -c "import ensurepip, venv"' python3-venv
	$(PYTHON) -m venv .venv/uv
	.venv/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

# The checks that compile nothing. `.ci/run` runs them before the tests.
check-quick: check-wheel check-workflows check-npm check-console
	cargo fmt --check
	cargo fmt --check --manifest-path tests/sdk/rust/Cargo.toml

check: check-quick check-api check-rust

check-rust: lint-rust
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --document-private-items
	if command -v cargo-deny >/dev/null; then cargo deny check; else echo 'cargo-deny is not installed'; fi

lint-rust:
	$(LINT_RUST)

soak:
	cargo test --release --test soak -- --ignored --nocapture

# The binary is built by itself: examples enable features of dev-dependencies, which the product does not have.
bench:
	.ci/need 'command -v wrk' wrk
	cargo build --release --bin idouble
	cargo build --release --examples
	$(PYTHON) tests/bench throughput $(B)

bench-instructions:
	.ci/need 'command -v valgrind' valgrind
	cargo build --release --example pipeline
	$(PYTHON) tests/bench instructions $(B)

bench-console:
	.ci/need 'command -v wrk curl' wrk curl
	cargo build --release --bin idouble
	$(PYTHON) tests/bench console $(B)

bench-scale:
	.ci/need 'command -v wrk' wrk
	cargo build --release --bin idouble
	$(PYTHON) tests/bench scale $(B)

# New inputs of interest go to tests/fuzz/working, failures to tests/fuzz/artifacts.
T ?= service
S ?= 600
fuzz:
	@cargo +nightly fuzz --version > /dev/null 2>&1 || { echo 'make fuzz needs a nightly compiler and cargo-fuzz:' \
		'rustup toolchain install nightly && cargo install cargo-fuzz' >&2; exit 1; }
	mkdir -p tests/fuzz/working/$(T)
	CARGO_TARGET_DIR=$(TARGET)/fuzz cargo +nightly fuzz run --fuzz-dir tests/fuzz --codegen-units 16 $(T) \
		tests/fuzz/working/$(T) tests/fuzz/corpus/$(T) -- -max_total_time=$(S) -max_len=4096 -timeout=20

clean:
	cargo clean
	rm -rf .venv tests/sdk/.pytest_cache tests/sdk/node/node_modules tests/console/node_modules tests/console/shots
	rm -rf clients/node/dist clients/node/node_modules clients/node/test/consumer/node_modules
