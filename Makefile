# The two commands of the README are `make run` and `make test`; `make help` lists them all.
.DEFAULT_GOAL := help
.PHONY: help run test lint e2e dev dist bench setup clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' Makefile

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

dev: ## start it, and rebuild and reload when a file changes (cargo leptos watch)
	@.ci/setup dev
	@.ci/dev

dist: ## one release binary with the site's files inside: dist/latchkey
	@.ci/setup dist
	@.ci/dist

bench: ## throughput and latency of verification, and of pages, in a release build
	@.ci/setup dist
	@.ci/bench

setup: ## install all that any of these commands needs
	@.ci/setup all

clean: ## remove what was built; installed tools stay
	cargo clean
	rm -rf dist end2end/node_modules
