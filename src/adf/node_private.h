/*
 * node_private.h
 *	  How the nodes of a document are shown as text: between adf_text.c, which
 *	  walks the document, and adf_node.c, which knows the types.
 */
#ifndef JIRA_ADF_NODE_PRIVATE_H
#define JIRA_ADF_NODE_PRIVATE_H

#include "adf/lines_private.h"
#include "json/json.h"

#define ADF_MAX_LABELS 3

/* An attribute that tells what a node shows, and what is put around it. */
typedef struct AdfLabel
{
	const char *path;
	const char *before;
	const char *after;
} AdfLabel;

typedef struct AdfType AdfType;

typedef void (*AdfRenderer) (Lines *lines, const json_t *node, const AdfType *type);

struct AdfType
{
	const char *name;			/* NULL for the types we do not know */
	AdfRenderer render;
	bool		in_line;		/* it stands in a line of text */
	const char *text;			/* fixed text, for some renderers */
	const char *between;		/* its children; NULL: an empty line */
	AdfLabel	labels[ADF_MAX_LABELS]; /* the first that a node has is shown */
};

/* The entry of a node in the table of types; never NULL. */
extern const AdfType *adf_type_of(const json_t *node);

extern const char *adf_type_name(const json_t *node);
extern bool adf_has_content(const json_t *node);

/* The value at a dotted path; not a new reference, unlike jira_json_get(). */
extern const json_t *adf_find(const json_t *value, const char *path);

/* The string at a path, NULL when it is absent or empty. */
extern const json_t *adf_find_string(const json_t *node, const char *path);

extern void adf_put_string(Lines *lines, const json_t *string);

/* Puts the first of the type's labels that the node has, or returns false. */
extern bool adf_put_label(Lines *lines, const json_t *node, const AdfType *type);

extern void adf_render(Lines *lines, const json_t *node);
extern void adf_render_content(Lines *lines, const json_t *node, const AdfType *type);

/* The label and the content below it, or the name of a node that has neither. */
extern void adf_render_labelled(Lines *lines, const json_t *node, const AdfType *type);

#endif							/* JIRA_ADF_NODE_PRIVATE_H */
