/*
 * command.c
 *	  Runs a shell command of the administrator's and reads what it prints.
 *
 * The server's own OpenPipeStream() would have to wait for the command even
 * when the query is cancelled, since it does not tell which process to kill.
 */
#include "postgres.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "wait.h"

extern char **environ;

/* The command gets the signals as a shell would, not as the server has them. */
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
	/* A group of its own: what the shell starts is killed with it. */
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
							 POSIX_SPAWN_SETPGROUP);
	failure = posix_spawn(child, "/bin/sh", &files, &attributes, arguments, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return failure;
}

/* Up to the end of the output, or of the room for it. */
static size_t
read_output(int fd, char *output, size_t size)
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
					 errmsg("could not read the output of a command: %m")));
	}
	return length;
}

static int
end_child(pid_t child, bool kill_it)
{
	int			status = 0;

	if (kill_it)
		kill(-child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

size_t
command_output(const char *command, char *output, size_t size)
{
	volatile size_t length = 0;
	int			pipe_ends[2];
	pid_t		child;
	int			status;

	if (pipe2(pipe_ends, O_CLOEXEC) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create a pipe: %m")));
	errno = spawn_shell(command, pipe_ends[1], &child);
	close(pipe_ends[1]);
	if (errno != 0)
	{
		close(pipe_ends[0]);
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not start a shell: %m")));
	}
	PG_TRY();
	{
		length = read_output(pipe_ends[0], output, size);
	}
	PG_CATCH();
	{
		close(pipe_ends[0]);
		end_child(child, true);
		PG_RE_THROW();
	}
	PG_END_TRY();
	close(pipe_ends[0]);
	status = end_child(child, length == size);
	if (status != 0)
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 length == size ? errmsg("a command printed too much")
				 : errmsg("a command failed: %s", wait_result_to_str(status))));
	return length;
}
