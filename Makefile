# SPDX-License-Identifier: BSD-3-Clause
#
# One makefile for the whole tree. Output goes to $(BUILDDIR)/$(BUILD)/, build/release/ unless said
# otherwise, and nowhere else.
#
#   make                       build the three programs         (V=1 shows the commands)
#   make check                 install, build, run every test; ends with one line of totals
#   make demo                  install, build, the whole way in network namespaces (KEEP=1 leaves it up)
#   make unit | e2e | service | interop  one layer of the tests
#   make fuzz T=ike_message    one libFuzzer target for SECONDS=60
#   make soak T=kill           one of the long runs of tests/soak, with ARGS=
#   make bench | bench-quick   measurements, under 15 and 2 minutes; want root and a quiet machine, no part of check
#   make bench-pktgen          two engines between generators: load, loss, latency; root, hugepages
#   make man                   the manual pages, out of the tables of commands and options
#   make install DESTDIR= PREFIX=/usr
#
# A component is a folder: its *.c files become build/$(BUILD)/lib/libNAME.a, so a new file needs no
# line here. Tests link the archives of their component, and of an archive only what they use.

BUILD ?= release
V ?= 0
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
SECONDS ?= 60
WERROR ?= -Werror

ifeq ($(filter $(BUILD),release debug asan tsan),)
$(error BUILD is one of release, debug, asan, tsan)
endif

BUILDDIR ?= build
O := $(BUILDDIR)/$(BUILD)
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# ---- flags -----------------------------------------------------------------------------------------

# gcc 12 takes the branch behind a cursor's own bound check for a write out of bounds: those two warnings
# are left to the sanitizers.
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
	-Wwrite-strings -Wundef -Wno-unused-parameter -Wno-array-bounds -Wno-stringop-overflow $(WERROR)
OPT_release := -O2 -D_FORTIFY_SOURCE=2
OPT_debug := -Og
OPT_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# The slots use fences, which the thread sanitizer does not model; every word is an atomic besides.
# DPDK's rings order memory by compiler barriers unless told to by C11 atomics, which it does model.
OPT_tsan := -O1 -fsanitize=thread -fno-omit-frame-pointer -Wno-tsan -DRTE_USE_C11_MEM_MODEL

CFLAGS_ALL := -std=gnu11 -g -D_GNU_SOURCE -I. -pipe -fPIE -fstack-protector-strong $(WARN) \
	$(OPT_$(BUILD)) $(CFLAGS)
LDFLAGS_ALL := -pie -Wl,-z,relro,-z,now -Wl,--as-needed \
	$(filter -fsanitize=%,$(OPT_$(BUILD))) $(LDFLAGS)

# Evaluated on first use, after the packages are there.
pkg = $(shell pkg-config --$(1) $(2))
DPDK_CFLAGS = $(eval DPDK_CFLAGS := $$(call pkg,cflags,libdpdk) -march=x86-64-v2)$(DPDK_CFLAGS)
DPDK_LIBS = $(eval DPDK_LIBS := $$(call pkg,libs,libdpdk))$(DPDK_LIBS)

# ---- components: folder, flags, libraries ----------------------------------------------------------

COMPONENTS := common crypto pkt dataplane ike bgp http json aws config sys log service metrics console control

DIR_common := common
DIR_crypto := crypto
DIR_pkt := dataplane/pkt
DIR_dataplane := dataplane
DIR_ike := control/ike
DIR_bgp := control/bgp
DIR_http := control/http
DIR_json := control/json
DIR_aws := control/aws
DIR_config := control/config
DIR_sys := control/sys
DIR_service := control/service
DIR_log := control/log
DIR_metrics := control/metrics
DIR_console := control/console
DIR_control := control

CFLAGS_crypto := -O3 -march=x86-64-v2 -maes
CFLAGS_pkt := -O3 -march=x86-64-v2
CFLAGS_dataplane = $(DPDK_CFLAGS)

MBEDTLS := -lmbedtls -lmbedx509 -lmbedcrypto
SYSLIBS_crypto := -lIPSec_MB
SYSLIBS_dataplane = $(DPDK_LIBS)
SYSLIBS_ike := -lmbedcrypto
SYSLIBS_http := -lhttp_parser $(MBEDTLS)
SYSLIBS_json := -ljansson
SYSLIBS_aws := -lexpat -ljansson -lmbedcrypto
SYSLIBS_sys := -luv -lmnl -lmbedcrypto
SYSLIBS_service := -lnftables -lnetfilter_conntrack -luv
SYSLIBS_metrics := -lmicrohttpd -luv
SYSLIBS_console := -ljansson -luv -ledit -lcrypt

