/*
 * fate.h
 *	  What becomes of an item that was not carried out, or perhaps not.
 */
#ifndef JIRA_OUTBOX_FATE_H
#define JIRA_OUTBOX_FATE_H

#include "client/client.h"
#include "outbox/item.h"

/* What came for a request. */
typedef struct Answer
{
	const HttpReply *reply;		/* NULL: it was never sent */
	bool		sent;			/* as a whole */
	int64		delay;			/* what Retry-After asks for in milliseconds,
								 * or -1 */
	bool		limits_issue;	/* not the connection, but one issue */
} Answer;

extern Answer answer_of(HttpExchange *exchange);

/* Settles an item after "problem". */
extern void settle_problem(const OutboxItem *item, const Problem *problem, const Answer *answer);

/* Has the connection wait if that is what the answer means; "words" tell why. */
extern void heed_answer(const OutboxItem *item, const Answer *answer, const char *words);

/* Leaves it to a person to find out whether it was carried out. */
extern void park(const OutboxItem *item, const char *words);

/* Is there sense in another attempt? */
extern bool problem_may_pass(const Problem *problem);

/* Did Jira certainly let the connection in? */
extern bool is_let_in(const Problem *problem, const Answer *answer);

/* For the column "error". */
extern char *problem_words(const Problem *problem);

#endif							/* JIRA_OUTBOX_FATE_H */
