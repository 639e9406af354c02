# `make run` and `make test` are all that a newcomer needs; both set everything up first.
.DEFAULT_GOAL := help
.PHONY: help setup setup-test setup-bench setup-hardware run view test lint bench test-slow soak demo-media hardware-full lock clean
BIN := .venv/bin

help: ## list every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## set up: system packages, .venv, compiled kernels
	@steadyhand/setup.sh run

setup-test: ## set up, and what the gate needs
	@steadyhand/setup.sh test

setup-bench: ## set up, and the peers that benchmarks measure against
	@steadyhand/setup.sh bench

setup-hardware: ## set up, and what runs the firmware on every target
	@steadyhand/setup.sh hardware

run: setup ## the main job: a trembling hand drives a surgical arm through the needle reach
	@$(BIN)/steadyhand console --detach || true
	@$(BIN)/steadyhand run needle_reach $(ARGS)

view: setup ## look at a running session from another terminal
	@$(BIN)/steadyhand view $(ARGS)

test: setup-test lint ## the whole gate: lint, types, imports, tests
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: setup-test ## ruff, mypy and import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: setup-bench ## side by side with peers, as ratios
	$(BIN)/python -m benchmarks $(ARGS)

test-slow: setup-test ## the tests that are too slow for the gate
	$(BIN)/python -m pytest -n 2 --dist loadfile -m slow $(ARGS)

soak: setup-test ## random episodes of all lessons: nothing may leave the world (ARGS="--episodes 10000")
	$(BIN)/python -m benchmarks.soak $(ARGS)

demo-media: setup-test ## a film of a lesson and one of an exercise, and the pictures of the docs (ARGS=--docs), in media/
	$(BIN)/python -m benchmarks.media $(ARGS)

hardware-full: setup-hardware ## firmware on every target, QEMU too: tests, every fault, fuzzing, unplugging, rates
	$(BIN)/python -m pytest -n 2 --dist loadfile -m 'slow or not slow' tests/hardware tests/steadyhand/test_board_in_loop.py \
	  tests/steadyhand/test_doctor_board.py tests/steadyhand/test_fault_matrix.py \
	  tests/steadyhand/test_hardware_command.py tests/steadyhand/test_hardware_faults.py tests/steadyhand/test_shadow.py \
	  tests/steadyhand/test_servos_in_run.py tests/control/test_device_faults.py
	$(BIN)/python -m benchmarks.fault_matrix $(ARGS)
	$(BIN)/python -m benchmarks.fuzz_decoders
	$(BIN)/python -m benchmarks.dynamixel_codec
	$(BIN)/python -m benchmarks.unplugged
	$(BIN)/python -m benchmarks.board_rate

lock: setup-bench ## pin what is installed for this Python
	$(BIN)/python -m pip freeze --exclude-editable > requirements-$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])').txt

clean: ## remove .venv and everything that was made
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
