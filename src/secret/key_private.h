/*
 * key_private.h
 *	  The keys that secrets are sealed with; none is stored in the database.
 *
 * They are read from the output of jira_spoke.key_command, else from the file
 * jira_spoke.key_file, else from a file in the data directory that is made when
 * it is first needed.  Each line is a key, 64 hexadecimal digits: the first one
 * seals, all of them open.
 */
#ifndef JIRA_SECRET_KEY_PRIVATE_H
#define JIRA_SECRET_KEY_PRIVATE_H

#include "secret/seal_private.h"

/*
 * The key to seal with, read again in each statement.  Raises F0000 if there is
 * none, or if others can read its file.
 */
extern const SealKey *key_to_seal(void);

/* The key with this id, NULL if there is none; kept in memory once read. */
extern const SealKey *key_to_open(const unsigned char *id);

/*
 * Raises F0000 for a secret whose key is not there: "the secret of whose".  Does
 * not return.
 */
extern void key_raise_missing(const unsigned char *id, const char *whose);

#endif							/* JIRA_SECRET_KEY_PRIVATE_H */
