/*
 * write.h
 *	  Actions and their arguments as the outbox keeps them.
 */
#ifndef JIRA_OUTBOX_WRITE_H
#define JIRA_OUTBOX_WRITE_H

#include "engine/call.h"
#include "storage/itemptr.h"
#include "utils/jsonb.h"

/* A write that can be put into the outbox. */
typedef struct Write
{
	Oid			function;
	TransactionId xmin;			/* of its row in pg_proc, and where that is: */
	ItemPointerData tid;		/* the version that all else is made from */
	Binding    *binding;
	ValueReader *readers;		/* of the arguments */
	Datum	   *defaults;
	bool	   *default_nulls;
	int			target;			/* argument with the issue written to, or -1 */
	bool		is_create;		/* makes an issue, which can carry a marker */
	bool		is_idempotent;	/* can be done twice without harm */
	bool		is_renewal;		/* is to be repeated as long as there is
								 * something to renew */
	int			update;			/* argument with verbs that add, or -1 */
} Write;

/*
 * The write of this name, kept for the session.  Raises 22023 if there is no
 * such action, or if it only reads.
 */
extern const Write *write_open(const char *action);

/*
 * The values of the arguments in a JSON object.  Raises 22023 for one that the
 * action does not have and 22004 for one that is required and not there.
 */
extern void write_arguments(const Write *write, json_t *arguments, Datum *values, bool *nulls);

/*
 * Raises 0A000 for an argument that is a secret, since others may read the outbox,
 * and 22023 for arguments that could not be sent later.
 */
extern void write_check(const Write *write, const Datum *values, const bool *nulls);

/* Can this be done twice without harm? */
extern bool write_repeats(const Write *write, json_t *arguments);

/* The issue that is written to, in one spelling; NULL: none. */
extern char *write_target(const Write *write, const Datum *values, const bool *nulls);

/*
 * What the function returns for this reply, as text; NULL for nothing.  Of one that
 * returns the reply: the key or the id in it.
 */
extern char *write_result(const Write *write, const Call *call, json_t *document);

#endif							/* JIRA_OUTBOX_WRITE_H */
