# unc: everything the project can do. `make help` lists it.
# One flat Makefile: rooms by wildcard, generated files in build/gen, a folder a build.

BUILD   ?= release
WERROR  ?= $(CI)
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib
INCDIR  ?= $(PREFIX)/include
MANDIR  ?= $(PREFIX)/share/man
VERSION := 0.1.0
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(or $(JOBS),$(shell nproc 2>/dev/null || echo 1))
endif
ifeq ($(origin CC),default)
CC := gcc
endif
HOSTCC  ?= $(CC)
LEMON   ?= lemon
RE2C    ?= re2c
PROVE   ?= prove

opt_release := -O2 -g -DNDEBUG -fstack-protector-strong -D_FORTIFY_SOURCE=2
opt_debug   := -O0 -g3 -DUNC_CHECKS
opt_asan    := -O1 -g3 -DUNC_CHECKS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
opt_cover   := -O0 -g3 --coverage -fprofile-update=atomic
opt_fuzz    := -O1 -g -DUNC_CHECKS -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
ifndef opt_$(BUILD)
$(error BUILD=$(BUILD): expected release, debug, asan, cover or fuzz)
endif
B   := build/$(BUILD)
GEN := build/gen

# What this machine has: found, or installed, before anything else is made.
ifneq ($(filter-out help clean deps dist format format-check uninstall,$(or $(MAKECMDGOALS),all)),)
include build/config.mk
endif

WARN := -Wno-psabi -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
  -Wmissing-prototypes -Wold-style-definition -Wwrite-strings -Wpointer-arith -Wundef \
  -Wvla -Wformat=2 -Wdouble-promotion -Wimplicit-fallthrough -Wswitch-enum $(if $(WERROR),-Werror)
CPPFLAGS += -Iinterp -I$(GEN) -D_POSIX_C_SOURCE=200809L -DUNC_VERSION='"$(VERSION)"'
CFLAGS   := -std=c11 $(opt_$(BUILD)) -fno-common -ffp-contract=off -pthread $(EXTRA_CFLAGS)
LIBS     = $(BLAS_LIBS) $(FFI_LIBS) $(PICT_LIBS) $(FIT_LIBS) -ldl -lpthread -lm

# Kernels: no errno from libm, and -O3 where it is the release build.
fast := -fno-math-errno $(if $(filter release,$(BUILD)),-O3)
kernel_flags = $(if $(filter interp/ops/%,$<),-fno-math-errno) \
  $(if $(filter vector_% rng% tile.c %_base.c %_avx2.c %_avx512.c,$(notdir $<)),$(fast)) \
  $(if $(filter x86_64,$(MACHINE)),$(if $(filter %_avx2.c,$<),-mavx2 -mfma) \
    $(if $(filter %_avx512.c,$<),-mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl))
inc_interp/ops/blas.c = $(BLAS_INC)
inc_interp/ops/ffi.c  = $(FFI_INC)

