/*
 * key_source.c
 *	  Asks Jira for the rows of a call that have one of several keys.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "engine/jql.h"
#include "engine/key_list.h"
#include "engine/search_count.h"
#include "scan/conditions_private.h"
#include "scan/key_source.h"

#define MOST_NAME_CHARACTERS 255

/* A field of issues that a search can have a list of values for. */
typedef struct KeyField
{
	const char *field;			/* of JQL, by key */
	const char *id_field;		/* the same by id; NULL: accounts have no
								 * other */
	bool		is_unique;		/* no two issues have the same value */
	bool		(*has_form) (const char *text);
	NarrowingResult (*next) (Narrowing *narrowing, Client *client, NarrowingCause cause, const char *own, char **jql);
} KeyField;

static NarrowingResult next_issue_search(Narrowing *narrowing, Client *client, NarrowingCause cause, const char *own,
										 char **jql);
static NarrowingResult next_account_search(Narrowing *narrowing, Client *client, NarrowingCause cause, const char *own,
										   char **jql);

/* Data Center has any text as the name of an account that its database has room for. */
static bool
has_account_form(const char *text)
{
	return text[0] != '\0' && pg_mbstrlen(text) <= MOST_NAME_CHARACTERS;
}

static const KeyField key_fields[] = {
	{"key", "id", true, key_list_has_key_form, next_issue_search},
	{"id", "id", true, key_list_has_id_form, next_issue_search},
	{"parent", "parent", false, key_list_has_key_form, next_issue_search},
	{"assignee", NULL, false, has_account_form, next_account_search},
	{"reporter", NULL, false, has_account_form, next_account_search},
};

/* A search for some keys. */
typedef struct KeySearch
{
	Narrowing	narrowing;		/* must be first */
	const char *action;
	const KeyField *field;
	MemoryContext context;		/* of one search */
	json_t	   *keys;
	json_t	   *ids;			/* of the issues that exist, or NULL: not
								 * asked */
	bool		asked_twice;	/* for the ids */
	bool		asks_first;		/* for the ids: a search has been refused */
	bool		is_valid;		/* what remains if no value is refused */
} KeySearch;

struct KeySource
{
	MemoryContext context;
	const Binding *call;		/* of that */
	const Binding *batches;		/* NULL: the call is a search */
	const bool *wanted;
	const char *fields;
	SourceRow  *row;
	int			key;			/* in a row: the place of the key, and of the
								 * id if the call looks up an issue */
	int			id;
	TupleTableSlot *kept;		/* a row from "whole" */
	SourceRead *read;
	KeySearch	search;
	Tuplestorestate *whole;		/* all rows of the search, or NULL */
	bool		is_kept;		/* the rows come from there */
	KeySourceCost cost;
};

/* --- The search. */

static NarrowingResult
with_clause(const char *own, char *clause, char **jql)
{
	*jql = jql_with_clause(own, clause);
	return *jql ? NARROWED : AS_WRITTEN;
}

/* Has the search name the issues that exist, by their ids. */
static NarrowingResult
search_by_id(KeySearch *search, Client *client, const char *own, char **jql)
{
	MemoryContext before = MemoryContextSwitchTo(search->context);
	json_t	   *ids = key_list_ids(client, search->action, search->keys);

	MemoryContextSwitchTo(before);
	search->asked_twice = search->ids != NULL;
	if (search->asked_twice && json_equal(ids, search->ids))
		return NO_ROWS;
	search->ids = ids;
	if (ids == NULL)
		return AS_WRITTEN;
	if (json_array_size(ids) == 0)
		return NO_ROWS;
	return with_clause(own, key_list_clause(search->field->id_field, ids), jql);
}

/*
 * Data Center refuses a search for issues that do not exist, which tells that some
 * do not; Cloud may find nothing then, so that only those that exist may be named.
 * If nothing is found nevertheless, one of them may have been deleted meanwhile.
 */
static NarrowingResult
next_issue_search(Narrowing *narrowing, Client *client, NarrowingCause cause, const char *own, char **jql)
{
	KeySearch  *search = (KeySearch *) narrowing;
	bool		is_cloud = client->connection->deployment == CLOUD;

	switch (cause)
	{
		case NOTHING_ASKED:
			if (is_cloud || search->asks_first)
				return search_by_id(search, client, own, jql);
			return with_clause(own, key_list_clause(search->field->field, search->keys), jql);
		case SEARCH_REFUSED:
		case SEARCH_WARNED:
			if (search->ids)
				return AS_WRITTEN;
			search->asks_first = true;
			return search_by_id(search, client, own, jql);
		case SEARCH_EMPTY:
			if (!is_cloud || json_array_size(search->ids) == 1)
				return NO_ROWS;
			return search->asked_twice ? AS_WRITTEN : search_by_id(search, client, own, jql);
	}
	pg_unreachable();
}

