/*
 * row_fuzz.c
 *	  Rows of a list: what is read from their bytes is what their trees give.
 *
 * The first line of an input has paths, with spaces between them; what follows is
 * the list.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/lsyscache.h"

#include "fuzz.h"
#include "json/json_rows.h"
#include "json/value.h"
#include "utils/budget.h"

#define MOST_PLACES 8

static const Oid types[] = {
	TEXTOID, JSONBOID, TIMESTAMPTZOID, DATEOID, INT4OID, INT8OID, NUMERICOID, BOOLOID, TEXTARRAYOID,
	FLOAT8OID, INT4ARRAYOID
};

static ValueReader readers[lengthof(types)];

/* What is wanted of each row. */
typedef struct Wanted
{
	JsonPaths  *paths;
	const char *names[MOST_PLACES]; /* "a|b" */
	JsonPlaces	places[MOST_PLACES];
	int			count;
} Wanted;

static void
prepare(void)
{
	for (int i = 0; i < lengthof(types); i++)
		value_reader(&readers[i], types[i], -1);
}

static json_t *
own(json_t *value)
{
	return jira_json_own(CurrentMemoryContext, value);
}

static char *
text_of(Datum value, Oid type)
{
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(type, &output, &is_varlena);
	return OidOutputFunctionCall(output, value);
}

/* The same value from the bytes and from the tree, which has one if the bytes have. */
static void
check_value(ValueReader *reader, JsonSlice slice, json_t *value)
{
	char	   *text = pnstrdup(slice.start, slice.end - slice.start);
	Datum		found;
	Datum		expected;
	bool		isnull;

	if (!value_from_slice(reader, slice, &found))
		return;
	FUZZ_REQUIRE(value_exists(reader, value), text);
	expected = value_from_json(reader, value, &isnull);
	FUZZ_REQUIRE(!isnull, text);
	FUZZ_REQUIRE(strcmp(text_of(found, reader->type), text_of(expected, reader->type)) == 0, text);
}

static void
check_string(char *string, json_t *value, const char *text)
{
	FUZZ_REQUIRE((string != NULL) == json_is_string(value), text);
	if (string && strlen(json_string_value(value)) == json_string_length(value))
		FUZZ_REQUIRE(strcmp(string, json_string_value(value)) == 0, text);
}

/* The first of the paths "a|b" that leads to a value, and the value. */
static int
first_in_tree(json_t *tree, JsonPlaces places, const char *names, json_t **value)
{
	for (int i = 0; i < places.count; i++)
	{
		size_t		length = strcspn(names, "|");

		*value = own(jira_json_get_or_null(tree, pnstrdup(names, length)));
		if (!json_is_null(*value))
			return places.first + i;
		names += length + 1;
	}
	return -1;
}

static void
check_place(JsonRow *row, JsonPlaces places, const char *names, const char *text)
{
	json_t	   *value;
	int			first = json_row_first(row, places);
	JsonSlice	slice;

	FUZZ_REQUIRE(first == first_in_tree(json_row_tree(row), places, names, &value), text);
	if (first < 0)
		return;
	FUZZ_REQUIRE(json_row_has_any(row, places) || !json_row_slice(row, first, &slice), text);
	FUZZ_REQUIRE(json_equal(own(json_row_get(row, first)), value), text);
	check_string(json_row_string(row, first), value, text);
	if (!json_row_slice(row, first, &slice))
		return;
	for (int i = 0; i < lengthof(types); i++)
		check_value(&readers[i], slice, value);
}

static void
read_wanted(FuzzInput *input, Wanted *wanted)
{
	char	   *rest = fuzz_line(input);
	char	   *names;

	wanted->paths = json_row_paths();
	wanted->count = 0;
	while (wanted->count < MOST_PLACES && (names = strsep(&rest, " ")) != NULL)
	{
		wanted->names[wanted->count] = names;
		wanted->places[wanted->count++] = json_row_add_paths(wanted->paths, names);
	}
}

static void
run(FuzzInput *input)
{
	Wanted		wanted;
	JsonProblem problem;
	json_t	   *rest;
	JsonRows   *rows;
	JsonRow		row;

	read_wanted(input, &wanted);
	rows = json_rows_open(input->next, input->end - input->next, "", BUDGET_UNLIMITED, &rest, &problem);
	while (rows && json_rows_next(rows, wanted.paths, CurrentMemoryContext, &row, &problem))
		for (int i = 0; i < wanted.count; i++)
			check_place(&row, wanted.places[i], wanted.names[i],
						psprintf("%s of %s", wanted.names[i], jira_json_text(json_row_tree(&row))));
}

const FuzzTarget row_target = {"row", prepare, run};
