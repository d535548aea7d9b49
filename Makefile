# Every habit is one word. `make test` is all that is needed before a commit; it installs what it needs into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test test-rust test-python test-torch test-array-api bench lint docs clean

run:
	cargo run --release -- solve "2x + y = 5; x + 3y = 4"

# The gradients of PyTorch are tested where PyTorch is; `make test-torch` installs it.
test: lint test-rust test-python
	if $(BIN)/python -c 'import torch' 2>/dev/null; then $(MAKE) test-torch; fi

# The environment is made once and again whenever pyproject.toml asks for other packages.
$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade pip
	$(PIP) install maturin $$($(BIN)/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; print(*p["dependencies"], *p["optional-dependencies"]["test"])')
	touch $@

lint: $(VENV)/ready
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- --deny warnings
	$(BIN)/ruff format --check python benches
	$(BIN)/ruff check python benches

# The whole suite once for each instruction set of this machine; the doctests once.
test-rust:
	cargo build --tests --features nalgebra,faer
	set -e; for isa in $$(cargo run --quiet --package resolvent --example instruction_sets); do \
	    echo "== Rust tests on $$isa"; \
	    RESOLVENT_ISA=$$isa cargo test --quiet --features nalgebra,faer --lib --bins --tests; \
	done
	cargo test --quiet --doc --features nalgebra,faer

# The extension is built with the assertions of the dev profile on.
test-python: $(VENV)/ready
	env -u CONDA_PREFIX VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --quiet
	$(BIN)/python -m pytest --quiet python/tests
	$(BIN)/python -m mypy --strict python/resolvent python/tests/typed_usage.py
	$(BIN)/python -m mypy.stubtest resolvent --mypy-config-file pyproject.toml \
	    --allowlist python/stubtest.allow --ignore-unused-allowlist

# PyTorch's wheel without CUDA, if its index can be reached. Its own samples need expecttest.
TORCH_INDEX := https://download.pytorch.org/whl/cpu
test-torch: $(VENV)/ready
	$(BIN)/python -c 'import torch' 2>/dev/null || $(PIP) install --index-url $(TORCH_INDEX) torch || $(PIP) install torch
	$(BIN)/python -c 'import expecttest' 2>/dev/null || $(PIP) install expecttest
	env -u CONDA_PREFIX VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --quiet
	$(BIN)/python -m pytest --quiet python/tests_torch

# The array API's own tests of linear algebra, with our functions in NumPy's namespace. They are cloned, so this is no
# part of `make test`; ARRAY_API_TESTS=/path names a checkout (with its submodule) that is there already.
ARRAY_API_TESTS ?= target/array-api-tests
ARRAY_API_COMMIT := 55fcc60179efa2680ddd6cd926ddf17b83530e2b
test-array-api: $(VENV)/ready
	env -u CONDA_PREFIX VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --quiet
	$(PIP) install ndindex pytest-json-report
	test -d $(ARRAY_API_TESTS) || { \
	    git clone --quiet https://github.com/data-apis/array-api-tests $(ARRAY_API_TESTS) && \
	    git -C $(ARRAY_API_TESTS) checkout --quiet $(ARRAY_API_COMMIT) && \
	    git -C $(ARRAY_API_TESTS) submodule --quiet update --init; }
	cd $(ARRAY_API_TESTS) && PYTHONPATH=$(CURDIR)/python/tests ARRAY_API_TESTS_MODULE=array_api_namespace \
	    $(CURDIR)/$(BIN)/python -m pytest --quiet --disable-deadline --max-examples 1000 array_api_tests/test_linalg.py

# Peers that are not installed are left out; `make bench PEERS="scipy mkl torch"` installs them first. BENCH names groups:
# `stacks` (all that is asked of small matrices), `rust` (the Rust door beside nalgebra and faer), `thresholds` (what
# plan.rs decides by), `large`, `scaling` (one thread), `structure`, `dtypes`, ...; `python -m benches --help` lists them.
PEERS ?=
BENCH ?=
bench: $(VENV)/ready
	$(if $(PEERS),$(PIP) install $(PEERS))
	env -u CONDA_PREFIX VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --quiet --release
	$(BIN)/python -m benches $(BENCH)

docs:
	cargo doc --workspace --no-deps --all-features

clean:
	cargo clean
	rm -rf $(VENV)