# Programs: the file with main(), the archives, in link order.
MAIN_cgw-dataplane := dataplane/main.c
LIBS_cgw-dataplane := dataplane crypto pkt common
MAIN_cgw-control := control/main.c
LIBS_cgw-control := control console metrics log service config aws json http ike bgp sys common
MAIN_cgw-lease := control/service/lease_hook.c
LIBS_cgw-lease := common
MAIN_cgw-ntpdate := control/service/ntpdate.c
LIBS_cgw-ntpdate := service common
MAIN_cgw := control/console/cgw.c
PROGRAMS := $(foreach p,cgw-dataplane cgw-control cgw-lease cgw-ntpdate cgw,$(if $(wildcard $(MAIN_$(p))),$(p)))
LIBS_cgw := console json common
PROGLIBS_cgw := -ledit -ljansson
PROGLIBS_cgw-dataplane := -lpthread
PROGLIBS_cgw-control := -lpthread

# What a test of a component links besides the component itself.
NEEDS_common :=
NEEDS_crypto := pkt common
NEEDS_pkt := common
NEEDS_dataplane := crypto pkt common
NEEDS_ike := common
NEEDS_bgp := common
NEEDS_http := common
NEEDS_json := common
NEEDS_aws := json common
NEEDS_config := common
NEEDS_sys := common
NEEDS_service := config sys common
NEEDS_log := common
NEEDS_metrics := log service config sys common
NEEDS_console := service log config json sys common
NEEDS_control := console metrics log service config aws json http ike bgp sys common

