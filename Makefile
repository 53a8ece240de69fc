# The front door. CMake does the work: CMakePresets.json has the same for those who prefer `cmake --workflow`.

JOBS ?= $(shell nproc)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
MAKEFLAGS += --no-print-directory
ifdef VIB_DATA_DIR
override export VIB_DATA_DIR := $(abspath $(VIB_DATA_DIR))
endif

PREFIX ?= /usr/local
DATA ?= $(or $(VIB_DATA_DIR),data)/mnist
SOURCES = $(shell find vib apps tests -name '*.h' -o -name '*.cpp')
VIB = build/release/bin/vib
KILLS ?= 1000
SEED ?= 0

.PHONY: help setup setup-test setup-docs setup-lint quickstart build test torture fuzz test-slow cuda bench bench-imdb docs install package format lint asan tsan clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18

setup: ## Install what is missing: Debian packages, and LibTorch into .venv
	@cmake/setup.sh

quickstart: build/release/build.ninja ## Set up, build, train a first model and sweep beta
	cmake --build --preset release --parallel $(JOBS) --target vib_program
	$(VIB) train configs/quickstart.yaml
	$(VIB) sweep configs/digits_sweep.yaml --out runs/quickstart_sweep

build: build/release/build.ninja ## Build the library, the program and the tests
	cmake --build --preset release --parallel $(JOBS)

test: setup-test build ## Run the tests (VIB_DATA_DIR=FOLDER adds those on real data)
	ctest --preset release --parallel $(JOBS)

torture: setup-test build ## Kill the program and fail its disk KILLS times; it ends with the same bits (SEED=1 for others)
	VIB=$(VIB) python3 tests/torture/torture.py build/release/bin/torture_shim.so --kills $(KILLS) --seed $(SEED) --jobs $(JOBS)

test-slow: setup-test build ## Run the tests that are too slow for every day
	ctest --preset slow

bench: build ## Time an epoch beside PyTorch programs of the same recipe (DATA=FOLDER of MNIST's files)
	cmake --build --preset release --parallel $(JOBS) --target bench_serve
	python3 tests/benchmark/bench.py --data $(DATA)
	python3 tests/benchmark/bench_serve.py --data $(DATA)

bench-imdb: build ## Time an epoch of the text network beside PyTorch (DATA=FOLDER of aclImdb_v1.tar.gz)
	python3 tests/benchmark/bench_imdb.py --data $(DATA)

cuda: build/cuda/build.ninja ## Build against a CUDA LibTorch, in .venv-cuda (needs nvcc, and no GPU)
	cmake --build --preset cuda --parallel $(JOBS)

asan: build/asan/build.ninja ## Run the unit tests under the address and undefined behaviour sanitizers
	cmake --build --preset asan --parallel $(JOBS)
	ctest --preset asan --parallel $(JOBS)

fuzz: setup-fuzz build/fuzz/build.ninja ## Look for inputs that the readers cannot take, SECONDS=60 for each of READERS
	cmake --build --preset fuzz --parallel $(JOBS)
	tests/fuzz/fuzz.sh $(or $(SECONDS),60) $(READERS)

tsan: build/tsan/build.ninja ## Run the tests of what works in several threads under the thread sanitizer
	cmake --build --preset tsan --parallel $(JOBS)
	ctest --preset tsan --parallel $(JOBS)

docs: setup-docs ## Make the reference of the public headers with Doxygen, in build/docs
	tests/consumer/reference_test.sh build/docs

install: build/release/build.ninja ## Install the library and the program into PREFIX (default /usr/local)
	cmake --build --preset release --parallel $(JOBS) --target vib_static vib_shared vib_program
	cmake --install build/release --prefix "$(PREFIX)"

package: build ## Make a .deb and a .tar.gz in build/package
	cd build/release && cpack -B "$(CURDIR)/build/package"

format: setup-lint ## Format every source with clang-format
	clang-format -i $(SOURCES)

lint: setup-lint build/tidy/build.ninja ## Check the format, and the library and program with clang-tidy
	clang-format --dry-run --Werror $(SOURCES)
	cmake --build --preset tidy --parallel $(JOBS)

clean: ## Remove what was built (not .venv)
	rm -rf build

build/cuda/build.ninja: CMakePresets.json
	VIB_VENV=.venv-cuda VIB_TORCH=cuda cmake/setup.sh
	cmake --preset cuda

setup-test:
	@cmake/setup.sh test

setup-fuzz:
	@cmake/setup.sh fuzz

setup-docs:
	@cmake/setup.sh docs

setup-lint:
	@cmake/setup.sh lint

# Ninja itself configures again when a CMakeLists.txt changes, but does not know of the presets.
build/%/build.ninja: CMakePresets.json | setup
	cmake --preset $*
