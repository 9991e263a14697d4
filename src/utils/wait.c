/*
 * wait.c
 *	  Waiting on the latch of the process, together with sockets or a timer.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/timestamp.h"

#include "utils/compat.h"
#include "utils/wait.h"

/* The longest single wait, which keeps arithmetic in range. */
#define LONGEST_NAP_MS 10000

/* A process that must not wait looks for input again after so many milliseconds. */
#define INPUT_AGAIN_MS 50

/* The latch and the postmaster, beside the sockets of the session. */
#define OWN_EVENTS 2

static bool is_forbidden = false;
static bool is_postponed = false;
static Postponement postponement;

/* A single-user server has no postmaster that could die. */
static int
postmaster_death(void)
{
	return IsUnderPostmaster ? WL_EXIT_ON_PM_DEATH : 0;
}

static uint32
wait_event(const char *name, uint32 *event)
{
	if (*event == 0)
		*event = jira_new_wait_event(name);
	return *event;
}

/* The sockets of a wait, and the session of each. */
typedef struct Wanted
{
	int			count;
	HttpSocket	sockets[HTTP_MAX_SOCKETS];
	HttpSession *owners[HTTP_MAX_SOCKETS];
} Wanted;

/* Sockets that do not fit are included in the next wait. */
static void
add_sockets(Wanted *wanted, HttpSession *session)
{
	HttpSocket	sockets[HTTP_MAX_SOCKETS];
	int			count = http_sockets(session, sockets);

	for (int i = 0; i < count && wanted->count < HTTP_MAX_SOCKETS; i++)
	{
		wanted->sockets[wanted->count] = sockets[i];
		wanted->owners[wanted->count++] = session;
	}
}

static WaitEventSet *
make_event_set(Wanted *wanted)
{
	WaitEventSet *set = jira_create_wait_event_set(wanted->count + OWN_EVENTS);

	AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	if (postmaster_death())
		AddWaitEventToSet(set, postmaster_death(), PGINVALID_SOCKET, NULL, NULL);
	for (int i = 0; i < wanted->count; i++)
		AddWaitEventToSet(set,
						  (wanted->sockets[i].readable ? WL_SOCKET_READABLE : 0) |
						  (wanted->sockets[i].writable ? WL_SOCKET_WRITEABLE : 0),
						  wanted->sockets[i].fd, NULL, &wanted->owners[i]);
	return set;
}

/* The events that ended a wait. */
typedef struct Happened
{
	int			count;
	WaitEvent	events[HTTP_MAX_SOCKETS + OWN_EVENTS];
} Happened;

static void
drive_ready_sockets(const Happened *happened)
{
	for (int i = 0; i < happened->count; i++)
	{
		const WaitEvent *event = &happened->events[i];
		HttpSocket	ready;

		if (event->user_data == NULL)
			continue;			/* the latch */
		ready.fd = event->fd;
		ready.readable = (event->events & WL_SOCKET_READABLE) != 0;
		ready.writable = (event->events & WL_SOCKET_WRITEABLE) != 0;
		http_drive(*(HttpSession **) event->user_data, &ready);
	}
}

/* Calls each session whose timer has expired. */
static void
drive_timers(HttpSession *const *sessions, int nsessions)
{
	for (int i = 0; i < nsessions; i++)
		if (http_patience(sessions[i]) <= 0)
			http_drive(sessions[i], NULL);
}

static long
shortest_patience(HttpSession *const *sessions, int nsessions, long limit)
{
	for (int i = 0; i < nsessions; i++)
		limit = Min(limit, http_patience(sessions[i]));
	return limit;
}

static void
wait_once(Wanted *wanted, long milliseconds, uint32 event, Happened *happened)
{
	WaitEventSet *volatile set = NULL;

	PG_TRY();
	{
		set = make_event_set(wanted);
		happened->count = WaitEventSetWait(set, milliseconds, happened->events, lengthof(happened->events),
										   event);
	}
	PG_CATCH();
	{
		if (set)
			FreeWaitEventSet(set);
		PG_RE_THROW();
	}
	PG_END_TRY();
	FreeWaitEventSet(set);
}

static void
drive(HttpSession *const *sessions, int nsessions, long milliseconds, uint32 event)
{
	Wanted		wanted = {0};
	Happened	happened;
	long		patience = shortest_patience(sessions, nsessions, Min(milliseconds, LONGEST_NAP_MS));

	for (int i = 0; i < nsessions; i++)
		add_sockets(&wanted, sessions[i]);
	wait_once(&wanted, patience, event, &happened);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	drive_ready_sockets(&happened);
	drive_timers(sessions, nsessions);
}

static uint32
http_event(void)
{
	static uint32 event = 0;

	return wait_event("JiraHttp", &event);
}

static uint32
retry_event(void)
{
	static uint32 event = 0;

	return wait_event("JiraRetry", &event);
}

void
wait_for_any(HttpSession *const *sessions, int nsessions, long milliseconds)
{
	drive(sessions, nsessions, milliseconds, http_event());
}

void
wait_for_start(HttpSession *session, long milliseconds)
{
	drive(&session, 1, milliseconds, retry_event());
}

void
wait_forbid(void)
{
	is_forbidden = true;
}

bool
wait_is_forbidden(void)
{
	return is_forbidden;
}

static void
postpone(HttpExchange *exchange, long milliseconds)
{
	is_postponed = true;
	postponement.exchange = exchange;
	postponement.until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), (int64) milliseconds);
	ereport(ERROR,
			(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
			 errmsg("this would have to wait")));
}

void
wait_postpone(long milliseconds)
{
	postpone(NULL, milliseconds);
}

bool
wait_is_postponed(void)
{
	return is_postponed;
}

bool
wait_take_postponement(Postponement *taken)
{
	bool		was_postponed = is_postponed;

	if (was_postponed)
		*taken = postponement;
	is_postponed = false;
	return was_postponed;
}

void
wait_for_exchange(HttpExchange *exchange)
{
	HttpSession *session = http_session(exchange);

	if (http_reply(exchange) == NULL && is_forbidden)
		postpone(exchange, LONGEST_NAP_MS);
	while (http_reply(exchange) == NULL)
		wait_for_any(&session, 1, LONGEST_NAP_MS);
}

void
wait_for_input(int fd)
{
	static uint32 event = 0;
	int			found = 0;

	if (is_forbidden)
		wait_postpone(INPUT_AGAIN_MS);
	while (!(found & WL_SOCKET_READABLE))
	{
		CHECK_FOR_INTERRUPTS();
		found = WaitLatchOrSocket(MyLatch, WL_LATCH_SET | WL_SOCKET_READABLE | postmaster_death(),
								  fd, -1, wait_event("JiraCommand", &event));
		if (found & WL_LATCH_SET)
			ResetLatch(MyLatch);
	}
}

void
wait_for_time(long milliseconds)
{
	TimestampTz end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), (int64) milliseconds);

	if (is_forbidden && milliseconds > 0)
		wait_postpone(milliseconds);
	for (;;)
	{
		long		left;

		CHECK_FOR_INTERRUPTS();
		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), end);
		if (left <= 0)
			break;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | postmaster_death(),
						 Min(left, LONGEST_NAP_MS),
						 retry_event());
		ResetLatch(MyLatch);
	}
}
