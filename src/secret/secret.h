/*
 * secret.h
 *	  Secrets as they lie in the database: values of type jira_spoke.secret.
 */
#ifndef JIRA_SECRET_H
#define JIRA_SECRET_H

/*
 * Where a sealed secret may be: the column, the row's key and the host that it
 * may be sent to.  Elsewhere it cannot be opened.
 */
extern char *secret_place(const char *column, const char *row, const char *origin);

/* Seals a text; the value is palloc'd. */
extern Datum secret_seal(const char *text, const char *place);

/*
 * Opens one.  Raises F0000 if its key is not at hand, 28000 if it was sealed
 * for another place; "whose" is for the message: "the secret of ...".
 */
extern char *secret_open(Datum sealed, const char *place, const char *whose);

/* Seals a value anew unless the present key did; returns how many it has: 0 or 1. */
extern int	secret_reseal(Datum *sealed, const char *place, const char *whose);

#endif							/* JIRA_SECRET_H */
