/*
 * user_row.c
 *	  Statements that find and update rows of users' tables.
 *
 * Names are quoted and values are parameters, each read by the input function
 * of its column's type.  The executor checks rights and row level security, as
 * for any statement of the user.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "utils/quoted.h"
#include "utils/user_row.h"

/* Parameters of the statements of user_row_find(). */
enum
{
	CONTENT,
	FILENAME,
	FIRST_VALUE
};

struct UserRow
{
	Oid			relation;
	char	   *name;			/* qualified and quoted */
	char	   *assignments;	/* after SET */
	StringInfoData condition;	/* after WHERE */
	int			nparameters;
	Oid		   *types;
	Datum	   *values;
	char	   *nulls;			/* as SPI has them */
};

static char *
qualified_name(Oid relation)
{
	char	   *name = get_rel_name(relation);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation)));
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name);
}

/* The type of a column; for a domain, its base type. */
static Oid
column_type(const UserRow *record, const char *column)
{
	HeapTuple	tuple = SearchSysCacheAttName(record->relation, column);
	Oid			type = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_attribute attribute = (Form_pg_attribute) GETSTRUCT(tuple);

		if (attribute->attnum > 0)
			type = getBaseType(attribute->atttypid);
		ReleaseSysCache(tuple);
	}
	if (type == InvalidOid)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation %s does not exist", quoted(column), record->name)));
	return type;
}

static void
check_type(const UserRow *record, const char *column, bool fits, const char *wanted)
{
	if (!fits)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of relation %s is of type %s, but it must be of type %s",
						column, record->name, format_type_be(column_type(record, column)), wanted)));
}

static void
set_columns(UserRow *record, const char *content_column, const char *filename_column)
{
	char		category;
	bool		preferred;

	check_type(record, content_column, column_type(record, content_column) == BYTEAOID, "bytea");
	record->assignments = psprintf("%s = $%d", quote_identifier(content_column), CONTENT + 1);
	if (filename_column == NULL)
		return;
	get_type_category_preferred(column_type(record, filename_column), &category, &preferred);
	check_type(record, filename_column, category == TYPCATEGORY_STRING, "text");
	record->assignments = psprintf("%s, %s = $%d", record->assignments,
								   quote_identifier(filename_column), FILENAME + 1);
}

static void
add_parameter(UserRow *record, Oid type, Datum value, bool isnull)
{
	int			i = record->nparameters++;

	record->types[i] = type;
	record->values[i] = value;
	record->nulls[i] = isnull ? 'n' : ' ';
}

/* The text of a JSON value, which is not null, for a type's input function. */
static char *
input_text(const UserRow *record, const char *column, const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out,
													   NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return value->val.boolean ? "true" : "false";
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the value to match column \"%s\" of relation %s must not be an object or an array",
							column, record->name)));
	}
}

static Datum
read_value(const UserRow *record, const char *column, Oid type, JsonbValue *value)
{
	Oid			function;
	Oid			ioparam;

	if (type == JSONBOID)
		return JsonbPGetDatum(JsonbValueToJsonb(value));
	getTypeInputInfo(type, &function, &ioparam);
	return OidInputFunctionCall(function, input_text(record, column, value), ioparam, -1);
}

/* Compares with the equality operator of the type, in whatever schema it is. */
static void
add_condition(UserRow *record, const char *column, JsonbValue *value)
{
	Oid			type = column_type(record, column);
	Oid			equal = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;
	StringInfo	condition = &record->condition;

	if (condition->len > 0)
		appendStringInfoString(condition, " AND ");
	if (value->type == jbvNull)
	{
		appendStringInfo(condition, "%s IS NULL", quote_identifier(column));
		return;
	}
	if (!OidIsValid(equal))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("column \"%s\" of relation %s cannot be matched: type %s has no equality operator",
						column, record->name, format_type_be(type))));
	add_parameter(record, type, read_value(record, column, type, value), false);
	generate_operator_clause(condition, quote_identifier(column), type, equal,
							 psprintf("$%d", record->nparameters), type);
}

