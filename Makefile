# SPDX-License-Identifier: Apache-2.0
# Thin verbs over Meson, pytest and the scripts; `make` alone lists them. Each installs the packages that it needs
# (scripts/deps.sh, apt, as root or with sudo) and says so; it does nothing when they are there.

BUILD ?= build
# Seconds for each fuzz target.
FUZZ_SECONDS ?= 20
# What `make run` passes on to `ffs serve`.
ARGS ?= --dev

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
DEPS := @scripts/deps.sh
SETUP := @scripts/setup.sh
# Progress for people, silence for logs.
NINJA := @ninja $(shell [ -t 2 ] || echo --quiet)

.PHONY: help run build install test test-unit test-e2e test-asan test-tsan bench cover lint fmt docs fuzz clean up-native down-native devdata

help: ## this list
	@echo "FFS: a self-hosted feature-flag service. Start with: make run"
	@echo
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build, then serve on http://127.0.0.1:8080 with sample flags and no keys (Ctrl-C stops it)
	@LOG_FORMAT=$${LOG_FORMAT:-text} $(BUILD)/ffs serve $(ARGS)

build: ## the binary, build/ffs
	$(DEPS) build
	$(SETUP) $(BUILD) -Dtests=disabled
	$(NINJA) -C $(BUILD)
	@ln -sf cmd/ffs/ffs $(BUILD)/ffs
	@echo "$(BUILD)/ffs is ready"

install: build ## install to the system (PREFIX=/usr/local, DESTDIR=)
	$(SETUP) --again $(BUILD) --prefix $(or $(PREFIX),/usr/local)
	@meson install -C $(BUILD) --quiet

# The same folder and objects as `build`, with the tests added.
$(BUILD)/.with-tests:
	$(SETUP) --again $(BUILD) -Dtests=enabled
	@touch $@

.PHONY: build-with-tests
build-with-tests:
	$(DEPS) test
	@$(MAKE) -s $(BUILD)/.with-tests
	$(NINJA) -C $(BUILD)
	@ln -sf cmd/ffs/ffs $(BUILD)/ffs

test: build-with-tests ## all tests: unit, contract, golden cases, end to end
	@scripts/test.py $(BUILD) unit e2e

test-unit: build-with-tests ## unit tests, contract suites, golden cases, corpora of the fuzz targets
	@scripts/test.py $(BUILD) unit

test-e2e: build-with-tests ## the binary from outside
	@scripts/test.py $(BUILD) e2e

test-asan: ## all tests under AddressSanitizer and UndefinedBehaviorSanitizer
	$(DEPS) test
	$(SETUP) build-asan -Db_sanitize=address,undefined -Db_lundef=false
	$(NINJA) -C build-asan
	@scripts/test.py build-asan unit e2e

test-tsan: ## all tests under ThreadSanitizer
	$(DEPS) test
	$(SETUP) build-tsan -Db_sanitize=thread -Db_lundef=false
	$(NINJA) -C build-tsan
	@scripts/test.py build-tsan unit e2e

bench: ## benchmarks: a table, and build/bench.json
	$(DEPS) bench
	@$(MAKE) build-with-tests
	@scripts/bench.py $(BUILD)

cover: ## line coverage by folder; fails under 95 % in src/domain
	$(DEPS) test
	$(DEPS) cover
	$(SETUP) build-cover -Db_coverage=true -Doptimization=0
	$(NINJA) -C build-cover
	@scripts/cover.py build-cover

lint: ## layout, static analysis, include rules, OpenAPI, links; changes nothing
	$(DEPS) lint
	@$(MAKE) build-with-tests
	@scripts/lint.sh $(BUILD)

fmt: ## lay the C code out
	$(DEPS) lint
	@git ls-files '*.c' '*.h' | xargs clang-format -i

docs: build ## write the reference pages that are made from the code
	@scripts/docs.py $(BUILD)

fuzz: ## fuzz each target for FUZZ_SECONDS (20), or only TARGET=fuzz_name
	$(DEPS) fuzz
	@CC=clang scripts/setup.sh build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
	$(NINJA) -C build-fuzz
	@scripts/fuzz.py build-fuzz --seconds $(FUZZ_SECONDS) $(TARGET)

up-native: ## start a PostgreSQL of our own in ./data/services, from the distribution's packages; prints PG_DSN
	$(DEPS) test
	@echo "export PG_DSN='$$(scripts/services.sh start postgres data/services)'"

down-native: ## stop it; its data stay
	@scripts/services.sh stop data/services

devdata: build ## two tenants with flags, into the database of PG_DSN
	@$(BUILD)/ffs migrate up
	@psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 -f scripts/devdata.sql "$$PG_DSN"

clean: ## remove what was built (not ./data)
	@rm -rf build build-*
