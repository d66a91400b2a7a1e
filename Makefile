# SPDX-License-Identifier: ISC
# tumen: `make demo` and `make check` do all the set-up themselves.

CC      ?= cc
B       ?= build
PREFIX  ?= /usr/local
CFLAGS  ?= -O2 -g
WARN     = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
           -Wcast-qual -Wwrite-strings -Wformat=2 -Wvla -Wundef -Wconversion \
           -Wno-sign-conversion
BASE     = -std=c11 -D_GNU_SOURCE -I. -DTUMEN_DATADIR='"$(PREFIX)/share/tumen"'
ALLFLAGS = $(BASE) $(WARN) $(CFLAGS) $(EXTRA)

# The programs are optimised across files (a fifth of the engine's time), the
# test programs are not: fat objects serve both. gcc's plain -O2 builds alone.
ifneq ($(findstring -O2,$(CFLAGS)),)
ifneq ($(shell $(CC) --version | grep -c 'Free Software Foundation'),0)
FAT = -flto -ffat-lto-objects
LTO = -flto=auto
NOLTO = -fno-lto
endif
endif

PROBE_LIBS    = -luv -lpcap -lnet -lcap-ng -lseccomp -linih -lsqlite3 -lsodium -lm
ANALYSIS_LIBS = -lsqlite3 -lpq -lsodium -lzstd -lnettle -ldeflate -lz -lbz2 -lm

