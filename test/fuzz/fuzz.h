/*
 * fuzz.h
 *	  What the targets share: their table, and how they read their input.
 *
 * A target reads bytes that libFuzzer made and calls FUZZ_REQUIRE() for what
 * must hold of any input.  It runs in a memory context and a subtransaction of
 * its own.  Errors that it raises are fine unless their SQLSTATE is internal.
 */
#ifndef JIRA_FUZZ_H
#define JIRA_FUZZ_H

#include "json/json.h"

/* What is left of an input. */
typedef struct FuzzInput
{
	const char *next;
	const char *end;
} FuzzInput;

typedef struct FuzzTarget
{
	const char *name;
	void		(*prepare) (void);	/* once, in a context that stays; or NULL */
	void		(*run) (FuzzInput *input);
} FuzzTarget;

extern const FuzzTarget json_target;
extern const FuzzTarget row_target;
extern const FuzzTarget adf_target;
extern const FuzzTarget url_target;
extern const FuzzTarget path_target;
extern const FuzzTarget jql_target;
extern const FuzzTarget reply_target;
extern const FuzzTarget template_target;

/* One of "count" things. */
extern int	fuzz_choice(FuzzInput *input, int count);

/*
 * The text up to the next newline, or all that is left: in UTF-8, as texts of
 * SQL are.  What is not UTF-8, or U+0000, becomes a question mark.
 */
extern char *fuzz_line(FuzzInput *input);
extern char *fuzz_text(FuzzInput *input);

/* What "%XX" stands for in a text, by a reader of our own; palloc'd. */
extern char *fuzz_percent_decoded(const char *text, size_t length);

/* Is it UTF-8 without control characters, and not longer than this? */
extern bool fuzz_is_message(const char *text, size_t most);

/* Ends the run with the input kept; the text says what did not hold. */
extern void fuzz_violation(const char *file, int line, const char *condition, const char *text)
			pg_attribute_noreturn();

#define FUZZ_REQUIRE(condition, text) \
	do { \
		if (!(condition)) \
			fuzz_violation(__FILE__, __LINE__, #condition, text); \
	} while (0)

#endif							/* JIRA_FUZZ_H */
