/*
 * spoke.c
 *	  The module: what happens when the server loads it.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "client/statistics.h"
#include "connection/dropped_role.h"
#include "engine/call.h"
#include "http/session.h"
#include "json/json.h"
#include "outbox/enqueue.h"
#include "outbox/launcher.h"
#include "scan/key_join_plan.h"
#include "scan/scan_plan.h"
#include "secret/key.h"
#include "table/table_source.h"
#include "utils/compat.h"
#include "utils/settings.h"
#include "utils/sql_version.h"

JIRA_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

/*
 * Before 2.14 jansson's symbols had no versions, so that its own calls of
 * json_object() jump into the server's function of that name and crash it.
 */
static void
check_jansson(void)
{
	if (jansson_version_cmp(2, 14, 0) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("jira_spoke needs jansson 2.14 or later"),
				 errdetail("The library found is jansson %s.", jansson_version_str())));
}

/* The one that is loaded may be older than the one we were compiled with. */
static void
check_libcurl(void)
{
	const char *version;

	if (!http_check_libcurl(&version))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("jira_spoke needs libcurl 7.87 or later"),
				 errdetail("The library found is libcurl %s.", version)));
}

void
_PG_init(void)
{
	check_jansson();
	check_libcurl();
	if (!http_init())
		ereport(ERROR,
				(errcode(ERRCODE_SYSTEM_ERROR),
				 errmsg("could not start libcurl")));
	settings_define();
	call_follow_up = outbox_follow_up;
	scan_install();
	key_join_install();
	source_of_table = table_source;
	dropped_role_install();
	if (process_shared_preload_libraries_in_progress)
		statistics_reserve();
	/* A worker would change what pg_upgrade is copying. */
	if (IsBinaryUpgrade)
		return;
	if (!process_shared_preload_libraries_in_progress)
	{
		outbox_watch_first_use();
		return;
	}
	outbox_register_launcher();
	key_log_place();
}
