# The front doors of weft. Each first installs the Debian packages that are missing (tools/setup), which
# does nothing, and needs no root, when all are there.

.PHONY: help setup demo test bench fuzz format

help:
	@echo "make demo            a first look: programs that show what weft does"
	@echo "make test            all tests, with every compiler and sanitizer   (STAGES='gcc cmake': some)"
	@echo "make bench           all benches, against the peers                 (FILTER=net: some)"
	@echo "make fuzz            throws made-up input at the parsers            (FUZZ_SECONDS=60: for how long)"
	@echo "make format          formats all sources"
	@echo "make setup           installs the packages that are missing; all of the above begin with it"

setup:
	@tools/setup

demo: setup
	@tools/demo

test: setup
	@tools/run_tests $(STAGES)

bench: setup
	@bench/run $(FILTER)

fuzz: setup
	@tools/fuzz

format: setup
	@tools/source_files | xargs clang-format -i
