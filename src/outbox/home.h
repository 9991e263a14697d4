/*
 * home.h
 *	  Where an outbox is at home.
 *
 * An item belongs to the database in which it was enqueued.  Where else it comes
 * to, by replication or CREATE DATABASE, nobody carries it out.  What a copy of a
 * data directory holds may have been carried out after the copy was made: that is
 * found out before anything is sent.
 */
#ifndef JIRA_OUTBOX_HOME_H
#define JIRA_OUTBOX_HOME_H

/*
 * The home of what is enqueued here: the same number on this server and on its
 * standbys, another one in every other database.
 */
extern int64 outbox_home_id(void);

/* The timeline of what is enqueued now.  Not on a standby. */
extern int64 home_timeline(void);

/* As a condition of statements: outbox.home = OUTBOX_HERE */
#define OUTBOX_HERE "jira_spoke.outbox_home_id()"

/*
 * For a worker that begins, in a transaction: may it deliver?  Items that may have
 * been carried out in another life of this database are in doubt afterwards.
 */
extern bool home_check(void);

/*
 * For a worker that will deliver, in the same transaction.  Returns whether the
 * server has crashed since the last worker began, and how many milliseconds to
 * wait because workers have ended early again and again.
 */
extern bool home_begin(long *wait);

/*
 * The worker has worked for some time, or is about to leave: those that come
 * after it need not wait.  In a transaction, as often as the caller likes.
 */
extern void home_end(void);

/*
 * In a session: the items that are held in a clone, and those that were enqueued
 * elsewhere, are at home here from now on.  Returns how many are unfinished.
 */
extern uint64 home_adopt(void);

#endif							/* JIRA_OUTBOX_HOME_H */
