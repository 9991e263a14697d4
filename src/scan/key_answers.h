/*
 * key_answers.h
 *	  The rows that a key join has, by key.
 */
#ifndef JIRA_SCAN_KEY_ANSWERS_H
#define JIRA_SCAN_KEY_ANSWERS_H

#include "executor/tuptable.h"

typedef struct KeyAnswers KeyAnswers;

typedef struct KeyAnswerRow
{
	struct KeyAnswerRow *next;
	MinimalTuple tuple;
} KeyAnswerRow;

typedef struct KeyAnswer
{
	const char *key;			/* must be first */
	int			batch;			/* in which it was asked for */
	bool		is_final;		/* no other request would find more */
	KeyAnswerRow *first;		/* NULL: there is no row */
	KeyAnswerRow *last;
} KeyAnswer;

/* None yet, in a new memory context below the current one. */
extern KeyAnswers *key_answers_begin(void);

/* Begins a batch.  Forgets those before it if they take more memory than work_mem. */
extern void key_answers_next_batch(KeyAnswers *answers);

/* Do they take more memory than that? */
extern bool key_answers_are_large(const KeyAnswers *answers);

/* Forgets all of them. */
extern void key_answers_clear(KeyAnswers *answers);

/* The entry of a key, or NULL. */
extern KeyAnswer *key_answers_find(KeyAnswers *answers, const char *key);

/* Adds a key to the batch; returns the copy of it, or NULL if it is there already. */
extern const char *key_answers_add(KeyAnswers *answers, const char *key);

/* The same of the current batch, unless it has a row and can have only one. */
extern KeyAnswer *key_answers_find_open(KeyAnswers *answers, const char *key, bool is_unique);

extern void key_answers_put(KeyAnswers *answers, KeyAnswer *answer, TupleTableSlot *row);

/* Forgets one of them. */
extern void key_answers_remove(KeyAnswers *answers, KeyAnswer *answer);

#endif							/* JIRA_SCAN_KEY_ANSWERS_H */
