/*
 * adf.h
 *	  Text to Atlassian Document Format (ADF), the rich text of Jira Cloud's
 *	  REST API 3, and back.
 */
#ifndef JIRA_ADF_H
#define JIRA_ADF_H

#include "json/json.h"

/*
 * A new reference to a document that shows "utf8" as it is: an empty line ends
 * a paragraph, another newline is a hard break, nothing is markup.  Whatever
 * the text, adf_to_text() gives back the same bytes.  Raises 22021 for text
 * that is not UTF-8.
 */
extern json_t *adf_from_text(const char *utf8);

/*
 * A new reference to a string: the document as text to read, with the marks of
 * Markdown where it has some.  What has no text of its own is named in
 * brackets, like [media: plan.png], so nothing disappears.  Anything but a
 * document (the plain strings of REST API 2, null, NULL) is returned as it is.
 */
extern json_t *adf_to_text(json_t *document);

#endif							/* JIRA_ADF_H */
