# A storm on the outbox: sessions that insert and roll back, a Jira that fails at
# random, and kill -9 for the server and the worker.  At the end there is exactly
# one issue for each committed row, and none for another.  SPOKE_STORM=full is
# the long one (make storm), SPOKE_SEED=number the same one again.
use strict;
use warnings FATAL => 'all';

use IO::Select;
use IPC::Open3;
use JiraSpoke;
use JiraSpoke::Outbox;
use JiraSpoke::Processes;
use List::Util qw(max shuffle);
use Test::More;
use Time::HiRes qw(time usleep);

my $full = ($ENV{SPOKE_STORM} // '') eq 'full';
my ($sessions, $inserts, $server_kills, $worker_kills, $seconds) = $full ? (10, 10_000, 20, 20, 180) : (6, 600, 3, 3, 16);
my $seed = $ENV{SPOKE_SEED} // ($full ? time % 1e6 : 7);
my $started = time;

# What goes wrong, and how often among ten.
my @faults = (
	({ kind => 'rate_limit', retry_after => 0 }) x 2,
	{ kind => 'rate_limit', retry_after => 1 },
	{ kind => 'status', status => 503 },
	{ kind => 'status', status => 503, headers => { 'Retry-After' => '0' } },
	{ kind => 'status', status => 500 },
	{ kind => 'cut_before' },
	({ kind => 'cut_after' }) x 2,
	{ kind => 'cut_body' },
	{ kind => 'silence' },
	{ kind => 'latency', ms => 300 });

srand $seed;
my $jira = JiraSpoke::Jira->start;
my $node = start_cluster('storm', 'restart_after_crash = on', 'max_worker_processes = 20', 'max_prepared_transactions = 20',
	'log_statement = none', q{shared_preload_libraries = 'jira_spoke'},
	q{jira_spoke.timeout = '3s'}, q{jira_spoke.outbox_search_delay = '4s'}, 'jira_spoke.outbox_max_attempts = 100');

connect_to($node, $jira);
$jira->control('POST', 'search', { delay => 1 });
$node->safe_psql('postgres', q{
	CREATE TABLE orders (id integer PRIMARY KEY, session integer NOT NULL, issue_key text);
	CREATE TRIGGER many AFTER INSERT ON orders FOR EACH ROW WHEN (NEW.id % 4 < 2) EXECUTE FUNCTION jira_create_issue_trigger(
		'{"project": "OPS", "issue_type": "Bug", "summary": "Order {id} failed"}', '{"key_column": "issue_key"}');
	CREATE TRIGGER in_order AFTER INSERT ON orders FOR EACH ROW WHEN (NEW.id % 4 = 2) EXECUTE FUNCTION jira_create_issue_trigger(
		'{"project": "OPS", "issue_type": "Bug", "summary": "Order {id} failed"}', '{"key_column": "issue_key", "group": "session {session}"}');
	CREATE TRIGGER single AFTER INSERT ON orders FOR EACH ROW WHEN (NEW.id % 4 = 3) EXECUTE FUNCTION jira_action_trigger(
		'jira_create_story', '{"project": "OPS", "summary": "Order {id} failed"}', '{"key_column": "issue_key"}')});

my %tally = (server => 0, worker => 0, inserted => 0);
my @clients = map { start_client($_) } 1 .. $sessions;
rage();
settle();
check_issues();

$node->stop;
done_testing();

# --- What the sessions do.

# A process that runs transactions through one psql after the other, as a crash
# ends them.
sub start_client
{
	my ($number) = @_;
	pipe my $reader, my $writer or die $!;
	my $pid = fork // die $!;

	if ($pid == 0)
	{
		close $reader;
		srand $seed * 100 + $number;
		insert_all($number, $writer);
		close $writer;
		require POSIX;
		POSIX::_exit(0);
	}
	close $writer;
	return { pid => $pid, reader => $reader };
}

# Tells how many rows have been inserted, with each.
sub insert_all
{
	my ($number, $writer) = @_;
	my $share = int $inserts / $sessions;
	my $next = $number * 100_000;
	my $end = $next + $share;

	while ($next < $end)
	{
		my $first = $next;
		my ($script, %reaches);

		for (1 .. 8)
		{
			last if $next >= $end;
			my ($sql, $rows) = transaction($number, $next);
			$next += $rows;
			$script .= $sql . "\\echo <$next>\n";
		}
		my @reached = run_psql($script) =~ /^<(\d+)>$/mg;
		$next = max($first + 1, @reached);    # a crash leaves the one that it hit in doubt
		syswrite $writer, pack 'N', $next - $first;
		usleep(rand 2 * 1e6 * $seconds * ($next - $first) / $share);
	}
	return;
}

# Of one to four rows; a third is rolled back, in one way or another.
sub transaction
{
	my ($number, $next) = @_;
	my $rows = 1 + int rand 4;
	my $last = $next + $rows - 1;
	my $insert = "INSERT INTO orders SELECT i, $number FROM generate_series($next, $last) AS i;\n";
	my $end = rand() < 1 / 3 ? 'ROLLBACK' : 'COMMIT';
	my @ways = (
		("BEGIN;\n$insert$end;\n") x 6,
		"BEGIN;\nSAVEPOINT a;\n${insert}ROLLBACK TO a;\n$insert$end;\n",
		"BEGIN;\nSAVEPOINT a;\n${insert}RELEASE a;\n$end;\n",
		"BEGIN;\n${insert}SELECT 1/0;\nCOMMIT;\n",
		"BEGIN;\n${insert}PREPARE TRANSACTION 'p$next';\n$end PREPARED 'p$next';\n");

	return ($ways[ rand @ways ], $rows);
}

sub run_psql
{
	my ($script) = @_;
	my ($in, $out);
	local $SIG{PIPE} = 'IGNORE';
	my $pid = open3($in, $out, undef, $node->installed_command('psql'), '-XAtq', '-d', $node->connstr('postgres'));

	print { $in } $script;
	close $in;
	my $said = do { local $/ = undef; <$out> };
	waitpid $pid, 0;
	return $said // '';
}

# --- What is done to them.

# Until all sessions have ended: faults all the time, and kills among them.
sub rage
{
	my %client_of = map { fileno $_->{reader} => $_ } @clients;
	my $select = IO::Select->new(map { $_->{reader} } @clients);
	my @strikes = shuffle(('server') x $server_kills, ('worker') x $worker_kills);
	my $due = $inserts / (@strikes + 1);
	my $next = $due;

	while ($select->count)
	{
		for my $reader ($select->can_read(0.05))
		{
			if (sysread $reader, my $bytes, 4) { $tally{inserted} += unpack 'N', $bytes; }
			else { $select->remove($reader); waitpid $client_of{ fileno $reader }{pid}, 0; }
		}
		make_trouble();
		next if $tally{inserted} < $next || !@strikes;
		kill_target(shift @strikes);
		$next += $due;
	}
	kill_target($_) for @strikes;
	return;
}

# A few at a time, for any of the next requests.
sub make_trouble
{
	return if @{ $jira->control('GET', 'faults') } > 2;
	my $searches = rand() < 0.2;

	$jira->fault(%{ $faults[ rand @faults ] }, times => 1, skip => int rand 3,
		path => $searches ? '/rest/api/*/search*' : '/rest/api/*/issue*');
	return;
}

sub kill_target
{
	my ($target) = @_;

	usleep(rand 300_000);
	if ($target eq 'server') { kill_server($node); }
	else
	{
		kill 'KILL', await_worker() or die $!;
	}
	$tally{$target}++;
	return;
}

# There is one whenever something is left to do, if not at once.  Where all has
# been done, one that is started looks for more for a while.
sub await_worker
{
	my $until = time + $PostgreSQL::Test::Utils::timeout_default;

	while (time < $until)
	{
		my $worker = await_process($node, qr/jira_spoke outbox *$/, 2);

		return $worker if $worker;
		$node->psql('postgres', 'SELECT jira_outbox_start()');
	}
	die 'there is no worker';
}

# --- What has become of it.

# What a crash left prepared is committed, and what is left is carried out by itself.
sub settle
{
	my $prepared = q{SELECT 'COMMIT PREPARED ' || quote_literal(gid) FROM pg_prepared_xacts};

	$jira->clear_faults;
	$node->poll_query_until('postgres', 'SELECT true') or die 'the server does not come back';
	$node->safe_psql('postgres', 'CREATE TABLE early AS SELECT id FROM orders');
	$node->safe_psql('postgres', "$_;") for split /\n/, $node->safe_psql('postgres', $prepared);
	ok(await_ended($node, 'true'), 'nothing is stuck');
	return;
}

sub check_issues
{
	my %key_of = map { split /\|/ } split /\n/, $node->safe_psql('postgres', 'SELECT id, issue_key FROM orders');
	my %issues;

	for my $issue (@{ $jira->control('GET', 'issues?project=OPS') })
	{
		push @{ $issues{$1} }, $issue->{key} if $issue->{summary} =~ /^Order (\d+) failed$/;
	}
	my @lost = grep { !$issues{$_} } keys %key_of;
	my @double = grep { @{ $issues{$_} } > 1 } keys %issues;
	my @invented = grep { !exists $key_of{$_} } keys %issues;
	my @misled = grep { $issues{$_} && ($key_of{$_} // '') ne $issues{$_}[0] } keys %key_of;

	print_figures(scalar keys %key_of);
	is("@lost", '', 'each committed row has an issue');
	is("@double", '', 'no row has two');
	is("@invented", '', 'no row that was rolled back has one');
	is("@misled", '', 'each row has the key of its issue');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT id, lag(id) OVER (PARTITION BY session
		ORDER BY split_part(issue_key, '-', 2)::integer) AS before FROM early NATURAL JOIN orders WHERE id % 4 = 2) AS o WHERE before > id}), 0,
		'each group is in order');
	is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT state, ',') FROM jira_spoke.outbox}), 'done', 'every item is done');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM jira_spoke.outbox'), scalar keys %key_of, 'one for each row');
	is($tally{server}, $server_kills, 'the server was killed');
	is($tally{worker}, $worker_kills, 'so was the worker');
	return;
}

sub print_figures
{
	my ($rows) = @_;
	my @requests = $jira->requests;
	my $failed = grep { !defined $_->{status} || $_->{status} >= 400 } @requests;
	my $together = grep { $_->{path} =~ m{/bulk$} } @requests;
	my $searches = grep { $_->{path} =~ m{/search} } @requests;

	diag(sprintf '%d rows inserted in %d sessions, %d of them committed; server killed %d times, worker %d times;'
		. ' %d requests (%d for several issues, %d searches), %d of them failed; %.0f s, seed %d',
		@tally{qw(inserted)}, $sessions, $rows, @tally{qw(server worker)}, scalar @requests, $together, $searches, $failed,
		time - $started, $seed);
	return;
}
