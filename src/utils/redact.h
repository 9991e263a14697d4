/*
 * redact.h
 *	  Secrets that must not be shown, should a server repeat them.
 *
 * What a message quotes of a server is redacted by foreign_text(); whoever shows
 * more than that calls redact_text().
 */
#ifndef JIRA_UTILS_REDACT_H
#define JIRA_UTILS_REDACT_H

#include "utils/palloc.h"

/*
 * Redacts this text, of which a copy is kept, until "context" ends.
 *
 * A text of less than 8 characters, or of less than 16 that are all letters, is
 * ignored: it may be a word of the language, and asterisks in a sentence where a
 * word is missing would tell it.
 */
extern void redact_secret(MemoryContext context, const char *secret);

/* The same for a text that is no word, but made of a secret. */
extern void redact_derived(MemoryContext context, const char *text);

/*
 * Writes asterisks over the secrets in a text: as they are, and with any of their
 * characters escaped as in JSON, in a URL or in HTML.  Returns whether there were any.
 */
extern bool redact_text(char *text, size_t size);

/* Writes asterisks over exact copies of "secret" only. */
extern void redact_copies(char *text, size_t size, const char *secret);

/* The bytes that the longest secret may fill, escaped; 0 if there are none. */
extern size_t redact_longest(void);

#endif							/* JIRA_UTILS_REDACT_H */
