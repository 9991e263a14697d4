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

#include "secret/command_private.h"
#include "utils/wait.h"

/* Interval of checks whether a command that closed its output has ended (ms). */
#define END_POLL_TIME 5

typedef struct ShellCommand
{
	pid_t		child;
	int			output;
} ShellCommand;

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

size_t
command_output(const char *setting, const char *command, char *output, size_t size)
{
	ShellCommand running;
	size_t		length;
	int			status;

	start(command, &running);
	PG_ENSURE_ERROR_CLEANUP(abandon, PointerGetDatum(&running));
	{
		length = read_output(running.output, setting, output, size);
		if (length == size)
			ereport(ERROR,
					(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
					 errmsg("output of %s exceeds %zu bytes", setting, size - 1)));
		status = wait_for_child(running.child);
	}
	PG_END_ENSURE_ERROR_CLEANUP(abandon, PointerGetDatum(&running));
	close(running.output);
	if (status != 0)
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("command of %s failed: %s", setting, wait_result_to_str(status))));
	return length;
}
