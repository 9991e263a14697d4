/*
 * sla_cycle.c
 *	  The last cycle of a service level agreement of an issue.
 *
 * Jira Service Management shows the cycles that have been completed, and the ongoing
 * one if there is one.  The last of all is the one that counts, as it is for the
 * JQL function breached().
 */
#include "postgres.h"

#include "table/sla_cycle.h"

static json_int_t
stop_time(json_t *cycle)
{
	return json_integer_value(json_object_get(json_object_get(cycle, "stopTime"), "epochMillis"));
}

/* NULL if none has begun. */
static json_t *
last_cycle(json_t *agreement)
{
	json_t	   *ongoing = json_object_get(agreement, "ongoingCycle");
	json_t	   *completed = json_object_get(agreement, "completedCycles");
	json_t	   *last = NULL;

	if (json_is_object(ongoing))
		return ongoing;
	for (size_t i = 0; i < json_array_size(completed); i++)
	{
		json_t	   *cycle = json_array_get(completed, i);

		if (last == NULL || stop_time(cycle) >= stop_time(last))
			last = cycle;
	}
	return last;
}

static json_t *
decode_breached(json_t *agreement, const Connection *connection)
{
	return jira_json_get_or_null(last_cycle(agreement), "breached");
}

/* An ongoing cycle that is paused has none. */
static json_t *
decode_breach_time(json_t *agreement, const Connection *connection)
{
	return jira_json_get_or_null(last_cycle(agreement), "breachTime.iso8601");
}

static const Codec breached = {.decode = decode_breached};
static const Codec breach_time = {.decode = decode_breach_time};

const Codec *
sla_cycle_codec(const char *part)
{
	return strcmp(part, SLA_BREACHED) == 0 ? &breached
		: strcmp(part, SLA_BREACH_TIME) == 0 ? &breach_time : NULL;
}
