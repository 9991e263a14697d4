/*
 * quoted.h
 *	  Texts of any length in messages.
 */
#ifndef JIRA_UTILS_QUOTED_H
#define JIRA_UTILS_QUOTED_H

/*
 * The text itself, or its first MAX_QUOTED bytes (foreign_text.h) and "..." in
 * the current memory context.  It must be in the encoding of the database.
 */
extern const char *quoted(const char *text);

#endif							/* JIRA_UTILS_QUOTED_H */
