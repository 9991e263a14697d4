# Where the keys come from that secrets are sealed with, and what may be wrong
# with them.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::Outbox;
use JiraSpoke::Processes;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $jira = JiraSpoke::Jira->start;
my $node = start_cluster('keys', "jira_spoke.key_file = ''");
my $default = $node->data_dir . '/jira_spoke.key';
my $file = $node->basedir . '/keys';
my $create = sprintf q{jira_create_connection('%%s', '%s', '%s', '%s')}, $jira->url, $jira->username, $jira->secret;

my $stored = 0;

# Stores a secret; what went wrong, '' if nothing did.
sub store
{
	return query_error($node, 'SELECT ' . sprintf $create, 'stored' . ++$stored);
}

sub opens
{
	my ($alias) = @_;

	return $node->safe_psql('postgres', "SELECT ok FROM jira_test_connection('$alias')");
}

# Without a configuration: sessions that all need a key at once make one.
{
	my $gate = $node->background_psql('postgres');
	$gate->query_safe('SELECT pg_advisory_lock(1)');
	my @sessions = map {
		my $name = "c$_";
		JiraSpoke::Background->start($node,
			'SELECT pg_advisory_lock_shared(1); SELECT ' . sprintf("$create; SELECT $create;\n", $name, "${name}_again"))
	} 1 .. 10;

	$_->{run}->pump_nb for @sessions;
	ok($node->poll_query_until('postgres', q{SELECT count(*) = 10 FROM pg_stat_activity WHERE wait_event = 'advisory'}), 'ten sessions');
	ok(!-e $default, 'no key is made before it is needed');
	$gate->query_safe('SELECT pg_advisory_unlock(1)');
	$gate->quit;
	is(join('', map { ($_->finish)[1] } @sessions), '', 'no session is told anything');
	like(slurp_file($default), qr/^[0-9a-f]{64}\n\z/, 'there is one key');
	is((stat $default)[2] & 07777, 0600, 'for the server alone');
	is(join(' ', glob "$default.*"), '', 'and no other');
	is(join('', map { opens("c$_") . opens("c${_}_again") } 1 .. 10), 't' x 20, 'it seals all secrets');
	is($node->safe_psql('postgres', 'SELECT count(DISTINCT jira_spoke.key_id(secret)) FROM jira_spoke.credential'), 1, 'as they tell');
	is(scalar(() = slurp_file($node->logfile) =~ /WARNING:.*key.*data directory.*\n.*HINT:.*key_file/g), 10, 'each session warned the log once');
}

# What a crash left of making one is not taken for it.
{
	my $key = slurp_file($default);
	my $session = $node->background_psql('postgres');
	my $pid = $session->query_safe('SELECT pg_backend_pid()');

	unlink $default;
	append_to_file("$default.$_", substr $key, 0, 20) for $pid, 1;
	$session->query_safe('SELECT ' . sprintf $create, 'after_crash');
	$session->quit;
	like(slurp_file($default), qr/^[0-9a-f]{64}\n\z/, 'half a key is made a whole one');
	isnt(slurp_file($default), $key, 'a new one');
	ok(!-e "$default.$pid", 'the rest is gone');
	unlink "$default.1";
	like(query_error($node, q{SELECT account FROM jira_lookup_authenticated_user('c1')}),
		qr/F0000: .*the key that sealed the secret of connection "c1" is not available/, 'what the lost one sealed says so');
	unlink $default;
	append_to_file($default, $key);
	chmod 0644, $default;
	like(store(), qr/F0000: .*jira_spoke\.key in the data directory is not private/, 'a key that others may read is not used');
	chmod 0600, $default;
	is(opens('c1'), 't', 'the old one back in place works');
}