static void
add_conditions(UserRow *record, Jsonb *match)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	value;
	char	   *column = NULL;

	if (!JB_ROOT_IS_OBJECT(match) || JB_ROOT_COUNT(match) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("what to match must be a JSON object of columns and values"),
				 errhint("For example, '{\"id\": 1}'.")));
	iterator = JsonbIteratorInit(&match->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			column = pnstrdup(value.val.string.val, value.val.string.len);
		else if (token == WJB_VALUE)
			add_condition(record, column, &value);
	}
}

static uint64
run(const UserRow *record, const char *statement)
{
	uint64		rows;

	SPI_connect();
	SPI_execute_with_args(statement, record->nparameters, record->types, record->values,
						  record->nulls, false, 0);
	rows = SPI_processed;
	SPI_finish();
	return rows;
}

/* "only": "ONLY ", or nothing. */
static char *
update_statement(const UserRow *record, const char *only)
{
	return psprintf("UPDATE %s%s SET %s WHERE %s", only, record->name, record->assignments,
					record->condition.data);
}

static void
check_single(const UserRow *record, uint64 rows)
{
	if (rows == 1)
		return;
	ereport(ERROR,
			(errcode(rows == 0 ? ERRCODE_NO_DATA_FOUND : ERRCODE_TOO_MANY_ROWS),
			 rows == 0 ? errmsg("no row of %s matches that may be updated", record->name)
			 : errmsg("several rows of %s match", record->name),
			 errdetail("Nothing was changed."),
			 errhint("Match the columns of a unique key.")));
}

static UserRow *
make_record(Oid relation, Jsonb *match)
{
	UserRow    *record = palloc0(sizeof(UserRow));
	int			most = FIRST_VALUE + JB_ROOT_COUNT(match);

	record->relation = relation;
	record->name = qualified_name(relation);
	record->types = palloc(sizeof(Oid) * most);
	record->values = palloc(sizeof(Datum) * most);
	record->nulls = palloc(most);
	initStringInfo(&record->condition);
	return record;
}

uint64
user_row_put(Oid relation, Jsonb *match, const char *column, const char *text)
{
	UserRow    *record = make_record(relation, match);
	Oid			type = column_type(record, column);
	Oid			input;
	Oid			ioparam;
	bool		partitioned;

	getTypeInputInfo(type, &input, &ioparam);
	add_parameter(record, type, OidInputFunctionCall(input, unconstify(char *, text), ioparam, -1), false);
	record->assignments = psprintf("%s = $%d", quote_identifier(column), record->nparameters);
	add_conditions(record, match);
	partitioned = get_rel_relkind(relation) == RELKIND_PARTITIONED_TABLE;
	return run(record, update_statement(record, partitioned ? "" : "ONLY "));
}

UserRow *
user_row_find(Oid relation, Jsonb *match, const char *content_column, const char *filename_column)
{
	UserRow    *record = make_record(relation, match);

	add_parameter(record, BYTEAOID, (Datum) 0, true);
	add_parameter(record, TEXTOID, (Datum) 0, true);
	set_columns(record, content_column, filename_column);
	add_conditions(record, match);

	/* EXPLAIN checks everything about the update except the rows. */
	(void) run(record, psprintf("EXPLAIN %s", update_statement(record, "")));
	check_single(record, run(record, psprintf("SELECT FROM %s WHERE %s LIMIT 2 FOR KEY SHARE",
											  record->name, record->condition.data)));
	return record;
}

void
user_row_fill(UserRow *record, bytea *content, const char *filename)
{
	record->values[CONTENT] = PointerGetDatum(content);
	record->nulls[CONTENT] = ' ';
	if (filename)
	{
		record->values[FILENAME] = CStringGetTextDatum(filename);
		record->nulls[FILENAME] = ' ';
	}
	check_single(record, run(record, update_statement(record, "")));
}