ROOMS ?= base front check graph ops exec eval infer data plot api
SRC   := $(foreach r,$(ROOMS),$(sort $(wildcard interp/$(r)/*.c)))
GENC  := $(if $(and $(filter front,$(ROOMS)),$(wildcard grammar/tokens.re)),$(GEN)/syntax.c $(GEN)/tokens.c) \
         $(if $(filter eval,$(ROOMS)),$(GEN)/stdlib.c $(GEN)/shown.c)
OBJ   := $(SRC:%.c=$(B)/%.o) $(GENC:build/%.c=$(B)/%.o)
CLI   := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard interp/cli/*.c)))
WRONG := $(sort $(wildcard tests/bad/*.unc tests/bad/mended/*.unc))
WRONG_DATA := $(wildcard tests/bad/data/* tests/bad/mended/data/*)
UNC   := $(sort $(wildcard stdlib/*.unc stdlib/*/*.unc))

UNIT  := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/*.c tests/*.c)))
API   := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/api/*.c)))
FUZZ  := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(sort $(wildcard tests/fuzz/*.c)))
OURC  := $(sort $(wildcard interp/*.h interp/*/*.[ch] tests/*.[ch] tests/*/*.[ch]))
DEMO  := $(wildcard $(patsubst %,examples/%.unc,02_aleatoric bayesian_mcycle 07_dropout))
FOREIGN := $(patsubst examples/foreign/%.c,build/%.so,$(sort $(wildcard examples/foreign/*.c)))
TESTS ?= $(UNIT) $(API) $(sort $(wildcard tests/*.t))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all demo test asan asan-test debug fuzz bench attacks cover lint format-check format install \
  uninstall clean dist help deps FORCE

all: $(B)/unc $(B)/libunc.a $(if $(filter release,$(BUILD)),build/unc) $(FOREIGN)

build/unc: $(B)/unc
	@ln -sfn $(BUILD)/unc $@

help:
	@echo 'make                 build/unc and libunc.a (BUILD=release|debug|asan|cover|fuzz, WERROR=1)'
	@echo 'make demo            build, fit models to real data, draw pictures'
	@echo 'make test            every test; TESTS="tests/lang.t …" for some'
	@echo 'make asan            every test but the long fits under ASan and UBSan'
	@echo 'make fuzz            each fuzz target for FUZZ_SECONDS=10 (clang)'
	@echo 'make bench           the speed goals, beside PyTorch where it is installed'
	@echo 'make attacks         what attacks leave of a network, beside PyTorch'
	@echo 'make cover           line and branch coverage of the tests'
	@echo 'make lint            clang-tidy; format, format-check: clang-format'
	@echo 'make install         to PREFIX=$(PREFIX), under DESTDIR; uninstall'
	@echo 'make deps            install what the build needs; DEPS=dev: also what lint and fuzz need; JOBS=n'
	@echo 'make dist            a tarball with the generated files'
	@echo 'make clean           remove build/'
	@echo 'make compile_commands.json   for editors'

deps:
	@CC='$(CC)' sh interp/tools/deps.sh build/config.mk $(DEPS)

build/config.mk: interp/tools/deps.sh
	@CC='$(if $(filter clang%,$(CC)),gcc,$(CC))' sh $< $@

# ---- generated files
$(GEN)/syntax.h: $(GEN)/syntax.c ;
$(GEN)/syntax.c: grammar/syntax.y
	@mkdir -p $(@D)
	$(LEMON) -l -q -d$(GEN) $<
$(GEN)/tokens.c: grammar/tokens.re $(GEN)/syntax.h
	$(RE2C) -W -Werror --utf8 -i --no-generation-date --no-version -o $@ $<
build/host/embed: interp/tools/embed.c
	@mkdir -p $(@D)
	$(HOSTCC) -std=c11 -O1 -Wall -Wextra -o $@ $<
$(GEN)/stdlib.c: build/host/embed $(UNC) $(GEN)/stdlib.list
	@build/host/embed $(UNC) > $@.tmp && mv $@.tmp $@
build/host/shown: interp/tools/shown.c
	@mkdir -p $(@D)
	$(HOSTCC) -std=c11 -O1 -Wall -Wextra -o $@ $<
$(GEN)/shown.c: build/host/shown $(WRONG) $(WRONG_DATA)
	@build/host/shown $(filter-out tests/bad/mended/%,$(WRONG)) > $@.tmp && mv $@.tmp $@
$(GEN)/stdlib.list: FORCE
	@mkdir -p $(@D); echo '$(UNC)' | cmp -s - $@ || echo '$(UNC)' > $@

# ---- objects; flags: rewritten only when compiler or flags differ
$(B)/flags: FORCE
	@mkdir -p $(@D); echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(WARN)' | cmp -s - $@ || echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(WARN)' > $@
$(B)/objects: FORCE
	@mkdir -p $(@D); echo '$(OBJ)' | cmp -s - $@ || echo '$(OBJ)' > $@

# Short lines; V=1 shows whole commands.
Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1)	$@')
compile = $(CC) $(CPPFLAGS) $(inc_$<) $(CFLAGS) $(kernel_flags)
$(B)/interp/cli/%.o: interp/cli/%.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(EDIT_INC) $(CFLAGS) $(WARN) -MMD -MP -c -o $@ $<
$(B)/interp/%.o: interp/%.c $(B)/flags | $(if $(filter front,$(ROOMS)),$(filter %tokens.c,$(GENC)))
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(compile) $(WARN) -fvisibility=hidden -MMD -MP -c -o $@ $<
$(B)/gen/%.o: $(GEN)/%.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(compile) -w -fvisibility=hidden -MMD -MP -c -o $@ $<

# The library shows unc_* and nothing else; internal.a is for the tests of the rooms.
$(B)/libunc.a: $(OBJ) $(B)/objects
	@rm -f $@
	$(call say,LIB)
	$(Q)ld -r -o $(B)/unc.o $(OBJ) && objcopy --localize-hidden $(B)/unc.o && ar rcsD $@ $(B)/unc.o
$(B)/internal.a: $(OBJ) $(B)/objects
	@rm -f $@
	@ar rcsD $@ $(OBJ)
$(B)/unc: $(CLI) $(B)/libunc.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LIBS) $(EDIT_LIBS)

# Libraries that examples call.
build/%.so: examples/foreign/%.c
	@mkdir -p $(@D)
	$(call say,LIB)
	$(Q)$(HOSTCC) -std=c11 -O2 -Wall -Wextra -fPIC -shared -o $@ $< -lm

# ---- tests
$(UNIT): $(B)/tests/%: tests/%.c $(B)/internal.a
	@mkdir -p $(@D)
	$(call say,TEST)
	$(Q)$(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(WARN) -MMD -MP -MF $@.d -o $@ $< $(B)/internal.a $(LIBS)
$(API): $(B)/tests/%: tests/%.c $(B)/libunc.a
	@mkdir -p $(@D)
	$(call say,TEST)
	$(Q)$(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(WARN) -MMD -MP -MF $@.d -o $@ $< $(B)/libunc.a $(LIBS)

test: all $(filter $(B)/%,$(TESTS))
	@BUILD='$(BUILD)' BUILD_DIR='$(B)' UNC='$(B)/unc' $(PROVE) -j2 --timer $(TESTS)

asan-test: asan
asan:
	UNC_QUICK=1 $(MAKE) BUILD=asan test
debug:
	$(MAKE) BUILD=debug all

demo: all
	@touch build/demo
	@for f in $(DEMO); do echo "== $$f"; build/unc $$f || exit 1; done
	@find . -maxdepth 1 -name '*.svg' -newer build/demo | sed 's/^\.\//picture: /'

bench: all
	@UNC=build/unc perl tests/bench/bench.pl
attacks: all
	@UNC=build/unc perl tests/bench/attacks.pl

fuzz:
	$(MAKE) CC=clang BUILD=fuzz fuzz-run
fuzz-run: $(FUZZ)
	@for f in $(FUZZ); do echo "== $$f"; mkdir -p $$f.corpus; \
	  LSAN_OPTIONS=suppressions=tests/fuzz/leaks.supp $$f -max_total_time=$(or $(FUZZ_SECONDS),10) -max_len=4096 -timeout=10 -print_final_stats=0 \
	    -verbosity=0 -print_funcs=0 -artifact_prefix=$$f. $$f.corpus $(wildcard tests/lang tests/bad) || exit 1; done
build/fuzz/%: tests/fuzz/%.c $(B)/internal.a
	$(call say,FUZZ)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fsanitize=fuzzer -o $@ $< $(B)/internal.a $(LIBS)

cover:
	@find build/cover -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) BUILD=cover test; status=$$?; perl tests/cover.pl build/cover && exit $$status

# ---- style
lint: compile_commands.json
	@clang-tidy --quiet -p . $(filter-out %.h,$(filter interp/%,$(OURC)))
format:
	@clang-format -i $(OURC)
format-check:
	@clang-format --dry-run -Werror $(OURC)
compile_commands.json: FORCE
	@{ echo '['; for f in $(SRC) $(wildcard interp/cli/*.c); do \
	  echo "{\"directory\": \"$(CURDIR)\", \"file\": \"$$f\", \"command\": \"$(CC) $(subst ",\\\",$(CPPFLAGS)) $(BLAS_INC) $(EDIT_INC) $(CFLAGS) $(WARN) -c $$f\"},"; \
	  done | sed '$$s/,$$//'; echo ']'; } > $@

# ---- to others
install: all
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(LIBDIR)/pkgconfig $(INCDIR) $(MANDIR)/man1 $(MANDIR)/man3 $(MANDIR)/man7)
	install -m 755 $(B)/unc $(DESTDIR)$(BINDIR)/unc
	install -m 644 $(B)/libunc.a $(DESTDIR)$(LIBDIR)/libunc.a
	install -m 644 interp/unc.h $(DESTDIR)$(INCDIR)/unc.h
	install -m 644 man/unc.1 $(DESTDIR)$(MANDIR)/man1/unc.1
	install -m 644 man/libunc.3 $(DESTDIR)$(MANDIR)/man3/libunc.3
	install -m 644 man/unc.7 $(DESTDIR)$(MANDIR)/man7/unc.7
	printf 'Name: unc\nDescription: a small language for uncertainty in deep learning\nVersion: %s\nCflags: -I%s\nLibs: -L%s -lunc\nLibs.private: %s\n' \
	  '$(VERSION)' '$(INCDIR)' '$(LIBDIR)' '$(strip $(LIBS))' > $(DESTDIR)$(LIBDIR)/pkgconfig/unc.pc
uninstall:
	rm -f $(addprefix $(DESTDIR),$(BINDIR)/unc $(LIBDIR)/libunc.a $(LIBDIR)/pkgconfig/unc.pc \
	  $(INCDIR)/unc.h $(MANDIR)/man1/unc.1 $(MANDIR)/man3/libunc.3 $(MANDIR)/man7/unc.7)
dist: $(GENC)
	git archive --prefix=unc-$(VERSION)/ -o build/unc-$(VERSION).tar HEAD
	tar -rf build/unc-$(VERSION).tar --transform 's,^,unc-$(VERSION)/,' $(GENC) $(GEN)/syntax.h
	gzip -nf build/unc-$(VERSION).tar && echo build/unc-$(VERSION).tar.gz
clean:
	rm -rf build compile_commands.json

-include $(OBJ:.o=.d) $(CLI:.o=.d) $(addsuffix .d,$(UNIT) $(API))