# A file.
my @keys = map { random_key() } 1 .. 17;
my $only_digits = qr/F0000: .*jira_spoke\.key_file has no usable key.*HINT:.*openssl rand -hex 32/s;
change_settings($node, key_file => $file);
like(store(), qr/F0000: .*could not open jira_spoke\.key_file: No such file/, 'a file that is missing');
for my $case (
	[ 'a key', "$keys[0]\n", 0600, qr/^\z/ ], [ 'without an end of line', $keys[0], 0600, qr/^\z/ ],
	[ 'in capitals', uc "$keys[0]\n", 0400, qr/^\z/ ], [ 'from Windows', "\r\n$keys[0]\r\n\r\n", 0600, qr/^\z/ ],
	[ 'sixteen', join("\n", @keys[ 0 .. 15 ]), 0600, qr/^\z/ ], [ 'seventeen', join("\n", @keys), 0600, qr/F0000: .*too many/s ],
	[ 'empty', '', 0600, qr/F0000: .*It is empty/s ], [ 'blank', "\n\n", 0600, qr/F0000: .*It is empty/s ],
	[ 'too short', substr($keys[0], 1), 0600, $only_digits ], [ 'too long', "$keys[0]0", 0600, $only_digits ],
	[ 'not hexadecimal', 'g' . substr($keys[0], 1), 0600, $only_digits ], [ 'with a space', "$keys[0] \n", 0600, $only_digits ],
	[ 'bytes', pack('H*', $keys[0]), 0600, $only_digits ], [ 'with a bad second line', "$keys[0]\nx\n", 0600, $only_digits ],
	[ 'for the group', "$keys[0]\n", 0640, qr/F0000: .*not private.*Others may read it.*HINT.*0600/s ],
	[ 'for all', "$keys[0]\n", 0604, qr/F0000: .*not private/s ])
{
	my ($title, $content, $mode, $expected) = @$case;

	replace_file($file, $content, $mode);
	my $error = store();
	like($error, $expected, "a file: $title");
	unlike($error, qr/\Q$keys[0]\E|\Q$file\E/i, 'neither key nor path is told');
}
unlink $file;
mkdir $file or die $!;
like(store(), qr/F0000: .*not a regular file/s, 'a directory');
rmdir $file or die $!;
SKIP: {
	skip 'the tests do not run as root, who alone can give a file away', 1 if $> != 0 || !chown 0, 0, $file;
	replace_file($file, "$keys[0]\n", 0640);
	is(store(), '', 'root\'s, for the group');
}
replace_file($file, "$keys[1]\n$keys[0]\n");
is(store(), '', 'several keys');
is($node->safe_psql('postgres', "SELECT count(*) FROM jira_spoke.credential AS a JOIN jira_spoke.credential AS b
	ON a.alias = 'stored$stored' AND b.alias <> a.alias AND jira_spoke.key_id(a.secret) = jira_spoke.key_id(b.secret)"), 0, 'the first one seals');
is(opens('stored3') . opens("stored$stored") . opens('c1'), 'ttt', 'all of them open, that of the data directory too');

# A command.
my $unused = 30000 + $$;    # seconds that nobody else sleeps

# Whether something that the command started is still there.
sub asleep
{
	return scalar grep { proc_text($_) eq "sleep\n$unused" } glob '/proc/[0-9]*/cmdline';
}

# Until something is there, or nothing.
sub await_asleep
{
	my ($expected) = @_;

	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return 1 if asleep() == $expected;
		usleep(100_000);
	}
	return 0;
}

change_settings($node, key_file => '', key_command => "cat $file");
is(store() . opens("stored$stored"), 't', 'a command');
for my $case (
	[ 'fails', 'exit 3', qr/38000: .*command of jira_spoke\.key_command failed: .*exit code 3/ ], [ 'is killed', 'kill -9 $$', qr/38000: .*signal 9/ ],
	[ 'is none', '/no/such/command', qr/38000: .*command not found/ ], [ 'prints nothing', 'true', qr/F0000: .*key_command.*It is empty/s ],
	[ 'prints nonsense', 'echo secret words', qr/F0000: .*key_command has no usable key/s ], [ 'never stops printing', 'yes', qr/38000: .*output of jira_spoke\.key_command exceeds 1056 bytes/ ],
	[ 'prints and fails', "cat $file; false", qr/38000: .*exit code 1/ ])
{
	my ($title, $command, $expected) = @$case;

	change_settings($node, key_command => $command);
	like(store(), $expected, "a command that $title");
}

# One that hangs is killed with whatever ends the wait for it.
for my $command ("sleep $unused", "sleep $unused & wait", "cat $file; exec >&-; sleep $unused")
{
	change_settings($node, key_command => $command);
	for my $end (qw(pg_cancel_backend pg_terminate_backend statement_timeout))
	{
		my $prepare = $end eq 'statement_timeout' ? "SET statement_timeout = '300ms';" : '';
		my $session = JiraSpoke::Background->start($node, "$prepare SELECT " . sprintf("$create;\n", 'hangs'));
		my $pid = $end eq 'statement_timeout' ? 0 : $session->waiting_pid;

		ok(await_asleep(1), "$command: runs") if $pid;
		my $begin = time;
		$node->safe_psql('postgres', "SELECT $end($pid)") if $pid;
		my ($out, $error) = $session->finish;
		like($error, $end =~ /terminate/ ? qr/57P01/ : qr/57014/, "$command: $end");
		cmp_ok(time - $begin, '<', 60, 'ends at once');
		ok(await_asleep(0), 'with what it started');
	}
}

# A session that is there already follows a change of the settings.
{
	my $session = $node->background_psql('postgres');

	change_settings($node, key_command => "cat $file");
	is($session->query_safe(q{SELECT ok FROM jira_test_connection('c1')}), 't', 'a session begins');
	change_settings($node, key_command => 'exit 3');
	replace_file($file, "$keys[2]\n$keys[1]\n$keys[0]\n");
	change_settings($node, key_command => '', key_file => $file);
	$session->query_safe('SELECT ' . sprintf $create, 'lasting');
	is($session->query_safe(q{SELECT ok FROM jira_test_connection('lasting')}), 't', 'and goes on with other settings');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM jira_spoke.credential AS a, jira_spoke.credential AS b
		WHERE a.alias = 'lasting' AND b.alias <> 'lasting' AND jira_spoke.key_id(a.secret) = jira_spoke.key_id(b.secret)}),
		0, 'it sealed with the new key');
	$session->quit;
}

