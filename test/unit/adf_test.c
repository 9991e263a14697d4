/*
 * adf_test.c
 *	  Tests of text to Atlassian Document Format and back, without a server.
 *
 * "make test TESTS=unit" builds it with src/adf and runs it under sanitizers.
 */
#include "postgres.h"

#include "adf/adf.h"
#include "adf_cases.h"
#include "adf_test.h"
#include "utils/budget.h"

#undef printf
#undef snprintf

#define RANDOM_TEXTS 100000
#define RANDOM_DOCUMENTS 20000
#define MAX_DEPTH 6

static int	tests = 0;
static int	failures = 0;

static void
check(bool good, const char *name)
{
	tests++;
	failures += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", tests, name);
}

/* A JSON document written with ' for " to be readable in C. */
static json_t *
parse(const char *text)
{
	char	   *quoted = strdup(text);
	json_error_t error;
	json_t	   *document;

	for (char *c = quoted; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	document = json_loads(quoted, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
	if (document == NULL)
		printf("# %s: %s\n", error.text, quoted);
	free(quoted);
	return document;
}

/* ---------- text to document and back ---------- */

static bool
is_good_line(const json_t *node, bool after_text)
{
	const char *type = json_string_value(json_object_get(node, "type"));
	const char *text = json_string_value(json_object_get(node, "text"));

	if (strcmp(type, "hardBreak") == 0)
		return json_object_size(node) == 1;
	return strcmp(type, "text") == 0 && json_object_size(node) == 2 &&
		text[0] != '\0' && strchr(text, '\n') == NULL && !after_text;
}

/* As Jira demands: no empty text, no newline in one, no two side by side. */
static bool
is_good_document(const json_t *document)
{
	const json_t *paragraphs = json_object_get(document, "content");
	size_t		i;
	size_t		j;
	json_t	   *paragraph;
	json_t	   *node;

	json_array_foreach(paragraphs, i, paragraph)
	{
		bool		after_text = false;

		if (!json_is_array(json_object_get(paragraph, "content")))
			return false;
		json_array_foreach(json_object_get(paragraph, "content"), j, node)
		{
			if (!is_good_line(node, after_text))
				return false;
			after_text = json_object_get(node, "text") != NULL;
		}
	}
	return json_is_array(paragraphs);
}

static bool
comes_back(const char *text)
{
	json_t	   *document = adf_from_text(text);
	json_t	   *back = adf_to_text(document);
	json_t	   *wanted = json_string(text);
	bool		good = is_good_document(document) && json_equal(back, wanted);

	if (!good)
		printf("# \"%s\" came back as \"%s\"\n", text, json_string_value(back));
	json_decref(wanted);
	json_decref(back);
	json_decref(document);
	reset_context();
	return good;
}

static bool
becomes(const char *text, const char *expected)
{
	json_t	   *document = adf_from_text(text);
	json_t	   *wanted = parse(expected);
	bool		good = json_equal(document, wanted);

	json_decref(wanted);
	json_decref(document);
	reset_context();
	return good;
}

static bool
all_random_texts_come_back(void)
{
	char		text[MAX_TEXT];

	for (int i = 0; i < RANDOM_TEXTS; i++)
	{
		random_text(text);
		if (!comes_back(text))
			return false;
	}
	return true;
}

/* Every text of up to 8 characters made of these: each run, at each place. */
static bool
all_short_texts_come_back(void)
{
	static const char alphabet[] = "\na -";
	char		text[9] = "";

	for (int i = 0; i < 1 << 16; i++)
	{
		for (int j = 0; j < 8; j++)
			text[j] = alphabet[(i >> (2 * j)) & 3];
		if (!comes_back(text + i % 8))
			return false;
	}
	return true;
}

/* ---------- documents to text ---------- */

static bool
reads(const char *source, const char *expected)
{
	json_t	   *document = parse(source);
	json_t	   *text = adf_to_text(document);
	bool		good = json_is_string(text) && strcmp(json_string_value(text), expected) == 0;

	if (!good)
		printf("# got:\n%s\n# expected:\n%s\n# end\n", json_string_value(text), expected);
	json_decref(text);
	json_decref(document);
	reset_context();
	return good;
}

static bool
keeps_nul(void)
{
	json_t	   *document = parse(DOC(P(T("a\\u0000b"))));
	json_t	   *text = adf_to_text(document);
	bool		good = json_string_length(text) == 3 && memcmp(json_string_value(text), "a\0b", 3) == 0;

	json_decref(text);
	json_decref(document);
	return good;
}

/* What is not a document is handed back: the same value, one reference more. */
static bool
passes(const char *source)
{
	json_t	   *value = parse(source);
	json_t	   *same = adf_to_text(value);
	bool		good = value == same;

	json_decref(same);
	json_decref(value);
	return good;
}

/* Quotes inside quotes, to the depth that json.c admits. */
static bool
reads_deep_documents(void)
{
	json_t	   *node = parse(P(T("x")));
	json_t	   *text;
	size_t		depth = BUDGET_DEPTH / 2;
	bool		good;

	for (size_t i = 0; i < depth; i++)
		node = json_pack("{s:s, s:[o]}", "type", "blockquote", "content", node);
	node = json_pack("{s:s, s:[o]}", "type", "doc", "content", node);
	text = adf_to_text(node);
	good = json_string_length(text) == 2 * depth + 1 &&
		strspn(json_string_value(text), "> ") == 2 * depth;
	json_decref(text);
	json_decref(node);
	return good;
}

/* ---------- random documents: no text gets lost ---------- */

static bool
has_words(const char *text)
{
	char		word[20];

	for (int i = 0; i < words && text != NULL; i++)
	{
		snprintf(word, sizeof(word), "w%d;", i);
		text = strstr(text, word);
	}
	return text != NULL;
}

static bool
random_documents_keep_their_words(void)
{
	bool		good = true;

	for (int i = 0; i < RANDOM_DOCUMENTS && good; i++)
	{
		json_t	   *document;
		json_t	   *text;

		words = 0;
		document = json_pack("{s:s, s:[o]}", "type", "doc", "content", random_node(MAX_DEPTH));
		text = adf_to_text(document);
		good = has_words(json_string_value(text));
		if (!good)
			printf("# %s\n", json_string_value(text));
		json_decref(text);
		json_decref(document);
	}
	return good;
}

/* ---------- errors ---------- */

/* One conversion that gets so many allocations; false if it raised an error. */
static bool
finishes(const char *text, json_t *document, long allocations)
{
	json_t	   *result;

	if (setjmp(on_error) != 0)
	{
		allowed = -1;
		reset_context();
		return false;
	}
	allowed = allocations;
	result = text != NULL ? adf_from_text(text) : adf_to_text(document);
	allowed = -1;
	json_decref(result);
	reset_context();
	return true;
}

/* Lets memory run out at the first allocation, the second, and so on. */
static bool
leaks_nothing(const char *text, json_t *document)
{
	long		before = live;
	long		allocations = 0;

	while (!finishes(text, document, allocations) && live == before)
		allocations++;
	return allocations > 0 && live == before;
}

static bool
leaks_nothing_to_text(void)
{
	json_t	   *document = parse(DOC(NODE("blockquote", P(T("a") "," BR "," LINK("b", "c", "")))));
	bool		good = leaks_nothing(NULL, document);

	json_decref(document);
	return good;
}

int
main(void)
{
	json_set_alloc_funcs(count_malloc, count_free);

	check(becomes("", DOC("")), "no text is a document without paragraphs");
	check(becomes("a\n\n\nb\r\n", DOC(P(T("a")) "," P(BR "," T("b\\r") "," BR))),
		  "empty lines end paragraphs, newlines are hard breaks");
	check(becomes("\n\n", DOC(P("") "," P(""))), "paragraphs may be empty");
	check(all_short_texts_come_back(), "every short text comes back");
	check(all_random_texts_come_back(), "100000 random texts come back");
	for (size_t i = 0; i < lengthof(cases); i++)
		check(reads(cases[i].document, cases[i].text), cases[i].name);
	check(keeps_nul(), "U+0000 is kept");
	check(reads_deep_documents(), "deep documents");
	check(random_documents_keep_their_words(), "random documents lose no text");
	check(passes("'text'") && passes("null") && passes("7") && passes("[]") && passes("{'a':1}") &&
		  passes("{'type':'task'}") && adf_to_text(NULL) == NULL,
		  "what is not a document passes unchanged");
	check(!finishes("\xff", NULL, -1) && !finishes("a\n\xed\xa0\x80", NULL, -1),
		  "text that is not UTF-8 is an error");
	check(leaks_nothing("a\n\nb\nc\nd\ne\nf\ng", NULL), "running out of memory leaks nothing, from text");
	check(leaks_nothing_to_text(), "running out of memory leaks nothing, to text");
	check(live == 0, "everything was freed");

	printf("1..%d\n", tests);
	return failures > 0;
}
