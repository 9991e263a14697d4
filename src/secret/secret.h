/*
 * secret.h
 *	  Sealed secrets: values of type jira_spoke.secret.
 */
#ifndef JIRA_SECRET_H
#define JIRA_SECRET_H

/*
 * The place that a secret is sealed for: the column, the row's key and the
 * origin that it may be sent to.  For another place it cannot be opened.
 */
extern char *secret_place(const char *column, const char *row, const char *origin);

/* Seals a text with the first key; the value is palloc'd. */
extern Datum secret_seal(const char *text, const char *place);

/*
 * Opens one.  Raises F0000 if its key is not available, 28000 if it was sealed
 * for another place; "whose" is for the message: "the secret of ...".
 */
extern char *secret_open(Datum sealed, const char *place, const char *whose);

/* Seals a value again unless the first key did already; returns 1 or 0. */
extern int	secret_reseal(Datum *sealed, const char *place, const char *whose);

#endif							/* JIRA_SECRET_H */
