/*
 * digest.h
 *	  Digests of texts, to compare texts that are not kept.
 */
#ifndef JIRA_UTILS_DIGEST_H
#define JIRA_UTILS_DIGEST_H

#include "common/sha2.h"

/* SHA-256: nobody finds two texts with the same one. */
typedef struct Digest
{
	uint8		bytes[PG_SHA256_DIGEST_LENGTH];
} Digest;

extern Digest digest_of(const char *text);

extern bool digest_equal(const Digest *a, const Digest *b);

#endif							/* JIRA_UTILS_DIGEST_H */
