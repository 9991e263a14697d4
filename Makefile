# jira_spoke: make Jira a part of the database
#
#   make, make install, make clean   the extension, as with any PGXS extension
#   make test, make lint             all tests; the static checks alone
#   make demo, make demo-stop        a private cluster, a small Jira and a tour of both
#   make bench, make matrix          benchmarks; the tests on other PostgreSQL versions
#   make storm                       the long tests of what crashes may cost
#   make format                      lay out the C sources as pgindent would
#   make doc                         write doc/*.md anew
#
# PG_CONFIG=... picks the PostgreSQL, TESTS="t/020_scan_shapes.pl" single tests,
# STAGE=... another directory to build and run in, JOBS=... how many at a time.
# Every target but those of the first line installs the packages that it needs
# through apt, pg_config included; see test/setup/.

DEVELOPER_TARGETS = test lint demo demo-stop bench storm matrix format doc

.DEFAULT_GOAL := all
.PHONY: $(DEVELOPER_TARGETS)

test:      ; @test/setup/enter.sh test test/run.sh
lint:      ; @test/setup/enter.sh lint test/lint/run.sh
demo:      ; @test/setup/enter.sh demo test/demo/start.sh
demo-stop: ; @test/demo/stop.sh
bench:     ; @test/setup/enter.sh bench test/bench/run.sh
storm:     ; @test/setup/enter.sh test test/storm/run.sh
matrix:    ; @test/matrix/run.sh
format:    ; @test/lint/layout.sh
doc:       ; @test/doc/write.sh

ifneq ($(filter-out $(DEVELOPER_TARGETS),$(or $(MAKECMDGOALS),all)),)

EXTENSION = jira_spoke
EXTVERSION = 1.0
MODULE_big = jira_spoke
OBJS = $(patsubst %.c,%.o,$(wildcard src/*.c src/*/*.c))

# What the install script is joined from, in this order: the schema with its
# roles and tables first, then the types, the functions, and who may use them.
SQL_PARTS = \
	src/connection/connection.sql \
	src/connection/credential.sql \
	src/oauth/oauth.sql \
	src/connection/alias_functions.sql \
	src/connection/secret_entry.sql \
	src/scan/scan_plan.sql \
	src/actions/test_connection.sql \
	src/actions/entity.sql \
	src/actions/audit.sql \
	src/actions/group.sql \
	src/actions/issue.sql \
	src/actions/metadata.sql \
	src/actions/project.sql \
	src/actions/sprint.sql \
	src/actions/story.sql \
	src/actions/user.sql \
	src/actions/utility.sql \
	src/actions/webhook.sql \
	src/engine/action_view.sql \
	src/engine/jql.sql \
	src/actions/raw_request.sql \
	src/outbox/outbox.sql \
	src/engine/check_actions.sql \
	src/access.sql

INSTALL_SQL = $(EXTENSION)--$(EXTVERSION).sql
DATA_built = $(INSTALL_SQL)
SCRIPTS = src/connection/jira_spoke_secret

REGRESS = $(patsubst sql/%.sql,%,$(wildcard sql/*.sql))

PG_CPPFLAGS = -Isrc -MMD -MP
SHLIB_LINK = -lcurl -ljansson -lcrypto -Wl,--version-script=src/exports.map
EXTRA_CLEAN = $(OBJS:.o=.d)

LIBRARIES = libcurl4-openssl-dev libjansson-dev libssl-dev

# Bitcode would only serve to inline C functions into queries; without it
# nobody needs clang.
override with_llvm = no

PG_CONFIG ?= pg_config
PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))
ifeq ($(PGXS),)
PG_CONFIG := $(or $(shell test/setup/pg_config.sh),false)
PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))
endif
ifeq ($(PGXS),)
$(error No PostgreSQL server headers found. Install them (on Debian: \
apt-get install gcc libc6-dev postgresql-server-dev-all $(LIBRARIES)) \
or say PG_CONFIG=/path/to/pg_config)
endif
include $(PGXS)

-include $(OBJS:.o=.d)


.PHONY: libraries
$(OBJS): | libraries
libraries:
	@printf '#include <%s>\n' curl/curl.h jansson.h openssl/evp.h \
	  | $(CC) $(CPPFLAGS) -E -x c - >/dev/null 2>&1 \
	  || { echo 'Headers of libcurl, jansson or OpenSSL are missing. On Debian: apt-get install $(LIBRARIES)'; exit 1; }

$(shlib): src/exports.map

# PGXS looks for it below a directory src, up to PostgreSQL 15.
uninstall: uninstall-scripts
.PHONY: uninstall-scripts
uninstall-scripts:
	rm -f $(addprefix '$(DESTDIR)$(bindir)'/, $(notdir $(SCRIPTS)))

# Written beside and renamed, so that a failure leaves no half of it.
$(INSTALL_SQL): $(SQL_PARTS) Makefile
	@{ printf '%s\n' '\echo Use "CREATE EXTENSION $(EXTENSION)" to load this file. \quit'; \
	   cat $(SQL_PARTS); } > $@.part && mv $@.part $@

endif
