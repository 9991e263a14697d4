/*
 * seal.c
 *	  The format of a sealed text, and its encryption.
 *
 * A sealed text is: a version byte, the id of the key, a nonce, the
 * ciphertext, the tag.  A nonce is random; with 96 bits one key may seal
 * billions of secrets before two of them are likely to meet.
 */
#include "secret/seal_private.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#define VERSION 1
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define HEAD_SIZE (1 + SEAL_KEY_ID_SIZE)
#define OVERHEAD (HEAD_SIZE + NONCE_SIZE + TAG_SIZE)

/* Hashed with the key, so that its ID reveals nothing about it. */
static const char id_label[] = "jira_spoke key id";

bool
seal_key(SealKey *key, const unsigned char *bytes)
{
	unsigned char labelled[sizeof(id_label) + SEAL_KEY_SIZE];
	unsigned char digest[EVP_MAX_MD_SIZE];
	bool		made;

	memcpy(key->bytes, bytes, SEAL_KEY_SIZE);
	memcpy(labelled, id_label, sizeof(id_label));
	memcpy(labelled + sizeof(id_label), bytes, SEAL_KEY_SIZE);
	made = EVP_Digest(labelled, sizeof(labelled), digest, NULL, EVP_sha256(), NULL) == 1;
	memcpy(key->id, digest, SEAL_KEY_ID_SIZE);
	OPENSSL_cleanse(labelled, sizeof(labelled));
	return made;
}

size_t
seal_size(size_t length)
{
	return length + OVERHEAD;
}

/* The version and the key's id are authenticated with the place. */
static bool
begin(EVP_CIPHER_CTX *cipher, bool encrypt, const SealKey *key, const char *place,
	  const unsigned char *sealed)
{
	int			ignored;

	return EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, key->bytes, sealed + HEAD_SIZE, encrypt) == 1 &&
		EVP_CipherUpdate(cipher, NULL, &ignored, sealed, HEAD_SIZE) == 1 &&
		EVP_CipherUpdate(cipher, NULL, &ignored, (const unsigned char *) place, (int) strlen(place)) == 1;
}

bool
seal_text(const SealKey *key, const char *place, const char *text, size_t length, unsigned char *sealed)
{
	unsigned char *ciphertext = sealed + HEAD_SIZE + NONCE_SIZE;
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	int			written;
	int			rest;
	bool		done;

	sealed[0] = VERSION;
	memcpy(sealed + 1, key->id, SEAL_KEY_ID_SIZE);
	done = cipher &&
		RAND_bytes(sealed + HEAD_SIZE, NONCE_SIZE) == 1 &&
		begin(cipher, true, key, place, sealed) &&
		EVP_CipherUpdate(cipher, ciphertext, &written, (const unsigned char *) text, (int) length) == 1 &&
		EVP_CipherFinal_ex(cipher, ciphertext + written, &rest) == 1 &&
		EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, ciphertext + length) == 1;
	EVP_CIPHER_CTX_free(cipher);
	return done;
}

bool
seal_key_id(const unsigned char *sealed, size_t size, const unsigned char **id)
{
	if (size < OVERHEAD || sealed[0] != VERSION)
		return false;
	*id = sealed + 1;
	return true;
}

bool
seal_open(const SealKey *key, const char *place, const unsigned char *sealed, size_t size, char *text)
{
	const unsigned char *ciphertext = sealed + HEAD_SIZE + NONCE_SIZE;
	size_t		length = size - OVERHEAD;
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	unsigned char *opened = (unsigned char *) text;
	int			written;
	int			rest;
	bool		done;

	done = cipher &&
		begin(cipher, false, key, place, sealed) &&
		EVP_CipherUpdate(cipher, opened, &written, ciphertext, (int) length) == 1 &&
		EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, (void *) (ciphertext + length)) == 1 &&
		EVP_CipherFinal_ex(cipher, opened + written, &rest) == 1;
	EVP_CIPHER_CTX_free(cipher);
	if (!done)
		OPENSSL_cleanse(text, length);
	text[done ? length : 0] = '\0';
	return done;
}
