/*
 * outbox_fate.h
 *	  What becomes of an item that was not carried out, or perhaps not.
 */
#ifndef JIRA_OUTBOX_FATE_H
#define JIRA_OUTBOX_FATE_H

#include "outbox_claim.h"
#include "client.h"

/*
 * Settles an item after "problem".  "reply" is what came for the request, NULL
 * if it was never sent; "delay" is what Retry-After asked for in milliseconds,
 * or -1.
 */
extern void settle_problem(const OutboxItem *item, const Problem *problem, const HttpReply *reply,
						   bool sent, int64 delay);

/* Leaves it to a person to find out whether it was carried out. */
extern void park(const OutboxItem *item, const char *words);

/* Is there sense in another attempt? */
extern bool problem_may_pass(const Problem *problem);

/* Did Jira certainly let the connection in? */
extern bool is_let_in(const Problem *problem, const HttpReply *reply);

/* For the column "error". */
extern char *problem_words(const Problem *problem);

#endif							/* JIRA_OUTBOX_FATE_H */
