# The front door. CMake does the work: CMakePresets.json has the same for those who prefer `cmake --workflow`.

JOBS ?= $(shell nproc)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
MAKEFLAGS += --no-print-directory
ifdef VIB_DATA_DIR
override export VIB_DATA_DIR := $(abspath $(VIB_DATA_DIR))
endif

DATA ?= $(or $(VIB_DATA_DIR),data)/mnist
SOURCES = $(shell find vib apps tests -name '*.h' -o -name '*.cpp')
VIB = build/release/bin/vib

.PHONY: help setup setup-lint quickstart build test bench format lint asan clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18

setup: ## Install what is missing: Debian packages, and LibTorch into .venv
	@cmake/setup.sh

quickstart: build/release/build.ninja ## Set up, build, and train a first model
	cmake --build --preset release --parallel $(JOBS) --target vib_program
	$(VIB) train configs/quickstart.yaml

build: build/release/build.ninja ## Build the library, the program and the tests
	cmake --build --preset release --parallel $(JOBS)

test: build ## Run the tests (VIB_DATA_DIR=FOLDER adds those on real data)
	ctest --preset release --parallel $(JOBS)

bench: build ## Time an epoch beside PyTorch programs of the same recipe (DATA=FOLDER of MNIST's files)
	python3 tests/benchmark/bench.py --data $(DATA)

asan: build/asan/build.ninja ## Run the unit tests under the address and undefined behaviour sanitizers
	cmake --build --preset asan --parallel $(JOBS)
	ctest --preset asan --parallel $(JOBS)

format: setup-lint ## Format every source with clang-format
	clang-format -i $(SOURCES)

lint: setup-lint build/tidy/build.ninja ## Check the format, and the library and program with clang-tidy
	clang-format --dry-run --Werror $(SOURCES)
	cmake --build --preset tidy --parallel $(JOBS)

clean: ## Remove what was built (not .venv)
	rm -rf build

setup-lint:
	@cmake/setup.sh lint

# Ninja itself configures again when a CMakeLists.txt changes, but does not know of the presets.
build/%/build.ninja: CMakePresets.json | setup
	cmake --preset $*
