/*
 * transition.c
 *	  Carrying out a transition of an issue, which is named in several ways.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "client/identity.h"
#include "client/reply.h"
#include "engine/bind.h"
#include "json/value.h"
#include "utils/fold.h"
#include "utils/quoted.h"

/* The ids of the transitions with this text at this path, whatever its case. */
static json_t *
transition_ids(json_t *transitions, const char *path, const char *folded)
{
	json_t	   *ids = jira_json_array(CurrentMemoryContext);
	size_t		i;
	json_t	   *transition;

	json_array_foreach(transitions, i, transition)
	{
		json_t	   *value = jira_json_own(CurrentMemoryContext,
										  jira_json_get_or_null(transition, path));

		if (json_is_string(value) && fold_equal(json_string_value(value), folded))
			json_array_append(ids, json_object_get(transition, "id"));
	}
	return ids;
}

static void
refuse_transition(const char *issue, const char *transition, json_t *transitions, bool ambiguous)
{
	StringInfoData names;
	size_t		i;
	json_t	   *each;

	initStringInfo(&names);
	json_array_foreach(transitions, i, each)
	{
		appendStringInfo(&names, "%s%s (id %s, to %s)", i > 0 ? ", " : "",
						 value_text(json_object_get(each, "name")),
						 value_text(json_object_get(each, "id")),
						 value_text(json_object_get(json_object_get(each, "to"), "name")));
	}
	ereport(ERROR,
			(errcode(ambiguous ? ERRCODE_AMBIGUOUS_PARAMETER : ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg(ambiguous ? "issue \"%s\" has several transitions \"%s\""
					: "issue \"%s\" has no transition \"%s\" now", quoted(issue), quoted(transition)),
			 errdetail("It has: %s.", names.len > 0 ? quoted(names.data) : "none that the account may carry out"),
			 errhint("Give the id of one.")));
}

/* The transitions that the issue of a call can take now. */
static json_t *
possible_transitions(const Invocation *call)
{
	Request    *request = request_make(call->request->action, GET);
	json_t	   *transitions;

	request->path = call->request->path;
	request->subject = call->request->subject;
	side_request_mark(request, call->client->connection, &side_request_transitions);
	transitions = json_object_get(client_document(client_start(CurrentMemoryContext,
															   call->client, request)),
								  "transitions");
	if (!json_is_array(transitions))
		problem_raise(reply_malformed(request, pstrdup("It has no \"transitions\".")));
	if (json_array_size(transitions) == 0)
		identity_check(call->client, request);
	return transitions;
}

/*
 * The transition with this id, else with this name, else the one that leads to
 * this status.  Cloud shows names in the language of the account.
 */
static json_t *
find_transition(Invocation *call, const char *text)
{
	static const char *const paths[] = {"name", "untranslatedName", "to.name", "to.untranslatedName"};
	json_t	   *transitions;
	json_t	   *ids = NULL;

	if (text[0] != '\0' && strspn(text, "0123456789") == strlen(text))
		return json_string(text);
	transitions = possible_transitions(call);
	for (int i = 0; i < lengthof(paths) && json_array_size(ids) == 0; i++)
		ids = transition_ids(transitions, paths[i], fold_utf8(text));
	if (json_array_size(ids) != 1)
		refuse_transition(call->request->subject, text, transitions, json_array_size(ids) > 1);
	return json_incref(json_array_get(ids, 0));
}

static void
put_transition(Invocation *call)
{
	int			argument = bind_named(call->binding, "transition");
	json_t	   *text = bind_json(call->binding, argument, call->request->context,
								 call->values, call->nulls);

	if (call->request->body == NULL)
		call->request->body = jira_json_object(call->request->context);
	jira_json_put(call->request->body, "transition.id",
				  find_transition(call, json_string_value(text)));
}

/* A comment as an addition to the issue's comments. */
static json_t *
encode_comment(json_t *text, const Connection *connection)
{
	return jira_json_made(json_pack("[{s{so}}]", "add", "body", rich_text.encode(text, connection)));
}

static const Codec comment_addition = {encode_comment};

/* clang-format off */
JIRA_ACTION(jira_do_transition,
	.category = "Issue Management",
	.title = "Do Transition",
	.classic_scopes = "write:jira-work",
	.granular_scopes = "write:issue:jira write:issue.property:jira",
	.also = ALSO(&side_request_transitions, &side_request_fields),
	.on = BOTH({POST, REST("issue/{issue}/transitions")}),
	.arguments = ARGUMENTS(
		{"issue", BOTH({IN_PATH})},
		{"transition", BOTH({AS_INPUT})},
		{"comment", BOTH({IN_BODY, "update.comment"}), &comment_addition},
		{"resolution", BOTH({IN_BODY, "fields.resolution"}), &name_reference},
		{"fields", BOTH({IN_FIELDS, "fields"})}),
	.prepare = put_transition);
/* clang-format on */
