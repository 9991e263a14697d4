/*
 * shared_memory.h
 *	  Memory that the processes of the server share, found by name.
 *
 * It is a named segment of dynamic shared memory where the server has them (17
 * and later), else a part of the server's main shared memory: reserved by a
 * preloaded library, or as much as the server has to spare.
 */
#ifndef JIRA_UTILS_SHARED_MEMORY_H
#define JIRA_UTILS_SHARED_MEMORY_H

/* While the library is preloaded: reserves room where the server needs it. */
extern void shared_memory_reserve(Size size);

/*
 * May what is shared be large?  Else only what the server has to spare is
 * there.  The answer is the same in all processes of the server.
 */
extern bool shared_memory_is_reserved(void);

/*
 * The memory of this name, which stays until the server stops; all processes
 * give the same size.  init() sets it up if it is new; it must not raise an
 * error.  Returns NULL if there is no room.  In a transaction.
 */
extern void *shared_memory_find(const char *name, Size size, void (*init) (void *memory));

/*
 * The same in the main shared memory of the server of any version, for what is
 * small, and found where no transaction is.
 */
extern void shared_memory_reserve_main(Size size);
extern void *shared_memory_find_main(const char *name, Size size, void (*init) (void *memory));

#endif							/* JIRA_UTILS_SHARED_MEMORY_H */
