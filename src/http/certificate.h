/*
 * certificate.h
 *	  Checks of certificate and key files, and the outcome of a TLS connection
 *	  that failed.
 */
#ifndef JIRA_HTTP_CERTIFICATE_H
#define JIRA_HTTP_CERTIFICATE_H

#include <stdbool.h>

#include "http/outcome.h"

/* Why a file cannot be used. */
typedef struct CertificateProblem
{
	const char *what;			/* the end of a sentence about the file */
	char		reason[256];	/* in the words of OpenSSL or the operating
								 * system; may be empty */
} CertificateProblem;

/* Is this a file of one certificate or more, in PEM form? */
extern bool certificate_check(const char *path, CertificateProblem *problem);

/*
 * Does the file have a private key without a passphrase, and is it that of the
 * first certificate in the other file?
 */
extern bool certificate_check_key(const char *path, const char *certificate,
								  CertificateProblem *problem);

/* What OpenSSL's verdict (X509_V_...) on a server's certificate comes to. */
extern HttpOutcome certificate_verdict(long result);

/* What OpenSSL's code in libcurl's words comes to; "otherwise" if that is vague. */
extern HttpOutcome certificate_tls_outcome(const char *words, HttpOutcome otherwise);

#endif							/* JIRA_HTTP_CERTIFICATE_H */
