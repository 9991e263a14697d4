/*
 * codec.c
 *	  Values that Jira writes differently than SQL does.
 */
#include "postgres.h"

#include <ctype.h>

#include "lib/stringinfo.h"

#include "adf/adf.h"
#include "engine/codec.h"
#include "json/value.h"
#include "utils/quoted.h"

static json_t *
encode_rich_text(json_t *text, const Connection *connection)
{
	if (connection->api_version < 3 || !json_is_string(text))
		return json_incref(text);
	return adf_from_text(json_string_value(text));
}

static json_t *
decode_rich_text(json_t *text, const Connection *connection)
{
	if (!json_is_object(text))
		return json_incref(text);
	return adf_to_text(text);
}

const Codec rich_text = {encode_rich_text, decode_rich_text,.keeps_strings = true};

static json_t *
encode_user(json_t *account, const Connection *connection)
{
	const char *member = connection->deployment == CLOUD ? "id" : "name";

	return jira_json_made(json_pack("{sO}", member, account));
}

const Codec user_reference = {encode_user, NULL};

static json_t *
encode_reference(json_t *text, const char *member)
{
	const char *value = json_string_value(text);
	bool		id = value[0] != '\0' && strspn(value, "0123456789") == strlen(value);

	return jira_json_made(json_pack("{sO}", id ? "id" : member, text));
}

static json_t *
encode_key(json_t *text, const Connection *connection)
{
	return encode_reference(text, "key");
}

const Codec key_reference = {encode_key, NULL};

static json_t *
encode_name(json_t *text, const Connection *connection)
{
	return encode_reference(text, "name");
}

const Codec name_reference = {encode_name, NULL};

const char *const codec_expansions[] = {
	"changelog", "editmeta", "names", "operations", "renderedFields", "schema", "transitions",
	"versionedRepresentations", NULL
};

static void
check_expansion(json_t *given)
{
	StringInfoData known;

	initStringInfo(&known);
	for (const char *const *name = codec_expansions; *name; name++)
	{
		if (strcmp(json_string_value(given), *name) == 0)
			return;
		appendStringInfo(&known, "%s%s", known.len > 0 ? ", " : "", *name);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("Jira has no \"%s\" to expand in an issue", quoted(value_text(given))),
			 errhint("It has: %s.", known.data)));
}

static json_t *
encode_expand(json_t *list, const Connection *connection)
{
	json_t	   *joined;

	for (size_t i = 0; i < json_array_size(list); i++)
		check_expansion(json_array_get(list, i));
	if (connection->deployment == SERVER)
		return json_incref(list);
	joined = json_string("");
	for (size_t i = 0; i < json_array_size(list); i++)
	{
		json_t	   *longer = json_pack("s++", json_string_value(joined), i > 0 ? "," : "",
									   json_string_value(json_array_get(list, i)));

		json_decref(joined);
		joined = jira_json_made(longer);
	}
	return jira_json_made(joined);
}

const Codec expand_list = {encode_expand, NULL};

/* Cloud's group ids are UUIDs; a group may be called anything else. */
static const char *
name_group_parameter(json_t *group, const Connection *connection, const char *name)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	const char *text = json_string_value(group);

	if (connection->deployment != CLOUD || json_string_length(group) != strlen(form))
		return name;
	for (int i = 0; form[i]; i++)
		if (form[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char) text[i]))
			return name;
	return strcmp(name, "groupname") == 0 ? "groupId" : "swapGroupId";
}

const Codec group_name = {.wire_name = name_group_parameter};

static json_t *
encode_utc_time(json_t *time, const Connection *connection)
{
	const char *text = json_string_value(time);

	return jira_json_made(json_pack("s#+", text, (int) (strlen(text) - strlen("+0000")), "Z"));
}

const Codec utc_time = {encode_utc_time};
