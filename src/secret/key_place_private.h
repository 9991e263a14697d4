/*
 * key_place_private.h
 *	  In which data directory a key was, for those who look for it.
 */
#ifndef JIRA_SECRET_KEY_PLACE_PRIVATE_H
#define JIRA_SECRET_KEY_PLACE_PRIVATE_H

/* Keeps in mind that the key with this ID is in the data directory of this server. */
extern void key_place_record(const unsigned char *id);

/* The data directory that a key was last known in; NULL: none. */
extern char *key_place_find(const unsigned char *id);

/* Has another key of this database been in a data directory? */
extern bool key_place_any_but(const unsigned char *id);

#endif							/* JIRA_SECRET_KEY_PLACE_PRIVATE_H */
