/*
 * budget.h
 *	  What the network may cost: every limit on what a server says.
 *
 * Numbers from the network are clamped where they are read.  A document is
 * measured before a parser sees it: the values of a small text may take a
 * hundred times its size.
 */
#ifndef JIRA_UTILS_BUDGET_H
#define JIRA_UTILS_BUDGET_H

/* Documents nested deeper than this are refused; Jira's stay below 30. */
#define BUDGET_DEPTH 128

/* The headers of a reply, in bytes and in number; Jira's are about 2 kB and 30. */
#define BUDGET_HEADER_BYTES (64 * 1024)
#define BUDGET_HEADERS 1000

/* The longest that Jira can make us stay away (seconds). */
#define BUDGET_DELAY 3600

/* The longest lifetime of an access token (seconds). */
#define BUDGET_LIFETIME (366 * 24 * 3600)

/*
 * The longest that one request for tokens may take (milliseconds): the sessions
 * that need them, and a shutdown of the server, wait for it.
 */
#define BUDGET_TOKEN_REQUEST (2 * 60 * 1000)

/* The bytes in front of the lines of one text that was made of a document. */
#define BUDGET_INDENTATION (1024 * 1024)

/* The statuses of HTTP. */
#define BUDGET_FIRST_STATUS 100
#define BUDGET_LAST_STATUS 599

/* No limit, for documents of our own. */
#define BUDGET_UNLIMITED PG_UINT64_MAX

/*
 * The largest body to accept, in bytes: the setting jira_spoke.max_response_size,
 * or "kilobytes" of a connection's option unless that is 0, but never more than
 * jira_spoke.max_response_size_limit.
 */
extern size_t budget_body(int kilobytes);

/*
 * The memory that a document may take with all that is made of it (the tree of
 * its values, jsonb, the row that is sent), while "held" bytes of bodies stay in
 * memory: all together four times the largest body and 64 MB, with what a server
 * process needs anyway.
 */
extern uint64 budget_document(size_t body, size_t held);

/* What is wrong with a document. */
typedef struct BudgetExcess
{
	char	   *detail;
	const char *hint;
} BudgetExcess;

/*
 * May this document, of any bytes, be parsed?  Counts without a parser, and
 * stops at the first excess.
 */
extern bool budget_allows(const char *text, size_t length, uint64 most, BudgetExcess *excess);

/* Would this be so whatever the bytes are?  How deep they are nested is not known. */
extern bool budget_allows_any(size_t length, uint64 most);

/* The same for a text of so many bytes that becomes one value. */
extern bool budget_allows_text(size_t length, uint64 most, BudgetExcess *excess);

/* A number from the network, kept within limits; "what" is for the server's log. */
extern int64 budget_clamp(const char *what, int64 number, int64 least, int64 most);

#endif							/* JIRA_UTILS_BUDGET_H */