MAINS := $(foreach p,$(PROGRAMS),$(MAIN_$(p)))
obj = $(patsubst %.c,$(O)/obj/%.o,$(1))
# Files of a component; those of MAINS carry a main() and stay out of the archive.
srcs = $(sort $(filter-out $(MAINS),$(wildcard $(DIR_$(1))/*.c)))

all: $(PROGRAMS:%=$(O)/%)

# ---- rules -----------------------------------------------------------------------------------------

define component
$(call obj,$(wildcard $(DIR_$(1))/*.c)): COMPONENT_FLAGS = $$(CFLAGS_$(1))
$(O)/lib/lib$(1).a: $(call obj,$(call srcs,$(1))) $(O)/lib/$(1).list
# Which files the archive is of: it is made anew when one came or went.
$(O)/lib/$(1).list: FORCE
	@mkdir -p $$(@D); echo '$(call srcs,$(1))' | cmp -s - $$@ || echo '$(call srcs,$(1))' >$$@
endef
$(foreach c,$(COMPONENTS),$(eval $(call component,$(c))))

$(O)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) $(COMPONENT_FLAGS) -MMD -MP -c -o $@ $<

$(O)/lib/%.a:
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

archives = $(foreach c,$(1),$(O)/lib/lib$(c).a)
syslibs = $(foreach c,$(1),$(SYSLIBS_$(c)))

define program
$(O)/$(1): $(call obj,$(MAIN_$(1))) $(call archives,$(LIBS_$(1)))
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(LDFLAGS_ALL) -o $$@ $(call obj,$(MAIN_$(1))) -Wl,--start-group \
		$(call archives,$(LIBS_$(1))) -Wl,--end-group $$(call syslibs,$(LIBS_$(1))) $(PROGLIBS_$(1))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# ---- manual pages, out of the tables of commands and options ---------------------------------------

MAN_SOURCES := $(sort $(wildcard docs/man/*.c))
$(O)/docs/man/man: $(call obj,$(MAN_SOURCES)) $(call archives,control console dataplane config common)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(call obj,$(MAN_SOURCES)) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
		$(SYSLIBS_config)

# Their date is that of the revision.
$(O)/man/man7/cgw-commands.7: $(O)/docs/man/man
	$(call say,MAN,$(@D:%/man7=%))
	$(Q)$< $(@D:%/man7=%) $${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || date +%s)}

man: $(O)/man/man7/cgw-commands.7

# ---- unit and simulation tests: tests/unit/COMPONENT/test_*.c, tests/sim/test_*.c -------------------

# $(1) source, $(2) components
define ctest
$(O)/$(basename $(1)): $(call obj,$(1)) $(call archives,$(2))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(LDFLAGS_ALL) -o $$@ $(call obj,$(1)) -Wl,--start-group $(call archives,$(2)) \
		-Wl,--end-group -lcmocka $$(call syslibs,$(2)) $$(PROGLIBS_cgw) -lpthread
$(call obj,$(1)): COMPONENT_FLAGS = $$(foreach c,$(firstword $(2)),$$(CFLAGS_$$(c)))
TESTS += $(O)/$(basename $(1))
endef

UNIT_SOURCES := $(foreach c,$(COMPONENTS),$(wildcard tests/unit/$(c)/test_*.c))
SIM_SOURCES := $(wildcard tests/sim/test_*.c)
TESTS :=
$(foreach c,$(COMPONENTS),$(foreach s,$(wildcard tests/unit/$(c)/test_*.c),\
	$(eval $(call ctest,$(s),$(c) $(NEEDS_$(c))))))
$(foreach s,$(SIM_SOURCES),$(eval $(call ctest,$(s),ike bgp common)))

# ---- fuzz targets: tests/fuzz/fuzz_COMPONENT_WHAT.c -------------------------------------------------

FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ_SOURCES))
fuzzcomp = $(firstword $(subst _, ,$(1)))

# Replay of the committed corpus, with the ordinary compiler and sanitizers.
define fuzzreplay
$(O)/tests/fuzz/replay_$(1): $(call obj,tests/fuzz/fuzz_$(1).c tests/lib/replay.c) \
		$(call archives,$(call fuzzcomp,$(1)) $(NEEDS_$(call fuzzcomp,$(1))))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(LDFLAGS_ALL) -o $$@ $(call obj,tests/fuzz/fuzz_$(1).c tests/lib/replay.c) \
		-Wl,--start-group $(call archives,$(call fuzzcomp,$(1)) $(NEEDS_$(call fuzzcomp,$(1)))) \
		-Wl,--end-group $$(call syslibs,$(call fuzzcomp,$(1)) $(NEEDS_$(call fuzzcomp,$(1)))) -lpthread
$(call obj,tests/fuzz/fuzz_$(1).c): COMPONENT_FLAGS = $$(CFLAGS_$(call fuzzcomp,$(1)))
REPLAYS += $(O)/tests/fuzz/replay_$(1)

$(BUILDDIR)/fuzz/$(1): tests/fuzz/fuzz_$(1).c $(wildcard tests/fuzz/*.h tests/unit/dataplane/*.h) \
		$(foreach c,$(call fuzzcomp,$(1)) $(NEEDS_$(call fuzzcomp,$(1))),$(call srcs,$(c)) \
		$(wildcard $(DIR_$(c))/*.h))
	@mkdir -p $$(@D)
	$$(call say,FUZZ,$$@)
	$$(Q)clang -std=gnu11 -g -D_GNU_SOURCE -I. -fsanitize=fuzzer,address,undefined \
		-Wno-gnu-variable-sized-type-not-at-end $$(foreach c,$(call fuzzcomp,$(1)) \
		$(NEEDS_$(call fuzzcomp,$(1))),$$(CFLAGS_$$(c))) -O1 -o $$@ $$(filter %.c,$$^) \
		$$(call syslibs,$(call fuzzcomp,$(1)) $(NEEDS_$(call fuzzcomp,$(1)))) -lpthread
endef
REPLAYS :=
$(foreach n,$(FUZZ_NAMES),$(eval $(call fuzzreplay,$(n))))

fuzz:
	$(Q)case ' $(FUZZ_NAMES) ' in *' $(or $(T),-) '*) ;; *) \
		echo "make fuzz T=NAME SECONDS=60, NAME one of: $(FUZZ_NAMES)" >&2; exit 1 ;; esac
	$(Q)scripts/install-deps fuzz
	+$(Q)$(submake) run-fuzz

run-fuzz: $(BUILDDIR)/fuzz/$(T)
	@mkdir -p $(BUILDDIR)/fuzz/corpus-$(T) $(BUILDDIR)/fuzz/artifacts
	$(BUILDDIR)/fuzz/$(T) -max_total_time=$(SECONDS) -artifact_prefix=$(BUILDDIR)/fuzz/artifacts/$(T)- \
		-timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		$(BUILDDIR)/fuzz/corpus-$(T) tests/fuzz/corpus/$(T)

fuzz-build: $(FUZZ_NAMES:%=$(BUILDDIR)/fuzz/%)

# ---- measurements: bench/bench_*.c, sharing the other files of bench/ -------------------------------

BENCHES := $(patsubst %.c,$(O)/%,$(sort $(wildcard bench/bench_*.c)))
BENCH_SHARED := $(call obj,$(filter-out bench/bench_%,$(sort $(wildcard bench/*.c))))
# These have the dataplane inside, and the files of bench/path/.
BENCH_WHOLE := $(patsubst %.c,$(O)/%,$(shell grep -l '"bench/path/' bench/bench_*.c))
BENCH_WHOLE_SHARED := $(call obj,$(sort $(wildcard bench/path/*.c)))
$(call obj,$(wildcard bench/*.c)): COMPONENT_FLAGS = $(CFLAGS_crypto)
$(BENCH_WHOLE:$(O)/%=$(O)/obj/%.o) $(BENCH_WHOLE_SHARED): COMPONENT_FLAGS = $(CFLAGS_dataplane)

$(BENCH_WHOLE): $(O)/%: $(O)/obj/%.o $(BENCH_WHOLE_SHARED) $(BENCH_SHARED) \
		$(call archives,dataplane crypto pkt common)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
		$(call syslibs,dataplane crypto pkt common) -lm

$(filter-out $(BENCH_WHOLE),$(BENCHES)): $(O)/%: $(O)/obj/%.o $(BENCH_SHARED) $(call archives,crypto pkt common)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call syslibs,crypto pkt common)

# Built by check, too, so that they keep to the interfaces; not run.
benches: all $(BENCHES) $(O)/tests/e2e/fixture

bench bench-quick:
	$(Q)scripts/install-deps bench
	+$(Q)$(submake) BUILD=release benches
	$(Q)CPU=$(CPU) ROUNDS=$(ROUNDS) bench/run $(if $(filter %-quick,$@),--quick) $(BUILDDIR)

# Needs root (namespaces) and 1 GB of hugepages: no part of bench.
$(call obj,bench/pktgen/stamp.c): COMPONENT_FLAGS = $(DPDK_CFLAGS)
$(O)/bench/pktgen/stamp: $(call obj,bench/pktgen/stamp.c)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(DPDK_LIBS)

run-bench-pktgen: $(O)/cgw-dataplane $(O)/tests/e2e/fixture $(O)/bench/pktgen/stamp
	$(Q)tests/lib/own-root bench/pktgen/run $(O) $(BUILDDIR)/bench-pktgen.jsonl $(SECONDS_EACH)

bench-pktgen:
	+$(Q)$(submake) BUILD=release run-bench-pktgen

# ---- running the tests ------------------------------------------------------------------------------

RESULTS := $(BUILDDIR)/results
run = tests/lib/run $(RESULTS)

# A make within: as many jobs as there are processors, unless a number was given.
submake = $(MAKE) --no-print-directory $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

deps:
	$(Q)scripts/install-deps

run-unit: $(TESTS) $(REPLAYS) $(O)/cgw $(O)/cgw-control man
	$(Q)rc=0; { for t in $(TESTS); do echo $$(echo $${t#$(O)/tests/} | tr / -) $$t; done; \
	for n in $(FUZZ_NAMES); do \
		echo fuzz-$$n $(O)/tests/fuzz/replay_$$n tests/fuzz/corpus/$$n; done; } | \
		xargs -P $$(nproc) -L 1 $(run) || rc=1; \
	$(run) console-client tests/console/client.py $(O) || rc=1; \
	$(run) console-completion tests/console/completion.py $(O) || rc=1; \
	$(run) man tests/man/man.py $(O) || rc=1; \
	$(run) console-top tests/console/top.py $(O) || rc=1; \
	$(run) metrics-exposition tests/metrics/exposition.py $(O) || rc=1; \
	$(run) console-schemas tests/console/schemas.py $(O) || rc=1; \
	$(run) nic-scripts tests/scripts/nic_scripts.py || rc=1; \
	$(run) mutation-hostname tests/lib/mutation-hostname || rc=1; exit $$rc

# What threads share, under the thread sanitizer.
RACES := $(filter %_race,$(TESTS))
run-races: $(RACES)
	$(Q)rc=0; for t in $(RACES); do $(run) tsan-$$(basename $$t) $$t || rc=1; done; exit $$rc

unit:
	@mkdir -p $(RESULTS)
	+$(Q)$(submake) BUILD=asan run-unit
	+$(Q)$(submake) BUILD=tsan run-races

layering: all man
	$(Q)rc=0; $(run) layering scripts/check-layering --programs $(O) || rc=1; \
	$(run) install-deps tests/scripts/install_deps.py $(O) || rc=1; \
	$(run) boot tests/scripts/boot.py $(O) || rc=1; \
	$(run) version tests/scripts/version.py $(O) || rc=1; \
	$(run) lab-names tests/scripts/lab.py || rc=1; exit $$rc

# Stands in for cgw-control where the dataplane is tested alone.
$(O)/tests/e2e/fixture: $(call obj,tests/e2e/fixture.c tests/e2e/fixture_state.c) $(call archives,common)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^

e2e: all $(O)/tests/e2e/fixture
	$(Q)tests/lib/own-root tests/e2e/run $(O) $(RESULTS) $(E2E)

# The part of it that a check runs with the sanitizers' build; make e2e BUILD=asan runs all.
E2E_ASAN := inbound fragments@2 hostile@2 damage kill starve stop
e2e-asan:
	+$(Q)$(submake) BUILD=asan E2E='$(E2E_ASAN)' e2e

# What takes longer than a check has time for: make soak T=kill ARGS="--times 200".
soak: all $(O)/tests/e2e/fixture
	$(Q)tests/lib/own-root tests/soak/$(T) $(O) $(ARGS)

interop: all
	$(Q)rc=0; tests/lib/own-root $(run) control-alone tests/control/alone.py $(O) || rc=1; \
	tests/lib/own-root tests/interop/run $(O) $(RESULTS) || rc=1; exit $$rc

service: all
	$(Q)tests/lib/own-root tests/service/run $(O) $(RESULTS) $(SERVICE)

# Each layer runs whatever became of the one before; the closing lines tell the truth of all.
check: deps
	$(Q)rm -rf $(RESULTS) && mkdir -p $(RESULTS)
	+$(Q)for t in benches unit layering e2e e2e-asan service interop; do \
		: >$(RESULTS)/$$t.begun; \
		$(submake) $$t || tests/lib/note-failure $(RESULTS) $$t; done; \
		tests/lib/summary $(RESULTS)

demo: deps
	+$(Q)$(submake) all
	$(Q)KEEP=$(KEEP) tests/lib/own-root scripts/demo $(O)

install: all man
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin
	install -m 0755 $(O)/cgw-dataplane $(O)/cgw-control $(O)/cgw-lease $(O)/cgw-ntpdate \
		$(DESTDIR)$(PREFIX)/sbin
	install -m 0755 $(O)/cgw $(DESTDIR)$(PREFIX)/bin
	install -m 0755 scripts/bind-nic $(DESTDIR)$(PREFIX)/sbin/cgw-bind-nic
	install -m 0755 scripts/hugepages $(DESTDIR)$(PREFIX)/sbin/cgw-hugepages
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(SYSCONFDIR)/default
	for unit in cgw.target cgw-dataplane.service cgw-control.service; do \
		sed 's|@SBINDIR@|$(PREFIX)/sbin|; s|@SYSCONFDIR@|$(SYSCONFDIR)|' share/systemd/$$unit \
		>$(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit || exit 1; done
	test -e $(DESTDIR)$(SYSCONFDIR)/default/cgw || \
		install -m 0644 share/systemd/cgw.default $(DESTDIR)$(SYSCONFDIR)/default/cgw
	install -d $(DESTDIR)$(PREFIX)/share/cgw/schema $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/vendor-completions
	install -m 0644 share/completion/cgw.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/cgw
	install -m 0644 share/completion/_cgw $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions
	cd $(O)/man && find . -type f -exec install -D -m 0644 {} $(abspath $(DESTDIR)$(PREFIX))/share/man/{} \;
	install -m 0644 share/grafana/cgw.json $(DESTDIR)$(PREFIX)/share/cgw/grafana.json
	install -m 0644 share/prometheus/cgw.rules.yml $(DESTDIR)$(PREFIX)/share/cgw/prometheus.rules.yml
	install -m 0644 docs/schema/*.json $(DESTDIR)$(PREFIX)/share/cgw/schema

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILDDIR)

.PHONY: all man deps run-unit run-races unit layering e2e e2e-asan soak service interop check demo install format clean fuzz run-fuzz fuzz-build \
	benches bench bench-quick run-bench-pktgen bench-pktgen
FORCE:
.SECONDARY:
.DELETE_ON_ERROR:

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)
