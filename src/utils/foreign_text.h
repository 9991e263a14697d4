/*
 * foreign_text.h
 *	  Text from the network for messages and logs.
 */
#ifndef JIRA_UTILS_FOREIGN_TEXT_H
#define JIRA_UTILS_FOREIGN_TEXT_H

/* The bytes of a text that a message quotes: as much as a person reads in a log. */
#define MAX_QUOTED 1000

/*
 * Converts UTF-8 to the server's encoding.  Bytes that are not UTF-8, and
 * characters that the encoding lacks, become "?"; control characters become
 * spaces.  At most "limit" bytes are taken.  The result is palloc'd.
 */
extern char *foreign_text(const char *bytes, size_t length, size_t limit);

/* The same without the conversion, for JSON. */
extern char *foreign_text_utf8(const char *bytes, size_t length);

#endif							/* JIRA_UTILS_FOREIGN_TEXT_H */
