# run    the server, on 127.0.0.1:4747
# test   everything: the Rust tests, then the clouds' own SDKs against the built binary
# check  format, lints, documentation; warnings are errors
# bench  against a bare hyper server; prints a table
# UPDATE=1 make test-rust   rewrites the wire cases in tests/wire
.PHONY: run test test-rust test-sdk check bench clean
PYTHON ?= python3
# Extra arguments for pytest, such as K='-k throttle'.
K ?=

run:
	cargo run --release --

test: test-rust test-sdk

test-rust:
	cargo test --no-fail-fast

# The second run is an older boto3, whose model lacks ARNs and revisions.
test-sdk: .venv/new.stamp .venv/old.stamp
	cargo build
	.venv/new/bin/python -m pytest tests/sdk $(K)
	.venv/old/bin/python -m pytest tests/sdk/test_aws_*.py $(K)

.venv/new.stamp: tests/sdk/requirements.txt
.venv/old.stamp: tests/sdk/requirements-old.txt
.venv/%.stamp:
	.ci/need '$(PYTHON) -c "import ensurepip, venv"' python3-venv
	rm -rf .venv/$*
	$(PYTHON) -m venv .venv/$*
	.venv/$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

check:
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --document-private-items

bench:
	.ci/need 'command -v wrk' wrk
	cargo build --release --bin idouble --example bare_hyper
	$(PYTHON) tests/bench/bench.py

clean:
	cargo clean
	rm -rf .venv tests/sdk/.pytest_cache
