/*
 * sprint_field.c
 *	  The Sprint field of an issue: the sprints that it is and was in.
 *
 * Cloud sends objects.  Server has sent Java objects turned into text:
 * "...Sprint@1f[id=7,rapidViewId=1,state=ACTIVE,name=Sprint 7,startDate=...]",
 * the members in whatever order and nothing in the values escaped.
 */
#include "postgres.h"

#include "utils/formatting.h"

#include "actions/sprint_field.h"

#define NULL_TEXT "<null>"

static const char *const members[] = {
	"id", "rapidViewId", "state", "name", "goal", "startDate", "endDate", "completeDate",
	"activatedDate", "sequence", "autoStartStop", "synced", "incompleteIssuesDestinationId"
};

/* Where the value of a member begins, NULL if there is none. */
static const char *
value_start(const char *sprint, const char *name)
{
	char	   *mark = psprintf("%s=", name);
	const char *found = strstr(sprint, mark);

	while (found && (found == sprint || strchr("[,", found[-1]) == NULL))
		found = strstr(found + 1, mark);
	return found ? found + strlen(mark) : NULL;
}

/* A value ends where the next member begins, or with the bracket at the end. */
static size_t
value_length(const char *value)
{
	const char *end = strrchr(value, ']');

	if (end == NULL)
		end = value + strlen(value);
	for (int i = 0; i < lengthof(members); i++)
	{
		const char *next = strstr(value, psprintf(",%s=", members[i]));

		if (next && next < end)
			end = next;
	}
	return end - value;
}

static json_t *
text_member(const char *sprint, const char *name)
{
	const char *value = value_start(sprint, name);
	size_t		length = value ? value_length(value) : 0;

	if (value == NULL || (length == strlen(NULL_TEXT) && strncmp(value, NULL_TEXT, length) == 0))
		return json_null();
	return jira_json_made(json_stringn(value, length));
}

/* A new reference. */
static json_t *
sprint_member(json_t *sprint, const char *name)
{
	if (json_is_string(sprint))
		return text_member(json_string_value(sprint), name);
	return jira_json_get_or_null(sprint, name);
}

static bool
is_closed(json_t *sprint)
{
	json_t	   *state = sprint_member(sprint, "state");
	bool		closed = json_is_string(state) && pg_strcasecmp(json_string_value(state), "closed") == 0;

	json_decref(state);
	return closed;
}

static json_t *
decode_one_id(json_t *sprint, const Connection *connection)
{
	return sprint_member(sprint, "id");
}

const Codec one_sprint_id = {.decode = decode_one_id};

static json_t *
decode_one_name(json_t *sprint, const Connection *connection)
{
	return sprint_member(sprint, "name");
}

const Codec one_sprint_name = {.decode = decode_one_name};

/* Server has written it in capitals. */
static json_t *
decode_one_state(json_t *sprint, const Connection *connection)
{
	json_t	   *state = sprint_member(sprint, "state");
	json_t	   *lower = json_is_string(state) ? json_string(asc_tolower(json_string_value(state), json_string_length(state)))
	: json_incref(state);

	json_decref(state);
	return jira_json_made(lower);
}

const Codec one_sprint_state = {.decode = decode_one_state};

/* An issue is in one sprint at most that is not closed. */
static json_t *
current_sprint(json_t *sprints)
{
	json_t	   *last = NULL;

	for (size_t i = json_array_size(sprints); i-- > 0;)
	{
		json_t	   *sprint = json_array_get(sprints, i);

		if (json_is_null(sprint))
			continue;
		if (!is_closed(sprint))
			return sprint;
		if (last == NULL)
			last = sprint;
	}
	return last;
}

static json_t *
decode_sprint_id(json_t *sprints, const Connection *connection)
{
	return sprint_member(current_sprint(sprints), "id");
}

const Codec sprint_id = {.decode = decode_sprint_id};

static json_t *
decode_sprint_name(json_t *sprints, const Connection *connection)
{
	return sprint_member(current_sprint(sprints), "name");
}

const Codec sprint_name = {.decode = decode_sprint_name};
