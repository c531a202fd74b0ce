# kdeck: everything a fresh machine needs is Go and make; the suites on real Kafka need Java and Maven too.
SHELL := /bin/bash
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)

.PHONY: build demo test bench soak kafka check

build: ## bin/kdeck, static, version stamped
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/kdeck ./cmd/kdeck

demo: build ## the console on an embedded cluster
	bin/kdeck demo

check: ## formatting, vet, static analysis
	@out=$$(gofmt -l cmd ui ops protocol assigner); if [ -n "$$out" ]; then echo "not gofmt'ed: $$out"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

test: check build ## everything, real Kafka included where Java and Maven are
	@command -v java >/dev/null && command -v mvn >/dev/null || echo "skipping the suites on real Kafka: java or mvn is missing"
	go test -race -timeout 20m ./...

bench: ## the budgets of the design, as benchmarks
	go test -run '^$$' -bench . -benchmem ./...

kafka: ## a real cluster in the foreground, to try things on; ARGS="-version 3.9.2 -sasl"
	go run ./cmd/kafka $(ARGS)

FUZZTIME ?= 10m
soak: ## what takes an hour: every fuzz target for FUZZTIME
	@set -e; for pkg in $$(go list ./...); do \
		for f in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; done
