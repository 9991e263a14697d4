/*
 * key_set.c
 *	  Continues a search for issues after the issue that came last, by its key.
 *
 * JQL compares keys within a project only: "key > OPS-5" finds no issue of
 * another project.  In the order of the keys the issues of a project stand
 * together, so the rest of a search are the further issues of the last project
 * and those of projects that did not come yet.
 *
 * An issue that comes late, as when a result changes while it is read, does not
 * count.  Without ORDER BY the order is only believed to be that of the keys: the
 * caller has to check that the rest has as many rows as are missing.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/memutils.h"

#include "engine/jql.h"
#include "engine/key_set_private.h"

typedef enum Direction
{
	DIRECTION_UNKNOWN,
	ASCENDING,
	DESCENDING
} Direction;

struct KeySet
{
	MemoryContext context;		/* owns all of it */
	const char *condition;		/* what the caller searches for; "": all
								 * issues */
	bool		by_key;			/* the rows are in the order of keys, or in no
								 * order that matters */
	Direction	direction;		/* as observed */
	char	   *project;		/* of the issue that came last, NULL: none
								 * came */
	int64		number;
	json_t	   *projects;		/* object: those that came, this one included */
	bool		advanced;		/* since the last continuation */
};

/* Does this ORDER BY clause begin with the key, by any of its names? */
static bool
orders_by_key(const char *order)
{
	static const char *const names[] = {"issuekey", "key", "issue", "id"};
	const char *by = order + strlen("order");
	size_t		length;

	by += strspn(by, " \t\r\n");
	by += strlen("by");
	by += strspn(by, " \t\r\n\"'");
	length = strcspn(by, " \t\r\n\"',");
	for (int i = 0; i < lengthof(names); i++)
		if (length == strlen(names[i]) && pg_strncasecmp(by, names[i], length) == 0)
			return true;
	return false;
}

KeySet *
key_set_begin(const char *jql, bool ordered)
{
	KeySet	   *set = palloc0(sizeof(KeySet));
	size_t		order = jql ? jql_order_start(jql) : 0;
	size_t		length = order;

	while (length > 0 && strchr(" \t\r\n", jql[length - 1]))
		length--;
	set->context = CurrentMemoryContext;
	set->condition = pnstrdup(jql ? jql : "", length);
	set->by_key = jql && jql[order] ? orders_by_key(jql + order) : !ordered;
	set->projects = jira_json_object(set->context);
	return set;
}

/* Takes a key apart; returns its number, or -1. */
static int64
split_key(const char *key, size_t *project_length)
{
	const char *dash = key ? strrchr(key, '-') : NULL;
	char	   *end;
	int64		number;

	if (dash == NULL || dash[1] < '0' || dash[1] > '9')
		return -1;
	*project_length = dash - key;
	errno = 0;
	number = strtoll(dash + 1, &end, 10);
	return *end || errno ? -1 : number;
}

static bool
is_last_project(const KeySet *set, const char *key, size_t length)
{
	return set->project && strlen(set->project) == length && memcmp(set->project, key, length) == 0;
}

/* Continues with a project, unless it came before. */
static bool
enter_project(KeySet *set, const char *key, size_t length)
{
	char	   *project = pnstrdup(key, length);

	if (json_object_get(set->projects, project))
	{
		pfree(project);
		return false;
	}
	set->project = MemoryContextStrdup(set->context, project);
	json_object_set_new(set->projects, project, json_true());
	pfree(project);
	return true;
}

/* Is this number of the last project behind the one that came last? */
static bool
goes_on(KeySet *set, int64 number)
{
	if (set->direction == DIRECTION_UNKNOWN && number != set->number)
		set->direction = number > set->number ? ASCENDING : DESCENDING;
	return set->direction == ASCENDING ? number > set->number : number < set->number;
}

void
key_set_note(KeySet *set, const char *key)
{
	size_t		length;
	int64		number;

	if (!set->by_key)
		return;
	number = split_key(key, &length);
	if (number < 0)
		set->by_key = false;
	else if (is_last_project(set, key, length) ? goes_on(set, number) : enter_project(set, key, length))
	{
		set->number = number;
		set->advanced = true;
	}
}

char *
key_set_continue(KeySet *set)
{
	const char *project;
	json_t	   *unused;
	StringInfoData jql;
	const char *separator = "";

	if (!set->by_key || !set->advanced || set->direction == DIRECTION_UNKNOWN)
		return NULL;
	set->advanced = false;
	initStringInfo(&jql);
	if (set->condition[0])
		appendStringInfo(&jql, "(%s) AND ", set->condition);
	appendStringInfoString(&jql, "(project = ");
	jql_append_string(&jql, set->project);
	appendStringInfo(&jql, " AND key %s ", set->direction == ASCENDING ? ">" : "<");
	jql_append_string(&jql, psprintf("%s-" INT64_FORMAT, set->project, set->number));
	appendStringInfoString(&jql, " OR project not in (");
	json_object_foreach(set->projects, project, unused)
	{
		appendStringInfoString(&jql, separator);
		jql_append_string(&jql, project);
		separator = ", ";
	}
	appendStringInfo(&jql, ")) ORDER BY key %s", set->direction == ASCENDING ? "ASC" : "DESC");
	return jql.data;
}
