/*
 * argument.c
 *	  Reading and checking arguments of SQL functions.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "utils/argument.h"

char *
argument_text(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

void
argument_require(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" of %s must not be null", name,
						get_func_name(fcinfo->flinfo->fn_oid))));
}

char *
argument_required_text(FunctionCallInfo fcinfo, int argument, const char *name)
{
	char	   *text = argument_text(fcinfo, argument);

	if (text == NULL || text[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" of %s must not be null or empty", name,
						get_func_name(fcinfo->flinfo->fn_oid))));
	return text;
}
