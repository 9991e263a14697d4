/*
 * key.c
 *	  Reading the keys, and making one if none is configured.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "secret/command_private.h"
#include "secret/key.h"
#include "secret/key_place_private.h"
#include "secret/key_private.h"
#include "secret/private_file.h"
#include "utils/settings.h"

/* In the data directory, when nothing is configured. */
#define DEFAULT_KEY_FILE "jira_spoke.key"

#define HEX_DIGITS (2 * SEAL_KEY_SIZE)
#define MAX_KEYS 16

/* With a line end each, and one byte more, which is read if there are too many. */
#define MAX_KEY_TEXT (MAX_KEYS * (HEX_DIGITS + 2) + 1)

const char *const key_in_data_directory_words =
"the key for the secrets of jira_spoke is in the data directory, and so in every physical backup, while pg_upgrade leaves it behind";
const char *const key_in_data_directory_hint =
"Set jira_spoke.key_file or jira_spoke.key_command, then call jira_rotate_key().";

/* Those configured, then those of the file in the data directory. */
static SealKey keys[2 * MAX_KEYS];
static int	nkeys = 0;

static void
bad_key(const char *source, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("%s has no usable key for the secrets of jira_spoke", source),
			 errdetail("%s", detail),
			 errhint("Each line must be 64 hexadecimal digits, as \"openssl rand -hex 32\" prints them.")));
}

static void
add_key(const char *line, size_t length, const char *source)
{
	unsigned char bytes[SEAL_KEY_SIZE];

	if (length != HEX_DIGITS || strspn(line, "0123456789abcdefABCDEF") < HEX_DIGITS)
		bad_key(source, "A line is not a key.");
	Assert(nkeys < lengthof(keys));
	hex_decode(line, HEX_DIGITS, (char *) bytes);
	if (!seal_key(&keys[nkeys], bytes))
		bad_key(source, "OpenSSL rejected it.");
	explicit_bzero(bytes, sizeof(bytes));
	nkeys++;
}

static void
add_keys(char *text, size_t length, const char *source)
{
	if (length == MAX_KEY_TEXT)
		bad_key(source, "There are too many keys.");
	text[length] = '\0';
	for (const char *line = text; *line; line += strcspn(line, "\r\n"))
	{
		line += strspn(line, "\r\n");
		if (*line)
			add_key(line, strcspn(line, "\r\n"), source);
	}
}

static void
forget_keys(void)
{
	explicit_bzero(keys, sizeof(keys));
	nkeys = 0;
}

/* The keys that were read before stay until the command has ended: others may need them. */
static void
read_command(void)
{
	char		text[MAX_KEY_TEXT];
	size_t		length = command_output("jira_spoke.key_command", jira_key_command, text, MAX_KEY_TEXT);

	forget_keys();
	add_keys(text, length, "jira_spoke.key_command");
	explicit_bzero(text, sizeof(text));
}

static void
read_file(const char *path, const char *source)
{
	char		text[MAX_KEY_TEXT];

	add_keys(text, private_file_read(path, source, text, MAX_KEY_TEXT), source);
	explicit_bzero(text, sizeof(text));
}

static bool
default_exists(void)
{
	struct stat file;

	return stat(DEFAULT_KEY_FILE, &file) == 0;
}

static bool
is_configured(void)
{
	return jira_key_command[0] || jira_key_file[0];
}

bool
key_is_in_data_directory(void)
{
	return !is_configured() && default_exists();
}

void
key_log_place(void)
{
	if (key_is_in_data_directory())
		ereport(LOG,
				(errmsg("%s", key_in_data_directory_words), errhint("%s", key_in_data_directory_hint)));
}

/*
 * The key of the data directory is read, too: it opens secrets that were sealed
 * before another one was configured.
 */
static void
read_keys(void)
{
	if (jira_key_command[0])
		read_command();
	else
		forget_keys();
	if (!jira_key_command[0] && jira_key_file[0])
		read_file(jira_key_file, "jira_spoke.key_file");
	if (is_configured() && nkeys == 0)
		bad_key(jira_key_command[0] ? "jira_spoke.key_command" : "jira_spoke.key_file", "It is empty.");
	if (default_exists())
		read_file(DEFAULT_KEY_FILE, "the file " DEFAULT_KEY_FILE " in the data directory");
}

