/*
 * digest.c
 *	  Digests of texts, to compare texts that are not kept.
 */
#include "postgres.h"

#include "common/cryptohash.h"

#include "utils/digest.h"

Digest
digest_of(const char *text)
{
	Digest		digest;
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);

	if (hash == NULL || pg_cryptohash_init(hash) < 0 ||
		pg_cryptohash_update(hash, (const uint8 *) text, strlen(text)) < 0 ||
		pg_cryptohash_final(hash, digest.bytes, sizeof(digest.bytes)) < 0)
		elog(ERROR, "could not compute a digest");
	pg_cryptohash_free(hash);
	return digest;
}

bool
digest_equal(const Digest *a, const Digest *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
