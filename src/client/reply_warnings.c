/*
 * reply_warnings.c
 *	  What Jira warns about in a reply with the status of a success.
 *
 * Cloud's search has "warnings", a list of {"type", "message"}; the older
 * searches have "warningMessages", a list of texts.
 */
#include "postgres.h"

#include "client/reply_warnings.h"
#include "utils/foreign_text.h"

static const char *const members[] = {"warnings", "warningMessages"};

/* Parts of a type or a message that say that the result is not whole. */
static const char *const signs_of_loss[] = {"truncat", "exceed", "incomplete", "partial result", "partial_result"};

static bool
tells_of_loss(const char *text)
{
	for (int i = 0; i < lengthof(signs_of_loss); i++)
		if (text && strcasestr(text, signs_of_loss[i]))
			return true;
	return false;
}

/* What a warning says, or NULL. */
static const char *
message_of(json_t *warning)
{
	return json_is_string(warning) ? json_string_value(warning)
		: json_string_value(json_object_get(warning, "message"));
}

static bool
is_of_loss(json_t *warning)
{
	return tells_of_loss(json_string_value(json_object_get(warning, "type"))) || tells_of_loss(message_of(warning));
}

static void
report_warning(const Request *request, json_t *warning, json_t *reported)
{
	const char *type = json_string_value(json_object_get(warning, "type"));
	const char *message = message_of(warning);
	const char *words = message ? message : type ? type : jira_json_text(warning);
	char	   *detail = foreign_text(words, strlen(words), MAX_QUOTED);

	if (!request->writes && is_of_loss(warning))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("Jira does not return all rows of %s", request_name(request)),
				 errdetail_internal("%s", detail),
				 errhint("Divide the search, or shorten the lists in its JQL.")));
	if (reported == NULL || json_object_get(reported, words))
		return;
	json_object_set_new(reported, words, json_true());
	ereport(WARNING,
			(errmsg("Jira warns about %s", request_name(request)),
			 errdetail_internal("%s", detail)));
}

void
reply_warnings_report(const Request *request, json_t *document, json_t *reported)
{
	json_t	   *warning;
	size_t		j;

	for (int i = 0; i < lengthof(members); i++)
	{
		json_array_foreach(json_object_get(document, members[i]), j, warning)
		{
			report_warning(request, warning, reported);
		}
	}
}

bool
reply_warnings_exist(json_t *document)
{
	for (int i = 0; i < lengthof(members); i++)
		if (json_array_size(json_object_get(document, members[i])) > 0)
			return true;
	return false;
}

bool
reply_warnings_tell_of_loss(json_t *document)
{
	json_t	   *warning;
	size_t		j;

	for (int i = 0; i < lengthof(members); i++)
	{
		json_array_foreach(json_object_get(document, members[i]), j, warning)
		{
			if (is_of_loss(warning))
				return true;
		}
	}
	return false;
}
