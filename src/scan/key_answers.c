/*
 * key_answers.c
 *	  The rows that a key join has, by key.
 *
 * Those of earlier batches stay while there is room, since a key may come again
 * in any of the further outer rows.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "scan/key_answers.h"

/* Entries that the table has room for at first. */
#define FIRST_ENTRIES 128

struct KeyAnswers
{
	MemoryContext context;		/* owns the table and the rows */
	HTAB	   *table;
	int			batch;
};

/* The key of the table is a pointer to the text. */
static uint32
hash_key(const void *key, Size size)
{
	const char *text = *(const char *const *) key;

	return DatumGetUInt32(hash_any((const unsigned char *) text, (int) strlen(text)));
}

static int
compare_keys(const void *left, const void *right, Size size)
{
	return strcmp(*(const char *const *) left, *(const char *const *) right);
}

static void
make_table(KeyAnswers *answers)
{
	HASHCTL		control = {
		.keysize = sizeof(char *),
		.entrysize = sizeof(KeyAnswer),
		.hash = hash_key,
		.match = compare_keys,
		.hcxt = answers->context
	};

	answers->table = hash_create("Jira key join", FIRST_ENTRIES, &control,
								 HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}

KeyAnswers *
key_answers_begin(void)
{
	KeyAnswers *answers = palloc0(sizeof(KeyAnswers));

	answers->context = AllocSetContextCreate(CurrentMemoryContext, "Jira key join", ALLOCSET_DEFAULT_SIZES);
	make_table(answers);
	return answers;
}

void
key_answers_clear(KeyAnswers *answers)
{
	MemoryContextReset(answers->context);
	make_table(answers);
}

bool
key_answers_are_large(const KeyAnswers *answers)
{
	return MemoryContextMemAllocated(answers->context, true) > work_mem * (Size) 1024;
}

void
key_answers_next_batch(KeyAnswers *answers)
{
	answers->batch++;
	if (key_answers_are_large(answers))
		key_answers_clear(answers);
}

KeyAnswer *
key_answers_find(KeyAnswers *answers, const char *key)
{
	return hash_search(answers->table, &key, HASH_FIND, NULL);
}

const char *
key_answers_add(KeyAnswers *answers, const char *key)
{
	bool		found;
	KeyAnswer  *answer = hash_search(answers->table, &key, HASH_ENTER, &found);

	if (found)
		return NULL;
	answer->key = MemoryContextStrdup(answers->context, key);
	answer->batch = answers->batch;
	answer->is_final = false;
	answer->first = NULL;
	answer->last = NULL;
	return answer->key;
}

KeyAnswer *
key_answers_find_open(KeyAnswers *answers, const char *key, bool is_unique)
{
	KeyAnswer  *answer = key_answers_find(answers, key);

	if (answer == NULL || answer->batch != answers->batch || (is_unique && answer->first))
		return NULL;
	return answer;
}

void
key_answers_put(KeyAnswers *answers, KeyAnswer *answer, TupleTableSlot *row)
{
	MemoryContext before = MemoryContextSwitchTo(answers->context);
	KeyAnswerRow *added = palloc(sizeof(KeyAnswerRow));

	added->next = NULL;
	added->tuple = ExecCopySlotMinimalTuple(row);
	if (answer->first)
		answer->last->next = added;
	else
		answer->first = added;
	answer->last = added;
	MemoryContextSwitchTo(before);
}

void
key_answers_remove(KeyAnswers *answers, KeyAnswer *answer)
{
	const char *key = answer->key;

	while (answer->first)
	{
		KeyAnswerRow *row = answer->first;

		answer->first = row->next;
		pfree(row->tuple);
		pfree(row);
	}
	(void) hash_search(answers->table, &key, HASH_REMOVE, NULL);
	pfree((char *) key);
}
