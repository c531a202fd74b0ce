# kdeck: everything a fresh machine needs is Go and make; the suites on real Kafka need Java and Maven too.
SHELL := /bin/bash
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)

.PHONY: build demo test bench soak kafka check dist install

build: ## bin/kdeck, static, version stamped
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/kdeck ./cmd/kdeck

demo: build ## the console on an embedded cluster
	bin/kdeck demo

check: ## formatting, vet, static analysis
	@out=$$(gofmt -l cmd ui ops protocol assigner); if [ -n "$$out" ]; then echo "not gofmt'ed: $$out"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

# Packages with tests that try a part under the race detector (see protocol/race), and the whole without it.
GRIDS = $$(grep -rl --include='*_test.go' '^func TestGrid' assigner cmd ops protocol ui | xargs -n1 dirname | sort -u | sed 's,^,./,')

# Packages with tests on real Kafka (see ops/kafkatest/require.go). They run one after the other.
REAL = $$(grep -rl --include='*_test.go' '^func Test[A-Za-z]*RealKafka' cmd ops protocol ui | xargs -n1 dirname | sort -u | sed 's,^,./,')

test: check build ## everything, real Kafka included where Java and Maven are
	@command -v java >/dev/null && command -v mvn >/dev/null || echo "skipping the suites on real Kafka: java or mvn is missing"
	go test -timeout 40m -run '^TestGrid' $(GRIDS)
	go test -race -timeout 40m ./...
	go test -p 1 -timeout 60m -run 'RealKafka' $(REAL)

bench: ## the budgets of the design, as benchmarks
	go test -run '^$$' -bench . -benchmem ./...

kafka: ## a real cluster in the foreground, to try things on; ARGS="-version 3.9.2 -sasl"
	go run ./cmd/kafka $(ARGS)

FUZZTIME ?= 10m
soak: ## what takes hours: every fuzz target for FUZZTIME, drains whose processes are killed, faults of real brokers, and looks at their machine beside strace
	KDECK_SOAK=40 go test -count=1 -timeout 60m -run '^TestDrainsSurviveWhateverHappensToTheirProcesses$$' -v ./cmd/kdeck/subcmd
	KDECK_SOAK=10000 go test -count=1 -timeout 120m -run '^TestGridAfterAnyTroubleOneMoreRunPutsEverythingRight$$' ./ops/reassign
	KDECK_SOAK=1 go test -count=1 -timeout 240m -run '^Test(ADrainLivesThroughFaults|PlansBesideKafkasOwnTool|AThrottleThatTheRunChooses|ScriptedConsumers|LagInTime|CompareSafeToStopAndQuorum|TheVerdictNamesFaults)OnRealKafka$$' -v ./cmd/kdeck/subcmd
	KDECK_SOAK=1 go test -count=1 -timeout 60m -run '^Test(ALookAtABroker|WhatALookTellsIsRight)OnRealKafka$$' -v ./ops/host
	@set -e; for pkg in $$(go list ./...); do \
		for f in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; done

# A version of a package begins with a number and holds no dash.
PACKAGE_VERSION = $(shell echo '$(VERSION)' | sed -E '/\./!s/^/0.0.0+git./; s/^v//; s/-/./g')
NFPM := go tool -modfile=cmd/dist/nfpm.mod nfpm

dist: ## tarballs for linux and darwin, deb and rpm, in dist/
	rm -rf dist
	go run ./cmd/dist -version '$(VERSION)' dist/share
	set -e; for os in linux darwin; do for arch in amd64 arm64; do \
		name=kdeck-$(VERSION)-$$os-$$arch; mkdir -p dist/$$name/bin; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch go build -trimpath -ldflags '$(LDFLAGS)' -o dist/$$name/bin/kdeck ./cmd/kdeck; \
		cp -R dist/share README.md dist/$$name/; tar -C dist -czf dist/$$name.tar.gz $$name; \
		if [ $$os = linux ]; then for packager in deb rpm; do \
			ARCH=$$arch PACKAGE_VERSION='$(PACKAGE_VERSION)' TREE=dist/$$name $(NFPM) package -f cmd/dist/nfpm.yaml -p $$packager -t dist/; \
		done; fi; \
		rm -rf dist/$$name; \
	done; done; rm -rf dist/share

PREFIX ?= /usr/local
install: build ## binary, man pages and completions under DESTDIR and PREFIX
	install -d '$(DESTDIR)$(PREFIX)/bin'
	install -m 755 bin/kdeck '$(DESTDIR)$(PREFIX)/bin/kdeck'
	go run ./cmd/dist -version '$(VERSION)' '$(DESTDIR)$(PREFIX)/share'
