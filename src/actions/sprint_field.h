/*
 * sprint_field.h
 *	  The Sprint field of an issue: the sprints that it is and was in.
 */
#ifndef JIRA_ACTIONS_SPRINT_FIELD_H
#define JIRA_ACTIONS_SPRINT_FIELD_H

#include "engine/codec.h"

/* Id and name of the sprint that the issue is in, else of the last it was in. */
extern const Codec sprint_id;
extern const Codec sprint_name;

/* Of one of the sprints. */
extern const Codec one_sprint_id;
extern const Codec one_sprint_name;
extern const Codec one_sprint_state;

#endif							/* JIRA_ACTIONS_SPRINT_FIELD_H */
