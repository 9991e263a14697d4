/*
 * value_private.h
 *	  What the conversions from JSON to SQL values share.
 */
#ifndef JIRA_JSON_VALUE_PRIVATE_H
#define JIRA_JSON_VALUE_PRIVATE_H

#include "utils/jsonb.h"
#include "utils/numeric.h"

/* The numeric that these digits are. */
extern Numeric value_numeric(char *digits);

/*
 * What leads to a jsonb takes many times its size.  The first enters a context of
 * its own and returns the one before; the second leaves it with the jsonb alone.
 */
extern MemoryContext value_begin_jsonb(void);
extern Jsonb *value_end_jsonb(MemoryContext before, JsonbValue *value);

#endif							/* JIRA_JSON_VALUE_PRIVATE_H */
