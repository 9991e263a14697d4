/*
 * session.c
 *	  A session on top of libcurl's multi interface.
 *
 * libcurl tells by callbacks which sockets and which timer it wants to wait
 * for; they are only noted here.
 */
#include "http/session_private.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* 7.87 has CURLOPT_QUICK_EXIT, the newest of what this folder uses. */
#define NEEDED_LIBCURL 0x075700

#if LIBCURL_VERSION_NUM < NEEDED_LIBCURL
#error jira_spoke needs libcurl 7.87 or later
#endif

bool
http_check_libcurl(const char **version)
{
	const curl_version_info_data *found = curl_version_info(CURLVERSION_NOW);

	*version = found->version;
	return found->version_num >= NEEDED_LIBCURL;
}

bool
http_init(void)
{
	/* A variable of the server's environment must not make TLS keys public. */
	unsetenv("SSLKEYLOGFILE");
	return curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK;
}

static long long
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
note_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *unused)
{
	HttpSession *session = user;
	int			i = 0;

	while (i < session->nsockets && session->sockets[i].fd != fd)
		i++;

	if (what == CURL_POLL_REMOVE)
	{
		if (i < session->nsockets)
			session->sockets[i] = session->sockets[--session->nsockets];
		return 0;
	}

	if (i == HTTP_MAX_SOCKETS)
		return -1;
	session->sockets[i].fd = fd;
	session->sockets[i].readable = (what & CURL_POLL_IN) != 0;
	session->sockets[i].writable = (what & CURL_POLL_OUT) != 0;
	if (i == session->nsockets)
		session->nsockets++;
	return 0;
}

static int
note_timer(CURLM *multi, long ms, void *user)
{
	HttpSession *session = user;

	session->deadline = ms < 0 ? -1 : monotonic_ms() + ms;
	return 0;
}

static bool
copy_text(const char **text)
{
	if (*text == NULL)
		return true;
	*text = strdup(*text);
	return *text != NULL;
}

/* True when all is there; all is free()d with the session in any case. */
static bool
copy_options(HttpSessionOptions *copy, const HttpSessionOptions *options)
{
	bool		complete;

	*copy = *options;
	complete = copy_text(&copy->proxy);
	complete = copy_text(&copy->ca_file) && complete;
	complete = copy_text(&copy->client_certificate) && complete;
	return copy_text(&copy->client_key) && complete;
}

/* Sets an option, or notes the refusal and returns. */
#define CHECK_SETOPT(session, option, value) \
	do { \
		CURLMcode	code = curl_multi_setopt((session)->multi, option, value); \
		if (code != CURLM_OK) \
		{ \
			(session)->refused = #option; \
			(session)->why = curl_multi_strerror(code); \
			return; \
		} \
	} while (0)

/* The exchanges of the session report what libcurl refuses. */
static void
set_options(HttpSession *session)
{
	long		max_connections = session->options.max_connections;

	CHECK_SETOPT(session, CURLMOPT_SOCKETFUNCTION, note_socket);
	CHECK_SETOPT(session, CURLMOPT_SOCKETDATA, session);
	CHECK_SETOPT(session, CURLMOPT_TIMERFUNCTION, note_timer);
	CHECK_SETOPT(session, CURLMOPT_TIMERDATA, session);
	CHECK_SETOPT(session, CURLMOPT_MAX_TOTAL_CONNECTIONS, max_connections);
	CHECK_SETOPT(session, CURLMOPT_MAXCONNECTS, max_connections);
}

HttpSession *
http_open(const HttpSessionOptions *options)
{
	HttpSession *session = calloc(1, sizeof(HttpSession));

	if (session == NULL)
		return NULL;
	session->multi = curl_multi_init();
	if (!copy_options(&session->options, options) || session->multi == NULL)
	{
		http_close(session);
		return NULL;
	}
	session->deadline = -1;
	set_options(session);
	return session;
}

void
http_close(HttpSession *session)
{
	curl_multi_cleanup(session->multi);
	free((char *) session->options.proxy);
	free((char *) session->options.ca_file);
	free((char *) session->options.client_certificate);
	free((char *) session->options.client_key);
	free(session);
}

int
http_sockets(HttpSession *session, HttpSocket *sockets)
{
	memcpy(sockets, session->sockets, sizeof(HttpSocket) * session->nsockets);
	return session->nsockets;
}

long
http_patience(HttpSession *session)
{
	long long	left = session->deadline - monotonic_ms();

	if (session->deadline < 0)
		return 1000;			/* libcurl wants no timer; look in all the
								 * same */
	return left < 0 ? 0 : (long) left;
}

void
http_drive(HttpSession *session, const HttpSocket *ready)
{
	curl_socket_t fd = ready ? ready->fd : CURL_SOCKET_TIMEOUT;
	int			events = 0;
	int			running;
	int			left;
	CURLMsg    *message;
	sigset_t	everything;
	sigset_t	before;

	if (ready && ready->readable)
		events |= CURL_CSELECT_IN;
	if (ready && ready->writable)
		events |= CURL_CSELECT_OUT;

	/* Threads that libcurl starts to resolve names must not take our signals. */
	sigfillset(&everything);
	pthread_sigmask(SIG_SETMASK, &everything, &before);

	/*
	 * Its result is about no exchange: what ends one is among the messages
	 * below.
	 */
	(void) curl_multi_socket_action(session->multi, fd, events, &running);
	pthread_sigmask(SIG_SETMASK, &before, NULL);

	while ((message = curl_multi_info_read(session->multi, &left)) != NULL)
	{
		char	   *exchange = NULL;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
		session->finish(exchange, message->data.result);
	}
}

long long
http_date(const char *text)
{
	return (long long) curl_getdate(text, NULL);
}
