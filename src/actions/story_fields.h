/*
 * story_fields.h
 *	  The custom fields that a story has its estimate, epic and sprint in.
 */
#ifndef JIRA_ACTIONS_STORY_FIELDS_H
#define JIRA_ACTIONS_STORY_FIELDS_H

#include "engine/field.h"

#define EPIC_LINK_TYPE "com.pyxis.greenhopper.jira:gh-epic-link"

/*
 * Company-managed projects and Server have a number field of this name for the estimate,
 * team-managed projects a field of ESTIMATE_TYPE.
 */
#define POINTS_NAME "Story Points"

#endif							/* JIRA_ACTIONS_STORY_FIELDS_H */
