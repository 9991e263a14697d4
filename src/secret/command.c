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

/* Where nobody may wait, it is looked at again after so many milliseconds. */
#define LOOK_AGAIN_MS 50

typedef struct ShellCommand
{
	pid_t		child;
	int			output;
} ShellCommand;

/* One that runs on while its caller does something else, and what it has printed. */
typedef struct KeptCommand
{
	ShellCommand running;		/* first, for abandon() */
	size_t		length;
	size_t		size;
	char	   *command;
	char	   *output;
} KeptCommand;

static KeptCommand *kept = NULL;

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

/* Reads up to the end of the output, at most "size" bytes. */
static size_t
read_output(int fd, const char *setting, char *output, size_t size)
{
	size_t		length = 0;

	while (length < size)
	{
		ssize_t		count;

		wait_for_input(fd);
		count = read(fd, output + length, size - length);
		if (count == 0)
			break;
		if (count > 0)
			length += count;
		else if (errno != EINTR && errno != EAGAIN)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read the output of %s: %m", setting)));
	}
	return length;
}

/* Called on an error, and when the process exits. */
static void
abandon(int code, Datum command)
{
	const ShellCommand *running = (const ShellCommand *) DatumGetPointer(command);

	close(running->output);
	kill(-running->child, SIGKILL);
	while (waitpid(running->child, NULL, 0) < 0 && errno == EINTR)
		;
}

/* The command may have closed its output long before it ends. */
static int
wait_for_child(pid_t child)
{
	int			status = 0;

	while (waitpid(child, &status, WNOHANG) == 0)
		wait_for_time(END_POLL_TIME);
	return status;
}

static void
start(const char *command, ShellCommand *running)
{
	int			pipe_ends[2];
	int			failure;

	if (pipe2(pipe_ends, O_CLOEXEC) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create a pipe: %m")));
	failure = spawn_shell(command, pipe_ends[1], &running->child);
	close(pipe_ends[1]);
	running->output = pipe_ends[0];
	if (failure)
	{
		close(running->output);
		errno = failure;
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not start a shell: %m")));
	}
}

static void
check_length(const char *setting, size_t length, size_t size)
{
	if (length == size)
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("output of %s exceeds %zu bytes", setting, size - 1)));
}

static void
check_status(const char *setting, int status)
{
	if (status != 0)
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("command of %s failed: %s", setting, wait_result_to_str(status))));
}

static void
forget_kept(void)
{
	explicit_bzero(kept->output, kept->size);
	pfree(kept->output);
	pfree(kept->command);
	pfree(kept);
	kept = NULL;
}

static void
abandon_kept(int code, Datum unused)
{
	if (kept == NULL)
		return;
	abandon(code, PointerGetDatum(&kept->running));
	forget_kept();
}

static void
start_kept(const char *command, size_t size)
{
	static bool ends_with_process = false;
	MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);
	ShellCommand running;

	if (!ends_with_process)
		before_shmem_exit(abandon_kept, 0);
	ends_with_process = true;
	start(command, &running);
	(void) fcntl(running.output, F_SETFL, O_NONBLOCK);
	kept = palloc0(sizeof(KeptCommand));
	kept->running = running;
	kept->size = size;
	kept->command = pstrdup(command);
	kept->output = palloc(size);
	MemoryContextSwitchTo(before);
}

/* What has been printed by now.  Returns false if there may be more. */
static bool
read_kept(void)
{
	ssize_t		count = 1;

	while (count > 0 && kept->length < kept->size)
	{
		count = read(kept->running.output, kept->output + kept->length, kept->size - kept->length);
		kept->length += Max(count, 0);
	}
	return count == 0 || kept->length == kept->size;
}

/* Called again after each postponement.  Another command replaces one that has not ended. */
static size_t
output_without_wait(const char *setting, const char *command, char *output, size_t size)
{
	size_t		length;
	int			status = 0;

	if (kept && strcmp(kept->command, command) != 0)
		abandon_kept(0, 0);
	if (kept == NULL)
		start_kept(command, size);
	if (!read_kept())
		wait_postpone(LOOK_AGAIN_MS);
	length = kept->length;
	if (length == size)
		abandon_kept(0, 0);
	check_length(setting, length, size);
	if (waitpid(kept->running.child, &status, WNOHANG) == 0)
		wait_postpone(LOOK_AGAIN_MS);
	close(kept->running.output);
	memcpy(output, kept->output, length);
	forget_kept();
	check_status(setting, status);
	return length;
}

size_t
command_output(const char *setting, const char *command, char *output, size_t size)
{
	ShellCommand running;
	size_t		length;
	int			status;

	if (wait_is_forbidden())
		return output_without_wait(setting, command, output, size);
	start(command, &running);
	PG_ENSURE_ERROR_CLEANUP(abandon, PointerGetDatum(&running));
	{
		length = read_output(running.output, setting, output, size);
		check_length(setting, length, size);
		status = wait_for_child(running.child);
	}
	PG_END_ENSURE_ERROR_CLEANUP(abandon, PointerGetDatum(&running));
	close(running.output);
	check_status(setting, status);
	return length;
}