# A library object is any .c two floors down; a program's own files lie in
# probe/ and analysis/ themselves.
PROBE_SRC    = $(wildcard probe/*/*.c)
ANALYSIS_SRC = $(filter-out analysis/origin/pack_table.c,$(wildcard analysis/*/*.c))
SQL_SRC      = $(wildcard sql/*.c) $(B)/gen/sql_sqlite.c $(B)/gen/sql_postgres.c
# A vantage writes SQLite files alone; libpq and all it brings stay away.
PROBE_SQL    = $(filter-out sql/engines.c sql/partition.c sql/retention%.c sql/postgres%.c %/sql_postgres.c,$(SQL_SRC))
BASE_SRC     = $(wildcard probe/base/*.c)

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
PROBE_OBJ    = $(call obj,$(PROBE_SRC) $(wildcard probe/*.c) $(PROBE_SQL))
ANALYSIS_OBJ = $(call obj,$(BASE_SRC) $(SQL_SRC) $(ANALYSIS_SRC) $(wildcard analysis/*.c)) $(B)/obj/carriers.o
TEST_LIB     = $(call obj,$(PROBE_SRC) $(SQL_SRC) $(ANALYSIS_SRC)) $(B)/obj/carriers.o
TEST_LIBS    = $(PROBE_LIBS) $(ANALYSIS_LIBS) -lcmocka

UNIT  = $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test_*.c))
SIM   = $(patsubst %.c,$(B)/%,$(wildcard tests/sim/test_*.c))
TRUTH = $(patsubst %.c,$(B)/%,$(wildcard tests/truth/test_*.c))
FUZZ  = $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
REAL  = $(wildcard tests/internet/test_*.sh tests/internet/test_*.py)
MAN   = $(wildcard probe/*.[15] analysis/*.1 deploy/*.[158])
UNITS = $(wildcard deploy/systemd/*.service deploy/systemd/*.timer)

.PHONY: all deps demo check check-san check-internet check-failover fuzz lint golden cover \
        bench install install-units clean origin-table tests
.DELETE_ON_ERROR:
.SECONDARY:

all: $(B)/tumen-probe $(B)/tumen $(B)/tumen_sql.so $(B)/tumen.origin

# --- programs ---------------------------------------------------------------

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(FAT) -MMD -MP -c -o $@ $<

$(B)/gen/sql_sqlite.c: $(wildcard sql/sqlite/*.sql)
$(B)/gen/sql_postgres.c: $(wildcard sql/postgres/*.sql)
$(B)/gen/sql_%.c: sql/embed.sh
	@mkdir -p $(@D)
	sh sql/embed.sh $* sql/$*/*.sql > $@

$(B)/obj/$(B)/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(FAT) -MMD -MP -c -o $@ $<

# The default carrier classes are a text file that people can read and edit.
$(B)/obj/carriers.o: analysis/infer/carriers.txt
	@mkdir -p $(@D)
	{ echo 'extern const char carriers_default[]; const char carriers_default[] ='; \
	  sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' $<; echo ';'; } > $(@:.o=.c)
	$(CC) $(ALLFLAGS) -c -o $@ $(@:.o=.c)

$(B)/tumen-probe: $(PROBE_OBJ)
	$(CC) $(ALLFLAGS) $(LTO) -o $@ $^ $(LDFLAGS) $(PROBE_LIBS)

$(B)/tumen: $(ANALYSIS_OBJ)
	$(CC) $(ALLFLAGS) $(LTO) -o $@ $^ $(LDFLAGS) $(ANALYSIS_LIBS)

# record_probes() for other programs' SQLite. It calls SQLite through the
# table that it is given; inside our programs it is linked as any library is.
$(B)/obj/sql/sqlite_probes.o: BASE += -DSQLITE_CORE

$(B)/pic/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) -fPIC -fvisibility=hidden -ffunction-sections -MMD -MP -c -o $@ $<

$(B)/tumen_sql.so: $(patsubst %.c,$(B)/pic/%.o,sql/sqlite_probes.c $(addprefix probe/base/, \
    addr.c digits.c mem.c rd.c record.c record_name.c record_model.c record_reply.c record_text.c record_unpack.c record_v1.c bits.c wr.c))
	$(CC) $(ALLFLAGS) -shared -Wl,--gc-sections -o $@ $^ $(LDFLAGS)

# --- the address table that ships -------------------------------------------

TABLE = analysis/origin/data/shipped.tbl.zst

$(B)/pack_table: $(B)/obj/analysis/origin/pack_table.o $(call obj,$(BASE_SRC) $(wildcard analysis/origin/*.c))
	$(CC) $(ALLFLAGS) $(NOLTO) -o $@ $(filter-out %/pack_table.o,$^) $< $(LDFLAGS) $(ANALYSIS_LIBS)

# A newer table: raise the version, run this, commit the result.
ORIGIN_VERSION = 2.3.2026061719
origin-table: $(B)/pack_table
	@mkdir -p $(B)/npm
	npm pack --silent --pack-destination $(B)/npm @ip-location-db/asn@$(ORIGIN_VERSION)
	tar -xzf $(B)/npm/ip-location-db-asn-$(ORIGIN_VERSION).tgz -C $(B)/npm package/asn-ipv4-num.csv
	$(B)/pack_table $(ORIGIN_VERSION) $(B)/npm/package/asn-ipv4-num.csv $(TABLE)

$(B)/tumen.origin: $(B)/tumen $(TABLE) analysis/origin/data/registry.txt analysis/origin/data/curated.txt
	$(B)/tumen origin build -o $@ --bgp $(TABLE) \
	    --registry analysis/origin/data/registry.txt \
	    --curated analysis/origin/data/curated.txt

# --- tests ------------------------------------------------------------------

$(B)/tests/unit/test_kept $(B)/tests/unit/test_uplinks: $(call obj,tests/sim/random.c tests/unit/kept_world.c tests/unit/kept_health.c)
$(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $(TEST_LIB)
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(NOLTO) -o $@ $^ $(LDFLAGS) $(TEST_LIBS)

# tun is a program, too: a played network behind a TUN device.
SIM_LIB = $(call obj,$(filter-out tests/sim/test_% tests/sim/tun.c,$(wildcard tests/sim/*.c)))
$(B)/tests/sim/%: $(B)/obj/tests/sim/%.o $(SIM_LIB) $(TEST_LIB)
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(NOLTO) -o $@ $^ $(LDFLAGS) $(TEST_LIBS)

# generate is a program, too: traces of a world of which all is known.
TRUTH_LIB = $(call obj,$(filter-out tests/truth/test_% tests/truth/generate.c tests/truth/judge.c tests/truth/fit.c \
    tests/truth/warts.c,$(wildcard tests/truth/*.c)) tests/sim/random.c)
$(B)/tests/truth/%: $(B)/obj/tests/truth/%.o $(TRUTH_LIB) $(TEST_LIB)
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(NOLTO) -o $@ $^ $(LDFLAGS) $(TEST_LIBS)

# For `make bench` alone: the same traces for scamper's sc_bdrmap.
$(B)/tests/truth/warts: TEST_LIBS += -lscamperfile

# Programs for the servers that tests/postgres/test_*.{sh,py} start.
$(B)/tests/postgres/%: $(B)/obj/tests/postgres/%.o $(TEST_LIB)
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(NOLTO) -o $@ $^ $(LDFLAGS) $(TEST_LIBS)

# What our parser makes of a capture, to be held against tshark.
$(B)/tests/golden/%: $(B)/obj/tests/golden/%.o $(TEST_LIB)
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(NOLTO) -o $@ $^ $(LDFLAGS) $(TEST_LIBS)

$(B)/tests/bench/%: $(B)/obj/tests/bench/%.o
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(NOLTO) -o $@ $^ $(LDFLAGS)

$(B)/tests/bench/origin $(B)/tests/bench/ready $(B)/tests/bench/infer $(B)/tests/bench/record $(B)/tests/bench/diff: $(B)/tests/bench/%: $(B)/obj/tests/bench/%.o $(TEST_LIB)
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(LTO) -o $@ $^ $(LDFLAGS) $(TEST_LIBS)

$(B)/tests/bench/diff: $(call obj,tests/sim/random.c)

FUZZ_LIB = $(TEST_LIB)
$(B)/tests/fuzz/%: $(B)/obj/tests/fuzz/%.o $(FUZZ_LIB)
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(NOLTO) -o $@ $^ $(LDFLAGS) -fsanitize=fuzzer $(PROBE_LIBS) $(ANALYSIS_LIBS)

$(B)/tests/bench/spool: $(B)/obj/tests/bench/spool.o $(TRUTH_LIB) $(TEST_LIB)
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(NOLTO) -o $@ $^ $(LDFLAGS) $(TEST_LIBS)

$(B)/tests/bench/origin_days $(B)/tests/bench/hops: $(B)/tests/bench/%: $(B)/obj/tests/bench/%.o $(TEST_LIB)
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(NOLTO) -o $@ $^ $(LDFLAGS) $(TEST_LIBS)

tests: $(UNIT) $(SIM) $(TRUTH) $(B)/tests/sim/tun $(B)/tests/truth/generate $(B)/tests/golden/extensions \
    $(B)/tests/golden/spool $(B)/tests/golden/agent $(B)/tests/postgres/test_server $(B)/tests/postgres/test_ahead $(B)/tests/postgres/writer

deps:
	@sh deploy/deps.sh check

check:
	@sh deploy/deps.sh check
	@bash tests/check.sh

check-san:
	@bash tests/check.sh san

check-internet: all
	@bash tests/run.sh $(REAL)

fuzz:
	@bash tests/check.sh fuzz $(FUZZ_SECONDS)

lint: all
	@bash tests/run.sh tests/lint.sh

# Golden copies anew; look at the difference before you commit it.
golden: all tests
	TUMEN_GOLDEN=1 bash tests/run.sh $(UNIT) tests/golden/test_commands.sh tests/golden/test_config.py tests/golden/test_status.sh tests/golden/test_diff.sh tests/golden/test_duckdb.sh tests/postgres/test_postgres.sh

cover:
	@bash tests/check.sh cover

# A standby that takes over, by hand and by Patroni: minutes, so not in check.
check-failover:
	@sh deploy/deps.sh failover
	@$(MAKE) --no-print-directory -s all $(B)/tests/postgres/writer
	@bash tests/run.sh tests/postgres/test_standby.py tests/postgres/test_patroni.py

bench:
	@sh deploy/deps.sh bench
	@$(MAKE) --no-print-directory -s all tests $(B)/tests/bench/raw $(B)/tests/truth/warts
	@for b in $$(find tests/bench -perm -u+x -type f | sort); do $$b; done

demo:
	@sh deploy/deps.sh demo
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@bash tests/demo.sh

install: all install-units
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/tumen \
	    $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 755 $(B)/tumen $(B)/tumen-probe $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(B)/tumen.origin $(DESTDIR)$(PREFIX)/share/tumen
	install -d $(DESTDIR)$(PREFIX)/lib/tumen
	install -m 644 $(B)/tumen_sql.so $(DESTDIR)$(PREFIX)/lib/tumen
	install -d $(DESTDIR)$(PREFIX)/share/doc/tumen/examples
	install -m 644 deploy/tumen-probe.conf $(DESTDIR)$(PREFIX)/share/doc/tumen/examples
	install -d $(DESTDIR)$(PREFIX)/share/doc/tumen/examples/postgres
	install -m 644 $(wildcard deploy/postgres/*) $(DESTDIR)$(PREFIX)/share/doc/tumen/examples/postgres
	install -m 644 $(filter %.1,$(MAN)) $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(filter %.5,$(MAN)) $(DESTDIR)$(PREFIX)/share/man/man5

# Nothing is enabled or started by it.
install-units:
	install -d $(addprefix $(DESTDIR)$(PREFIX)/lib/,systemd/system sysusers.d tmpfiles.d)
	for u in $(notdir $(UNITS)); do \
	    sed 's,@PREFIX@,$(PREFIX),g' deploy/systemd/$$u >$(DESTDIR)$(PREFIX)/lib/systemd/system/$$u || exit; \
	    chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/$$u || exit; done
	install -m 644 deploy/systemd/tumen.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/tumen.conf
	install -m 644 deploy/systemd/tumen.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/tumen.conf

clean:
	rm -rf $(B)

-include $(shell find $(B)/obj $(B)/pic -name '*.d' 2>/dev/null)
