/*
 * story_fields.h
 *	  The custom fields that a story has its estimate, epic and sprint in.
 */
#ifndef JIRA_ACTIONS_STORY_FIELDS_H
#define JIRA_ACTIONS_STORY_FIELDS_H

#include "engine/field.h"

#define EPIC_LINK_TYPE "com.pyxis.greenhopper.jira:gh-epic-link"
#define ESTIMATE_TYPE "com.pyxis.greenhopper.jira:jsw-story-points" /* team-managed projects */

/* Company-managed projects and Server have a number field of this name for the estimate. */
#define NUMBER_TYPE CUSTOM_TYPE("float")
#define POINTS_NAME "Story Points"

#endif							/* JIRA_ACTIONS_STORY_FIELDS_H */
