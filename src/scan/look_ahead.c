/*
 * look_ahead.c
 *	  Calls that differ in one argument, several of them under way at a time.
 *
 * The calls share a client, so that their replies together are bounded as those of one
 * are.  A reply that has no room, or whose values have none, because others wait to be
 * read, gets it: these are given up, and asked for again when they are needed.
 */
#include "postgres.h"

#include "common/string.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "client/identity.h"
#include "engine/build_request.h"
#include "scan/key_answers.h"
#include "scan/look_ahead.h"
#include "utils/settings.h"

/* The key of the call with NULL; those of others begin with another character. */
#define KEY_OF_NULL "-"

/* A call whose rows have not been read. */
typedef struct PendingCall
{
	char	   *key;
	Stream	   *stream;
} PendingCall;

struct LookAhead
{
	MemoryContext context;		/* owns the streams */
	const Binding *binding;
	int			argument;
	SourceRow  *row;
	const bool *wanted;
	StreamUse	use;
	SharedClient shared;
	Oid			user;			/* whom the client was opened for */
	char	   *connection;		/* and the connection that was set then */
	uint64		writes;			/* of the session before the calls */
	bool		answered;		/* Jira has answered a call of the client */
	bool		alone;			/* replies have no room beside each other */
	PendingCall calls[MAX_PARALLEL_REQUESTS + 1];	/* in the order in which
													 * they were made */
	int			count;
	KeyAnswers *answers;
	KeyAnswer  *answer;			/* that is being read; NULL: it is not kept */
	KeyAnswerRow *next;			/* of kept rows */
	Stream	   *stream;			/* of further ones, or NULL */
	TupleTableSlot *kept;
	int64		made;			/* number of calls */
	int64		done;			/* of those that were read to the end, since
								 * the caller has begun */
	int			peak;
	Traffic		traffic;		/* of clients that are gone */
	PagesCost	cost;			/* of streams that are */
};

LookAhead *
look_ahead_begin(int argument, SourceRow *row, const bool *wanted, const char *fields, bool may_stop)
{
	LookAhead  *ahead = palloc0(sizeof(LookAhead));

	ahead->context = AllocSetContextCreate(CurrentMemoryContext, "Jira calls", ALLOCSET_SMALL_SIZES);
	ahead->shared.context = AllocSetContextCreate(CurrentMemoryContext, "Jira client", ALLOCSET_SMALL_SIZES);
	ahead->binding = row->from->binding;
	ahead->argument = argument;
	ahead->row = row;
	ahead->wanted = wanted;
	ahead->use = (StreamUse)
	{
		.limit = -1,.may_stop = may_stop,.fields = fields,.shared = &ahead->shared
	};
	ahead->answers = key_answers_begin();
	ahead->kept = MakeSingleTupleTableSlot(row->slot->tts_tupleDescriptor, &TTSOpsMinimalTuple);
	return ahead;
}

static char *
key_of(const char *value)
{
	return value ? psprintf("=%s", value) : pstrdup(KEY_OF_NULL);
}

/* The place of a call among the pending ones; -1. */
static int
find_call(const LookAhead *ahead, const char *key)
{
	for (int i = 0; i < ahead->count; i++)
		if (strcmp(ahead->calls[i].key, key) == 0)
			return i;
	return -1;
}

static Stream *
take_call(LookAhead *ahead, int place)
{
	Stream	   *stream = ahead->calls[place].stream;

	pfree(ahead->calls[place].key);
	ahead->count--;
	memmove(&ahead->calls[place], &ahead->calls[place + 1], sizeof(PendingCall) * (ahead->count - place));
	return stream;
}

static void
close_stream(LookAhead *ahead, Stream *stream)
{
	PagesCost	cost = stream_cost(stream);

	ahead->answered |= cost.pages > 0;
	pages_add_cost(&ahead->cost, cost);
	stream_close(stream);
}

static void
close_calls(LookAhead *ahead)
{
	while (ahead->count > 0)
		close_stream(ahead, take_call(ahead, ahead->count - 1));
}

/* See Client. */
static bool
make_room(void *holder)
{
	LookAhead  *ahead = holder;
	bool		made = ahead->count > 0;

	ahead->alone = true;
	close_calls(ahead);
	return made;
}

/* A credential that is wrong must not be refused many times: Jira would lock the account. */
static bool
is_signed_in(const LookAhead *ahead)
{
	return ahead->answered || identity_is_known(ahead->shared.client);
}

/* Who may stop early begins with one. */
int
look_ahead_width(const LookAhead *ahead)
{
	const Client *client = ahead->shared.client;

	if (client == NULL || ahead->alone || client->connection->options.paces || !is_signed_in(ahead))
		return 1;
	return ahead->use.may_stop ? (int) Min(jira_parallel_requests, Max(2 * ahead->done, 1)) : jira_parallel_requests;
}

static int
under_way(const LookAhead *ahead)
{
	return ahead->count + (ahead->stream != NULL);
}

bool
look_ahead_has_room(const LookAhead *ahead)
{
	return ahead->shared.client && under_way(ahead) < look_ahead_width(ahead);
}

/* Where the database has another encoding, a text may have characters that cannot be sent. */
static bool
is_sendable(const char *text)
{
	return GetDatabaseEncoding() == PG_UTF8 || pg_is_ascii(text);
}

