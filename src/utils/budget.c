/*
 * budget.c
 *	  What the network may cost: every limit on what a server says.
 */
#include "postgres.h"

#include "utils/budget.h"
#include "utils/settings.h"

/*
 * What values take, in bytes, on a machine of 64 bits: at most so much in
 * jansson's tree and, at the same time, in the server while it makes jsonb of
 * them.  A member of an object has a name, which counts as a string, and a value.
 */
#define OBJECT_COST 960
#define ARRAY_COST 448
#define STRING_COST 144
#define NUMBER_COST 160
#define WORD_COST 72
#define MEMBER_COST 128

/* What no byte of a document exceeds: "{", and the "e" of 1e9 with its neighbours. */
#define MOST_COST_PER_BYTE 1024

/* The copies of a string's bytes while values are made, and when a row is sent. */
#define COPIES_IN_VALUES 4
#define COPIES_IN_ROW 9

/* The part of the costs above that the tree keeps when the row is sent. */
#define TREE_PART 2

/* Beside the bodies and documents, in bytes. */
#define SLACK (16 * 1024 * 1024)

/* The digits of a number with an exponent: of a double, at most. */
#define LONGEST_EXPONENT 308

/* How a document is read, byte by byte. */
typedef struct Meter
{
	const char *next;
	const char *end;
	int			depth;
	uint64		values;			/* their costs */
	uint64		bytes;			/* of strings, and of numbers written out */
} Meter;

size_t
budget_body(int kilobytes)
{
	int			size = kilobytes > 0 ? kilobytes : jira_max_response_size;

	return (size_t) Min(size, jira_max_response_size_limit) * 1024;
}

uint64
budget_document(size_t body, size_t held)
{
	uint64		most = (uint64) body * 7 / 2 + SLACK;

	return most - Min((uint64) held, most);
}

static void
skip_string(Meter *meter)
{
	const char *start = meter->next;
	const char *c = start;

	while (c < meter->end && *c != '"')
		c += *c == '\\' ? 2 : 1;
	meter->next = Min(c + 1, meter->end);
	meter->values += STRING_COST;
	meter->bytes += meter->next - start;
}

static bool
is_in_number(char c)
{
	return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E';
}

/* A few characters may stand for many digits. */
static void
skip_number(Meter *meter)
{
	const char *start = meter->next;
	bool		exponent = false;

	while (meter->next < meter->end && is_in_number(*meter->next))
	{
		exponent = exponent || *meter->next == 'e' || *meter->next == 'E';
		meter->next++;
	}
	meter->values += NUMBER_COST;
	meter->bytes += meter->next - start + (exponent ? LONGEST_EXPONENT : 0);
}

/* true, false, null, or no JSON. */
static void
skip_word(Meter *meter)
{
	while (meter->next < meter->end && *meter->next >= 'a' && *meter->next <= 'z')
		meter->next++;
	meter->values += WORD_COST;
}

/* Counts the token that begins with this byte, which has been read. */
static void
count_token(Meter *meter, char c)
{
	switch (c)
	{
		case '"':
			skip_string(meter);
			break;
		case '{':
			meter->values += OBJECT_COST;
			meter->depth++;
			break;
		case '[':
			meter->values += ARRAY_COST;
			meter->depth++;
			break;
		case '}':
		case ']':
			meter->depth--;
			break;
		case ':':
			meter->values += MEMBER_COST;
			break;
		default:
			if (is_in_number(c))
				skip_number(meter);
			else if (c >= 'a' && c <= 'z')
				skip_word(meter);
			break;
	}
}

static bool
is_affordable(const Meter *meter, size_t length, uint64 most)
{
	return length + meter->values + COPIES_IN_VALUES * meter->bytes <= most &&
		meter->values / TREE_PART + COPIES_IN_ROW * meter->bytes <= most;
}

static bool
too_large(size_t length, uint64 most, BudgetExcess *excess)
{
	excess->detail = psprintf("The values of its " UINT64_FORMAT " kB would take more than " UINT64_FORMAT " MB of memory.",
							  (uint64) length / 1024, most / (1024 * 1024));
	excess->hint = "Ask for less at a time, or raise jira_spoke.max_response_size or the option max_response_size of the connection; jira_spoke.max_response_size_limit is the most that they may allow.";
	return false;
}

bool
budget_allows(const char *text, size_t length, uint64 most, BudgetExcess *excess)
{
	Meter		meter = {.next = text,.end = text + length};

	while (meter.next < meter.end)
	{
		count_token(&meter, *meter.next++);
		if (meter.depth > BUDGET_DEPTH)
		{
			excess->detail = psprintf("It is nested deeper than %d levels.", BUDGET_DEPTH);
			excess->hint = "No reply of Jira is: check the URL of this connection.";
			return false;
		}
		if (!is_affordable(&meter, length, most))
			return too_large(length, most, excess);
	}
	return true;
}

bool
budget_allows_any(size_t length, uint64 most)
{
	return length <= most / MOST_COST_PER_BYTE;
}

bool
budget_allows_text(size_t length, uint64 most, BudgetExcess *excess)
{
	Meter		meter = {.values = STRING_COST,.bytes = length};

	return is_affordable(&meter, length, most) || too_large(length, most, excess);
}

int64
budget_clamp(const char *what, int64 number, int64 least, int64 most)
{
	int64		clamped = Min(Max(number, least), most);

	if (clamped != number)
		ereport(LOG,
				(errmsg("%s of " INT64_FORMAT " counts as " INT64_FORMAT, what, number, clamped)));
	return clamped;
}
