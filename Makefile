# Every command a person needs. `make help` lists them; README.md says what they wait for.
#
# Everything that is not on a fresh machine (Rust, Python 3 with venv, make, a C compiler) comes from
# crates.io and PyPI, pinned, into this checkout: .venv, .tools, target.

SHELL := /bin/sh
.DEFAULT_GOAL := help

FUNCTIONS := toggler enricher bootstrapper
CONFIG ?= infra/yakei.toml
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.tools/check/bin:$(PATH)
export CARGO_TARGET_DIR := $(CURDIR)/target
# `make deploy apply verify` is three steps, whatever -j says.
.NOTPARALLEL:

# What is deployed: arm64 or x86-64, optimised; or host, unoptimised, for this machine and its local AWS. Each has a folder
# of its own, so that none is taken for another.
ARCH = arm64

say = @printf '\033[1m== %s\033[0m\n' "$(1)"
# BUILT=yes runs what is built already, and builds nothing: the tests do.
unless_built = $(if $(BUILT),,$(1))

.PHONY: help
help: ## List these commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- on this machine ----

.PHONY: backtest
backtest: ## Tell what CloudTrail logs would have set off: LOGS=folder without an account, or ATHENA=workgroup (CONFIG= a coming config, OUT=)
	@[ -n "$$LOGS$$ATHENA" ] || { echo 'which logs? make backtest LOGS=folder, or ATHENA=workgroup where they are in S3' >&2; exit 2; }
	@[ -x target/optimised/backtest ] || echo '== compiling (the first time a minute or two)' >&2
	$(call unless_built,@cargo build --locked --quiet --profile optimised -p backtest)
	$(if $(ATHENA),@sh tests/local-aws/venv.sh)
	@$(if $(ATHENA),.venv/bin/python infra/athena.py target/optimised/backtest,target/optimised/backtest "$$LOGS" --config "$$CONFIG" --today "$$TODAY" --out "$$OUT")
OUT = target/backtest
# Names go through the environment, where a quote in one ends nothing; what is said on the command line is there anyway.
backtest: export TODAY = infra/yakei.toml
backtest: export CONFIG := $(CONFIG)
backtest: export OUT := $(OUT)

.PHONY: demo test local
demo: venv functions ## Play the whole chain on a local AWS; RECORDS=file plays your own CloudTrail records
	@target/debug/demo $(if $(RECORDS),--records "$$RECORDS")
test: venv functions .tools/sql/.made ## Run every test: unit, snapshots, properties (SEED=n chooses their cases), SDK mocks, black-box scenarios
	$(call say,compiling the tests (cold some minutes))
	@cargo test --locked --workspace --no-run
	$(call say,running the tests)
	@cargo test --locked --workspace --no-fail-fast
# The same random cases and points each time, so that a commit passes or fails, and not both; the weekly run tries others.
test: export SEED := $(or $(SEED),1)
test: export PROPTEST_RNG_SEED = $(SEED)
.PHONY: years
years: ## Simulate the toggler's year with a thousand seeds, or SEEDS=0..10 (an hour on one core)
	@YAKEI_YEARS=$(or $(SEEDS),0..1000) cargo test --locked --profile years -p toggler --lib -- year --nocapture
local: venv binaries ## Run the local AWS alone; prints AWS_ENDPOINT_URL=…, ends with Ctrl-C (PORT=n chooses the port)
	@exec target/debug/local-aws $(if $(PORT),--port $(PORT))

# The one unoptimised build: demo, tests, plan, apply and all the others run these very files. Always the whole workspace:
# a part of it would ask for fewer features of the SDKs, and compile each a second time.
.PHONY: binaries functions
binaries:
	@[ -x target/debug/bootstrapper ] || echo '== compiling (the first time some minutes)' >&2
	@cargo build --locked --workspace --bins $(if $(wildcard target/debug/bootstrapper),--quiet)
functions: binaries # as zips want them
	@for function in $(FUNCTIONS); do \
	  sh tests/local-aws/bootstrap.sh target/debug/$$function target/lambda/host/$$function/bootstrap || exit 1; done

.PHONY: account-proof
account-proof: venv functions ## Prove the bootstrapper on accounts that collide, throttle, deny, run behind and are wrong in over 300 ways (SEEDS=0..20)
	@$(if $(SEEDS),YAKEI_SEEDS=$(SEEDS) )cargo test --locked --workspace --test proof --test mutations --test sweeps -- --nocapture

.PHONY: bench bench-quick checkers engines fuzz page smoke
bench: venv functions .tools/measure/.made .tools/jaq/bin/jaq ## Measure everything beside its peers, into target/bench (20 minutes on two cores)
	@sh tests/measure/bench.sh
bench-quick: venv functions .tools/measure/.made ## The same with fewer runs and smaller tables (two minutes, when it is built)
	@sh tests/measure/bench.sh quick
checkers: venv functions ## Let public checkers (Prowler, cloud-audit; 200 MB into .tools) look at what Yakei sets up
	@sh tests/checkers/run.sh
engines: ## Run what Athena is asked on engines nearer to it, Velox and Hive (1 GB into .tools, needs Java 17)
	@sh infra/backtest/tests/engines.sh
page: ## Open the backtest's page in a headless Chromium, use it, and leave pictures in target/page
	@sh tests/page/run.sh
fuzz: .tools/check/.made ## Throw damaged input at every reader, a minute each (SECONDS=n; needs Rust's nightly toolchain)
	@sh tests/fuzz/run.sh $(SECONDS)
SECONDS = 60
smoke: venv functions $(call unless_built,build) ## Run what goes to Lambda once each, arm64 under qemu-user where this machine is none
	@sh tests/smoke.sh '$(ARCH)'

