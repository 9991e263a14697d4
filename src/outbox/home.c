/*
 * home.c
 *	  Where an outbox is at home.
 *
 * A standby that is promoted, a backup that is restored and a clone of a server
 * all begin with a copy of the outbox that lags behind what was sent.  By what
 * tells them apart is described in doc/copies.md.
 */
#include "postgres.h"

#include <sys/stat.h>
#include <unistd.h>

#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "commands/dbcommands.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "outbox/home.h"
#include "outbox/running.h"
#include "utils/own_tables.h"

/* After so many early ends, workers wait before they begin: 1 minute, 2, 4 ... */
#define PATIENT_ENDS 3
#define FIRST_WAIT_MS (60 * 1000)
#define LONGEST_WAIT_MS (60 * 60 * 1000)

/* The longest wait if the server has not crashed. */
#define LONGEST_WAIT_AFTER_ERROR_MS (60 * 1000)

#define TOKEN_BYTES 16
#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"

PG_FUNCTION_INFO_V1(jira_outbox_home_id);

/* What the home of an outbox looks like from inside. */
typedef struct Signs
{
	int64		timeline;
	int64		inode;			/* of PG_VERSION, which nobody writes */
	int64		changed;		/* its time of change */
	bytea	   *token;			/* in our file, or NULL */
	text	   *boot;			/* of the machine's kernel, or NULL */
} Signs;

/* How the signs compare to those that are stored. */
typedef enum Finding
{
	NOT_KNOWN,					/* this home has no signs yet */
	AT_HOME,
	BOOTED,						/* the same, on a machine that was booted */
	MOVED,						/* failover, recovery, files put back */
	COPIED						/* perhaps a clone */
} Finding;

/* The parameters of statements below, and where in them: */
enum
{
	TIMELINE,
	INODE,
	CHANGED,
	TOKEN,
	BOOT,
	SERVER_START,
	MEMORY_SINCE,
	PARAMETERS
};

/* In a worker: had the server crashed before?  Does the worker count as one that ends early? */
static bool crashed = false;
static bool counted = false;

int64
outbox_home_id(void)
{
	uint64		of_server = GetSystemIdentifier();
	unsigned char identity[sizeof(of_server) + sizeof(Oid)];

	memcpy(identity, &of_server, sizeof(of_server));
	memcpy(identity + sizeof(of_server), &MyDatabaseId, sizeof(Oid));
	return (int64) DatumGetUInt64(hash_any_extended(identity, sizeof(identity), 0));
}

int64
home_timeline(void)
{
	return GetWALInsertionTimeLine();
}

Datum
jira_outbox_home_id(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(outbox_home_id());
}

/*
 * In a directory whose content pg_basebackup and pg_rewind leave out.  The server
 * may remove the file: that alone does no harm.
 */
static const char *
token_file(void)
{
	return psprintf("%s/jira_spoke.%u", PG_STAT_TMP_DIR, MyDatabaseId);
}

/* At most so many bytes of a file; NULL if there is none. */
static bytea *
read_file(const char *path, int most)
{
	bytea	   *content = palloc(VARHDRSZ + most);
	int			fd = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	int			length;

	if (fd < 0)
		return NULL;
	length = read(fd, VARDATA(content), most);
	CloseTransientFile(fd);
	if (length <= 0)
		return NULL;
	SET_VARSIZE(content, VARHDRSZ + length);
	return content;
}

static void
refuse_file(const char *action, const char *path)
{
	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not %s file \"%s\": %m", action, path)));
}

static void
write_token(const bytea *token)
{
	const char *path = token_file();
	const char *new = psprintf("%s.new", path);
	int			fd = OpenTransientFile(new, O_WRONLY | O_CREAT | O_TRUNC | PG_BINARY);

	if (fd < 0)
		refuse_file("create", new);
	errno = 0;
	if (write(fd, VARDATA(token), TOKEN_BYTES) != TOKEN_BYTES)
	{
		if (errno == 0)
			errno = ENOSPC;		/* as elsewhere, if a write was short */
		refuse_file("write", new);
	}
	if (pg_fsync(fd) != 0)
		refuse_file("fsync", new);
	if (CloseTransientFile(fd) != 0)
		refuse_file("close", new);
	(void) durable_rename(new, path, ERROR);
}

