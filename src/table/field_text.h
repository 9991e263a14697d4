/*
 * field_text.h
 *	  Values of custom fields as text.
 */
#ifndef JIRA_TABLE_FIELD_TEXT_H
#define JIRA_TABLE_FIELD_TEXT_H

#include "engine/codec.h"

/*
 * What a value is called: an option by its value, with "parent / child" if it
 * cascades; a user by account; a project or an issue by key; the rest by name.  A
 * list has a text for each element; a document is its plain text.
 */
extern const Codec field_text;

#endif							/* JIRA_TABLE_FIELD_TEXT_H */
