# Every command a person needs. `make help` lists them; README.md says what they wait for.
#
# Everything that is not on a fresh machine (Rust, Python 3 with venv, make, a C compiler) comes from
# crates.io and PyPI, pinned, into this checkout: .venv, .tools, target.

SHELL := /bin/sh
.DEFAULT_GOAL := help

FUNCTIONS := toggler enricher bootstrapper
PACKAGES := $(foreach function,$(FUNCTIONS),-p $(function))
CONFIG ?= infra/yakei.toml
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.tools/bin:$(PATH)

say = @printf '\033[1m== %s\033[0m\n' "$(1)"

.PHONY: help
help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: venv functions ## Play the whole chain on a local AWS; RECORDS=file plays your own CloudTrail records
	$(call say,building the demo (the first time some minutes))
	@cargo build --locked -p scenarios --bin demo
	@target/debug/demo $(if $(RECORDS),--records '$(RECORDS)')

.PHONY: test
test: venv functions ## Run every test: unit, snapshots, properties, SDK mocks, black-box scenarios
	$(call say,compiling the tests (cold some minutes))
	@cargo test --locked --workspace --no-run
	$(call say,running the tests)
	@cargo test --locked --workspace --no-fail-fast

.PHONY: local
local: venv ## Run the local AWS alone; prints AWS_ENDPOINT_URL=…, ends with Ctrl-C (PORT=n chooses the port)
	@cargo build --locked --quiet -p local-aws
	@exec target/debug/local-aws $(if $(PORT),--port $(PORT))

.PHONY: build
build: venv ## Build the three functions for Lambda (ARCH=arm64 or x86-64; this machine's by default)
	$(call say,building $(FUNCTIONS) with cargo-lambda)
	@$(if $(filter arm64,$(ARCH)),command -v rustup >/dev/null && rustup target add aarch64-unknown-linux-gnu || true)
	@cargo lambda build --locked --release --$(ARCH) $(PACKAGES)
	@ls -l $(foreach function,$(FUNCTIONS),target/lambda/$(function)/bootstrap)
ARCH ?= $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86-64)

.PHONY: plan apply verify drill week
plan apply verify drill: export YAKEI_OUTPUT = $(OUTPUT)
OUTPUT ?= table
plan: ## Show what apply would change in the account that the AWS environment names (OUTPUT=json for programs)
	@YAKEI_CONFIG='$(CONFIG)' cargo run --locked --quiet -p bootstrapper -- plan
apply: ## Make the account match infra/yakei.toml
	@YAKEI_CONFIG='$(CONFIG)' cargo run --locked --quiet -p bootstrapper -- apply
verify: ## Audit every link from the trail to a confirmed subscriber; read-only
	@YAKEI_CONFIG='$(CONFIG)' cargo run --locked --quiet -p bootstrapper -- verify
drill: ## Write one marked synthetic record and follow it to the notice
	@YAKEI_CONFIG='$(CONFIG)' cargo run --locked --quiet -p bootstrapper -- drill
week: ## Show the coming two weeks of a config, hour by hour (CONFIG=file)
	@YAKEI_CONFIG='$(CONFIG)' cargo run --locked --quiet -p toggler -- week

.PHONY: bench
bench: ## Measure, optimised: patterns and records per CPU second beside serde_json::Value, an invocation beside its calls
	$(call say,many filter patterns over records)
	@cargo run --locked --quiet --release -p filter-pattern --example throughput
	$(call say,a page of records: read, group, render)
	@cargo run --locked --quiet --release -p yakei-core --example bench
	$(call say,the enricher's whole invocation (compiles the SDKs optimised: some minutes))
	@cargo run --locked --quiet --release -p enricher --example invocation

.PHONY: check
check: tools ## Formatting, clippy, docs, licences, unused dependencies, spelling, shell scripts
	$(call say,formatting)
	@cargo fmt --all --check
	$(call say,clippy)
	@cargo clippy --locked --workspace --all-targets -- -D warnings
	$(call say,docs)
	@RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --document-private-items --quiet
	$(call say,dependencies)
	@cargo deny --locked --config .deny.toml check bans licenses sources
	@cargo machete
	@sh tests/pure.sh
	$(call say,spelling and shell)
	@typos
	@shellcheck .ci/run tests/*.sh tests/*/*.sh

# ---- what the commands above need ----

.PHONY: venv
venv:
	@sh tests/local-aws/venv.sh

.PHONY: functions
functions: venv # host builds of the functions, unoptimised: for the local AWS
	$(call say,building the functions with cargo-lambda (the first time some minutes))
	@cargo lambda build --locked --compiler cargo $(PACKAGES)
	@strip $(foreach function,$(FUNCTIONS),target/lambda/$(function)/bootstrap)

.PHONY: tools
tools: venv .tools/bin/cargo-deny .tools/bin/cargo-machete
.tools/bin/cargo-deny:
	$(call say,installing cargo-deny into .tools (once))
	@cargo install --quiet --locked --root .tools cargo-deny@0.20.2
.tools/bin/cargo-machete:
	$(call say,installing cargo-machete into .tools (once))
	@cargo install --quiet --locked --root .tools cargo-machete@0.9.2