static Signs
read_signs(void)
{
	Signs		signs = {.timeline = home_timeline()};
	struct stat version;

	if (stat("PG_VERSION", &version) != 0)
		refuse_file("stat", "PG_VERSION");
	signs.inode = version.st_ino;
	signs.changed = version.st_ctime;
	signs.token = read_file(token_file(), TOKEN_BYTES);
	signs.boot = read_file(BOOT_ID_FILE, 36);
	return signs;
}

/* Executes a statement with the signs and the times of the server as parameters. */
static uint64
execute_with(const Signs *signs, const char *statement)
{
	Oid			types[] = {INT8OID, INT8OID, INT8OID, BYTEAOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID};
	Datum		values[PARAMETERS] = {
		[TIMELINE] = Int64GetDatum(signs->timeline),
		[INODE] = Int64GetDatum(signs->inode),
		[CHANGED] = Int64GetDatum(signs->changed),
		[TOKEN] = PointerGetDatum(signs->token),
		[BOOT] = PointerGetDatum(signs->boot),
		[SERVER_START] = TimestampTzGetDatum(PgStartTime),
		[MEMORY_SINCE] = TimestampTzGetDatum(running_memory_since())
	};
	char		nulls[PARAMETERS];

	memset(nulls, ' ', sizeof(nulls));
	if (signs->token == NULL)
		nulls[TOKEN] = 'n';
	if (signs->boot == NULL)
		nulls[BOOT] = 'n';
	return own_tables_execute(statement, PARAMETERS, types, values, nulls);
}

/* Does the stored home fulfil this condition? */
static bool
holds(const Signs *signs, const char *condition)
{
	return execute_with(signs, psprintf("SELECT FROM jira_spoke.outbox_home AS h WHERE h.home = " OUTBOX_HERE " AND %s",
										condition)) > 0;
}

/*
 * A data directory that was put back has another inode, or no file of ours; a
 * base backup has both.
 */
static Finding
compare(const Signs *signs)
{
	bool		same_inode = holds(signs, "h.inode = $2 AND h.changed = $3");
	bool		same_token = holds(signs, "h.token = $4");

	if (!holds(signs, "true"))
		return NOT_KNOWN;
	if (!holds(signs, "h.timeline = $1"))
		return MOVED;
	if (!same_inode && !same_token)
		return COPIED;
	if (!same_inode || !same_token)
		return MOVED;
	return holds(signs, "h.boot <> $5") ? BOOTED : AT_HOME;
}

/*
 * From here on, this is what home looks like, and the items that are there belong
 * to it.  One that is found to be of another timeline later was prepared there,
 * see OUTBOX_IN_DOUBT.
 */
static void
store(Signs *signs)
{
	(void) execute_with(signs, "UPDATE jira_spoke.outbox SET timeline = $1"
						" WHERE home = " OUTBOX_HERE " AND state = 'pending' AND timeline <> $1");
	signs->token = palloc(VARHDRSZ + TOKEN_BYTES);
	SET_VARSIZE(signs->token, VARHDRSZ + TOKEN_BYTES);
	if (!pg_strong_random(VARDATA(signs->token), TOKEN_BYTES))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random bytes")));
	write_token(signs->token);
	(void) execute_with(signs, "INSERT INTO jira_spoke.outbox_home AS h"
						" (home, timeline, inode, changed, token, boot, server_start, memory_since)"
						" VALUES (" OUTBOX_HERE ", $1, $2, $3, $4, $5, $6, $7)"
						" ON CONFLICT (home) DO UPDATE SET timeline = $1, inode = $2, changed = $3, token = $4,"
						" boot = $5, held_since = NULL, since = clock_timestamp()");
}

