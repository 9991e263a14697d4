/*
 * table_object.c
 *	  The tables that a Jira has.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "actions/epic.h"
#include "actions/reads.h"
#include "engine/endpoint.h"
#include "table/table_object.h"

/* Every issue has a project, but Cloud refuses a search without a restriction. */
#define ANY_ISSUE "project is not EMPTY"

#define EVERYWHERE(action) {&(action), &(action)}

/* clang-format off */
const TableObject table_objects[] = {
	{"issues", "jira_story", EVERYWHERE(jira_lookup_issues_stream_action), &jira_lookup_stories_stream_action,
		ANY_ISSUE, "issues"},
	{"stories", "jira_story", EVERYWHERE(jira_lookup_issues_stream_action), &jira_lookup_stories_stream_action,
		"issuetype = Story", "issues of type Story"},
	{"epics", "jira_story", EVERYWHERE(jira_lookup_issues_stream_action), &jira_lookup_stories_stream_action,
		ANY_ISSUE, "issues one level above the standard types", epic_search},
	{"issue_comments", "jira_issue_comment", EVERYWHERE(jira_lookup_comments_stream_action), &jira_lookup_comments_stream_action,
		ANY_ISSUE, "comments on issues"},
	{"issue_worklogs", "jira_issue_worklog", EVERYWHERE(jira_lookup_worklogs_stream_action), &jira_lookup_worklogs_stream_action,
		ANY_ISSUE, "worklogs of issues"},
	{"issue_changes", "jira_issue_change", EVERYWHERE(jira_lookup_changes_stream_action), &jira_lookup_changes_stream_action,
		ANY_ISSUE, "changes of the fields of issues"},
	{"issue_links", "jira_issue_link", EVERYWHERE(jira_lookup_links_stream_action), &jira_lookup_links_stream_action,
		ANY_ISSUE, "links between issues, from either of them"},
	{"issue_attachments", "jira_issue_attachment", EVERYWHERE(jira_lookup_issue_attachments_stream_action),
		&jira_lookup_issue_attachments_stream_action, ANY_ISSUE, "attachments of issues"},
	{"issue_sprints", "jira_issue_sprint", EVERYWHERE(jira_lookup_issue_sprints_stream_action),
		&jira_lookup_issue_sprints_stream_action, ANY_ISSUE, "sprints that issues are or were in"},
	{"projects", "jira_project", {&jira_lookup_projects_stream_action, &jira_lookup_projects_action},
		&jira_lookup_projects_action, NULL, "projects"},
	{"users", "jira_user", EVERYWHERE(jira_users_action), &jira_lookup_users_stream_action, NULL, "users"},
	{"groups", "jira_group", {&jira_lookup_groups_stream_action, NULL}, &jira_lookup_groups_stream_action,
		NULL, "groups of users"},
	{"fields", "jira_field", EVERYWHERE(jira_lookup_fields_action), &jira_lookup_fields_action,
		NULL, "fields of issues, those of the system and custom ones"},
	{"priorities", "jira_priority", EVERYWHERE(jira_lookup_issue_priorities_action),
		&jira_lookup_issue_priorities_action, NULL, "priorities of issues"},
	{"statuses", "jira_status", EVERYWHERE(jira_lookup_statuses_action), &jira_lookup_statuses_action,
		NULL, "statuses of issues, of all workflows"},
	{"resolutions", "jira_resolution", EVERYWHERE(jira_lookup_resolutions_action), &jira_lookup_resolutions_action,
		NULL, "resolutions of issues"},
	{"issue_types", "jira_issue_type", EVERYWHERE(jira_lookup_issue_types_action), &jira_lookup_issue_types_action,
		NULL, "types of issues, of all projects"},
	{"link_types", "jira_link_type", EVERYWHERE(jira_lookup_link_types_action), &jira_lookup_link_types_action,
		NULL, "types of links between issues"},
	{"boards", "jira_board", EVERYWHERE(jira_lookup_boards_stream_action), &jira_lookup_boards_stream_action,
		NULL, "boards"},
	{"filters", "jira_filter", {&jira_lookup_filters_stream_action, NULL}, &jira_lookup_filters_stream_action,
		NULL, "filters, which are saved searches"},
	{"dashboards", "jira_dashboard", EVERYWHERE(jira_lookup_dashboards_stream_action),
		&jira_lookup_dashboards_stream_action, NULL, "dashboards"},
	{"workflows", "jira_workflow", EVERYWHERE(jira_lookup_workflows_stream_action),
		&jira_lookup_workflows_stream_action, NULL, "workflows, for administrators"},
	{"versions", "jira_version", EVERYWHERE(jira_lookup_versions_action), &jira_lookup_versions_action,
		NULL, "versions of projects"},
	{"components", "jira_component", EVERYWHERE(jira_lookup_components_action), &jira_lookup_components_action,
		NULL, "components of projects"},
	{"project_roles", "jira_project_role", EVERYWHERE(jira_lookup_project_roles_action),
		&jira_lookup_project_roles_action, NULL, "users and groups that have the roles of projects"},
	{"sprints", "jira_sprint", EVERYWHERE(jira_lookup_sprints_by_board_action), &jira_lookup_sprints_by_board_action,
		NULL, "sprints, of all boards"},
	{"group_members", "jira_group_member", EVERYWHERE(jira_group_members_action), &jira_group_members_action,
		NULL, "active users by the groups that they are in"},
	{"field_options", "jira_field_option", EVERYWHERE(jira_lookup_field_options_action),
		&jira_lookup_field_options_action, NULL, "options of custom fields"},
	{NULL}
};
/* clang-format on */

