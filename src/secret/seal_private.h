/*
 * seal_private.h
 *	  Authenticated encryption of short texts with AES-256-GCM.
 *
 * Plain C over OpenSSL.  A sealed text can be opened with the same key and for
 * the same place only; the place (a column, a row, an origin) is not secret.
 */
#ifndef JIRA_SECRET_SEAL_PRIVATE_H
#define JIRA_SECRET_SEAL_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#define SEAL_KEY_SIZE 32
#define SEAL_KEY_ID_SIZE 8

typedef struct SealKey
{
	unsigned char bytes[SEAL_KEY_SIZE];
	unsigned char id[SEAL_KEY_ID_SIZE]; /* identifies the key without
										 * revealing it */
} SealKey;

/* Makes a key of SEAL_KEY_SIZE bytes; false if OpenSSL fails. */
extern bool seal_key(SealKey *key, const unsigned char *bytes);

/* The size of a sealed text of this length. */
extern size_t seal_size(size_t length);

/* Seals into "sealed", which has room for seal_size(length) bytes. */
extern bool seal_text(const SealKey *key, const char *place, const char *text, size_t length,
					  unsigned char *sealed);

/* Returns whether this has the form of a sealed text; *id points to its key's ID. */
extern bool seal_key_id(const unsigned char *sealed, size_t size, const unsigned char **id);

/*
 * Opens into "text", which has room for "size" bytes and ends with a NUL.
 * Returns false if key, place or bytes are not those of seal_text().
 */
extern bool seal_open(const SealKey *key, const char *place, const unsigned char *sealed, size_t size,
					  char *text);

#endif							/* JIRA_SECRET_SEAL_PRIVATE_H */
