/*
 * seal_private.h
 *	  Authenticated encryption of short texts with AES-256-GCM.
 *
 * Plain C over OpenSSL.  A sealed text can be opened with the same key and for
 * the same place only; the place (a table, a row, a host) is not secret.
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
	unsigned char id[SEAL_KEY_ID_SIZE]; /* tells keys apart, tells nothing
										 * about them */
} SealKey;

/* A key from its bytes; false when OpenSSL fails. */
extern bool seal_key(SealKey *key, const unsigned char *bytes);

/* Bytes that a text of this length takes sealed. */
extern size_t seal_size(size_t length);

/* Seals into "sealed", which has room for seal_size(length) bytes. */
extern bool seal_text(const SealKey *key, const char *place, const char *text, size_t length,
					  unsigned char *sealed);

/* Is this, by its form, a sealed text?  Then *id points to its key's id. */
extern bool seal_key_id(const unsigned char *sealed, size_t size, const unsigned char **id);

/*
 * Opens into "text" (room for "size" bytes), which ends with a NUL; false if
 * the key or the place is another one or the bytes were changed.
 */
extern bool seal_open(const SealKey *key, const char *place, const unsigned char *sealed, size_t size,
					  char *text);

#endif							/* JIRA_SECRET_SEAL_PRIVATE_H */
