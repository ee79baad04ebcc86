# Every target does its own set-up: on a fresh machine `make run` and `make test` are enough.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
READY := .venv/.ready
STORE := build/store
MODELS := cropper detector reader
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help
help: ## Say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

$(READY): requirements/dev.txt scripts/setup
	@scripts/setup

.PHONY: setup
setup: $(READY) ## Make .venv from the hash-locked requirements

$(STORE)/.exported: $(READY) $(wildcard models/*/weights.npz models/*/evaluation.json) $(wildcard export/*.py services/store/*.py) $(wildcard models/*/*.py models/*.py)
	@rm -rf $(STORE) && mkdir -p $(STORE)
	@$(PYTHON) -m export $(MODELS) --version 1 --store $(STORE)
	@touch $@

.PHONY: export
export: $(STORE)/.exported ## Export the three models to build/store

.PHONY: run
run: $(STORE)/.exported ## Read examples/ through the running system and keep serving (ONCE=1: stop after)
	@.venv/bin/fvi-ocr up --store $(STORE) --read examples/*.jpg $(if $(ONCE),--once)

.PHONY: test
test: $(READY) ## Run every test
	@scripts/versitygw >/dev/null || echo "The S3 server of the tests could not be built: their tests are skipped"
	@$(PYTHON) -m pytest

.PHONY: conformance
conformance: $(READY) ## Compare a running TF Serving with what we believe (ADDRESS=host:8500 REST=host:8501)
	@FVI_CONFORMANCE_GRPC=$(ADDRESS) FVI_CONFORMANCE_REST=$(REST) $(PYTHON) -m pytest tests/serving/conformance -rs

.PHONY: check
check: $(READY) ## Lint, format and type checks
	@.venv/bin/ruff check --quiet
	@.venv/bin/ruff format --check --quiet
	@.venv/bin/mypy --no-error-summary

.PHONY: fonts
fonts: $(READY) ## Install the fonts that training draws cards with (Debian, needs root)
	@apt-get install -y -qq --no-install-recommends $$($(PYTHON) -c \
		'from models.synthetic.fonts import DEBIAN_PACKAGES; print(*DEBIAN_PACKAGES)')

.PHONY: train
train: $(READY) ## Render cards and train the three models (hours; docs/training.md)
	@scripts/train

.PHONY: bench
bench: $(STORE)/.exported ## Run the benchmarks (half an hour; needs a quiet machine)
	@$(PYTHON) -m benchmarks.serving --json build/bench-serving.json

.PHONY: evaluate
evaluate: $(READY) ## Measure accuracy on the test splits and write docs/accuracy.md
	@.venv/bin/fvi-ocr evaluate --write docs/accuracy.md

.PHONY: protos
protos: $(READY) ## Generate the gRPC messages from services/protos/*.proto
	@scripts/protos

.PHONY: lock
lock: ## Renew the hash-locked requirements (needs uv)
	@scripts/lock

.PHONY: clean
clean: ## Remove what was built here; build/data and build/train hold hours of work and stay
	@rm -rf .venv $(STORE) .pytest_cache .mypy_cache .ruff_cache .hypothesis
