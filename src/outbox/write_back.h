/*
 * write_back.h
 *	  Role workers (role_worker.h), as the dispatcher starts and ends them.
 *
 * With no transaction open.
 */
#ifndef JIRA_OUTBOX_WRITE_BACK_H
#define JIRA_OUTBOX_WRITE_BACK_H

/* There is a result that is to be written into a row. */
extern void write_back_expect(void);

/*
 * Starts role workers for what is to be written, one for each role and table at
 * a time, and ends those that are late.  Never waits.
 */
extern void write_back_run(void);

/* Milliseconds until write_back_run() should be called again. */
extern long write_back_next(void);

/* Is no role worker running? */
extern bool write_back_is_idle(void);

#endif							/* JIRA_OUTBOX_WRITE_BACK_H */
