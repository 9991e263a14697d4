/*
 * sla_cycle.h
 *	  The last cycle of a service level agreement of an issue.
 */
#ifndef JIRA_TABLE_SLA_CYCLE_H
#define JIRA_TABLE_SLA_CYCLE_H

#include "engine/codec.h"

/*
 * Parts of the value of such a field, in the option "field" of a column: was the goal
 * missed, and when it is or was missed.
 */
#define SLA_BREACHED ".lastCycle.breached"
#define SLA_BREACH_TIME ".lastCycle.breachTime"

/* Takes the part out of a value of the field; NULL for any other part. */
extern const Codec *sla_cycle_codec(const char *part);

#endif							/* JIRA_TABLE_SLA_CYCLE_H */
