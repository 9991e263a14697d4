/*
 * json_fuzz.c
 *	  A reply of Jira: parsed as a whole and by rows, which must agree, and its
 *	  values as SQL values and back.
 */
#include "postgres.h"

#include <malloc.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "fuzz.h"
#include "json/json_rows.h"
#include "json/value.h"
#include "utils/budget.h"

#define PATH_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._"

/* What memory contexts and jansson take for a document of any size. */
#define MALLOC_SLACK 65536

static const Oid types[] = {
	JSONBOID, TEXTOID, INT4OID, INT8OID, NUMERICOID, FLOAT8OID, BOOLOID, TIMESTAMPTZOID, DATEOID,
	TEXTARRAYOID, INT4ARRAYOID, NUMERICARRAYOID, TIMESTAMPTZARRAYOID, JSONBARRAYOID
};

static ValueReader readers[lengthof(types)];

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

/* What is written is read again as the same. */
static void
check_text(json_t *document)
{
	char	   *text = jira_json_text(document);
	char	   *problem;
	json_t	   *again = jira_json_parse(CurrentMemoryContext, text, strlen(text), &problem);

	FUZZ_REQUIRE(again != NULL, text);
	FUZZ_REQUIRE(strcmp(jira_json_text(again), text) == 0, text);
}

/*
 * jansson's own reading, NULL for what it cannot tell us: which of two members of
 * one name is meant, and numbers that it cannot hold.
 */
static json_t *
plain_document(const char *text, size_t length, bool *valid)
{
	const size_t flags = JSON_ALLOW_NUL | JSON_DECODE_ANY;
	json_error_t error;
	json_t	   *document = json_loadb(text, length, flags | JSON_REJECT_DUPLICATES, &error);

	*valid = document || json_error_code(&error) == json_error_duplicate_key ||
		json_error_code(&error) == json_error_numeric_overflow;
	return document ? own(document) : NULL;
}

/* Reads all rows; false, if there is one that is malformed. */
static bool
read_rows(JsonRows *rows, json_t *into)
{
	JsonPaths  *paths = json_row_paths();
	JsonProblem problem;
	JsonRow		row;

	while (json_rows_next(rows, paths, CurrentMemoryContext, &row, &problem))
		json_array_append(into, json_row_tree(&row));
	return problem.detail == NULL;
}

/* Rows are the elements of the array; what is malformed does not go unnoticed. */
static void
check_rows(const char *bytes, size_t length, const char *path, json_t *document)
{
	const char *text = pnstrdup(bytes, length);	/* to be shown */
	bool		valid;
	json_t	   *plain = plain_document(bytes, length, &valid);
	json_t	   *found = own(json_array());
	json_t	   *rest;
	JsonProblem problem = {NULL, NULL};
	JsonRows   *rows = json_rows_open(bytes, length, path, BUDGET_UNLIMITED, &rest, &problem);

	FUZZ_REQUIRE(rest || problem.detail, text);
	if (rows == NULL)
	{
		FUZZ_REQUIRE((rest == NULL) == (document == NULL), text);
		return;
	}
	if (!read_rows(rows, found))
		FUZZ_REQUIRE(document == NULL, text);
	else
	{
		FUZZ_REQUIRE(json_rows_count(rows) == json_array_size(found), text);
		FUZZ_REQUIRE(valid || document, text);	/* as it came, or mended */
	}
	if (plain && document)
		FUZZ_REQUIRE(json_equal(found, own(jira_json_get_or_null(plain, path))), text);
}

static Datum
jsonb_of(json_t *document)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(jira_json_text(document)));
}

static bool
same_jsonb(Datum left, Datum right)
{
	return DatumGetBool(DirectFunctionCall2(jsonb_eq, left, right));
}