# The worker of the outbox serves all: it does not wait for a command, nor is a command
# that fails the fault of an item.
sub comment { my ($alias) = @_; return enqueue($node, 'jira_add_comment', { issue => 'OPS-1', body => 'x' }, connection => $alias, group => $alias); }

# An alias whose secret has a key that no process has read yet.
sub store_with_new_key
{
	my ($alias) = @_;

	unshift @keys, random_key();
	replace_file($file, join '', map { "$_\n" } @keys[ 0 .. 5 ]);
	change_settings($node, key_file => '', key_command => "cat $file");
	$node->safe_psql('postgres', 'SELECT ' . sprintf $create, $alias);
	return;
}
{
	store_with_new_key('early');
	my $later = $node->safe_psql('postgres', q{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-1", "body": "x"}', 'early', not_before => now() + '1 h')});
	is(outcome($node, comment('early')), 'done|1', 'the worker of the outbox has read the keys');
	store_with_new_key('late');
	change_settings($node, key_command => "sleep $unused");
	my $late = comment('late');
	ok(await_asleep(1), 'it needs one that it has not, and the command hangs');
	is(outcome($node, comment('early')), 'done|1', 'others go on meanwhile');
	ok(await_no_transaction($node, 'true'), 'and no transaction is open');
	is(asleep(), 1, 'the command runs once');
	change_settings($node, key_command => "cat $file; exec >&-; sleep 1");
	is(outcome($node, $late), 'done|1', 'another command takes its place, which ends after its output');
	ok(await_asleep(0), 'and ends the first one');

	store_with_new_key('latest');
	change_settings($node, key_command => 'exit 3');
	my $latest = comment('latest');
	ok(await_error($node, $latest, 'command of jira_spoke.key_command failed'), 'a command that fails');
	is(item($node, $latest, 'state, attempts'), 'pending|0', 'does not make an item fail');
	is(outcome($node, comment('early')), 'done|1', 'nor does it take the keys that are known');
	change_settings($node, key_command => "cat $file");
	$node->safe_psql('postgres', "SELECT jira_outbox_retry($latest), jira_outbox_cancel($later)");
	is(outcome($node, $latest, 'state'), 'done', 'with a command that works it is carried out');
	change_settings($node, key_command => '', key_file => $file);
}
like(query_error($node, q{SELECT jira_quote(1); SET jira_spoke.key_file = '/x'}), qr/55P02/, 'a session cannot change them');
like(query_error($node, q{SET jira_spoke.key_command = 'true'; SELECT jira_quote(1); DO $$ BEGIN ASSERT current_setting('jira_spoke.key_command') = ''; RAISE 'kept'; END $$}),
	qr/kept/, 'nor before it has loaded the library');
$node->safe_psql('postgres', 'CREATE ROLE guest LOGIN IN ROLE jira_spoke_user');
for my $name (qw(key_file key_command))
{
	like(query_error($node, "SELECT jira_quote(1); SHOW jira_spoke.$name", role => 'guest'),
		qr/42501/, "$name is not shown to all");
}
my $log = slurp_file($node->logfile);
my $needle = join '|', @keys, slurp_file($default) =~ /(\w+)/;
unlike($log, qr/$needle/, 'no key is in the log');

$node->stop;
done_testing();
