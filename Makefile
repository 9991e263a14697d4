# jira_spoke: make Jira a part of the database
#
#   make, make install, make clean   the extension, as with any PGXS extension
#   make test, make lint             all tests; the static checks alone
#   make demo, make demo-stop        a private cluster, a small Jira and a tour of both
#   make bench, make matrix          benchmarks; the tests on other PostgreSQL versions
#   make storm                       the long tests of what crashes may cost
#   make fuzz                        random input for what reads foreign texts; see test/fuzz/
#   make format                      lay out the C sources as pgindent would
#   make doc                         write doc/*.md anew
#   make dist                        the zip file for PGXN, of what is committed
#   make deb                         Debian packages; DEB_DIR=... is where to put them
#   make freeze                      keep the install script of a release; see src/upgrade/
#   make version VERSION=1.1         begin the next version
#
# PG_CONFIG=... picks the PostgreSQL, TESTS="t/020_scan_shapes.pl" single tests,
# STAGE=... another directory to build and run in, JOBS=... how many at a time.
# Every target but those of the first line installs the packages that it needs
# through apt, pg_config included; see test/setup/.

DEVELOPER_TARGETS = test lint demo demo-stop bench storm fuzz matrix format doc dist deb version

.DEFAULT_GOAL := all
.PHONY: $(DEVELOPER_TARGETS)

# Where this file is: the current directory, or elsewhere when the extension is
# built outside of its sources (make -f .../Makefile), as pg_buildext does.
SRCDIR := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))

test:      ; @$(SRCDIR)/test/setup/enter.sh test test/run.sh
lint:      ; @$(SRCDIR)/test/setup/enter.sh lint test/lint/run.sh
demo:      ; @$(SRCDIR)/test/setup/enter.sh demo test/demo/start.sh
demo-stop: ; @$(SRCDIR)/test/demo/stop.sh
bench:     ; @$(SRCDIR)/test/bench/start.sh
storm:     ; @$(SRCDIR)/test/setup/enter.sh test test/storm/run.sh
fuzz:      ; @$(SRCDIR)/test/setup/enter.sh fuzz test/fuzz/run.sh
matrix:    ; @$(SRCDIR)/test/matrix/run.sh
format:    ; @$(SRCDIR)/test/lint/layout.sh
doc:       ; @$(SRCDIR)/test/doc/write.sh
dist:      ; @$(SRCDIR)/test/setup/dist.sh
deb:       ; @$(SRCDIR)/test/setup/deb.sh $(DEB_DIR)
version:   ; @$(SRCDIR)/test/setup/version.sh $(VERSION)

ifneq ($(filter-out $(DEVELOPER_TARGETS),$(or $(MAKECMDGOALS),all)),)

EXTENSION = jira_spoke
EXTVERSION = 1.1
MODULE_big = jira_spoke
OBJS := $(patsubst $(SRCDIR)/%.c,%.o,$(wildcard $(SRCDIR)/src/*.c $(SRCDIR)/src/*/*.c))

# A PostgreSQL that was itself built in its sources leaves VPATH to us.  Make
# cannot make the folders by a rule: it would find those of the sources.
ifneq ($(SRCDIR),.)
VPATH = $(SRCDIR)
$(shell mkdir -p $(sort $(dir $(OBJS))))
endif

# What the install script is joined from, in this order: the schema with its
# roles and tables first, then the types, the functions, and who may use them.
SQL_PARTS = \
	src/utils/version.sql \
	src/connection/connection.sql \
	src/connection/credential.sql \
	src/oauth/oauth.sql \
	src/connection/alias_functions.sql \
	src/connection/secret_entry.sql \
	src/scan/scan_plan.sql \
	src/table/table.sql \
	src/actions/test_connection.sql \
	src/actions/entity.sql \
	src/actions/audit.sql \
	src/actions/group.sql \
	src/actions/issue.sql \
	src/actions/issue_items.sql \
	src/actions/metadata.sql \
	src/actions/configuration.sql \
	src/actions/overview.sql \
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
	src/client/statistics.sql \
	src/engine/check_actions.sql \
	src/access.sql

INSTALL_SQL = $(EXTENSION)--$(EXTVERSION).sql

