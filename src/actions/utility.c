/*
 * utility.c
 *	  Utility actions.
 */
#include "postgres.h"

#include "action.h"

/* clang-format off */
JIRA_ACTION(jira_lookup_server,
	.on = BOTH({GET, REST("serverInfo")}),
	.arguments = (const Argument[]) {{NULL}},
	.columns = COLUMNS(
		{"base_url", BOTH("baseUrl")},
		{"version", BOTH("version")},
		{"version_numbers", BOTH("versionNumbers")},
		{"deployment_type", BOTH("deploymentType")},
		{"build_number", BOTH("buildNumber")},
		{"build_date", BOTH("buildDate")},
		{"server_time", BOTH("serverTime")},
		{"server_title", BOTH("serverTitle")},
		{"raw", BOTH("")}));
/* clang-format on */
