/*
 * fuzz.c
 *	  libFuzzer inside a backend: the SQL function that runs it, and what it
 *	  calls for each input.
 */
#include "postgres.h"

#include <signal.h>
#include <unistd.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "fuzz.h"
#include "utils/problem.h"

extern int	LLVMFuzzerRunDriver(int *argc, char ***argv,
								int (*run) (const uint8_t *bytes, size_t size));

PGDLLEXPORT Datum jira_fuzz(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(jira_fuzz);

static const FuzzTarget *const targets[] = {
	&json_target, &row_target, &adf_target, &url_target, &path_target, &jql_target, &reply_target,
	&template_target
};

static const FuzzTarget *target;
static MemoryContext input_context;

int
fuzz_choice(FuzzInput *input, int count)
{
	return input->next < input->end ? (unsigned char) *input->next++ % count : 0;
}

static char *
clean_text(const char *bytes, size_t length)
{
	StringInfoData text;

	initStringInfo(&text);
	while (length > 0)
	{
		size_t		step = pg_utf_mblen((const unsigned char *) bytes);
		bool		legal = step <= length && *bytes != '\0' &&
			pg_utf8_islegal((const unsigned char *) bytes, step);

		if (!legal)
			step = 1;
		appendBinaryStringInfo(&text, legal ? bytes : "?", step);
		bytes += step;
		length -= step;
	}
	return text.data;
}

char *
fuzz_line(FuzzInput *input)
{
	const char *line = input->next;
	const char *newline = memchr(line, '\n', input->end - line);
	const char *end = newline ? newline : input->end;

	input->next = newline ? newline + 1 : input->end;
	return clean_text(line, end - line);
}

char *
fuzz_text(FuzzInput *input)
{
	const char *text = input->next;

	input->next = input->end;
	return clean_text(text, input->end - text);
}

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *found = c ? strchr(digits, pg_tolower((unsigned char) c)) : NULL;

	return found ? (int) (found - digits) : -1;
}

char *
fuzz_percent_decoded(const char *text, size_t length)
{
	StringInfoData decoded;

	initStringInfo(&decoded);
	for (size_t i = 0; i < length; i++)
	{
		if (text[i] == '%' && i + 2 < length &&
			hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0)
		{
			appendStringInfoChar(&decoded, hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
			i += 2;
		}
		else
			appendStringInfoChar(&decoded, text[i]);
	}
	return decoded.data;
}

bool
fuzz_is_message(const char *text, size_t most)
{
	size_t		length = strlen(text);

	for (const char *c = text; *c; c++)
		if ((unsigned char) *c < ' ' || *c == 0x7f)
			return false;
	return length <= most && pg_verify_mbstr(PG_UTF8, text, length, true);
}

void
fuzz_violation(const char *file, int line, const char *condition, const char *text)
{
	fprintf(stderr, "\n%s:%d: does not hold: %s\nof: %s\n", file, line, condition, text);
	abort();
}

static void
run_target(void *input)
{
	target->run(input);
}

static int
run_input(const uint8_t *bytes, size_t size)
{
	/* A copy, so that AddressSanitizer knows its end whatever libFuzzer does. */
	FuzzInput	input;
	MemoryContext before = MemoryContextSwitchTo(input_context);
	Problem    *problem;

	input.next = memcpy(palloc(size), bytes, size);
	input.end = input.next + size;
	problem = problem_in_subtransaction(run_target, &input, NULL);
	if (problem)
		FUZZ_REQUIRE(ERRCODE_TO_CATEGORY(problem->sqlstate) != ERRCODE_INTERNAL_ERROR,
					 problem->message);
	MemoryContextSwitchTo(before);
	MemoryContextReset(input_context);
	return 0;
}

static const FuzzTarget *
find_target(const char *name)
{
	for (int i = 0; i < lengthof(targets); i++)
		if (strcmp(targets[i]->name, name) == 0)
			return targets[i];
	elog(ERROR, "there is no target \"%s\"", name);
}

/* libFuzzer leaves alone what has a handler, but it is the one to be asked. */
static void
release_signals(void)
{
	static const int signals[] = {SIGALRM, SIGINT, SIGTERM, SIGFPE};

	for (int i = 0; i < lengthof(signals); i++)
		signal(signals[i], SIG_DFL);
}

/*
 * jira_fuzz(target, arguments): runs libFuzzer with the words of a command line,
 * the first of which is the program.  It exits when it is done.
 */
Datum
jira_fuzz(PG_FUNCTION_ARGS)
{
	Datum	   *words;
	int			argc;
	char	  **argv;

	target = find_target(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT,
					  &words, NULL, &argc);
	argv = palloc0(sizeof(char *) * (argc + 1));
	for (int i = 0; i < argc; i++)
		argv[i] = TextDatumGetCString(words[i]);

	input_context = AllocSetContextCreate(CurrentMemoryContext, "fuzz input",
										  ALLOCSET_DEFAULT_SIZES);
	if (target->prepare)
		target->prepare();
	release_signals();
	LLVMFuzzerRunDriver(&argc, &argv, run_input);
	PG_RETURN_VOID();
}
