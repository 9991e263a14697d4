/*
 * audit.c
 *	  Audit management.
 */
#include "postgres.h"

#include "engine/action.h"

/* INDENT OFF */
JIRA_ACTION(jira_lookup_audit_logs_stream,
	.category = "Audit Management",
	.title = "Look up Audit Logs Stream",
	.classic_scopes = "manage:jira-configuration",
	.granular_scopes = "read:audit-log:jira read:user:jira",
	.on = {
		[CLOUD] = {GET, REST("auditing/record"), "records", BY_RECORDS},
		[SERVER] = {GET, REST("auditing/record"), "records", BY_RECORDS, .last_version = 9},
	},
	.arguments = ARGUMENTS(
		{"from_time", BOTH({IN_QUERY, "from"})},
		{"to_time", BOTH({IN_QUERY, "to"})},
		{"filter", BOTH({IN_QUERY, "filter"})}),
	.columns = COLUMNS(
		{"id", BOTH("id")},
		{"created", BOTH("created")},
		{"summary", BOTH("summary")},
		{"category", BOTH("category")},
		{"event_source", BOTH("eventSource")},
		{"description", BOTH("description")},
		{"remote_address", BOTH("remoteAddress")},
		{"author", BOTH("authorAccountId|authorKey")},
		{"object_name", BOTH("objectItem.name")},
		{"object_type", BOTH("objectItem.typeName")},
		{"changed_values", BOTH("changedValues")},
		{"raw", BOTH("")}));

JIRA_ACTION(jira_lookup_audit_logs_stream_server10,
	.category = "Audit Management",
	.title = "Look up Audit Logs Stream (Server 10+)",
	.on = {
		[SERVER] = {GET, "/rest/auditing/1.0/events", "entities", BY_CURSOR, .first_version = 9,
			.tried_earlier = true},
	},
	.arguments = ARGUMENTS(
		{"from_time", BOTH({IN_QUERY, "from"}), &utc_time},
		{"to_time", BOTH({IN_QUERY, "to"}), &utc_time},
		{"categories", BOTH({IN_QUERY, "categories"})},
		{"actions", BOTH({IN_QUERY, "actions"})},
		{"search", BOTH({IN_QUERY, "search"})}),
	.columns = COLUMNS(
		{"created", BOTH("timestamp")},
		{"category", BOTH("type.category")},
		{"action", BOTH("type.action")},
		{"author", BOTH("author.id")},
		{"author_name", BOTH("author.name")},
		{"source", BOTH("source")},
		{"method", BOTH("method")},
		{"node", BOTH("node")},
		{"affected_objects", BOTH("affectedObjects")},
		{"changed_values", BOTH("changedValues")},
		{"raw", BOTH("")}));
/* INDENT ON */
