# From a fresh clone: `make demo` and `make test` set everything up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CLIENT_VERSION := 2.1.330
PYTEST := $(BIN)/python -m pytest

NATIVE := src/web4_governance/native
WARN := -std=c11 -Wall -Wextra -Werror -Wshadow -Wconversion

.PHONY: native native-check soak rivals demo test test-fast attacks check format e2e browser screenshots crash bench client coverage replay clean

# The environment: made once, and again when what it is made from changes.
$(VENV)/.ready: pyproject.toml requirements/constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("web4-governance needs Python 3.11 or newer; set PYTHON=") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c requirements/constraints.txt -e . -r requirements/dev.txt
	@touch $@

# Only what the program itself needs: the demo of a fresh clone waits for nothing else.
$(VENV)/.runs: pyproject.toml requirements/constraints.txt
	@test -f $(VENV)/.ready || { $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet -c requirements/constraints.txt -e . ; }
	@touch $@

demo: $(VENV)/.runs
	@$(BIN)/web4 demo

test: $(VENV)/.ready
	@if ! command -v npm >/dev/null 2>&1; then echo "npm is not here: the tests on the real client are skipped"; \
	  elif ! $(MAKE) --no-print-directory client; then echo "npm is here and could not install the client (above): the tests on it are skipped"; fi
	@command -v go >/dev/null 2>&1 && test -d /usr/share/gocode/src/golang.org/x/mod || \
	  echo "Go or its packages golang.org/x/mod (Debian: golang-go golang-golang-x-mod-dev) are not here: the tests that exchange notes and proofs with them are skipped"
	$(PYTEST) -q -n 3 --dist worksteal -m "not bench" --ignore=tests/e2e --ignore=tests/browser

# Every intent that the tests record, judged again by its recorded policy, deeds and facts: the recorded decision, or why not.
replay: $(VENV)/.ready
	@mkdir -p .cache && rm -f .cache/replayed
	WEB4_REPLAY=$(CURDIR)/.cache/replayed $(PYTEST) -q -n 2 --dist worksteal -m "not bench" --ignore=tests/e2e --ignore=tests/browser $(REPLAYED)
	@awk '{n[$$1] += $$2} END {for (word in n) print n[word], word}' .cache/replayed

# Every attack at every level, as it is measured now; also part of `make test`, which asks for each verdict exactly.
attacks: $(VENV)/.ready
	@$(BIN)/python tests/attacks/show.py

check: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.ready
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

coverage: $(VENV)/.ready
	$(BIN)/coverage erase
	$(PYTEST) -q -n 2 --dist worksteal -m "not bench" --ignore=tests/e2e --ignore=tests/browser --cov --cov-config=pyproject.toml --cov-report=
	$(BIN)/coverage report --include='*/web4_governance/core/*' --precision=1 --fail-under=99.5
	$(BIN)/coverage report --fail-under=95

# The real client, pinned. The platform package holds the native binary, which needs no Node to run.
client: .client/$(CLIENT_VERSION)
.client/$(CLIENT_VERSION):
	@mkdir -p .client
	npm install --prefix .client --no-audit --no-fund --ignore-scripts --silent \
	  "@anthropic-ai/claude-code-$$($(PYTHON) tests/support/client_platform.py)@$(CLIENT_VERSION)"
	@touch $@

# The native client, static where the platform allows; shipped in wheels for this platform when it is there.
native: $(NATIVE)/web4-client
# Best without a C library (bare.h), which takes longer to begin than the client takes for all that it does.
BARE := -DWEB4_BARE -static -no-pie -nostdlib -ffreestanding -fno-asynchronous-unwind-tables \
  -U_FORTIFY_SOURCE -fstack-protector-strong -mstack-protector-guard=global
$(NATIVE)/web4-client: $(NATIVE)/client.c $(NATIVE)/bare.h $(NATIVE)/frames.h $(NATIVE)/variables.h
	$(CC) $(WARN) -O2 $(BARE) -o $@ $(NATIVE)/client.c && { $@; test $$? = 2; } || \
	  $(CC) $(WARN) -O2 -static -o $@ $(NATIVE)/client.c || $(CC) $(WARN) -O2 -o $@ $(NATIVE)/client.c

# With sanitizers, and its reader of answers fed with bytes: by libFuzzer where clang is here, else by a generator of its own.
native-check:
	@mkdir -p .cache
	$(CC) $(WARN) -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -o .cache/web4-client.san $(NATIVE)/client.c
	@if command -v clang >/dev/null 2>&1; then \
	  clang $(WARN) -g -O1 -DWEB4_LIBFUZZER -fsanitize=fuzzer,address,undefined -o .cache/fuzz $(NATIVE)/fuzz.c && \
	  .cache/fuzz -max_len=64 -max_total_time=20 -artifact_prefix=.cache/; \
	else \
	  $(CC) $(WARN) -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -o .cache/fuzz $(NATIVE)/fuzz.c && .cache/fuzz 2000000; \
	fi

e2e: $(VENV)/.ready client
	WEB4_REQUIRE_CLIENT=1 $(PYTEST) -q -n 3 --dist worksteal tests/e2e

# The console in a real browser: Debian's chromium, or the one that WEB4_CHROMIUM names. Without one they are skipped.
browser: $(VENV)/.ready
	$(PYTEST) -q -n 3 --dist worksteal tests/browser

# The pictures of the documents, from the same pages that the tests look at.
screenshots: $(VENV)/.ready
	@mkdir -p docs/screenshots
	WEB4_REQUIRE_BROWSER=1 WEB4_SCREENSHOTS=$(CURDIR)/docs/screenshots $(PYTEST) -q -n 0 tests/browser/test_pages.py -k pictures

# The crash suite, longer than in `make test`: more ways for the power to go, every step full, eight writers killed for longer.
crash: $(VENV)/.ready
	WEB4_CRASH_LONG=1 $(PYTEST) -q -n 2 --dist worksteal --timeout=900 tests/crash

# Ten minutes of clients and gates being killed, versions replaced, policies changed; the suite has 30 s of it.
soak: $(VENV)/.ready
	WEB4_SOAK_S=600 $(PYTEST) -q -n 0 tests/daemon/test_soak.py

# The table of what it costs, kept in benchmarks/results.md; then what the parts of it cost. `make rivals` first, to stand beside others.
bench: $(VENV)/.ready
	$(BIN)/python benchmarks/table.py
	$(BIN)/python benchmarks/decide.py
	$(BIN)/python benchmarks/redact.py
	$(BIN)/python benchmarks/trust.py
	$(BIN)/python benchmarks/reading.py
	$(BIN)/python benchmarks/queries.py

# Other tools' hooks, each in a place of its own below .cache, for benchmarks/sidebyside.py alone.
rivals: $(VENV)/.ready
	$(BIN)/python -c 'import sys; sys.path.insert(0, "benchmarks"); import sidebyside; sidebyside.install()'

clean:
	rm -rf $(VENV) .client .cache .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
