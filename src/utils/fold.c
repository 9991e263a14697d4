/*
 * fold.c
 *	  Names compared without regard to case.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "mb/pg_wchar.h"
#include "utils/formatting.h"

#include "utils/fold.h"

char *
fold_utf8(const char *utf8)
{
	size_t		length = strlen(utf8);

	return GetDatabaseEncoding() == PG_UTF8
		? str_tolower(utf8, length, DEFAULT_COLLATION_OID) : asc_tolower(utf8, length);
}

bool
fold_equal(const char *utf8, const char *folded)
{
	return strcmp(fold_utf8(utf8), folded) == 0;
}