# The steps from a release to the next version.  A step that is not the last one
# leads to the frozen install script of a release.
UPGRADES := $(patsubst $(SRCDIR)/src/upgrade/%,%,$(wildcard $(SRCDIR)/src/upgrade/[0-9]*--*.sql))
UPGRADE_SQL = $(addprefix $(EXTENSION)--,$(UPGRADES))
DATA_built = $(INSTALL_SQL) $(UPGRADE_SQL)
SCRIPTS = src/connection/jira_spoke_secret

DOCUMENTS := README.md CHANGELOG.md LICENSE $(patsubst $(SRCDIR)/%,%,$(wildcard $(SRCDIR)/doc/*.md))

# Those that do without a Jira; make test runs the others, too.
REGRESS = $(filter-out messages,$(patsubst $(SRCDIR)/sql/%.sql,%,$(wildcard $(SRCDIR)/sql/*.sql)))
REGRESS_OPTS = --inputdir=$(SRCDIR)

# The database of make installcheck, whatever the cluster's own defaults are.
ENCODING = UTF8
NO_LOCALE = 1

# The libraries by pkg-config, which knows where they are; without it, where the
# compiler looks anyway.
PKG_CONFIG ?= pkg-config
PACKAGES = libcurl jansson libcrypto
LIBRARY_FLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
LIBRARY_LINK := $(or $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null),-lcurl -ljansson -lcrypto)

# Which symbols others see; ld of macOS knows no version scripts.
EXPORTS = -Wl,--version-script=$(SRCDIR)/src/exports.map
EXPORTS_darwin = $(addprefix -Wl$(comma)-exported_symbol$(comma),_Pg_magic_func __PG_init '_pg_finfo_*' '_jira_*')
comma = ,

PG_CPPFLAGS = -I$(SRCDIR)/src $(LIBRARY_FLAGS) -MMD -MP
SHLIB_LINK = $(LIBRARY_LINK) $(if $(filter darwin,$(PORTNAME)),$(EXPORTS_darwin),$(EXPORTS))
EXTRA_CLEAN = $(OBJS:.o=.d) $(addsuffix .part,$(DATA_built))

LIBRARIES = libcurl4-openssl-dev libjansson-dev libssl-dev

# Bitcode would only serve to inline C functions into queries; without it
# nobody needs clang.
override with_llvm = no

PG_CONFIG ?= pg_config
PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))
ifeq ($(PGXS),)
PG_CONFIG := $(or $(shell $(SRCDIR)/test/setup/pg_config.sh),false)
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
	  | $(CC) $(filter-out -MMD -MP,$(CPPFLAGS)) -E -x c - >/dev/null 2>&1 \
	  || { echo 'Headers of libcurl, jansson or OpenSSL are missing. On Debian: apt-get install $(LIBRARIES)'; exit 1; }

$(shlib): src/exports.map

# PGXS would put all documents into one folder that extensions share, and could
# not remove scripts and documents of subfolders again up to PostgreSQL 15.
documents = $(DESTDIR)$(docdir)/extension/$(EXTENSION)

.PHONY: install-documents uninstall-ours
install: install-documents
install-documents:
	$(MKDIR_P) '$(documents)/doc'
	$(foreach document,$(DOCUMENTS),$(INSTALL_DATA) $(SRCDIR)/$(document) '$(documents)/$(document)' &&) true

uninstall: uninstall-ours
uninstall-ours:
	rm -rf '$(documents)'
	rm -f $(addprefix '$(DESTDIR)$(bindir)'/, $(notdir $(SCRIPTS)))

# Written beside and renamed, so that a failure leaves no half of it.
$(INSTALL_SQL): $(SQL_PARTS) Makefile
	@{ printf '%s\n' '\echo Use "CREATE EXTENSION $(EXTENSION)" to load this file. \quit'; \
	   cat $(filter %.sql,$^); } > $@.part && mv $@.part $@

target = $(basename $(lastword $(subst --, ,$@)))
$(UPGRADE_SQL): $(EXTENSION)--%.sql: src/upgrade/%.sql src/upgrade/upgrade.awk $(INSTALL_SQL)
	@awk -v extension=$(EXTENSION) -v version=$(target) -f $(SRCDIR)/src/upgrade/upgrade.awk \
	   $(if $(filter $(EXTVERSION),$(target)),$(INSTALL_SQL),$(SRCDIR)/src/upgrade/$(EXTENSION)--$(target).sql) \
	   $< > $@.part && mv $@.part $@

.PHONY: freeze
freeze: $(INSTALL_SQL)
	cp $(INSTALL_SQL) $(SRCDIR)/src/upgrade/

endif
