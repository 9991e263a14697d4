/*
 * json.h
 *	  jansson, and what jira_spoke adds to it: owners, paths, limits.
 *
 * The server exports a function called json_object() as well, and the dynamic
 * linker binds a call of jansson's to the server's, which crashes.  So jansson's
 * declaration is hidden here; json_pack("{}") makes objects.
 * fmgrprotos.h must come first because jansson.h has a macro json_typeof.
 */
#ifndef JIRA_JSON_H
#define JIRA_JSON_H

#include "fmgr.h"
#include "utils/fmgrprotos.h"

#define json_object hidden_json_object
#include <jansson.h>
#undef json_object

/* Why there is no document; the texts are allocated in the current context. */
typedef struct JsonProblem
{
	char	   *detail;			/* what is wrong, and where */
	const char *hint;			/* NULL for a malformed text; else it is
								 * beyond the limits, and this is what helps */
} JsonProblem;

/*
 * Parses a document from the network, which may take "most" bytes of memory, and
 * ties it to "context".  NULL, with *problem, if the text is malformed, nested
 * too deep, or would take more: see utils/budget.h.
 * Characters \u0000 are kept.  A number that jansson cannot hold (an integer
 * beyond 64 bits, a real beyond a double) becomes a string of its digits, NaN and
 * Infinity become null, and half of a surrogate pair becomes U+FFFD.
 */
extern json_t *jira_json_read(MemoryContext context, const char *text, size_t length,
							  uint64 most, JsonProblem *problem);

/* The same for a document of our own, of any size. */
extern json_t *jira_json_parse(MemoryContext context, const char *text, size_t length,
							   char **problem);

/* Does jansson certainly hold a number of these digits? */
extern bool jira_json_holds(const char *number, size_t length);

/* Ties a new document to "context", which then owns this reference. */
extern json_t *jira_json_own(MemoryContext context, json_t *document);

/* An empty object or array owned by "context". */
extern json_t *jira_json_object(MemoryContext context);
extern json_t *jira_json_array(MemoryContext context);

/* Compact text, in UTF-8, allocated in the current context. */
extern char *jira_json_text(const json_t *document);

/*
 * The value at a dotted path ("fields.status.name"), NULL if a part is absent.
 * "" is the document itself.  A number is the index of an element of an array.
 * A part that ends in [] applies the rest of the path to each element, which
 * makes a new array; the result is always a new reference.
 */
extern json_t *jira_json_get(json_t *document, const char *path);

/* The same, but null instead of NULL. */
extern json_t *jira_json_get_or_null(json_t *document, const char *path);

/* The integer that a member of an object is; -1 if there is none. */
extern int64 jira_json_integer(json_t *object, const char *member);

/*
 * Puts a value at a dotted path below an object, and makes the objects that the
 * path leads through.  Takes over the caller's reference.  Returns false if the
 * path has a value already that cannot be merged with the new one.
 */
extern bool jira_json_put(json_t *object, const char *path, json_t *value);

/* Each text of a list once, without nulls, as a list of "context"; NULL for NULL. */
extern json_t *jira_json_distinct(json_t *texts, MemoryContext context);

/* Raises out of memory (53200) when jansson could not make a value. */
extern json_t *jira_json_made(json_t *value);

#endif							/* JIRA_JSON_H */