bool
look_ahead_takes(const LookAhead *ahead, const char *value)
{
	const BoundArgument *bound = &ahead->binding->arguments[ahead->argument];
	Place		place = bound->argument->wire[ahead->shared.client->connection->deployment].place;

	if (value == NULL || !is_sendable(value))
		return false;
	return place == IN_QUERY || (place == IN_PATH && build_request_segment(value) != NULL);
}

bool
look_ahead_has(const LookAhead *ahead, const char *value)
{
	char	   *key = key_of(value);
	KeyAnswer  *answer = key_answers_find(ahead->answers, key);

	return (answer && (answer->is_final || answer == ahead->answer)) || find_call(ahead, key) >= 0;
}

/* The name of the connection that is set, "" if none is. */
static const char *
connection_set(void)
{
	const char *name = connection_named(NULL);

	return name ? name : "";
}

void
look_ahead_refresh(LookAhead *ahead)
{
	bool		is_other = ahead->shared.client &&
	(ahead->user != GetUserId() || strcmp(ahead->connection, connection_set()) != 0);

	if (is_other || ahead->writes != transfer_writes())
		look_ahead_reset(ahead);
	ahead->writes = transfer_writes();
}

void
look_ahead_call(LookAhead *ahead, const char *value, const Datum *values, const bool *nulls)
{
	char	   *key = key_of(value);
	MemoryContext before = MemoryContextSwitchTo(ahead->context);
	PendingCall *call;
	Stream	   *stream = stream_open(ahead->binding, values, nulls, ahead->wanted, &ahead->use);
	Client	   *client = ahead->shared.client;

	if (client && client->make_room == NULL)
	{
		client->make_room = make_room;
		client->holder = ahead;
		ahead->user = GetUserId();
		ahead->connection = MemoryContextStrdup(ahead->shared.context, connection_set());
	}
	stream_start(stream);
	call = &ahead->calls[ahead->count++];
	call->key = pstrdup(key);
	call->stream = stream;
	MemoryContextSwitchTo(before);
	ahead->made++;
	ahead->peak = Max(ahead->peak, under_way(ahead));
}

/* Stops reading the call, and forgets its rows if it has further ones. */
static void
stop_reading(LookAhead *ahead)
{
	ahead->next = NULL;
	ExecClearTuple(ahead->kept);
	ExecClearTuple(ahead->row->slot);
	if (ahead->stream == NULL)
		return;
	close_stream(ahead, ahead->stream);
	ahead->stream = NULL;
	if (ahead->answer)
		key_answers_remove(ahead->answers, ahead->answer);
	ahead->answer = NULL;
}

void
look_ahead_read(LookAhead *ahead, const char *value)
{
	char	   *key = key_of(value);
	KeyAnswer  *answer;

	stop_reading(ahead);
	answer = key_answers_find(ahead->answers, key);
	if (answer)
	{
		ahead->next = answer->first;
		return;
	}
	key_answers_next_batch(ahead->answers);
	ahead->stream = take_call(ahead, find_call(ahead, key));
	(void) key_answers_add(ahead->answers, key);
	ahead->answer = key_answers_find(ahead->answers, key);
}

/* Keeps the row, unless those of the call alone are too many. */
static void
keep_row(LookAhead *ahead, TupleTableSlot *row)
{
	if (ahead->answer == NULL)
		return;
	key_answers_put(ahead->answers, ahead->answer, row);
	if (!key_answers_are_large(ahead->answers))
		return;
	key_answers_clear(ahead->answers);
	ahead->answer = NULL;
}

TupleTableSlot *
look_ahead_next(LookAhead *ahead)
{
	TupleTableSlot *row;

	if (ahead->next)
	{
		row = ExecStoreMinimalTuple(ahead->next->tuple, ahead->kept, false);
		ahead->next = ahead->next->next;
		return row;
	}
	if (ahead->stream == NULL)
		return NULL;
	if (stream_next(ahead->stream, ahead->row->values, ahead->row->nulls))
	{
		row = source_row_show(ahead->row);
		keep_row(ahead, row);
		return row;
	}
	ExecClearTuple(ahead->row->slot);
	close_stream(ahead, ahead->stream);
	ahead->stream = NULL;
	if (ahead->answer)
		ahead->answer->is_final = true;
	ahead->answer = NULL;
	ahead->done++;
	return NULL;
}

void
look_ahead_stop(LookAhead *ahead)
{
	stop_reading(ahead);
	close_calls(ahead);
	ahead->done = 0;
}

void
look_ahead_reset(LookAhead *ahead)
{
	look_ahead_stop(ahead);
	key_answers_clear(ahead->answers);
	if (ahead->shared.client)
		transfer_add_traffic(&ahead->traffic, &ahead->shared.client->traffic);
	ahead->shared.client = NULL;
	ahead->answered = false;
	MemoryContextReset(ahead->shared.context);
}

void
look_ahead_end(LookAhead *ahead)
{
	look_ahead_stop(ahead);
	ExecDropSingleTupleTableSlot(ahead->kept);
}

int64
look_ahead_cost(const LookAhead *ahead, Traffic *traffic, PagesCost *pages)
{
	*traffic = ahead->traffic;
	*pages = ahead->cost;
	if (ahead->shared.client)
		transfer_add_traffic(traffic, &ahead->shared.client->traffic);
	if (ahead->stream)
		pages_add_cost(pages, stream_cost(ahead->stream));
	pages->peak = Max(pages->peak, ahead->peak);
	return ahead->made;
}
