# The two commands of the README are `make run` and `make test`; `make help` lists them all.
.DEFAULT_GOAL := help
.PHONY: help run test lint e2e faults fuzz mutants dev dist bench setup clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

run: ## install what is missing, build, and start Latchkey on http://localhost:3000
	@.ci/setup run
	@.ci/serve

test: ## everything: linters, tests on SQLite and PostgreSQL, and walks in a browser
	@.ci/setup test
	@.ci/test

lint: ## formatting, clippy for server and browser, licences and bans of dependencies
	@.ci/setup test
	@.ci/lint

e2e: ## the walks in a browser alone
	@.ci/setup test
	@.ci/e2e

faults: ## what must hold when processes, databases and clients fail: kills, restarts, stops under load; what is timed
	@.ci/setup test
	@.ci/e2e faults

fuzz: ## a minute of libFuzzer on each parser of what strangers send
	@.ci/setup test
	@.ci/fuzz 60

mutants: ## cargo-mutants over client authentication, assertions and grants (hours)
	@.ci/setup mutants
	@.ci/mutants

dev: ## start it, and rebuild and reload when a file changes (cargo leptos watch)
	@.ci/setup dev
	@.ci/dev

dist: ## one release binary with the site's files inside: dist/latchkey
	@.ci/setup dist
	@.ci/dist

bench: ## throughput and latency of verification, tokens, introspection and pages, in a release build
	@.ci/setup dist
	@.ci/bench

setup: ## install all that any of these commands needs
	@.ci/setup all

clean: ## remove what was built; installed tools stay
	cargo clean
	rm -rf dist end2end/node_modules