/*
 * The file is written under another name and then linked, so that two sessions
 * cannot make two keys, and a crash cannot leave a part of one.
 */
static void
make_default(void)
{
	unsigned char bytes[SEAL_KEY_SIZE];
	char		text[HEX_DIGITS + 1];
	char	   *path = psprintf(DEFAULT_KEY_FILE ".%d", MyProcPid);
	int			fd;

	if (!pg_strong_random(bytes, sizeof(bytes)))
		elog(ERROR, "could not generate a random key");
	hex_encode((char *) bytes, sizeof(bytes), text);
	text[HEX_DIGITS] = '\n';
	(void) unlink(path);
	fd = OpenTransientFilePerm(path, O_CREAT | O_EXCL | O_WRONLY | PG_BINARY, 0600);
	if (fd < 0 || write(fd, text, sizeof(text)) != sizeof(text) || pg_fsync(fd) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not write a key for the secrets of jira_spoke: %m")));
	CloseTransientFile(fd);
	if (link(path, DEFAULT_KEY_FILE) < 0 && errno != EEXIST)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create file \"%s\": %m", DEFAULT_KEY_FILE)));
	unlink(path);
	fsync_fname(".", true);
	explicit_bzero(bytes, sizeof(bytes));
	explicit_bzero(text, sizeof(text));
}

/*
 * Warns in the log, once in a session, and not the client: a user who stores a
 * connection can rarely change the server's configuration.
 */
static void
warn_about_default(void)
{
	static bool warned = false;
	int			level = NewGUCNestLevel();

	settings_pin("client_min_messages", "error");
	if (!warned && MyBgworkerEntry == NULL)
		ereport(WARNING,
				(errmsg("%s", key_in_data_directory_words), errhint("%s", key_in_data_directory_hint)));
	warned = true;
	AtEOXact_GUC(true, level);
}

/* In the log alone, too: after pg_upgrade, most likely. */
static void
warn_about_missing(const SealKey *made)
{
	int			level = NewGUCNestLevel();

	settings_pin("client_min_messages", "error");
	if (key_place_any_but(made->id))
		ereport(WARNING,
				(errmsg("a new key for the secrets of jira_spoke was made, though this database has had another one"),
				 errhint("What that has sealed can be opened when the lines of the old file " DEFAULT_KEY_FILE " are added to the new one.")));
	AtEOXact_GUC(true, level);
}

/* A statement may seal many secrets, and reads the keys only once. */
const SealKey *
key_to_seal(void)
{
	static TimestampTz read_at = 0;
	bool		makes = false;

	if (nkeys > 0 && read_at == GetCurrentStatementStartTimestamp())
		return &keys[0];
	if (!is_configured())
	{
		makes = !default_exists();
		if (makes)
			make_default();
		warn_about_default();
	}
	read_keys();
	if (makes)
		warn_about_missing(&keys[0]);
	if (!is_configured())
		key_place_record(keys[0].id);
	read_at = GetCurrentStatementStartTimestamp();
	return &keys[0];
}

static const SealKey *
find_key(const unsigned char *id)
{
	for (int i = 0; i < nkeys; i++)
		if (memcmp(keys[i].id, id, SEAL_KEY_ID_SIZE) == 0)
			return &keys[i];
	return NULL;
}

const SealKey *
key_to_open(const unsigned char *id)
{
	const SealKey *key = find_key(id);

	if (key == NULL)
	{
		read_keys();
		key = find_key(id);
	}
	return key;
}

/*
 * Where a superuser finds a key that was in another data directory; other users
 * are not told the path, but the log is.
 */
void
key_raise_missing(const unsigned char *id, const char *whose)
{
	char	   *directory = key_place_find(id);
	bool		tell = has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_SETTINGS);

	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("the key that sealed the secret of %s is not available", whose),
			 directory ? errdetail_log("It was in the file \"%s/" DEFAULT_KEY_FILE "\".", directory) : 0,
			 directory && tell
			 ? errhint("It was in the file \"%s/" DEFAULT_KEY_FILE "\", which pg_upgrade leaves behind: add the lines of that file to the file of the same name in \"%s\", or store the secret again.",
					   directory, DataDir)
			 : errhint("Add it to what jira_spoke.key_file or jira_spoke.key_command gives, or store the secret again.")));
}