#define UNFINISHED "state = ANY (ARRAY['pending', 'composing', 'sending', 'writing_back'])"

/*
 * Items that were enqueued in another life of the database are in doubt.  What
 * is not due yet was not due there either.
 */
#define DOUBT(since, error) \
"UPDATE jira_spoke.outbox AS o SET state = 'pending', timeline = $1," \
" doubtful_since = GREATEST(o.doubtful_since, " since "), error = '" error "'" \
" WHERE o.state = ANY (ARRAY['pending', 'composing', 'sending'])" \
" AND (o.state <> 'pending' OR o.next_attempt <= clock_timestamp())"

static void
doubt_after_move(const Signs *signs)
{
	bool		promoted = !holds(signs, "h.timeline = $1");
	uint64		count;

	count = promoted ?
		execute_with(signs, DOUBT("clock_timestamp()", "It was enqueued before this server took over.")
					 " AND o.home = " OUTBOX_HERE " AND o.timeline IS DISTINCT FROM $1") :
		execute_with(signs, DOUBT("$6", "It was enqueued before this data directory was put back.")
					 " AND o.home = " OUTBOX_HERE " AND o.created_at < $6");
	ereport(LOG,
			(promoted ? errmsg("the Jira outbox of database \"%s\" has come to a new timeline", get_database_name(MyDatabaseId)) :
			 errmsg("the Jira outbox of database \"%s\" has come with files that were put back", get_database_name(MyDatabaseId)),
			 errdetail("Items that may have been carried out before: " UINT64_FORMAT ". Issues are searched for before they are created.", count)));
}

/* A virtual machine may have been brought back to an earlier state. */
static void
doubt_after_boot(const Signs *signs)
{
	(void) execute_with(signs, DOUBT("$6", "It was enqueued before this machine was booted.")
						" AND o.home = " OUTBOX_HERE " AND o.marker IS NOT NULL AND o.created_at < $6");
}

static void
hold(const Signs *signs, bool first_look)
{
	(void) execute_with(signs, "UPDATE jira_spoke.outbox_home SET held_since = clock_timestamp()"
						" WHERE home = " OUTBOX_HERE " AND held_since IS NULL");
	if (first_look)
		ereport(WARNING,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the Jira outbox of database \"%s\" sends nothing", get_database_name(MyDatabaseId)),
				 errdetail("The data directory is a copy, and the original may still be running."),
				 errhint("If this server replaces the original, call jira_outbox_adopt() as a superuser. In a clone set \"jira_spoke.outbox_deliver\" to off.")));
}

static void
tell_of_strangers(void)
{
	uint64		count = own_tables_execute("SELECT FROM jira_spoke.outbox WHERE home <> " OUTBOX_HERE
										   " AND " UNFINISHED, 0, NULL, NULL, NULL);

	if (count > 0)
		ereport(WARNING,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the Jira outbox of database \"%s\" leaves alone " UINT64_FORMAT " items that were enqueued elsewhere",
						get_database_name(MyDatabaseId), count),
				 errhint("If this database replaces the other one, as after pg_upgrade, call jira_outbox_adopt() as a superuser.")));
}

/* Settles what the signs mean; returns whether anything may be sent. */
static bool
act_on(Finding finding, Signs *signs, bool first_look)
{
	switch (finding)
	{
		case AT_HOME:
			return true;
		case COPIED:
			hold(signs, first_look);
			return false;
		case MOVED:
			doubt_after_move(signs);
			break;
		case BOOTED:
			doubt_after_boot(signs);
			break;
		case NOT_KNOWN:
			break;
	}
	store(signs);
	return true;
}

bool
home_check(void)
{
	Signs		signs = read_signs();
	bool		first_look = !holds(&signs, "h.server_start = $6 AND h.memory_since = $7");
	bool		may_send;

	crashed = holds(&signs, "h.server_start = $6 AND h.memory_since <> $7");
	may_send = act_on(compare(&signs), &signs, first_look);
	if (first_look)
	{
		tell_of_strangers();
		(void) execute_with(&signs, "UPDATE jira_spoke.outbox_home SET server_start = $6, memory_since = $7"
							" WHERE home = " OUTBOX_HERE);
	}
	return may_send;
}

