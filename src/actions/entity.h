/*
 * entity.h
 *	  Columns that several actions share: the composite types of entity.sql.
 */
#ifndef JIRA_ENTITY_H
#define JIRA_ENTITY_H

#include "action.h"

extern const Column jira_issue_columns[];

#endif							/* JIRA_ENTITY_H */
