/*
 * json_scan_private.h
 *	  Checks the bytes of a value, and notes where its wanted members are.
 */
#ifndef JIRA_JSON_SCAN_PRIVATE_H
#define JIRA_JSON_SCAN_PRIVATE_H

#include "json/json_string.h"

/* The first node is the value itself. */
#define ROOT_NODE 0
#define NO_NODE (-1)

/* A part of a path. */
typedef struct JsonNode
{
	const char *name;
	size_t		length;
	int			child;			/* the first one, or NO_NODE */
	int			sibling;		/* the next one, or NO_NODE */
	JsonSlice	value;			/* start is NULL: the row has none */
} JsonNode;

/* The child of this name, or NO_NODE. */
extern int	json_scan_child(const JsonNode *nodes, int node, const char *name, size_t length);

/*
 * Reads the value that begins at "text", before "end", where a closing bracket
 * stands.  Returns its end, or NULL if it is unusual, or no JSON.
 */
extern const char *json_scan(JsonNode *nodes, int count, const char *text, const char *end);

/* Skips spaces before a byte that is none. */
static inline const char *
json_scan_space(const char *text)
{
	while (*text == ' ' || *text == '\n' || *text == '\t' || *text == '\r')
		text++;
	return text;
}

#endif							/* JIRA_JSON_SCAN_PRIVATE_H */
