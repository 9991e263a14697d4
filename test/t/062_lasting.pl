# A token that is under way is stored, whatever becomes of the call that needed
# it, of its connection and of the server.
use strict;
use warnings FATAL => 'all';

use IPC::Run;
use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::OAuth;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $url = $jira->url;
my $node = start_cluster('lasting', 'jira_spoke.max_retries = 0', "jira_spoke.gateway_url = '$url'",
	'wal_level = replica', 'max_wal_senders = 1');
my $read = q{SELECT key FROM jira_lookup_issue('OPS-1', connection => 'work')};
my ($out, $error);

connect_oauth($node, $jira, 'work');

callers_that_leave();
callers_with_locks();
without_workers();
settings_of_the_database();
other_encodings();
changes_meanwhile();
shutdown_meanwhile();
extension_dropped_meanwhile();

$node->stop;
done_testing();

# A session that has sent a worker and waits for it; the worker waits for tokens
# until the gate is opened.
sub renewing
{
	my ($script) = @_;

	$jira->close_gate(path => '/oauth/token');
	my $session = JiraSpoke::Background->start($node, $script // "$read;\nSELECT 'alive';\n");

	$jira->await_at_gate(1);
	return ($session, $session->waiting_for_worker);
}

# Waits until so many processes, one if no number is given, are as the condition says.
sub await_activity
{
	my ($condition, $count) = @_;

	$count //= 1;
	$node->poll_query_until('postgres', "SELECT count(*) = $count FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND $condition")
	  or die "not $count processes: $condition";
	return;
}

sub await_end_of_worker { return await_activity(q{backend_type = 'jira_spoke sign-in'}, 0); }

sub callers_that_leave
{
	for my $end (qw(cancel terminate))
	{
		expire_tokens($node);
		is(refreshes($jira, sub {
			my ($session, $pid) = renewing();
			$node->safe_psql('postgres', "SELECT pg_${end}_backend($pid)");
			($out, $error) = $session->finish;
			like($error, qr/57014: canceling statement|57P01: terminating/, "$end during a refresh ends the call with PostgreSQL's own error");
			$jira->await_at_gate(1);
			$jira->open_gate;
			await_end_of_worker();
			is(rows_or_error($node, $read), 'OPS-1', "$end: the next call works");
		}), 1, "$end: the worker went on, one refresh");
	}
	expire_tokens($node);
	is(refreshes($jira, sub {
		my $again = $read =~ s/key/key AS again/r;
		my ($session) = renewing("SET statement_timeout = 300;\n$read;\nSET statement_timeout = 0;\n$again;\n");
		await_activity(q{query ~ 'AS again' AND wait_event_type IN ('IPC', 'Lock')});
		$jira->open_gate;
		($out, $error) = $session->finish;
		like("$error$out", qr/57014: canceling statement due to statement timeout.*OPS-1$/s, 'statement_timeout, and the same call again');
	}), 1, 'waits for the worker that is under way');

	# Nobody else stops the worker either.
	expire_tokens($node);
	is(refreshes($jira, sub {
		my ($session) = renewing();
		$node->safe_psql('postgres', q{SELECT pg_cancel_backend(pid), pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'jira_spoke sign-in'});
		$jira->open_gate;
		($out, $error) = $session->finish;
		is("$error$out", "OPS-1\nalive\n", 'a worker that is cancelled and terminated stores the token first');
	}), 1, 'one refresh');
	return;
}

sub callers_with_locks
{
	my %changes = (
		'jira_alter_connection' => q{SELECT jira_alter_connection('work', api_version => 2)},
		'jira_grant_connection' => q{SELECT jira_grant_connection('work', 'pg_monitor')},
		'is_default' => q{SELECT jira_alter_connection('work', is_default => true)},
		'jira_rotate_key' => q{SELECT jira_rotate_key()});

	for my $name (sort keys %changes)
	{
		expire_tokens($node);
		my $start = time;
		my $answer = rows_or_error($node, "SET client_min_messages = error; BEGIN; $changes{$name}; $read; COMMIT");

		cmp_ok(time - $start, '<', 60, "$name, then use: ends soon");
		like($answer, qr/^OPS-1$|ERROR:  55P03: .*\n.*HINT:/m, "$name, then use: works or fails clearly");
		is(rows_or_error($node, $read), 'OPS-1', "$name, then use: nothing is lost");
	}
	is($jira->oauth_counts->{refreshes}{revoked}, 0, 'no family was revoked');
	return;
}

sub without_workers
{
	$node->append_conf('postgresql.conf', "max_worker_processes = 0\n");
	$node->restart;
	expire_tokens($node);
	like(rows_or_error($node, $read), qr/53000: there is no background worker to renew a sign-in to Jira\nHINT:  Raise max_worker_processes/, 'no worker to be had');
	$node->append_conf('postgresql.conf', "max_worker_processes = 8\n");
	$node->restart;
	is(rows_or_error($node, $read), 'OPS-1', 'with one it works');
	return;
}

# What would stop a commit, if it were for the worker.
sub settings_of_the_database
{
	my %settings = (default_transaction_read_only => 'on', default_transaction_isolation => 'serializable', statement_timeout => '50',
		synchronous_commit => 'off');

	expire_tokens($node);
	$node->safe_psql('postgres', join ';', map { "ALTER DATABASE postgres SET $_ = '$settings{$_}'" } sort keys %settings);
	is(refreshes($jira, sub {
		$jira->fault(kind => 'latency', ms => 200, path => '/oauth/token', times => 1);
		is(rows_or_error($node, "SET statement_timeout = 0; $read; $read"), "OPS-1\nOPS-1", 'a database of unhelpful settings');
	}), 1, 'has its tokens renewed');
	local $ENV{PGOPTIONS} = '-c default_transaction_read_only=off -c statement_timeout=0';
	$node->safe_psql('postgres', 'ALTER DATABASE postgres RESET ALL');
	return;
}

# What Jira says is converted, and cut between characters.
sub other_encodings
{
	my $words = 'Schlo\u00df ' x 250;

	$node->safe_psql('postgres', q{CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0});
	for my $database (qw(latin postgres))
	{
		my $shown = $database eq 'latin' ? "Schlo\xdf" : "Schlo\xc3\x9f";
		if ($database eq 'latin')
		{
			$node->safe_psql('latin', 'CREATE EXTENSION jira_spoke; ' . register($jira, 'robot', client_id => 'robot-app',
				client_secret => 'robot-app-secret', redirect_url => undef, grant_type => 'client_credentials')
				. qq{; SELECT jira_create_connection('work', '$url', auth => 'oauth2', oauth_application => 'robot')});
		}
		else { expire_tokens($node); }
		$jira->fault(kind => 'status', status => 400, content_type => 'application/json', path => '/oauth/token', times => 1,
			body => qq({"error": "invalid_request", "error_description": "$words", "errorMessages": ["$words", "$words"]}));
		my (undef, undef, $said) = $node->psql($database, $read, extra_params => ['--set=VERBOSITY=verbose']);
		like($said, qr/22023: Jira answered 400 to signing in.*\nDETAIL:  (?:$shown *)+S?c?h?l?o?\n/, "$database: words of the token endpoint");
		is($node->safe_psql($database, $read), 'OPS-1', "$database: the next call works");
	}
	return;
}

sub changes_meanwhile
{
	# The call that began it is done for; the change waits for the worker at most.
	my %changes = (
		'jira_drop_connection' => q{SELECT jira_drop_connection('gone')},
		'jira_alter_connection' => q{SELECT jira_alter_connection('gone', username => 'x')});

	for my $name (sort keys %changes)
	{
		connect_oauth($node, $jira, 'gone');
		expire_tokens($node);
		my ($session) = renewing(qq{SELECT key FROM jira_lookup_issue('OPS-1', connection => 'gone');\nSELECT 'alive';\n});
		my $change = JiraSpoke::Background->start($node, "$changes{$name};\n");

		if ($name eq 'jira_alter_connection')
		{
			await_activity(q{wait_event = 'advisory'});
			$jira->open_gate;
		}
		is(($change->finish)[1], '', "$name during a refresh");
		$jira->open_gate;
		($out, $error) = $session->finish;
		like("$error$out", qr/ERROR:  \w{5}: .*connection "gone".*alive|^OPS-1\nalive/s, "$name: the call is answered or fails clearly");
		is($node->safe_psql('postgres', q{SELECT count(*) FROM jira_spoke.sign_in WHERE alias = 'gone'}), 0, "$name: no token is left");
		rows_or_error($node, q{SELECT jira_drop_connection('gone')});
		rows_or_error($node, q{SELECT jira_drop_oauth_application('app of gone')});
	}

	# Who makes a connection of that name gets nobody's tokens.
	connect_oauth($node, $jira, 'gone');
	expire_tokens($node);
	my ($session) = renewing(qq{SELECT key FROM jira_lookup_issue('OPS-1', connection => 'gone');\n});
	$node->safe_psql('postgres', qq{CREATE ROLE heir LOGIN IN ROLE jira_spoke_admin;
		SELECT jira_drop_connection('gone'); SET ROLE heir; } . register($jira, 'of heir')
		. qq{; SELECT jira_create_connection('gone', '$url', auth => 'oauth2', oauth_application => 'of heir')});
	$jira->open_gate;
	$session->finish;
	await_end_of_worker();
	is($node->safe_psql('postgres', q{SELECT count(*) FROM jira_spoke.sign_in WHERE alias = 'gone'}), 0, 'a connection made anew has no token of the old one');
	like(rows_or_error($node, q{SET ROLE heir; SELECT key FROM jira_lookup_issue('OPS-1', connection => 'gone')}), qr/28000: nobody has consented yet/, 'its owner has to consent');
	return;
}

sub shutdown_meanwhile
{
	expire_tokens($node);
	is(refreshes($jira, sub {
		my ($session) = renewing();
		my $said = '';
		my $stop = IPC::Run::start(
			[ 'pg_ctl', '-D', $node->data_dir, '-m', 'fast', '-t', $PostgreSQL::Test::Utils::timeout_default, 'stop' ], '>&', \$said);
		like(($session->finish)[1], qr/57P01: terminating/, 'a fast shutdown ends the call');
		$jira->await_at_gate(1);
		$jira->open_gate;
		ok($stop->finish, 'and comes to its end') or diag($said);

		# The node learns that its server has stopped by failing to stop it.
		$node->stop('fast', fail_ok => 1);
		$node->start;
		is(rows_or_error($node, $read), 'OPS-1', 'after a fast shutdown during a refresh');
	}), 1, 'the token had been stored');

	# A standby that is not there holds up the commit, but not the shutdown.
	require_standby();
	expire_locally();
	is(refreshes($jira, sub {
		my $session = JiraSpoke::Background->start($node, "SET synchronous_commit = local;\n$read;\n");
		await_activity(q{wait_event = 'SyncRep' AND backend_type = 'jira_spoke sign-in'});
		ok(eval { local $SIG{ALRM} = sub { die "late\n" }; alarm 100; $node->stop('fast'); alarm 0; 1 },
			'a shutdown while the token waits for a standby is not held up');
		$session->finish;
		$node->append_conf('postgresql.conf', "synchronous_standby_names = ''\n");
		$node->start;
		is(rows_or_error($node, $read), 'OPS-1', 'and afterwards');
	}), 1, 'the token had been stored');
	return;
}

# Commits wait for a standby when the checkpointer has heard of it, which a session
# learns by having to wait.
sub require_standby
{
	$node->append_conf('postgresql.conf', "synchronous_standby_names = 'missing'\n");
	$node->reload;
	my $session = JiraSpoke::Background->start($node, "SELECT pg_logical_emit_message(true, '', '') \\watch 0.1\n");

	# A worker of the outbox may have to wait as well.
	await_activity(q{wait_event = 'SyncRep' AND backend_type = 'client backend'});
	$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND backend_type = 'client backend'});
	$session->finish;
	return;
}

sub expire_locally
{
	local $ENV{PGOPTIONS} = '-c synchronous_commit=local';
	expire_tokens($node);
	return;
}

sub extension_dropped_meanwhile
{
	expire_tokens($node);
	my ($session, $pid) = renewing();
	$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
	is(rows_or_error($node, q{SET statement_timeout = '60s'; DROP EXTENSION jira_spoke}), '', 'DROP EXTENSION during a refresh');
	$jira->open_gate;
	$session->finish;
	await_end_of_worker();
	is($node->safe_psql('postgres', 'CREATE EXTENSION jira_spoke; SELECT count(*) FROM jira_spoke.sign_in'), 0, 'it can come back, with nothing in it');
	unlike(slurp_file($node->logfile), qr/PANIC|TRAP|terminated by signal/, 'and nothing crashed');
	return;
}
