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
export CARGO_TARGET_DIR := $(CURDIR)/target
# `make deploy apply verify` is three steps, whatever -j says.
.NOTPARALLEL:

say = @printf '\033[1m== %s\033[0m\n' "$(1)"
# Said on standard error, before a build that would be silent for minutes.
first = @[ -x "target/debug/$(1)" ] || echo '== compiling $(1) (the first time some minutes)' >&2

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
	$(call first,local-aws)
	@cargo build --locked --quiet -p local-aws
	@exec target/debug/local-aws $(if $(PORT),--port $(PORT))

.PHONY: build
build: venv ## Build the functions for Lambda, optimised (ARCH=arm64, the default, or x86-64)
	$(call say,building $(FUNCTIONS) with cargo-lambda for $(ARCH))
	@[ -d "$$(rustc --print sysroot)/lib/rustlib/$(TARGET)" ] || rustup target add $(TARGET) || { \
	  echo 'error: this Rust cannot build for $(ARCH): install its target $(TARGET), or choose ARCH=$(OTHER_ARCH)' >&2; exit 1; }
	@cargo lambda build --locked --release --$(ARCH) $(PACKAGES)
	@ls -l $(foreach function,$(FUNCTIONS),target/lambda/$(function)/bootstrap)
ARCH = arm64
TARGET = $(if $(filter arm64,$(ARCH)),aarch64,x86_64)-unknown-linux-gnu
OTHER_ARCH = $(if $(filter arm64,$(ARCH)),x86-64,arm64)

.PHONY: deploy undeploy package ask
BUILD = build
deploy: ready $(BUILD) ## Deploy roles, queue and functions into the account that the AWS environment names (ARCH=, CONFIG=)
	@sh infra/deploy.sh '$(CONFIG)' $(FUNCTIONS)
.PHONY: ready
ready: venv # the config, the Region and the credentials, before the long build
	@sh infra/account.sh '$(CONFIG)'
ask: venv ## Send an event to the toggler in the account: make ask EVENT='{"action":"plan"}' (FUNCTION=bootstrapper: to that)
	@sh infra/ask.sh '$(CONFIG)' $(FUNCTION)
FUNCTION = toggler
export EVENT CONFIRM
package: $(BUILD) ## Make a zip of each function with its config, for infra/template.yaml with CodeBucket
	@sh infra/package.sh '$(CONFIG)' '$(PACKAGE)' $(FUNCTIONS)
PACKAGE = target/package
undeploy: venv ## Remove everything from that account again, logs apart (CONFIRM=name where nobody can be asked)
	@sh infra/undeploy.sh '$(CONFIG)' $(BOOTSTRAPPER)

.PHONY: plan apply verify drill week
plan apply verify drill: venv
plan apply verify drill: export YAKEI_OUTPUT = $(OUTPUT)
OUTPUT = table
BOOTSTRAPPER = .venv/bin/python infra/as_me.py cargo run --locked --quiet -p bootstrapper --
comma := ,
plan: ## Show what apply would change in the account that the AWS environment names (OUTPUT=json for programs)
	$(call first,bootstrapper)
	@YAKEI_CONFIG='$(CONFIG)' $(BOOTSTRAPPER) plan
apply: ## Make the account match infra/yakei.toml (CONFIG=file is another, in all of these)
	$(call first,bootstrapper)
	@YAKEI_CONFIG='$(CONFIG)' $(BOOTSTRAPPER) apply
verify: ## Audit every link from the trail to a confirmed subscriber; read-only
	$(call first,bootstrapper)
	@YAKEI_CONFIG='$(CONFIG)' $(BOOTSTRAPPER) verify
drill: ## Write one marked synthetic record and follow it to the notice (CONTROL=RootUsage chooses the control)
	$(call first,bootstrapper)
	@YAKEI_CONFIG='$(CONFIG)' $(BOOTSTRAPPER) $(if $(CONTROL),'{"action":"drill"$(comma)"control":"$(CONTROL)"}',drill)
week: ## Show the coming two weeks of a config, hour by hour (CONFIG=file)
	$(call first,toggler)
	@YAKEI_CONFIG='$(CONFIG)' cargo run --locked --quiet -p toggler -- week

.PHONY: bench
bench: functions ## Measure: patterns and records a CPU second, an invocation beside its calls, 17 Regions beside the AWS CLI
	$(call say,many filter patterns over records)
	@cargo run --locked --quiet --release -p filter-pattern --example throughput
	$(call say,a page of records: read, group, render)
	@cargo run --locked --quiet --release -p yakei-core --example bench
	$(call say,the enricher's whole invocation (compiles the SDKs optimised: some minutes))
	@cargo run --locked --quiet --release -p enricher --example invocation
	$(call say,17 Regions beside the CLI article's commands (unoptimised builds; some minutes))
	@cargo run --locked --quiet -p scenarios --example regions

.PHONY: checkers
checkers: functions ## Let public checkers (Prowler, cloud-audit; 200 MB into .tools) look at what Yakei sets up
	@cargo build --locked --quiet -p local-aws
	@sh tests/checkers/run.sh

.PHONY: check
check: tools ## Formatting, clippy, docs, licences, unused dependencies, spelling, shell scripts, template
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
	@shellcheck -x .ci/run infra/*.sh tests/*.sh tests/*/*.sh
	$(call say,infra/template.yaml)
	@.tools/infra/bin/cfn-lint infra/template.yaml
	@LOG_LEVEL=ERROR .tools/infra/bin/checkov -f infra/template.yaml --framework cloudformation --compact --quiet --skip-download

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
tools: venv .tools/bin/cargo-deny .tools/bin/cargo-machete .tools/infra/.made
.tools/bin/cargo-deny:
	$(call say,installing cargo-deny into .tools (once))
	@cargo install --quiet --locked --root .tools cargo-deny@0.20.2
.tools/bin/cargo-machete:
	$(call say,installing cargo-machete into .tools (once))
	@cargo install --quiet --locked --root .tools cargo-machete@0.9.2
.tools/infra/.made: tests/infra/requirements.txt
	$(call say,installing cfn-lint and checkov into .tools (once; a minute))
	@rm -rf .tools/infra && $${PYTHON:-python3} -m venv .tools/infra
	@.tools/infra/bin/pip install --quiet --disable-pip-version-check --no-input --only-binary :all: --require-hashes -r $<
	@touch $@
