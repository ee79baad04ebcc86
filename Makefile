# Every target does its own set-up: on a fresh machine `make run` and `make test` are enough.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
READY := .venv/.ready
STORE := build/store
DEMO := build/demo
MODELS := cropper detector reader
CLUSTER_b := tests/cluster/simulated
CLUSTER_c := tests/cluster/real
CLUSTER_TOOLS_b := kube-apiserver etcd kube-controller-manager kube-scheduler kwok metrics-server definitions
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

$(DEMO)/.exported: $(READY) $(wildcard models/*/*.npz) $(wildcard export/*.py services/store/*.py) $(wildcard models/*/*.py models/*.py)
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	@$(PYTHON) -m export cropper detector --version 1 --store $(DEMO)
	@$(PYTHON) -m export reader --version 1 --weights models/reader/previous.npz --store $(DEMO)
	@$(PYTHON) -m export reader --version 2 --weights models/reader/weights.npz --store $(DEMO)
	@$(PYTHON) -m models.synthetic.golden --out $(DEMO)/words/golden.npz --cards 30
	@.venv/bin/fvi-ocr models publish $(DEMO)/words --model golden --version 1 --store $(DEMO) && rm -r $(DEMO)/words
	@touch $@

.PHONY: demo-rollout
demo-rollout: $(DEMO)/.exported ## Roll our newest Reader out against the one before it, on evidence, and back (minutes; Debian)
	@scripts/prometheus >/dev/null
	@$(PYTHON) -m scripts.rollout_demo --store $(DEMO)

.PHONY: test
test: $(READY) ## Run every test
	@scripts/versitygw >/dev/null || echo "The S3 server of the tests could not be built: their tests are skipped"
	@for tool in helm3 helm4 kubectl; do scripts/helm $$tool >/dev/null || echo "Without $$tool tests of helm/ and k8s/ are skipped"; done
	@scripts/compose-spec >/dev/null || echo "compose-go could not be built: tests of the Compose files are skipped"
	@scripts/chromium >/dev/null || echo "There is no Chromium: the tests of the page are skipped"
	@scripts/prometheus >/dev/null || echo "There is no Prometheus: the tests of rollouts and dashboards are skipped"
	@scripts/grafana-schema >/dev/null || echo "Grafana's schema could not be fetched: dashboards are not compared with it"
	@for tool in dashboard-linter otelcol; do [ -x "$$(scripts/$$tool --path)" ] || \
		echo "$$tool is not built (make test-tools): its tests are skipped"; done
	@$(PYTHON) -m pytest

.PHONY: test-tools
test-tools: ## Build what takes Go minutes: Grafana's linter and OpenTelemetry's collector, once
	@timeout 240 scripts/dashboard-linter >/dev/null || echo "Grafana's linter could not be built: dashboards are not linted"
	@timeout 240 scripts/otelcol >/dev/null || echo "OpenTelemetry's collector could not be built: its tests are skipped"

.PHONY: test-chart
test-chart: $(READY) ## Render the chart with Helm 3 and 4, and k8s/, and check what comes out (seconds)
	@for tool in helm3 helm4 kubectl; do scripts/helm $$tool >/dev/null || true; done
	@$(PYTHON) -m pytest tests/chart tests/k8s

.PHONY: chart
chart: $(READY) ## Write the chart's schema and table from its values
	@$(PYTHON) scripts/chart

.PHONY: dashboards
dashboards: $(READY) ## Write the chart's dashboards from scripts/dashboards
	@$(PYTHON) -m scripts.dashboards

.PHONY: dashboard-pictures
dashboard-pictures: $(READY) ## Renew docs/dashboards/*.webp from a live system (minutes)
	@scripts/prometheus >/dev/null
	@DASHBOARD_PICTURES=docs/dashboards $(PYTHON) -m pytest -s tests/e2e/test_dashboards.py

.PHONY: k8s
k8s: ## Render k8s/base and k8s/components/rollout from the chart
	@scripts/render

.PHONY: images
images: $(READY) ## Build our images without a registry, and say how large they are (Debian, needs root)
	@scripts/images

.PHONY: test-images
test-images: $(STORE)/.exported ## Build the images and run them hardened, with podman (Debian, needs root)
	@command -v podman-compose >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends \
		podman podman-compose runc conmon netavark aardvark-dns >/dev/null; }
	@scripts/images
	@FVI_TEST_IMAGES=1 unshare --net --mount -- sh -c 'ip link set lo up && exec "$$@"' sh $(PYTHON) -m pytest tests/images/running

.PHONY: cluster-parts
cluster-parts: $(STORE)/.exported
	@timeout $(or $(BUILD_SECONDS),0) scripts/cluster-tools $(CLUSTER_TOOLS_$(STAGE)) >/dev/null || echo "Parts of the cluster could not be built: their stages are skipped"
	@for program in helm3 helm4 kubectl; do scripts/helm $$program >/dev/null || true; done
	@scripts/versitygw >/dev/null || echo "The S3 server could not be built: stage c is skipped"
	@[ "$(STAGE)" = b ] || nice -n 10 scripts/images --archives build/cluster/images || \
		echo "The images could not be built: stage c is skipped"

.PHONY: test-cluster
test-cluster: $(if $(TESTS),,cluster-parts) ## Test on real Kubernetes components (root; STAGE=b or c, or TESTS=files with what is built; BUILD_SECONDS at most; docs/cluster-tests.md)
	@scripts/cluster-space $(if $(TESTS),--join) $(PYTHON) -m pytest -s -rs \
		$(or $(TESTS),$(if $(STAGE),$(CLUSTER_$(STAGE)),$(CLUSTER_b) $(CLUSTER_c)))

.PHONY: cluster
cluster: cluster-parts ## Keep stage c's cluster with the product in it until Ctrl-C, for TESTS=files to run in
	@scripts/cluster-space $(PYTHON) -m pytest -s -rs tests/cluster/real/keep.py

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
	@apt-get update -qq && apt-get install -y -qq --no-install-recommends $$($(PYTHON) -c \
		'from models.synthetic.fonts import DEBIAN_PACKAGES; print(*DEBIAN_PACKAGES)')

.PHONY: train
train: $(READY) ## Render cards and train the three models (hours; docs/training.md)
	@scripts/train

.PHONY: fuzz
fuzz: $(STORE)/.exported ## Send the API what hostile clients would (CASES=10000 REAL=300 SEED=any FIRST=0)
	@$(PYTHON) -m tests.fuzz --cases $(or $(CASES),10000) --real $(or $(REAL),300) \
		$(if $(SEED),--seed $(SEED)) $(if $(FIRST),--first $(FIRST))

.PHONY: bench
bench: $(STORE)/.exported ## Run the benchmarks (an hour; needs a quiet machine)
	@missed=0; for name in rollout serving api; do \
		$(PYTHON) -m benchmarks.$$name --json build/bench-$$name.json || missed=1; done; exit $$missed

.PHONY: league
league: $(STORE)/.exported ## Read the same cards with ours and with other OCR engines, and write docs/league.md (8 minutes; Debian)
	@$(PYTHON) -m benchmarks.league --json build/bench-league.json --write docs/league.md

.PHONY: screenshot
screenshot: $(STORE)/.exported ## Renew docs/page.webp, the picture of the page
	@$(PYTHON) -m scripts.screenshot

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
	@rm -rf .venv $(STORE) $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis
