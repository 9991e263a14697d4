/*
 * fold.h
 *	  Names compared without regard to case.
 */
#ifndef JIRA_UTILS_FOLD_H
#define JIRA_UTILS_FOLD_H

/*
 * A name of Jira, which is UTF-8, in lower case by the locale of the database;
 * only ASCII letters are changed where the database has another encoding.
 */
extern char *fold_utf8(const char *utf8);

/* Is a name the same as one that was folded, but for case? */
extern bool fold_equal(const char *utf8, const char *folded);

#endif							/* JIRA_UTILS_FOLD_H */
