/*
 * home.h
 *	  Where an outbox is at home.
 *
 * An item belongs to the database in which it was enqueued.  Where else it comes
 * to, by replication or CREATE DATABASE, nobody carries it out.
 */
#ifndef JIRA_OUTBOX_HOME_H
#define JIRA_OUTBOX_HOME_H

/*
 * The home of what is enqueued here: the same number on this server and on its
 * standbys, another one in every other database.
 */
extern int64 outbox_home_id(void);

/* As a condition of statements: outbox.home = OUTBOX_HERE */
#define OUTBOX_HERE "jira_spoke.outbox_home_id()"

#endif							/* JIRA_OUTBOX_HOME_H */
