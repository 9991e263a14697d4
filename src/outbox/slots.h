/*
 * slots.h
 *	  How many deliveries each connection may have under way.
 *
 * Each may have as many as are left free, up to MOST_OF_CONNECTION: however many
 * of them hang, the next one finds slots that are free.  One whose Jira did not
 * answer in time has a single slot until it answers again.
 */
#ifndef JIRA_OUTBOX_SLOTS_H
#define JIRA_OUTBOX_SLOTS_H

#include "nodes/pg_list.h"

/* The slots of all connections together: sockets and buffers, not processes. */
#define SLOTS 32

/* Jira's limits make more of them pointless. */
#define MOST_OF_CONNECTION 4

/* May another delivery of the connection begin? */
extern bool slots_are_free(const char *connection);

/* The connections for which it may not, as char *. */
extern List *slots_full_connections(void);

/* A delivery begins and ends. */
extern void slots_take(const char *connection);
extern void slots_give_back(const char *connection);

/*
 * A delivery waits for its turn, and for nothing from Jira: it uses no slot, and
 * no other delivery of the connection begins until its turn has come.
 */
extern void slots_begin_turn(const char *connection);
extern void slots_end_turn(const char *connection);

/* Has Jira answered a request of the connection in time? */
extern void slots_note_answer(const char *connection, bool answered);

#endif							/* JIRA_OUTBOX_SLOTS_H */