const TableObject *
table_object_find(const char *name)
{
	for (const TableObject *object = table_objects; object->name; object++)
		if (strcmp(object->name, name) == 0)
			return object;
	return NULL;
}

char *
table_object_names(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (const TableObject *object = table_objects; object->name; object++)
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", object->name);
	return names.data;
}

/* The schema that users have installed the extension into. */
static Oid
extension_schema(void)
{
	Relation	extensions = table_open(ExtensionRelationId, AccessShareLock);
	Oid			schema = InvalidOid;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum("jira_spoke"));
	scan = systable_beginscan(extensions, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);
	return schema;
}

TupleDesc
table_object_columns(const TableObject *object)
{
	Oid			type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(object->type),
									   ObjectIdGetDatum(extension_schema()));

	if (!OidIsValid(type))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("extension jira_spoke has no type \"%s\"", object->type),
				 errhint("Drop the extension and create it again.")));
	return lookup_rowtype_tupdesc_copy(type, -1);
}

bool
table_object_exists(const TableObject *object, Client *client)
{
	const Action *read = object->reads[client->connection->deployment];

	return read && endpoint_exists(read, client);
}

bool
table_object_has_fields(const TableObject *object)
{
	return object->jql && object->columns->items == NULL;
}

List *
table_object_column_names(const TableObject *object)
{
	TupleDesc	row = table_object_columns(object);
	List	   *names = list_make1(makeString(TABLE_JQL_COLUMN));

	for (int i = 0; i < row->natts; i++)
		names = lappend(names, makeString(NameStr(TupleDescAttr(row, i)->attname)));
	return names;
}

const Action *
table_object_action(const TableObject *object)
{
	Action	   *action = palloc(sizeof(Action));

	*action = *object->reads[CLOUD];
	action->on[SERVER] = object->reads[SERVER] ? object->reads[SERVER]->on[SERVER] : (Endpoint)
	{
		NULL
	};
	action->below[SERVER] = object->reads[SERVER] ? object->reads[SERVER]->below[SERVER] : NULL;
	if (object->prepare)
		action->prepare = object->prepare;
	action->columns = object->columns->columns;
	action->locate = object->columns->locate;
	return action;
}