/* Can all keys be asked for as names? */
static bool
are_names(json_t *keys)
{
	size_t		i;
	json_t	   *key;

	json_array_foreach(keys, i, key)
		if (!condition_column_is_name(json_string_value(key)))
		return false;
	return true;
}

/*
 * Has Data Center find nothing for names that it does not know.  It would be as silent
 * about what else it does not take, so that this has to be all right.
 */
static NarrowingResult
search_leniently(KeySearch *search, Client *client, const char *own, char **jql)
{
	char	   *others = jql_with_clause(own, psprintf("%s is not EMPTY", search->field->field));

	if (others == NULL ||
		(!search->is_valid && search_count_take(search_count_start(client, search->action, others)) < 0))
		return AS_WRITTEN;
	search->is_valid = true;
	search->narrowing.lenient = true;
	return with_clause(own, key_list_clause(search->field->field, search->keys), jql);
}

/*
 * Accounts are asked for as they are until a search is refused, as it is if one of them
 * does not exist.  Should Cloud find nothing instead, one of several may be the cause.
 * Cloud is not asked which ones exist: issues may still show an account that is gone.
 */
static NarrowingResult
next_account_search(Narrowing *narrowing, Client *client, NarrowingCause cause, const char *own, char **jql)
{
	KeySearch  *search = (KeySearch *) narrowing;
	bool		is_cloud = client->connection->deployment == CLOUD;

	if (cause == NOTHING_ASKED && !are_names(search->keys))
		return AS_WRITTEN;
	if (cause == NOTHING_ASKED && !search->asks_first)
		return with_clause(own, key_list_clause(search->field->field, search->keys), jql);
	if (cause == SEARCH_EMPTY && (!is_cloud || json_array_size(search->keys) == 1))
		return NO_ROWS;
	if (is_cloud || narrowing->lenient)
		return AS_WRITTEN;
	search->asks_first |= cause == SEARCH_REFUSED;
	return search_leniently(search, client, own, jql);
}

/* --- The source. */

static const KeyField *
find_field(const Binding *binding, AttrNumber number)
{
	const ConditionColumn *column = condition_column(binding, number);

	for (int i = 0; column && i < lengthof(key_fields); i++)
		if (strcmp(key_fields[i].field, column->field) == 0)
			return &key_fields[i];
	return NULL;
}

bool
key_source_has_column(const Binding *binding, AttrNumber column)
{
	return find_field(binding, column) != NULL;
}

bool
key_source_has_many(const Binding *binding, AttrNumber column)
{
	const KeyField *field = find_field(binding, column);

	return field && field->next == next_account_search;
}

/* The place in a row of the column that has this number; it must be there. */
static int
place_of(const KeySource *source, AttrNumber column)
{
	ListCell   *cell;

	foreach(cell, source->row->columns)
		if (lfirst_int(cell) == column)
		return foreach_current_index(cell);
	elog(ERROR, "a key join lacks column %d", column);
}

KeySource *
key_source_begin(List *arguments, Oid batches, AttrNumber column, SourceRow *row, const bool *wanted,
				 const char *fields)
{
	const Source *from = row->from;
	const Binding *call = from->binding;
	KeySource  *source = palloc0(sizeof(KeySource));

	source->context = CurrentMemoryContext;
	source->call = call;
	source->read = source_read_begin(from, arguments, wanted);
	source->wanted = wanted;
	source->fields = fields;
	source->row = row;
	if (column == 0)
	{
		source->batches = bind_action(action_of(batches), batches);
		source->key = place_of(source, bind_column(call, "key"));
		source->id = place_of(source, bind_column(call, "id"));
		return source;
	}
	source->kept = MakeSingleTupleTableSlot(row->slot->tts_tupleDescriptor, &TTSOpsMinimalTuple);
	source->search.action = call->action->name;
	source->search.field = find_field(call, column);
	source->search.narrowing.next = source->search.field->next;
	source->search.context = AllocSetContextCreate(CurrentMemoryContext, "Jira key search", ALLOCSET_SMALL_SIZES);
	source->key = place_of(source, column);
	return source;
}

bool
key_source_takes(const KeySource *source, const char *key)
{
	if (source->batches)
		return key_list_has_key_form(key) || key_list_has_id_form(key);
	return source->search.field->has_form(key);
}

bool
key_source_is_unique(const KeySource *source)
{
	return source->batches || (source->search.field->is_unique && source->call->action->items == NULL);
}

static void
begin_search(KeySource *source, List *keys)
{
	KeySearch  *search = &source->search;
	ListCell   *cell;

	MemoryContextReset(search->context);
	search->ids = NULL;
	search->asked_twice = false;
	search->narrowing.lenient = false;
	search->keys = jira_json_array(search->context);
	foreach(cell, keys)
	{
		char	   *key = lfirst(cell);

		key = pg_server_to_any(key, strlen(key), PG_UTF8);
		json_array_append_new(search->keys, jira_json_made(json_string(key)));
	}
}