/* A date or a number that is said to be one can be read. */
static void
check_existence(int i, json_t *document)
{
	Oid			type = OidIsValid(readers[i].element) ? readers[i].element : types[i];
	volatile bool failed = false;
	bool		isnull;

	if (type == JSONBOID || type == TEXTOID || type == FLOAT8OID || !value_exists(&readers[i], document))
		return;
	PG_TRY();
	{
		(void) value_from_json(&readers[i], document, &isnull);
	}
	PG_CATCH();
	{
		FlushErrorState();
		failed = true;
	}
	PG_END_TRY();
	FUZZ_REQUIRE(!failed, jira_json_text(document));
}

/* To SQL, to JSON, to SQL again: the same value, to the millisecond. */
static void
check_value(int i, json_t *document)
{
	bool		isnull;
	Datum		value;
	json_t	   *back;
	Datum		again;
	bool		null_again;

	check_existence(i, document);
	value = value_from_json(&readers[i], document, &isnull);

	FUZZ_REQUIRE(isnull == json_is_null(document), jira_json_text(document));
	if (isnull)
		return;
	if (OidIsValid(readers[i].element) && json_is_array(document))
		FUZZ_REQUIRE(ArrayGetNItems(ARR_NDIM(DatumGetArrayTypeP(value)),
									ARR_DIMS(DatumGetArrayTypeP(value))) ==
					 json_array_size(document), jira_json_text(document));
	back = own(value_to_json(value, types[i]));
	again = value_from_json(&readers[i], back, &null_again);
	if (types[i] == JSONBOID)
		FUZZ_REQUIRE(same_jsonb(value, again), jira_json_text(document));
	else if (types[i] == TIMESTAMPTZOID)
		FUZZ_REQUIRE(DatumGetInt64(value) - DatumGetInt64(again) < 1000 &&
					 DatumGetInt64(value) >= DatumGetInt64(again), jira_json_text(back));
	else if (types[i] != TIMESTAMPTZARRAYOID)
		FUZZ_REQUIRE(same_jsonb(jsonb_of(back), jsonb_of(own(value_to_json(again, types[i])))),
					 jira_json_text(back));
}

/* The bytes of malloc() in use: jansson's. */
static size_t
malloced(void)
{
	return mallinfo2().uordblks;
}

/* A document takes no more than it was measured, and what is beyond is not parsed. */
static void
check_budget(const char *bytes, size_t length)
{
	const char *text = pnstrdup(bytes, length); /* to be shown */
	MemoryContext own = AllocSetContextCreate(CurrentMemoryContext, "fuzz document", ALLOCSET_SMALL_SIZES);
	BudgetExcess excess;
	JsonProblem problem;
	uint64		most = 64;
	size_t		before;
	json_t	   *document;

	while (!budget_allows(bytes, length, most, &excess) && most < PG_INT32_MAX)
	{
		FUZZ_REQUIRE(fuzz_is_message(excess.detail, 500) && fuzz_is_message(excess.hint, 500), text);
		FUZZ_REQUIRE(jira_json_read(own, bytes, length, most, &problem) == NULL && problem.hint, text);
		most *= 2;
	}
	before = malloced();
	document = jira_json_read(own, bytes, length, most, &problem);
	if (document)
		FUZZ_REQUIRE(malloced() - before <= most + MALLOC_SLACK, text);
	MemoryContextDelete(own);
}

static void
run(FuzzInput *input)
{
	int			type = fuzz_choice(input, lengthof(types));
	const char *path = fuzz_line(input);
	const char *text = input->next;
	size_t		length = input->end - text;
	char	   *problem = NULL;
	json_t	   *document = jira_json_parse(CurrentMemoryContext, text, length, &problem);

	check_budget(text, length);
	if (document == NULL)
		FUZZ_REQUIRE(problem && fuzz_is_message(problem, 500), problem ? problem : "no problem");
	else
		check_text(document);
	if (strspn(path, PATH_CHARACTERS) == strlen(path))
		check_rows(text, length, path, document);
	if (document == NULL)
		return;
	own(jira_json_get_or_null(document, path));
	(void) jira_json_put(jira_json_object(CurrentMemoryContext), path, json_incref(document));
	check_value(type, document);
}

const FuzzTarget json_target = {"json", prepare, run};
