/*
 * value.h
 *	  Conversion between SQL values and JSON, by SQL type.
 */
#ifndef JIRA_JSON_VALUE_H
#define JIRA_JSON_VALUE_H

#include "fmgr.h"
#include "utils/array.h"
#include "utils/timestamp.h"

#include "json/json_row.h"

/* How to read JSON into one SQL type; made once per column. */
typedef struct ValueReader
{
	Oid			type;
	int32		typmod;
	Oid			element;		/* of an array type, else InvalidOid */
	int16		length;			/* of the scalar type: typlen, typbyval,
								 * typalign */
	bool		by_value;
	char		align;
	FmgrInfo	input;			/* of the scalar type */
	Oid			ioparam;
} ValueReader;

/* Prepares a reader for a type. */
extern void value_reader(ValueReader *reader, Oid type, int32 typmod);

/*
 * Converts JSON to SQL.  An absent value (NULL) and null become NULL.  Numbers,
 * strings and booleans go through the type's input function, so an ID may be a
 * number or a string; an integer read as timestamptz counts milliseconds since
 * 1970.  For an array type, a value that is not an array becomes an array of
 * one.  The character U+0000, which PostgreSQL cannot store, becomes U+FFFD.
 */
extern Datum value_from_json(ValueReader *reader, json_t *value, bool *isnull);

/*
 * Is there a value of the type for this JSON?  Jira's data has dates and numbers
 * that are none; value_from_json() raises an error for them.
 */
extern bool value_exists(const ValueReader *reader, json_t *value);

/*
 * The same from the bytes of a value that is not null; false for what takes a tree
 * to be read, or has no value of the type.
 */
extern bool value_from_slice(const ValueReader *reader, JsonSlice slice, Datum *value);

/*
 * Converts SQL, not NULL, to JSON: a new reference.  Arrays become arrays, and
 * timestamps strings like "2024-05-31T14:00:00.000+0000".  Raises 22003 for a
 * number that JSON libraries would round (more than 15 significant digits,
 * unless it is an integer of 64 bits) and 22008 for a timestamp that Jira cannot
 * have: see value_timestamp().
 */
extern json_t *value_to_json(Datum value, Oid type);

/*
 * The same for a timestamp or timestamptz, in the time zone of the session:
 * "2024-05-31T16:00:00.000+0200", so that its day is that of the session, too.
 */
extern json_t *value_local_time(Datum value, Oid type);

/*
 * Takes a timestamp apart.  Returns false for one that Jira cannot have: it is
 * infinite, before Christ or after the year 9999.
 */
extern bool value_timestamp(Timestamp timestamp, struct pg_tm *tm, fsec_t *fraction);

/* The elements of an array, palloc'd; returns their number. */
extern int	value_array_elements(ArrayType *array, Datum **values, bool **nulls);

/* A JSON string in UTF-8 as text of the server, palloc'd; empty for anything but a string. */
extern char *value_text(const json_t *string);

#endif							/* JIRA_JSON_VALUE_H */
