/*
 * certificate.c
 *	  Asks OpenSSL about certificates, keys and failed handshakes.
 */
#include "http/certificate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/* Why TLS was not agreed on: reasons of OpenSSL, alerts of the server among them. */
static const struct
{
	int			reason;
	HttpOutcome outcome;
}			reasons[] = {
	{SSL_R_WRONG_VERSION_NUMBER, HTTP_NOT_TLS},
	{SSL_R_UNKNOWN_PROTOCOL, HTTP_NOT_TLS},
	{SSL_R_PACKET_LENGTH_TOO_LONG, HTTP_NOT_TLS},
	{SSL_R_HTTP_REQUEST, HTTP_NOT_TLS},
	{SSL_AD_REASON_OFFSET + SSL_AD_CERTIFICATE_REQUIRED, HTTP_CLIENT_REFUSED},
	{SSL_AD_REASON_OFFSET + SSL_AD_BAD_CERTIFICATE, HTTP_CLIENT_REFUSED},
	{SSL_AD_REASON_OFFSET + SSL_AD_UNSUPPORTED_CERTIFICATE, HTTP_CLIENT_REFUSED},
	{SSL_AD_REASON_OFFSET + SSL_AD_CERTIFICATE_REVOKED, HTTP_CLIENT_REFUSED},
	{SSL_AD_REASON_OFFSET + SSL_AD_CERTIFICATE_EXPIRED, HTTP_CLIENT_REFUSED},
	{SSL_AD_REASON_OFFSET + SSL_AD_CERTIFICATE_UNKNOWN, HTTP_CLIENT_REFUSED},
	{SSL_AD_REASON_OFFSET + SSL_AD_UNKNOWN_CA, HTTP_CLIENT_REFUSED},
	{SSL_AD_REASON_OFFSET + SSL_AD_ACCESS_DENIED, HTTP_CLIENT_REFUSED},
};

static bool
say(CertificateProblem *problem, const char *what, const char *reason)
{
	problem->what = what;
	snprintf(problem->reason, sizeof(problem->reason), "%s", reason ? reason : "");
	return false;
}

/* Takes the reason from OpenSSL's queue, which the server uses as well. */
static bool
say_with_reason(CertificateProblem *problem, const char *what)
{
	say(problem, what, ERR_reason_error_string(ERR_peek_last_error()));
	ERR_clear_error();
	return false;
}

/* To open a pipe would wait for whoever writes to it. */
static BIO *
open_file(const char *path, CertificateProblem *problem)
{
	struct stat status;
	BIO		   *file = NULL;

	ERR_clear_error();
	if (stat(path, &status) != 0)
		say(problem, "the file cannot be read", strerror(errno));
	else if (!S_ISREG(status.st_mode))
		say(problem, "it is not a regular file", NULL);
	else if ((file = BIO_new_file(path, "r")) == NULL)
		say_with_reason(problem, "the file cannot be read");
	return file;
}

bool
certificate_check(const char *path, CertificateProblem *problem)
{
	BIO		   *file = open_file(path, problem);
	X509	   *each;
	int			count = 0;

	if (file == NULL)
		return false;
	while ((each = PEM_read_bio_X509(file, NULL, NULL, NULL)) != NULL)
	{
		count++;
		X509_free(each);
	}
	BIO_free(file);
	if (count == 0)
		return say_with_reason(problem, "the file has no certificate in PEM form");
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return say_with_reason(problem, "one of the certificates in the file is damaged");
	ERR_clear_error();
	return true;
}

static int
refuse_passphrase(char *buffer, int size, int writing, void *asked)
{
	*(bool *) asked = true;
	return -1;
}

static EVP_PKEY *
read_key(const char *path, CertificateProblem *problem)
{
	BIO		   *file = open_file(path, problem);
	EVP_PKEY   *key;
	bool		asked = false;

	if (file == NULL)
		return NULL;
	key = PEM_read_bio_PrivateKey(file, NULL, refuse_passphrase, &asked);
	BIO_free(file);
	if (key == NULL)
		say_with_reason(problem, asked ? "the private key has a passphrase"
						: "the file has no private key in PEM form");
	return key;
}

bool
certificate_check_key(const char *path, const char *certificate, CertificateProblem *problem)
{
	EVP_PKEY   *key = read_key(path, problem);
	BIO		   *file = key ? open_file(certificate, problem) : NULL;
	X509	   *first = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;
	bool		fits = first && X509_check_private_key(first, key) == 1;

	if (file && !fits)
		say_with_reason(problem, "the private key is not that of the client certificate");
	X509_free(first);
	BIO_free(file);
	EVP_PKEY_free(key);
	return fits;
}

/* libcurl compares the name itself, before it asks OpenSSL for its verdict. */
HttpOutcome
certificate_verdict(long result)
{
	switch (result)
	{
		case X509_V_OK:
		case X509_V_ERR_UNSPECIFIED:
		case X509_V_ERR_HOSTNAME_MISMATCH:
		case X509_V_ERR_IP_ADDRESS_MISMATCH:
			return HTTP_WRONG_NAME;
		case X509_V_ERR_CERT_NOT_YET_VALID:
		case X509_V_ERR_CERT_HAS_EXPIRED:
			return HTTP_NOT_VALID_NOW;
		default:
			return HTTP_UNTRUSTED;
	}
}

static HttpOutcome
reason_outcome(int reason, HttpOutcome otherwise)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].reason == reason)
			return reasons[i].outcome;
	return otherwise;
}

/* libcurl 8 has an "error:" of its own before that of OpenSSL. */
HttpOutcome
certificate_tls_outcome(const char *words, HttpOutcome otherwise)
{
	static const char mark[] = "error:";

	while ((words = strstr(words, mark)) != NULL)
	{
		unsigned long code;

		words += strlen(mark);
		code = strtoul(words, NULL, 16);
		if (ERR_GET_LIB(code) == ERR_LIB_SSL)
			return reason_outcome(ERR_GET_REASON(code), otherwise);
	}
	return otherwise;
}
