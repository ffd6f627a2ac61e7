# tritc: a static-graph compiler for ternary language models. `make help` lists what there is.

# == settings ==
MODEL   = models/shakespeare.gguf
TARGET  = native
PROMPT  = ROMEO:
FLAGS   =
PREFIX  = /usr/local
DESTDIR =
JOBS    = $(shell nproc)
# == end of settings ==

TRITC   = gen/tritc
SUDO    = $(shell [ "$$(id -u)" = 0 ] || command -v sudo)
INSTALL = DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq
LIB     = $(DESTDIR)$(PREFIX)/share/tritc
MAN     = $(DESTDIR)$(PREFIX)/share/man/man1
BASH    = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
MANUAL  = lua5.4 -e 'package.path = "./?.lua"; io.write(require("gen.manual")

.PHONY: help demo build bench test test-full test-targets
.PHONY: deps deps-build deps-test deps-arm deps-lint lint unicode errors-doc formats-doc man install uninstall clean
.DELETE_ON_ERROR:

help:
	@echo "make demo       compile the bundled model for this CPU and let it write"
	@echo "make test       all tests, a bounded selection (installs what it needs)"
	@echo "make test-full  every test in full length"
	@echo "make test-targets  the demo model for every target on every CPU that qemu knows, as a table"
	@echo "make build      compile MODEL=file.gguf for TARGET=name (FLAGS= for more, see $(TRITC) build --help)"
	@echo "make bench      build and measure MODEL"
	@echo "make deps       install what building, testing and linting need"
	@echo "make lint       luacheck and the house rules"
	@echo "make man        write the manual page out/tritc.1"
	@echo "make install    to PREFIX=$(PREFIX); make uninstall removes it"
	@echo "make clean      remove everything generated"

demo: deps-build
	@$(TRITC) build $(MODEL) --target $(TARGET) -o out/demo $(FLAGS)
	@printf "%s" "$(PROMPT)"; out/demo/$(basename $(notdir $(MODEL))) run "$(PROMPT)" -n 220

build: deps-build
	@$(TRITC) build $(MODEL) --target $(TARGET) $(FLAGS)

bench: deps-build
	@$(TRITC) build $(MODEL) --target $(TARGET) -o out/bench $(FLAGS)
	@out/bench/$(basename $(notdir $(MODEL))) bench

# The tests compile the same files of the runtime again and again: ccache, where it is, keeps the objects of a run, and gcc
# finds the headers of intrinsics compiled. The longest tests come first, so that none is left alone at the end.
HEADERS = $(CURDIR)/out/test/headers
LONG    = $(patsubst %,tests/%.t,kernels bits format_models sanitize screen reading formats boards weights text)
TESTS   = $(LONG) $(filter-out $(LONG),$(wildcard tests/*.t))
CACHED  = PATH=/usr/lib/ccache:$$PATH CCACHE_DIR=$(CURDIR)/out/test/ccache CPATH=$(HEADERS) CCACHE_DEPEND=1

test: deps-test
	@lua5.4 tests/headers.lua "$(HEADERS)"
	@$(CACHED) prove -j$(JOBS) $(TESTS)

test-full: deps-test
	@lua5.4 tests/headers.lua "$(HEADERS)"
	@$(CACHED) TEST_FULL=1 prove -j$(JOBS) $(TESTS)

test-targets: deps-test
	@lua5.4 tests/matrix.lua

# $(call need,what to look for,package,why): installs a Debian package only when it is missing, and says so.
define need
@[ -e "$(1)" ] || command -v "$(1)" >/dev/null 2>&1 || { echo "$(2) is missing: $(3)"; \
	command -v apt-get >/dev/null 2>&1 || { echo "this is no Debian: please install it, then try again"; exit 1; }; \
	echo "installing $(2)"; $(INSTALL) $(2) >/dev/null || { $(SUDO) apt-get update -qq && $(INSTALL) $(2) >/dev/null; } || \
	{ echo "$(2) could not be installed: please do it as root, then try again"; exit 1; }; }
endef

deps: deps-test deps-lint

deps-build:
	$(call need,lua5.4,lua5.4,the compiler is written in Lua)
	$(call need,cc,gcc,compiles the generated C)

deps-test: deps-build deps-arm
	$(call need,prove,perl,runs the tests)
	$(call need,ccache,ccache,compiles what is compiled twice only once)
	$(call need,riscv64-linux-gnu-gcc,gcc-riscv64-linux-gnu,cross-compiles for the target riscv64)
	$(call need,/usr/riscv64-linux-gnu/lib/libc.so.6,libc6-dev-riscv64-cross,its C library)
	$(call need,qemu-aarch64,qemu-user,runs programs of other machines here)
	$(call need,clang,clang,compiles for the target wasm32)
	$(call need,wasm-ld,lld,links for it)
	$(call need,/usr/include/wasm32-wasi,wasi-libc,its C library)
	$(call need,/usr/share/doc/libclang-rt-dev-wasm32,libclang-rt-dev-wasm32,what its compiler calls)
	$(call need,node,nodejs,runs its programs)
	$(call need,chromium,chromium,shows report.html)

deps-arm:
	$(call need,aarch64-linux-gnu-gcc,gcc-aarch64-linux-gnu,cross-compiles for the targets armv8)
	$(call need,/usr/aarch64-linux-gnu/lib/libc.so.6,libc6-dev-arm64-cross,their C library)
	$(call need,arm-linux-gnueabihf-gcc,gcc-arm-linux-gnueabihf,cross-compiles for the target armv7-neon)
	$(call need,/usr/arm-linux-gnueabihf/lib/libc.so.6,libc6-dev-armhf-cross,its C library)

deps-lint:
	$(call need,luacheck,lua-check,checks the Lua code)
	$(call need,clang-format,clang-format,checks the emitted C)
	$(call need,/usr/share/unicode/UnicodeData.txt,unicode-data,the source of runtime/unicode_tab.h)

lint: deps-lint
	@tests/lint.sh

unicode: deps-lint
	@lua5.4 gen/unicode.lua /usr/share/unicode runtime/unicode_tab.h

errors-doc: deps-build
	@lua5.4 -e 'package.path = "./?.lua"; io.write((require("gen.errors_doc")))' >docs/ERRORS.md

formats-doc: deps-build
	@lua5.4 -e 'package.path = "./?.lua"; io.write((require("gen.formats_doc")))' >docs/FORMATS.md

man: deps-build
	@$(MANUAL).page())' >out/tritc.1

install: deps-build
	@mkdir -p $(LIB) $(MAN) $(BASH) $(DESTDIR)$(PREFIX)/bin
	@cp -R gen templates runtime targets models $(LIB)
	@printf '#!/bin/sh\nexec "%s/share/tritc/gen/tritc" "$$@"\n' "$(PREFIX)" >$(DESTDIR)$(PREFIX)/bin/tritc
	@chmod 755 $(DESTDIR)$(PREFIX)/bin/tritc
	@$(MANUAL).page())' >$(MAN)/tritc.1
	@$(MANUAL).completion())' >$(BASH)/tritc

uninstall:
	@rm -rf $(LIB) $(DESTDIR)$(PREFIX)/bin/tritc $(MAN)/tritc.1 $(BASH)/tritc

clean:
	@rm -rf out/*/
