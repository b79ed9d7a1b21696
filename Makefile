# The commands of this repository. `make` lists them.
.DEFAULT_GOAL := help
ARGS ?=

.PHONY: help run test pictures bench bench-keycloak outages lint queries queries-check release

help: ## Lists the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

run: ## Installs what is missing, builds, and starts everything to try it out (ARGS="--fresh": flags of `usher dev`)
	@scripts/setup-run.sh
	@cargo build -p usher
	@exec cargo run -q -p usher -- dev $(ARGS)

test: ## Installs what is missing, and runs all tests (ARGS="-p deposit": arguments of `cargo test`)
	@scripts/setup-test.sh
	@scripts/test.sh $(ARGS)

pictures: ## Takes the pictures of docs/WALKTHROUGH.md anew
	@scripts/setup-test.sh
	@scripts/pictures.sh

bench: ## Measures what one machine does (ARGS="--help": arguments of the benches)
	@scripts/setup-test.sh
	@scripts/bench.sh $(ARGS)

bench-keycloak: ## Measures provisioning through a real Keycloak
	@scripts/setup-test.sh
	@USHER_KEYCLOAK_HOME=$$(scripts/setup-keycloak.sh) scripts/bench.sh --keycloak 1000 $(ARGS)

outages: ## Two servers and a worker through outages, with what customers and lights see (ARGS="--list", ARGS="away-7 kill-a-8")
	@scripts/outages.sh $(ARGS)

lint: ## Formatting, clippy, features, licences, advisories, sources
	@scripts/lint.sh

release: ## Builds target/dist/usher, stripped, with its symbols beside it
	@scripts/release.sh

queries: ## Writes .sqlx, after a change of a query or a migration
	@scripts/prepare-queries.sh

queries-check: ## Says whether .sqlx is current
	@scripts/prepare-queries.sh --check
