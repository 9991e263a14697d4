/*
 * sql_version.h
 *	  Does the extension in this database fit the library?
 *
 * An upgrade takes two steps: a new library, then ALTER EXTENSION ... UPDATE in
 * each database.  Until both are done, and in sessions that have loaded the
 * library before, one is older than the other.
 */
#ifndef JIRA_UTILS_SQL_VERSION_H
#define JIRA_UTILS_SQL_VERSION_H

#include "fmgr.h"

/* The library's own version, that of the install script. */
#define JIRA_VERSION "1.1"

/*
 * Raises 55000, with what to do, unless the extension in this database fits.
 * Costs nothing until functions change, as an upgrade does to all of ours.
 */
extern void sql_version_check(void);

/* The same as an answer; in a transaction. */
extern bool sql_version_fits(void);

/*
 * From here on sql_version_check() raises nothing: this process looks now and then
 * with sql_version_fits(), and ends when it suits it.
 */
extern void sql_version_accept_any(void);

/*
 * Begins the result of a function whose rows are materialized, with as many values
 * as the library knows.  Raises 55000 if the function is declared with more.
 */
extern void sql_version_begin_rows(FunctionCallInfo fcinfo, int known);

#endif							/* JIRA_UTILS_SQL_VERSION_H */
