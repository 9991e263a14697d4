# What happens to a database in the course of time: locks, a full disk, maintenance,
# a crash.  Everything is carried out once, and nobody has to do anything about it,
# whether the library is preloaded or not.  SPOKE_STORM=full locks for longer, and
# waits for the launcher.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::Files;
use JiraSpoke::Outbox;
use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $full = ($ENV{SPOKE_STORM} // '') eq 'full';
my $lock_seconds = $full ? 30 : 6;
my $closed_seconds = $full ? 20 : 6;
my $worker = q{backend_type = 'jira_spoke outbox'};
my $disk = test_file('disk');
my $library = full_disk_library();
my $jira = JiraSpoke::Jira->start;
my $next_row = 1;
my ($node, $preloaded, @sessions);

for (0, 1)
{
	$preloaded = $_;
	$node = start_node();
	passes_locks();
	passes_a_full_disk() if $library;
	passes_maintenance();
	passes_a_crash();
	$node->stop;
}
done_testing();

sub sql { my ($query, $database) = @_; return $node->safe_psql($database // 'postgres', $query); }

sub name { my ($text) = @_; return ($preloaded ? 'preloaded: ' : 'not preloaded: ') . $text; }

sub log_since { return slurp_file($node->logfile, $_[0]); }

# A database to copy, with a table whose rows get keys.
sub start_node
{
	local $ENV{LD_PRELOAD} = $library if $library;
	my $server = start_cluster('upkeep_' . ($preloaded ? 'preloaded' : 'plain'), 'max_worker_processes = 60', 'max_connections = 100',
		'restart_after_crash = on', 'autovacuum = off', q{jira_spoke.outbox_search_delay = '1s'},
		$preloaded ? q{shared_preload_libraries = 'jira_spoke'} : ());

	$server->safe_psql('postgres', 'CREATE DATABASE base');
	$server->safe_psql('base', 'CREATE EXTENSION jira_spoke');
	connect_to($server, $jira, undef, dbname => 'base');
	$server->safe_psql('base', q{CREATE TABLE t (id int PRIMARY KEY, filler text DEFAULT repeat('x', 2000), k text);
		ALTER TABLE t ALTER filler SET STORAGE PLAIN;
		ALTER TABLE jira_spoke.outbox ALTER arguments SET STORAGE PLAIN;
		CREATE TRIGGER jira AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger(
			'{"project": "OPS", "issue_type": "Bug", "summary": "Row {id}", "description": "{filler}"}', '{"key_column": "k"}');
		CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			WHILE NOT pg_try_advisory_xact_lock_shared(98) LOOP PERFORM pg_sleep(0.02); END LOOP;
			RETURN NEW; END $$;
		CREATE TRIGGER hold BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION hold()});
	return $server;
}

sub make_database
{
	my ($name) = @_;

	sql("CREATE DATABASE $name TEMPLATE base", 'template1');
	return $name;
}

# Issues that Jira has for these rows, and how many of them are there more than once.
sub issues_of
{
	my ($first, $last) = @_;
	my %count;

	$count{$_}++ for grep { /^Row (\d+)$/ && $1 >= $first && $1 <= $last } map { $_->{summary} } @{ $jira->control('GET', 'issues?project=OPS') };
	return scalar(keys %count) . ', double: ' . grep { $_ > 1 } values %count;
}

# Without a function of the extension, which might start a worker.
sub await_done
{
	my ($database, $rows) = @_;

	return $node->poll_query_until($database, q{SELECT count(*) FILTER (WHERE state = 'done' AND error IS NULL) || ' of ' || count(*) || ', ' || (SELECT count(k) FROM t) FROM jira_spoke.outbox},
		"$rows of $rows, $rows");
}

# Inserts rows; returns the number of the first one.
sub insert_rows
{
	my ($database, $rows) = @_;
	my $first = $next_row;

	$next_row += $rows;
	sql("INSERT INTO t SELECT generate_series($first, $next_row - 1)", $database);
	return $first;
}

# A row whose item is due in a moment.
sub insert_later
{
	my ($database) = @_;

	sql("BEGIN; INSERT INTO t VALUES ($next_row);
		UPDATE jira_spoke.outbox SET next_attempt = clock_timestamp() + '2 s' WHERE id = (SELECT max(id) FROM jira_spoke.outbox); COMMIT", $database);
	return $next_row++;
}

# Three rows: the key of one is being written, another one's issue was created, but
# Jira has not answered, and the third one is due in a moment.
sub insert_all_kinds
{
	my ($database) = @_;
	my $session = $node->background_psql($database, on_error_stop => 0);

	$session->query_safe('SELECT pg_advisory_lock(98)');
	my $first = insert_rows($database, 1);
	$node->poll_query_until($database, q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'jira_spoke outbox role worker' AND datname = current_database() AND wait_event = 'PgSleep'})
	  or die 'no key is written';
	close_gate();
	insert_rows($database, 1);
	$jira->await_at_gate(1);
	insert_later($database);
	push @sessions, $session;
	return $first;
}

sub close_gate { return $jira->close_gate(method => 'POST', path => '*/issue*', carried_out => Cpanel::JSON::XS::true); }

sub wait_seconds
{
	my ($seconds) = @_;
	my $end = time + $seconds;

	sleep 0.1 while time < $end;
	return;
}

# The launcher looks again within a minute, which is not waited for in short.
sub look { return $preloaded && !$full ? $node->reload : undef; }

# Each of our tables in a database of its own, all at the same time, and some in
# another one, where the worker ends meanwhile.  One item is sent when the lock
# begins, and another one is due while it is held.
sub passes_locks
{
	my @tables = split /\n/, sql(q{SELECT relname FROM pg_class WHERE relnamespace = 'jira_spoke'::regnamespace AND relkind = 'r' ORDER BY 1}, 'base');
	my %locked = ((map { make_database("locked_$_") => $_ } @tables), (map { make_database("ended_$_") => $_ } qw(alias outbox outbox_home)));
	my @databases = sort keys %locked;
	my $first = $next_row;
	my %session;

	close_gate();
	insert_rows($_, 1) for @databases;
	$jira->await_at_gate(scalar @databases);
	insert_later($_) for @databases;
	my $seen = -s $node->logfile;
	for my $database (@databases)
	{
		$session{$database} = $node->background_psql($database);
		$session{$database}->query_safe("BEGIN; LOCK TABLE jira_spoke.$locked{$database} IN ACCESS EXCLUSIVE MODE");
	}
	sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE $worker AND datname ~ '^ended'");
	$jira->open_gate;
	wait_seconds($lock_seconds);
	for my $database (@databases)
	{
		$session{$database}->query_safe('COMMIT');
		$session{$database}->quit;
	}
	like(log_since($seen), qr/LOG:  the Jira outbox of database \d+ cannot go on now, and tries again: canceling statement due to lock timeout/, name('the log tells of a lock of the outbox'));
	ok(await_done($_, 2), name("after a lock all is carried out: $_")) for @databases;
	is(issues_of($first, $next_row - 1), 2 * @databases . ', double: 0', name('each once'));
	sql("DROP DATABASE $_", 'template1') for @databases;
	return;
}

# When replies arrive for four requests, and for others that are sent meanwhile.
sub passes_a_full_disk
{
	my $database = make_database('disk');
	my $seen = -s $node->logfile;

	$jira->forget_requests;
	close_gate();
	my $first = insert_rows($database, 300);
	$jira->await_at_gate(4);
	append_to_file($disk, '');
	$jira->open_gate;
	$node->wait_for_log(qr/LOG:  the Jira outbox of database \d+ cannot go on now, and tries again: could not extend file .*: No space left on device/, $seen);
	wait_seconds(2);
	unlink $disk or die $!;
	ok(await_done($database, 300), name('when a full disk has room again, all is carried out'));
	is(issues_of($first, $next_row - 1), '300, double: 0', name('each once'));
	is(scalar(grep { /search/ } $jira->request_lines), 0, name('no reply is lost'));
	is(join(' ', workers_ended_by_full_disk($database, log_since($seen))), '', name('no worker ends of it'));
	is(sql('SELECT max(write_backs) FROM jira_spoke.outbox', $database), 1, name('no attempt is counted that was none'));
	sql("DROP DATABASE $database", 'template1');
	return;
}

# Those of this database.  Others may end of it that only look whether there is something
# to do, or late, because their database was dropped before.
sub workers_ended_by_full_disk
{
	my ($database, $log) = @_;
	my $oid = sql("SELECT oid FROM pg_database WHERE datname = '$database'");
	my %hit = map { $_ => 1 } $log =~ m{\[(\d+)\] .*base/$oid/.*No space left on device}g;

	return grep { $hit{$_} } $log =~ /background worker "jira_spoke outbox.*" \(PID (\d+)\) exited with exit code 1/g;
}

sub passes_maintenance
{
	my $database = make_database('maintained');
	my $seen = -s $node->logfile;
	my $first = insert_all_kinds($database);

	sql("ALTER DATABASE $database ALLOW_CONNECTIONS false; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$database'");
	$jira->open_gate;
	wait_seconds($closed_seconds);
	sql("ALTER DATABASE $database ALLOW_CONNECTIONS true");
	look();
	ok(await_done($database, 3), name('after maintenance all is carried out'));
	is(issues_of($first, $next_row - 1), '3, double: 0', name('each once'));
	my $tells = qr/LOG:  the Jira outbox of database \d+ waits until connections to it are allowed/;
	$preloaded ? unlike(log_since($seen), $tells, name('which is left to the launcher')) : like(log_since($seen), $tells, name('the log tells what it waited for'));
	sql("DROP DATABASE $database");
	return;
}

sub passes_a_crash
{
	my $database = make_database('crashing');

	for my $type ('jira_spoke outbox', 'jira_spoke outbox role worker')
	{
		my $seen = -s $node->logfile;
		my $first = insert_all_kinds($database);
		kill 'KILL', sql("SELECT pid FROM pg_stat_activity WHERE backend_type = '$type' AND datname = '$database'");
		$node->wait_for_log(qr/database system is ready to accept connections/, $seen);
		$jira->open_gate;
		ok(await_done($database, 3), name("after kill -9 of $type all is carried out"));
		is(issues_of($first, $next_row - 1), '3, double: 0', name('each once'));
		like(log_since($seen), qr/background worker "$type" \(PID \d+\) was terminated by signal 9/, name('the log tells'));
		sql('DELETE FROM jira_spoke.outbox; DELETE FROM t', $database);
	}
	return;
}

# A library for LD_PRELOAD with which no file of a database grows while the disk is
# full.  undef without a compiler.
sub full_disk_library
{
	open my $source, '>', "$disk.c" or die $!;
	print $source <<"C";
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int
is_full(int fd, off64_t end)
{
	char		link[40];
	char		path[1000];
	ssize_t		length;
	struct stat file;

	if (access("$disk", F_OK) != 0 || fstat(fd, &file) != 0 || end <= file.st_size)
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	path[length < 0 ? 0 : length] = 0;
	return strstr(path, "/base/") != NULL;
}

#define WRITE(name, offset_type) \\
ssize_t \\
name(int fd, const void *bytes, size_t count, offset_type offset) \\
{ \\
	static ssize_t (*next) (int, const void *, size_t, offset_type); \\
\\
	if (is_full(fd, offset + count)) \\
	{ \\
		errno = ENOSPC; \\
		return -1; \\
	} \\
	if (!next) \\
		*(void **) &next = dlsym(RTLD_NEXT, #name); \\
	return next(fd, bytes, count, offset); \\
}

#define WRITE_VECTOR(name, offset_type) \\
ssize_t \\
name(int fd, const struct iovec *parts, int count, offset_type offset) \\
{ \\
	static ssize_t (*next) (int, const struct iovec *, int, offset_type); \\
	off64_t		end = offset; \\
\\
	for (int i = 0; i < count; i++) \\
		end += parts[i].iov_len; \\
	if (is_full(fd, end)) \\
	{ \\
		errno = ENOSPC; \\
		return -1; \\
	} \\
	if (!next) \\
		*(void **) &next = dlsym(RTLD_NEXT, #name); \\
	return next(fd, parts, count, offset); \\
}

#define ALLOCATE(name, offset_type) \\
int \\
name(int fd, offset_type offset, offset_type length) \\
{ \\
	static int	(*next) (int, offset_type, offset_type); \\
\\
	if (is_full(fd, offset + length)) \\
		return ENOSPC; \\
	if (!next) \\
		*(void **) &next = dlsym(RTLD_NEXT, #name); \\
	return next(fd, offset, length); \\
}

WRITE(pwrite, off_t)
WRITE_VECTOR(pwritev, off_t)
ALLOCATE(posix_fallocate, off_t)
WRITE(pwrite64, off64_t)
WRITE_VECTOR(pwritev64, off64_t)
ALLOCATE(posix_fallocate64, off64_t)
C
	close $source;
	return system("cc -shared -fPIC -o $disk.so $disk.c -ldl") == 0 ? "$disk.so" : undef;
}