/* How many workers have ended early, one after the other; counts this one. */
static int
count_early_ends(void)
{
	int			ends = 0;

	SPI_connect();
	SPI_execute("UPDATE jira_spoke.outbox_home SET unclean = LEAST(unclean + 1, 1000) WHERE home = " OUTBOX_HERE
				" RETURNING unclean - 1", false, 0);
	if (SPI_processed == 1)
		ends = atoi(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));
	SPI_finish();
	counted = true;
	return ends;
}

bool
home_begin(long *wait)
{
	int			ends = count_early_ends();

	*wait = 0;
	if (ends >= PATIENT_ENDS)
		*wait = Min((long) FIRST_WAIT_MS << Min(ends - PATIENT_ENDS, 6),
					crashed ? LONGEST_WAIT_MS : LONGEST_WAIT_AFTER_ERROR_MS);
	return crashed;
}

void
home_end(void)
{
	if (counted)
		(void) own_tables_execute("UPDATE jira_spoke.outbox_home SET unclean = 0 WHERE home = " OUTBOX_HERE,
								  0, NULL, NULL, NULL);
	counted = false;
}

/* Ids that several homes have are given to one of them; the others get new ones. */
static void
rename_twins(void)
{
	(void) own_tables_execute("SELECT setval('jira_spoke.outbox_id_seq', i.last) FROM jira_spoke.outbox_id_seq AS s,"
							  " (SELECT max(id) AS last FROM jira_spoke.outbox) AS i WHERE i.last > s.last_value",
							  0, NULL, NULL, NULL);
	(void) own_tables_execute("UPDATE jira_spoke.outbox AS o SET id = DEFAULT WHERE o.home <> " OUTBOX_HERE
							  " AND EXISTS (SELECT FROM jira_spoke.outbox AS t WHERE t.id = o.id AND t.home <> o.home"
							  "  AND (t.home = " OUTBOX_HERE " OR t.home < o.home))",
							  0, NULL, NULL, NULL);
}

/* Returns how many of the strangers are unfinished. */
static uint64
adopt_strangers(const Signs *signs)
{
	uint64		count = own_tables_execute("SELECT FROM jira_spoke.outbox WHERE home <> " OUTBOX_HERE
										   " AND " UNFINISHED, 0, NULL, NULL, NULL);

	(void) execute_with(signs, DOUBT("clock_timestamp()", "It was enqueued elsewhere, before this database took over.")
						" AND o.home <> " OUTBOX_HERE);
	rename_twins();
	(void) execute_with(signs, "UPDATE jira_spoke.outbox SET home = " OUTBOX_HERE ", timeline = $1"
						" WHERE home <> " OUTBOX_HERE);
	(void) own_tables_execute("DELETE FROM jira_spoke.outbox_home WHERE home <> " OUTBOX_HERE, 0, NULL, NULL, NULL);
	return count;
}

/* What was enqueued after the copy was noticed was not enqueued in the original. */
static uint64
adopt_held(Signs *signs)
{
	uint64		count = own_tables_execute("SELECT FROM jira_spoke.outbox WHERE home = " OUTBOX_HERE
										   " AND " UNFINISHED, 0, NULL, NULL, NULL);

	(void) execute_with(signs, DOUBT("clock_timestamp()", "It was enqueued before this data directory was copied.")
						" AND o.home = " OUTBOX_HERE
						" AND o.created_at < (SELECT COALESCE(h.held_since, clock_timestamp())"
						"  FROM jira_spoke.outbox_home AS h WHERE h.home = " OUTBOX_HERE ")");
	store(signs);
	return count;
}

uint64
home_adopt(void)
{
	Signs		signs = read_signs();
	uint64		count = compare(&signs) == COPIED ? adopt_held(&signs) : 0;

	return count + adopt_strangers(&signs);
}
