/*
 * adf_fuzz.c
 *	  Text to Atlassian Document Format and back, and any document as text.
 */
#include "postgres.h"

#include "adf/adf.h"
#include "fuzz.h"

static void
check_line(const json_t *node, const char *text)
{
	const json_t *line = json_object_get(node, "text");

	if (strcmp(json_string_value(json_object_get(node, "type")), "hardBreak") == 0)
		return;
	FUZZ_REQUIRE(json_string_length(line) > 0, text);
	FUZZ_REQUIRE(strchr(json_string_value(line), '\n') == NULL, text);
}

static void
check_document(const json_t *document, const char *text)
{
	size_t		i;
	size_t		j;
	json_t	   *paragraph;
	json_t	   *node;

	json_array_foreach(json_object_get(document, "content"), i, paragraph)
	{
		FUZZ_REQUIRE(json_is_array(json_object_get(paragraph, "content")), text);
		json_array_foreach(json_object_get(paragraph, "content"), j, node)
		{
			check_line(node, text);
		}
	}
}

/* The same bytes come back, through a document that Jira takes. */
static void
check_text(const char *text)
{
	json_t	   *document = jira_json_own(CurrentMemoryContext, adf_from_text(text));
	json_t	   *back = jira_json_own(CurrentMemoryContext, adf_to_text(document));

	check_document(document, text);
	FUZZ_REQUIRE(json_is_string(back) && strcmp(json_string_value(back), text) == 0, text);
}

/* Every text of the document is shown; a newline in it is another matter. */
static void
check_shown(const json_t *node, const json_t *shown, const char *document)
{
	const char *type = json_string_value(json_object_get(node, "type"));
	const json_t *text = json_object_get(node, "text");
	size_t		i;
	json_t	   *child;

	if (type == NULL || strcmp(type, "date") == 0)
		return;
	if (strcmp(type, "text") == 0 && json_is_string(text))
	{
		if (strchr(json_string_value(text), '\n') == NULL)
			FUZZ_REQUIRE(memmem(json_string_value(shown), json_string_length(shown),
								json_string_value(text), strlen(json_string_value(text))),
						 document);
		return;
	}
	json_array_foreach(json_object_get(node, "content"), i, child)
	{
		check_shown(child, shown, document);
	}
}

static void
run(FuzzInput *input)
{
	const char *text = fuzz_text(input);
	char	   *problem;
	json_t	   *document = jira_json_parse(CurrentMemoryContext, text, strlen(text), &problem);
	const char *type = json_string_value(json_object_get(document, "type"));
	json_t	   *shown;

	check_text(text);
	if (document == NULL)
		return;
	shown = jira_json_own(CurrentMemoryContext, adf_to_text(document));
	if (type == NULL || strcmp(type, "doc") != 0)
		FUZZ_REQUIRE(shown == document, text);
	else
		check_shown(document, shown, text);
}

const FuzzTarget adf_target = {"adf", NULL, run};
