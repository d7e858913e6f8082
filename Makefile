# `make test` is everything: it installs what it needs (as root on Debian), starts its own
# PostgreSQL, and fails rather than skips.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
BUILD = CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)"
FUZZTIME ?= 60s
BENCH ?= .

.PHONY: test check build demo bench fuzz requirements behaviours conformance clean

test:
	@.ci/setup
	@.ci/with-postgres .ci/test

check:
	@.ci/setup
	go vet ./...
	.ci/cache/bin/staticcheck ./...

build:
	$(BUILD) -o bin/sekisho ./cmd/sekisho
	$(BUILD) -o bin/brokerage ./cmd/brokerage

demo:
	go run ./cmd/sekisho demo

bench:
	@.ci/setup
	.ci/with-postgres go test -run '^$$' -bench '$(BENCH)' -benchmem ./...

fuzz:
	.ci/fuzz $(FUZZTIME)

# Row by row: which test proves which requirement of the milestone in scope; of behaviours the whole table.
requirements:
	@go run ./cmd/requirements

behaviours:
	@go run ./cmd/requirements -table behaviours

# Module by module of the conformance suite: which test checks the same.
conformance:
	@go run ./cmd/requirements -table conformance

clean:
	rm -rf bin .ci/cache idp/witness/node_modules
