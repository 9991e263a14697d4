/*
 * launcher.h
 *	  The background worker that looks after the outboxes of all databases.
 */
#ifndef JIRA_OUTBOX_LAUNCHER_H
#define JIRA_OUTBOX_LAUNCHER_H

/* While the library is preloaded. */
extern void outbox_register_launcher(void);

#endif							/* JIRA_OUTBOX_LAUNCHER_H */
