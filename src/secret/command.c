/*
 * command.c
 *	  Reading the output of a shell command.
 *
 * OpenPipeStream() of the server does not return the process ID of the command,
 * so a cancelled query could not kill it and would have to wait for it.
 */
#include "postgres.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/ipc.h"
#include "utils/memutils.h"

#include "secret/command_private.h"
#include "utils/wait.h"

/* Interval of checks whether a command that closed its output has ended (ms). */
#define END_POLL_TIME 5

/* A command, and what it has printed; its memory is the process's own. */
typedef struct ShellCommand
{
	pid_t		child;
	int			fd;				/* its output; a read does not wait */
	size_t		length;
	size_t		size;
	char	   *command;
	char	   *output;
} ShellCommand;

/*
 * The one that runs, or NULL.  In a process that must not wait it runs on while the
 * process does something else, until it is asked for again.
 */
static ShellCommand *running = NULL;

extern char **environ;

/* Signals are neither blocked nor ignored in the command, unlike in the server. */
static int
spawn_shell(const char *command, int output, pid_t *child)
{
	char	   *const arguments[] = {"sh", "-c", unconstify(char *, command), NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t	signals;
	int			failure;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	posix_spawnattr_init(&attributes);
	sigemptyset(&signals);
	posix_spawnattr_setsigmask(&attributes, &signals);
	sigaddset(&signals, SIGPIPE);
	posix_spawnattr_setsigdefault(&attributes, &signals);

	/*
	 * A process group of its own, so that kill() reaches what the shell
	 * starts.
	 */
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
							 POSIX_SPAWN_SETPGROUP);
	failure = posix_spawn(child, "/bin/sh", &files, &attributes, arguments, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return failure;
}

static void
forget(void)
{
	close(running->fd);
	explicit_bzero(running->output, running->size);
	pfree(running->output);
	pfree(running->command);
	pfree(running);
	running = NULL;
}

/* Called on an error, and when the process exits. */
static void
abandon(int code, Datum unused)
{
	if (running == NULL)
		return;
	kill(-running->child, SIGKILL);
	while (waitpid(running->child, NULL, 0) < 0 && errno == EINTR)
		;
	forget();
}

/* Starts the shell with its output in a pipe; returns the end that is read. */
static int
start_shell(const char *command, pid_t *child)
{
	int			pipe_ends[2];
	int			failure;

	if (pipe2(pipe_ends, O_CLOEXEC) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create a pipe: %m")));
	failure = spawn_shell(command, pipe_ends[1], child);
	close(pipe_ends[1]);
	if (failure)
	{
		close(pipe_ends[0]);
		errno = failure;
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not start a shell: %m")));
	}
	(void) fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK);
	return pipe_ends[0];
}

static void
start(const char *command, size_t size)
{
	static bool ends_with_process = false;
	ShellCommand started = {.size = size};

	if (!ends_with_process)
		before_shmem_exit(abandon, 0);
	ends_with_process = true;
	started.fd = start_shell(command, &started.child);
	started.command = MemoryContextStrdup(TopMemoryContext, command);
	started.output = MemoryContextAlloc(TopMemoryContext, size);
	running = MemoryContextAlloc(TopMemoryContext, sizeof(ShellCommand));
	*running = started;
}

/* Reads up to the end of the output. */
static void
read_output(const char *setting)
{
	ssize_t		count;

	while ((count = read(running->fd, running->output + running->length, running->size - running->length)) != 0)
	{
		if (count > 0)
			running->length += count;
		else if (errno == EAGAIN)
			wait_for_input(running->fd);
		else if (errno != EINTR)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read the output of %s: %m", setting)));
	}
	if (running->length == running->size)
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("output of %s exceeds %zu bytes", setting, running->size - 1)));
}

/* The command may have closed its output long before it ends. */
static int
wait_for_end(void)
{
	int			status = 0;

	while (waitpid(running->child, &status, WNOHANG) == 0)
		wait_for_time(END_POLL_TIME);
	return status;
}

size_t
command_output(const char *setting, const char *command, char *output, size_t size)
{
	size_t		length;
	volatile int status = 0;

	if (running && strcmp(running->command, command) != 0)
		abandon(0, 0);
	if (running == NULL)
		start(command, size);
	PG_TRY();
	{
		read_output(setting);
		status = wait_for_end();
	}
	PG_CATCH();
	{
		if (!wait_is_postponed())
			abandon(0, 0);
		PG_RE_THROW();
	}
	PG_END_TRY();
	length = running->length;
	memcpy(output, running->output, length);
	forget();
	if (status != 0)
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("command of %s failed: %s", setting, wait_result_to_str(status))));
	return length;
}
