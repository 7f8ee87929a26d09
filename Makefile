# Warren in two commands: "make lab" opens the course, "make test" runs every test.

export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/bin:$(PATH):/usr/local/go/bin

PYTHON := .venv/bin/python

# The go command, with OpenCL where this machine has it.
GO := install/go.sh

# JupyterLab wants to be told that root, as in a container, is meant.
LAB_FLAGS := $(if $(filter 0,$(shell id -u)),--allow-root)

# Packages whose goroutines share memory, and that are cheap to build with the race detector.
RACE := $(wildcard internal kernel/connection kernel/jupyter kernel/gopls parlib opencl)

# Tests of sessions that are about the meaning of cells, or wait for long: under the race detector they find nothing more.
NO_RACE := Meaning|Waiting|Deadlock

.DEFAULT_GOAL := help
.PHONY: help lab install build prepare tools test check test-go test-race test-python bench-kernel bench-parlib bench-opencl bench-mpi bench-cluster doctor clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

lab: install ## set up what is missing and open JupyterLab on the course
	$(PYTHON) -m jupyterlab --notebook-dir=notebooks $(LAB_FLAGS)

install: prepare build ## set up what is missing and install the kernel into .venv
	bin/warren install --prefix .venv
	bin/warren warm

prepare:
	@install/prepare.sh

build: prepare
	$(GO) build -o bin/warren .

doctor: build ## say what this machine has and lacks
	@bin/warren doctor

test: check test-go test-race test-python ## run every test

tools: prepare
	@install/prepare.sh test

check: prepare
	$(GO) vet ./...
	go vet ./opencl/...
	@unformatted=$$(find . -name '*.go' -not -path './.*' -not -path '*/testdata/*' | xargs gofmt -l); \
	  test -z "$$unformatted" || { echo "gofmt these files: $$unformatted"; exit 1; }

test-go: tools ## run the Go tests
	$(GO) test -timeout 20m ./...
	go test ./opencl/internal/driver
	go test -tags checklinkname -ldflags=-checklinkname=0 ./kernel/worker

test-race: tools ## run the tests of concurrent packages under the race detector
	$(GO) test -race -timeout 20m $(addsuffix /...,$(addprefix ./,$(RACE)))
	$(GO) test -race -timeout 20m -skip '$(NO_RACE)' ./kernel/engine

test-python: install tools ## run the end-to-end tests: protocol, notebooks, browser
	$(PYTHON) -m pytest test

bench-kernel: build ## measure the kernel and print tables; options: BENCH="--quick --only 1,4 --markdown"
	$(PYTHON) test/bench/kernel.py $(BENCH)

bench-parlib: prepare ## measure parlib beside its peers and print a table; options: BENCH="--quick --only matmul --markdown"
	$(PYTHON) test/bench/parlib.py $(BENCH)

bench-opencl: tools ## measure OpenCL beside its peers and print a table; WARREN_OPENCL=platform:device names the device; options: as for bench-parlib
	$(PYTHON) test/bench/opencl.py $(BENCH)

bench-mpi: prepare ## measure parlib/mpi beside C and mpi4py and print a table; options: as for bench-parlib
	$(PYTHON) test/bench/mpi.py $(BENCH)

bench-cluster: tools ## measure parlib/cluster beside IPython Parallel and mpi4py and print a table; options: as for bench-parlib
	$(PYTHON) test/bench/cluster.py $(BENCH)

clean: ## remove what make built; downloads and the compile cache stay
	rm -rf bin .venv test-results .pytest_cache
	find . \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +
