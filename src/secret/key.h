/*
 * key.h
 *	  Where the key to seal with is, for warnings about it.
 */
#ifndef JIRA_SECRET_KEY_H
#define JIRA_SECRET_KEY_H

/* Words for a key in the data directory, and what to do about it. */
extern const char *const key_in_data_directory_words;
extern const char *const key_in_data_directory_hint;

/* Is the key to seal with in the data directory, since nothing is configured? */
extern bool key_is_in_data_directory(void);

/* For the start of a server that preloads the library: tells the log so. */
extern void key_log_place(void);

#endif							/* JIRA_SECRET_KEY_H */
