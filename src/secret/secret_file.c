/*
 * secret_file.c
 *	  Reading a secret from a file of the server.
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"

#include "secret/private_file.h"
#include "secret/secret_file.h"

/* The name of the file in messages, which do not contain its path. */
#define SECRET_FILE "the file of the secret"

/* A longer secret is refused; tokens have some hundred bytes. */
#define MAX_SECRET 65536

static void
check_path(const char *path)
{
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("only members of pg_read_server_files may store the secret of a file"),
				 errhint("Store it with the command jira_spoke_secret, or through the view jira_spoke.secret_entry.")));
	if (!is_absolute_path(path))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"secret_file\" must be an absolute path")));
}

char *
secret_in_file(const char *path)
{
	char	   *secret = palloc(MAX_SECRET + 1);
	size_t		length;

	check_path(path);
	length = private_file_read(path, SECRET_FILE, secret, MAX_SECRET);
	secret[length] = '\0';
	secret[strcspn(secret, "\r\n")] = '\0';
	if (length == MAX_SECRET || !pg_verifymbstr(secret, strlen(secret), true))
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 length == MAX_SECRET ? errmsg("%s is too large", SECRET_FILE)
				 : errmsg("%s is not in the encoding of the database", SECRET_FILE)));
	return secret;
}