static Datum
text_array(List *texts)
{
	Datum	   *values = palloc(sizeof(Datum) * list_length(texts));
	ListCell   *cell;

	foreach(cell, texts)
		values[foreach_current_index(cell)] = CStringGetTextDatum(lfirst(cell));
	return PointerGetDatum(construct_array(values, list_length(texts), TEXTOID, -1, false, TYPALIGN_INT));
}

/* Makes the call for many keys; where the one for a single key returns all fields, so does this one. */
static void
open_batch(KeySource *source, List *keys, const Datum *values, const bool *nulls)
{
	const Binding *batches = source->batches;
	int			connection = bind_find(source->call, ABSENT);
	Datum		given[FUNC_MAX_ARGS];
	bool		absent[FUNC_MAX_ARGS];
	StreamUse	use = {.limit = -1,.fields = source->fields,.may_lack = true};

	given[bind_find(batches, AS_KEYS)] = text_array(keys);
	absent[bind_find(batches, AS_KEYS)] = false;
	given[bind_find(batches, AS_FIELDS)] = text_array(list_make1((char *) source->call->action->all_fields));
	absent[bind_find(batches, AS_FIELDS)] = source->fields || !source->wanted[bind_column(source->call, "fields") - 1];
	given[bind_find(batches, ABSENT)] = values[connection];
	absent[bind_find(batches, ABSENT)] = nulls[connection];
	source_read_open(source->read, batches, given, absent, &use);
}

static void
open_read(KeySource *source, List *keys, Datum *values, bool *nulls)
{
	StreamUse	use = {.limit = -1,.fields = source->fields};
	MemoryContext before = MemoryContextSwitchTo(source->context);

	if (keys && source->batches)
		open_batch(source, keys, values, nulls);
	else
	{
		if (keys)
		{
			begin_search(source, keys);
			use.narrowing = &source->search.narrowing;
		}
		source_read_open(source->read, NULL, values, nulls, &use);
	}
	MemoryContextSwitchTo(before);
}

void
key_source_ask(KeySource *source, List *keys, Datum *values, bool *nulls)
{
	source->cost.batches += keys != NIL;
	source->cost.keys += list_length(keys);
	source->cost.calls += keys == NIL;
	source->is_kept = source->whole != NULL;
	if (source->is_kept)
		tuplestore_rescan(source->whole);
	else
		open_read(source, keys, values, nulls);
}

/* Jira has not taken the list: all rows of the search come, and are to be kept. */
static void
begin_whole(KeySource *source)
{
	MemoryContext before = MemoryContextSwitchTo(source->context);

	source->whole = tuplestore_begin_heap(false, false, work_mem);
	source->cost.read_whole = true;
	MemoryContextSwitchTo(before);
}

/* The slot may own the row, so that it must not be in memory of the caller. */
static TupleTableSlot *
next_kept(KeySource *source)
{
	MemoryContext before = MemoryContextSwitchTo(source->context);
	bool		found = tuplestore_gettupleslot(source->whole, true, false, source->kept);

	MemoryContextSwitchTo(before);
	return found ? source->kept : NULL;
}

TupleTableSlot *
key_source_next(KeySource *source)
{
	TupleTableSlot *row;
	bool		found;

	if (source->is_kept)
		return next_kept(source);
	found = source_read_next(source->read, source->row->values, source->row->nulls);
	if (source->batches == NULL && source->search.narrowing.result == AS_WRITTEN && source->whole == NULL)
		begin_whole(source);
	if (!found)
	{
		source_read_close(source->read);
		return NULL;
	}
	row = source_row_show(source->row);
	if (source->whole)
		tuplestore_puttupleslot(source->whole, row);
	return row;
}

static char *
text_at(TupleTableSlot *row, int place)
{
	bool		isnull;
	Datum		value = slot_getattr(row, place + 1, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

void
key_source_keys(const KeySource *source, TupleTableSlot *row, char *keys[2])
{
	keys[0] = text_at(row, source->key);
	keys[1] = source->batches ? text_at(row, source->id) : NULL;
}

void
key_source_reset(KeySource *source)
{
	source_read_close(source->read);
	if (source->kept)
		ExecClearTuple(source->kept);
	if (source->whole)
		tuplestore_end(source->whole);
	source->whole = NULL;
	source->is_kept = false;
	source->search.is_valid = false;
}

void
key_source_end(KeySource *source)
{
	key_source_reset(source);
	if (source->kept)
		ExecDropSingleTupleTableSlot(source->kept);
}

const KeySourceCost *
key_source_cost(const KeySource *source, Traffic *traffic, PagesCost *pages)
{
	source_read_cost(source->read, traffic, pages);
	return &source->cost;
}