# ---- for an account ----

.PHONY: build release package
build: $(if $(filter host,$(ARCH)),functions,release) ## Build the functions for Lambda, optimised (ARCH=arm64, the default, or x86-64)
release: venv .tools/zig/.made
	$(call say,building $(FUNCTIONS) with cargo-lambda for $(ARCH))
	@sh infra/build.sh '$(ARCH)' $(FUNCTIONS)
package: venv $(call unless_built,build) ## Make what a release publishes: zips without a config, the template, the list of parts
	@sh infra/package.sh '$(ARCH)' '$(PACKAGE)' $(FUNCTIONS)
PACKAGE = target/package

# Asked before the long build: who and where, then the config.
.PHONY: identity ready deploy undeploy ask
identity: venv
	@sh infra/identity.sh '$(CONFIG)'
ready: identity $(call unless_built,binaries)
	@sh infra/account.sh '$(CONFIG)'
deploy: ready $(call unless_built,build) ## Deploy roles, queue and functions into the account that the AWS environment names (ARCH=, CONFIG=)
	@sh infra/deploy.sh '$(CONFIG)' '$(ARCH)' $(FUNCTIONS)
undeploy: venv $(call unless_built,binaries) ## Remove everything from that account again, logs apart (CONFIRM=name where nobody can be asked)
	@sh infra/undeploy.sh '$(CONFIG)'
ask: venv $(call unless_built,binaries) ## Send an event to the toggler in the account: make ask EVENT='{"action":"plan"}' (FUNCTION=bootstrapper: to that)
	@sh infra/ask.sh '$(CONFIG)' $(FUNCTION)
FUNCTION = toggler
export EVENT CONFIRM

.PHONY: plan apply verify drill week
plan apply verify drill: venv
plan apply verify drill week: $(call unless_built,binaries)
plan apply verify drill: export YAKEI_OUTPUT = $(OUTPUT)
plan apply verify drill week: export YAKEI_CONFIG = $(CONFIG)
OUTPUT = table
bootstrapper = .venv/bin/python infra/as_me.py target/debug/bootstrapper
comma := ,
# ADOPT=alarm/yakei-RootUsage, or several with commas: what somebody else made becomes Yakei's.
adopt = $(if $(ADOPT),$(comma)"adopt":["$(subst $(comma),"$(comma)",$(ADOPT))"])
plan: ## Show what apply would change in the account that the AWS environment names (OUTPUT=json for programs)
	@$(bootstrapper) '{"action":"plan"$(adopt)}'
apply: ## Make the account match infra/yakei.toml (CONFIG=file is another, in all of these; ADOPT=alarm/… takes over what is foreign)
	@$(bootstrapper) '{"action":"apply"$(adopt)}'
verify: ## Audit every link from the trail to a confirmed subscriber; read-only
	@$(bootstrapper) verify
drill: ## Write one marked synthetic record and follow it to the notice (CONTROL=RootUsage chooses the control)
	@$(bootstrapper) $(if $(CONTROL),'{"action":"drill"$(comma)"control":"$(CONTROL)"}',drill)
week: ## Show the coming two weeks of a config, hour by hour (CONFIG=file)
	@target/debug/toggler week

# ---- what the code must pass ----

.PHONY: check
check: .tools/check/.made .tools/infra/.made ## Formatting, clippy, docs, licences, unused dependencies, spelling, shell scripts, workflows, template
	$(call say,formatting)
	@cargo fmt --all --check
	$(call say,clippy)
	@cargo clippy --locked --workspace --all-targets -- -D warnings
	@sh tests/fuzz/run.sh check
	$(call say,docs)
	@RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --document-private-items --quiet
	$(call say,dependencies)
	@cargo deny --locked --config .deny.toml check bans licenses sources
	@cargo shear
	@sh tests/pure.sh
	$(call say,spelling$(comma) shell and workflows)
	@typos
	@shellcheck -x .ci/run infra/*.sh infra/backtest/tests/*.sh infra/backtest/tests/*/*.sh tests/*.sh tests/*/*.sh
	@zizmor --offline --quiet --persona=regular .github/workflows
	$(call say,infra/template.yaml)
	@.tools/infra/bin/cfn-lint infra/template.yaml
	@LOG_LEVEL=ERROR .tools/infra/bin/checkov -f infra/template.yaml --framework cloudformation --compact --quiet --skip-download

# ---- what the commands above need ----

.PHONY: venv
venv:
	@sh tests/local-aws/venv.sh

.tools/check/.made: tests/infra/requirements-tools.txt
	$(call install,the checkers of code)
.tools/zig/.made: tests/infra/requirements-zig.txt
	$(call install,a linker for other machines)
.tools/measure/.made: tests/measure/requirements.txt
	$(call install,boto3 and awslambdaric as peers)
.tools/jaq/bin/jaq:
	$(call say,compiling jaq$(comma) a peer (once))
	@CARGO_TARGET_DIR=$(CURDIR)/target/jaq cargo install --locked --quiet --root .tools/jaq --version 3.1.2 jaq
	@rm -rf target/jaq
.tools/sql/.made: tests/infra/requirements-sql.txt
	$(call install,what runs queries for Athena on this machine)
.tools/infra/.made: tests/infra/requirements.txt
	$(call install,cfn-lint and checkov)
define install
	@printf '\033[1m== installing %s into %s (once)\033[0m\n' '$(1)' '$(@D)'
	@rm -rf $(@D) && $${PYTHON:-python3} -m venv $(@D)
	@$(@D)/bin/pip install --quiet --disable-pip-version-check --no-input --only-binary :all: --require-hashes -r $<
	@touch $@
endef
