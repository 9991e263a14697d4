/*
 * foreign_text.h
 *	  Text from the network, made fit for messages and logs.
 */
#ifndef JIRA_UTILS_FOREIGN_TEXT_H
#define JIRA_UTILS_FOREIGN_TEXT_H

/* The bytes of a text that a message quotes at most. */
#define MAX_QUOTED 1000

/*
 * Converts UTF-8 to the server's encoding.  Bytes that are not UTF-8, and
 * characters that the encoding lacks, become "?"; control characters become
 * spaces.  Secrets are redacted: see redact.h.  At most "limit" bytes are taken.
 * The result is palloc'd.
 */
extern char *foreign_text(const char *bytes, size_t length, size_t limit);

/* Neither converted nor redacted, for JSON. */
extern char *foreign_text_utf8(const char *bytes, size_t length);

#endif							/* JIRA_UTILS_FOREIGN_TEXT_H */
