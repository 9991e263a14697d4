/*
 * jql_scan.h
 *	  JQL token by token, as far as it must be understood to write a value
 *	  into it.
 */
#ifndef JIRA_ENGINE_JQL_SCAN_H
#define JIRA_ENGINE_JQL_SCAN_H

#include "lib/stringinfo.h"

/* How the operand of a clause narrows the result. */
typedef enum JqlOperator
{
	JQL_NONE,					/* no clause has begun */
	JQL_EXACT,					/* = and what is like it, IN */
	JQL_AT_LEAST,
	JQL_AFTER,
	JQL_AT_MOST,
	JQL_BEFORE
} JqlOperator;

/* Two texts and offsets into the query: the token, and the field of its clause. */
typedef struct JqlScan
{
	const char *text;
	size_t		length;
	size_t		start;			/* of the token */
	size_t		end;

	/* What comes before the token; private but for jql_scan_operator(). */
	size_t		value;			/* the last value or field name */
	size_t		value_end;
	size_t		field;			/* of the clause */
	size_t		field_end;
	JqlOperator operator;
	bool		has_list;		/* the operator takes one */
	bool		is_range;		/* of two values: DURING */
	bool		is_history;		/* the operator compares the time of a change */
	bool		negated;		/* by the NOT of the clause */
	bool		negated_around; /* by those of the parentheses around it */
	StringInfoData parentheses;
} JqlScan;

extern void jql_scan_begin(JqlScan *scan, const char *text, size_t length);

/* Goes to the next token; false at the end, of which it is still told what comes before. */
extern bool jql_scan_next(JqlScan *scan);

/* Is the token this word, in any case? */
extern bool jql_scan_is(const JqlScan *scan, const char *word);

/*
 * The operator whose operand the token is.  Within NOT it is the opposite: what
 * the operand does to the result of the query counts.
 */
extern JqlOperator jql_scan_operator(const JqlScan *scan);

/* Is the field of the clause one of these, in any case?  The list ends with NULL. */
extern bool jql_scan_field_in(const JqlScan *scan, const char *const *names);

#endif							/* JIRA_ENGINE_JQL_SCAN_H */
