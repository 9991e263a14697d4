/*
 * wait.c
 *	  The only place that sleeps.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "wait.h"

/* The longest single wait; nothing depends on it, it bounds arithmetic. */
#define LONGEST_NAP_MS 10000

/* The latch and the postmaster, beside the sockets of the session. */
#define OWN_EVENTS 2

static uint32
wait_event(const char *name, uint32 *event)
{
	if (*event == 0)
		*event = jira_new_wait_event(name);
	return *event;
}

static WaitEventSet *
make_event_set(const HttpSocket *sockets, int nsockets)
{
	WaitEventSet *set = jira_create_wait_event_set(nsockets + OWN_EVENTS);

	AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	for (int i = 0; i < nsockets; i++)
		AddWaitEventToSet(set,
						  (sockets[i].readable ? WL_SOCKET_READABLE : 0) |
						  (sockets[i].writable ? WL_SOCKET_WRITEABLE : 0),
						  sockets[i].fd, NULL, (void *) &sockets[i]);
	return set;
}

static void
drive_ready_sockets(HttpSession *session, const WaitEvent *events, int nevents)
{
	for (int i = 0; i < nevents; i++)
	{
		HttpSocket	ready;

		if (events[i].user_data == NULL)
			continue;			/* the latch */
		ready.fd = ((HttpSocket *) events[i].user_data)->fd;
		ready.readable = (events[i].events & WL_SOCKET_READABLE) != 0;
		ready.writable = (events[i].events & WL_SOCKET_WRITEABLE) != 0;
		http_drive(session, &ready);
	}
}

/* Waits once for any socket of the session or its timer, and lets it work. */
static void
wait_once(HttpSession *session)
{
	static uint32 event = 0;
	HttpSocket	sockets[HTTP_MAX_SOCKETS];
	int			nsockets = http_sockets(session, sockets);
	long		patience = Min(http_patience(session), LONGEST_NAP_MS);
	WaitEvent	events[HTTP_MAX_SOCKETS + OWN_EVENTS];
	WaitEventSet *volatile set = NULL;
	int			nevents = 0;

	PG_TRY();
	{
		set = make_event_set(sockets, nsockets);
		nevents = WaitEventSetWait(set, patience, events, lengthof(events),
								   wait_event("JiraHttp", &event));
	}
	PG_FINALLY();
	{
		if (set)
			FreeWaitEventSet(set);
	}
	PG_END_TRY();

	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	if (nevents == 0)
		http_drive(session, NULL);
	else
		drive_ready_sockets(session, events, nevents);
}

void
wait_for_exchange(HttpSession *session, HttpExchange *exchange)
{
	while (http_reply(exchange) == NULL)
		wait_once(session);
}

void
wait_for_input(int fd)
{
	static uint32 event = 0;
	int			found = 0;

	while (!(found & WL_SOCKET_READABLE))
	{
		CHECK_FOR_INTERRUPTS();
		found = WaitLatchOrSocket(MyLatch, WL_LATCH_SET | WL_SOCKET_READABLE | WL_EXIT_ON_PM_DEATH,
								  fd, -1, wait_event("JiraCommand", &event));
		if (found & WL_LATCH_SET)
			ResetLatch(MyLatch);
	}
}

void
wait_for_time(long milliseconds)
{
	static uint32 event = 0;
	TimestampTz end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), (int64) milliseconds);

	for (;;)
	{
		long		left;

		CHECK_FOR_INTERRUPTS();
		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), end);
		if (left <= 0)
			break;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 Min(left, LONGEST_NAP_MS),
						 wait_event("JiraRetry", &event));
		ResetLatch(MyLatch);
	}
}
