/*
 * lines_private.h
 *	  Writes text line by line, each behind the prefix of the lists and quotes
 *	  that it stands in.
 */
#ifndef JIRA_ADF_LINES_PRIVATE_H
#define JIRA_ADF_LINES_PRIVATE_H

#include "lib/stringinfo.h"

typedef struct Lines
{
	StringInfoData text;
	StringInfoData prefix;		/* what each new line begins with */
	size_t		indentation;	/* the bytes of all prefixes in the text */
	bool		at_start;		/* of a line whose prefix is not written yet */
	int			joined;			/* greater than 0: newlines become spaces */
} Lines;

extern void lines_begin(Lines *lines);
extern void lines_end(Lines *lines);

extern void lines_put(Lines *lines, const char *text);
extern void lines_put_bytes(Lines *lines, const char *bytes, size_t length);
extern void lines_break(Lines *lines);

/* Puts "first" here and "rest" before each line to come, until lines_leave(). */
extern int	lines_enter(Lines *lines, const char *first, const char *rest);
extern void lines_leave(Lines *lines, int outer);

#endif							/* JIRA_ADF_LINES_PRIVATE_H */
