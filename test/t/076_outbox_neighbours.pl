# What one item has to wait for holds up no other: a pace that Jira or the connection
# wants, a row that is locked, and many items that are not due.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use List::Util qw(min);
use Test::More;
use Time::HiRes qw(time);

my $node = start_cluster('neighbours');
my $jira = JiraSpoke::Jira->start;

connect_to($node, $jira);
connect_to($node, $jira, 'other');
connect_to($node, $jira, 'slow', options => '{"requests_per_second": 2}');
connect_to($node, $jira, 'slowest', options => '{"requests_per_second": 0.001}');

heeds_what_jira_wants('a burst', retry_after => 3600);
heeds_what_jira_wants('a quota', reason => 'jira-quota-tenant-based', reset => 1800);
pauses_once_for_many();
knows_a_limit_of_one_issue();
keeps_the_pace_of_a_connection();
waits_for_the_pace_alone();
lets_answers_come();
waits_for_no_lock();
tells_after_a_crash();
tells_nothing_for_a_role_that_is_gone();
passes_what_is_not_due();

$node->stop;
done_testing();

sub comment { my ($issue, %options) = @_; return enqueue($node, 'jira_add_comment', { issue => $issue, body => 'x' }, %options); }

# When requests arrived, in this order.
sub post_times { my $path = shift; return map { $_->{time} } grep { $_->{method} eq 'POST' && $_->{path} =~ $path } $jira->requests; }

sub comment_times { my $issue = shift; return post_times(qr{/$issue/comment$}); }

sub pause { return $node->safe_psql('postgres', q{SELECT count(*), bool_and(throttled) FROM jira_spoke.outbox_pause}); }

# Ends the pause of a connection for which Jira has asked.
sub end_pause { $node->safe_psql('postgres', 'UPDATE jira_spoke.outbox_pause SET until = clock_timestamp()'); return; }

# A burst, or a quota without Retry-After: nothing more of this connection until
# Jira wants it again.
sub heeds_what_jira_wants
{
	my ($what, %how) = @_;

	$jira->forget_requests;
	$jira->fault(kind => 'rate_limit', %how, times => 1, path => '*/OPS-1/comment');
	my $limited = comment('OPS-1');
	ok(await_error($node, $limited, '429.*' . ($how{reason} // 'burst')), "$what: Jira wants it slower");
	my $held = comment('OPS-2');
	is(outcome($node, comment('OPS-3', connection => 'other')), 'done|1', 'another connection goes on');
	is(item($node, $held, 'state, attempts'), 'pending|0', 'what goes through this one waits');
	is($node->safe_psql('postgres', q{SELECT connection, pending, paused_until > now(), paused_because ~ '429' FROM jira_spoke.outbox_status WHERE paused_until IS NOT NULL}),
		'demo|2|t|t', 'the status says so');
	end_pause();
	make_due($node, $limited);
	is(outcomes($node, $limited, $held), 'done 2', "$what: then it goes on by itself");
	is(scalar comment_times('OPS-1') + comment_times('OPS-2'), 3, 'each once');
	is(pause(), '0|', 'no pause is left');
	return;
}

sub pauses_once_for_many
{
	my $told = sub { my @lines = PostgreSQL::Test::Utils::slurp_file($node->logfile) =~ /the Jira outbox pauses connection "demo": Jira answered 429/g; return scalar @lines; };
	my $before = $told->();

	$jira->fault(kind => 'rate_limit', retry_after => 1, times => 1, path => '*/issue/bulk');
	my @ids = split /\n/, $node->safe_psql('postgres', q{SELECT jira_enqueue('jira_create_issue', jsonb_build_object('project', 'OPS',
		'issue_type', 'Bug', 'summary', 'one of many')) FROM generate_series(1, 20)});
	is(outcomes($node, @ids), 'done 20', 'many that were turned away together');
	is($told->() - $before, 1, 'are one pause in the log');
	is(scalar issues($jira, 'one of many'), 20, 'and are in Jira once');
	my ($refused, @later) = post_times(qr{/issue/bulk$});
	cmp_ok(min(@later) - $refused, '>=', 0.9, 'not before Jira wanted it');
	return;
}

sub knows_a_limit_of_one_issue
{
	my @soon = map { "OPS-$_" } 11 .. 20;
	my %delays = ('OPS-1' => 3600, map { $_ => 1 } @soon);

	$jira->forget_requests;
	$jira->fault(kind => 'status', status => 429, headers => { 'Retry-After' => "$delays{$_}", 'RateLimit-Reason' => 'jira-per-issue-on-write' },
		times => 1, path => "*/$_/comment") for sort keys %delays;
	my ($limited, @sooner) = map { comment($_) } sort keys %delays;
	ok(await_error($node, $limited, '429'), 'Jira wants fewer writes to one issue');
	is(outcome($node, comment('OPS-2')), 'done|1', 'others are written to');
	is(item($node, $limited, 'state') . pause(), 'pending0|', 'without a pause');
	is(outcomes($node, @sooner), 'done 10', 'then these, too');
	my @waits = map { my ($refused, $done) = comment_times($_); $done - $refused } @soon;
	cmp_ok(min(@waits), '>=', 0.99, 'none before Jira wanted it');
	is(item($node, $limited, 'state'), 'pending', 'another still waits');
	make_due($node, $limited);
	is(outcome($node, $limited), 'done|2', 'until it is due');
	return;
}

# Two requests in a second.
sub keeps_the_pace_of_a_connection
{
	my $start = time;
	my @slow = map { comment('OPS-4', connection => 'slow', group => "slow $_") } 1 .. 3;

	is(outcomes($node, @slow), 'done 3', 'through a connection with a pace');
	my @moments = comment_times('OPS-4');
	is(scalar @moments, 3, 'each once');
	cmp_ok($moments[2] - $start, '>=', 1.4, 'not faster');
	is(item($node, $slow[2], 'attempts'), 1, 'waiting is no attempt');
	return;
}

# One request in 1000 seconds, and no transaction meanwhile.
sub waits_for_the_pace_alone
{
	my $slow = comment('OPS-5', connection => 'slowest');

	is(outcome($node, comment('OPS-5', group => 'apart')), 'done|1', 'a very slow connection: another is as fast as ever');
	ok(await_no_transaction($node, "EXISTS (SELECT FROM jira_spoke.outbox WHERE id = $slow AND state = 'pending')"), 'no transaction is open');
	is(item($node, $slow, 'state, attempts'), 'pending|0', 'the slow one waits');
	$node->safe_psql('postgres', "SELECT jira_outbox_cancel($slow)");
	return;
}

# Before it can be sent, a transition has to be looked up by its name, and that
# hangs: an answer that comes meanwhile is not late.
sub lets_answers_come
{
	connect_to($node, $jira, 'prompt', options => '{"timeout": "5s"}');
	connect_to($node, $jira, 'unanswered', options => '{"timeout": "5.5s"}');
	$jira->close_gate(method => 'POST', path => '*/OPS-9/comment', times => 1);
	$jira->fault(kind => 'silence', method => 'GET', path => '*/transitions', times => 1);
	my ($comment, $transition) = split /\n/, $node->safe_psql('postgres', q{BEGIN;
		SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-9", "body": "x"}', 'prompt');
		SELECT jira_enqueue('jira_do_transition', '{"issue": "OPS-10", "transition": "Reopen"}', 'unanswered'); COMMIT});
	$jira->await_at_gate(1);
	$jira->await_requests(1, qr{^GET .*/transitions$});
	$jira->open_gate;
	is(outcome($node, $transition), 'done|2', 'a look-up that hangs');
	is(outcome($node, $comment), 'done|1', 'does not make another item doubtful');
	return;
}

# A row whose issue is created while another session has it locked.
sub locked_row
{
	my ($summary, $role) = @_;
	my $session = $node->background_psql('postgres');

	$node->safe_psql('postgres', q{DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, v text, k text);
		CREATE TRIGGER jira AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger(
			'{"project": "OPS", "issue_type": "Bug", "summary": "{v}"}', '{"key_column": "k"}')});
	$jira->close_gate(method => 'POST', path => '*/issue', times => 1);
	$node->safe_psql('postgres', "GRANT ALL ON t TO $role; SELECT jira_grant_connection('demo', '$role')") if $role;
	$node->safe_psql('postgres', ($role ? "SET ROLE $role; SET jira_spoke.connection = 'demo';" : '') . "INSERT INTO t VALUES (1, '$summary')");
	$session->query_safe('BEGIN; SELECT FROM t FOR UPDATE');
	my $id = $node->safe_psql('postgres', 'SELECT max(id) FROM jira_spoke.outbox');
	$jira->await_at_gate(1);
	$jira->open_gate;
	ok(await_error($node, $id, 'lock timeout'), 'the row is locked');
	return ($id, $session);
}

sub waits_for_no_lock
{
	my ($id, $session) = locked_row('locked');

	like(item($node, $id, 'state, result, error'), qr/^writing_back\|OPS-\d+\|It was carried out; the result waits until it can be put into its row: /, 'the item says so');
	is($node->safe_psql('postgres', "SELECT jira_wait($id, '0s')"), 'writing_back', 'it is not done');
	is(outcome($node, comment('OPS-6')), 'done|1', 'others go on');
	$session->query_safe('COMMIT');
	$session->quit;
	is(outcome($node, $id), 'done|1', 'then it is');
	is(item($node, $id, 'result = (SELECT k FROM t), error IS NULL'), 't|t', 'with the key in the row');
	is(scalar issues($jira, 'locked'), 1, 'of the only issue');
	return;
}

sub tells_after_a_crash
{
	my ($id, $session) = locked_row('crashed');

	$node->stop('immediate');
	eval { $session->quit };
	$node->start;
	comment('OPS-7');    # starts a worker
	is(outcome($node, $id), 'done|1', 'after a crash');
	is(item($node, $id, 'result = (SELECT k FROM t)'), 't', 'the row is told');
	is(scalar issues($jira, 'crashed'), 1, 'of the only issue');
	return;
}

sub tells_nothing_for_a_role_that_is_gone
{
	$node->safe_psql('postgres', 'CREATE ROLE leaver IN ROLE jira_spoke_user');
	my ($id, $session) = locked_row('left', 'leaver');

	$node->safe_psql('postgres', 'DROP OWNED BY leaver; DROP ROLE leaver');
	is(outcome($node, $id), 'done|1', 'a role that is gone');
	like(item_error($node, $id), qr/could not be put into its row: the role that enqueued this does not exist/, 'cannot write the key');
	$session->quit;
	return;
}

# More than the worker remembers, before what is due: paused, for later, and in a group.
sub passes_what_is_not_due
{
	connect_to($node, $jira, 'paused');
	$node->safe_psql('postgres', q{
		INSERT INTO jira_spoke.outbox_pause (connection, until, reason) VALUES ('paused', 'infinity', 'a test'), ('other', now() - interval '1 s', 'another');
		SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-8", "body": "x"}', 'paused', group_key => 'p' || i) FROM generate_series(1, 210) AS i;
		SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-8", "body": "x"}', not_before => now() + interval '1 hour', group_key => 'l' || i) FROM generate_series(1, 210) AS i;
		SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-8", "body": "x"}', not_before => now() + interval '1 hour', group_key => 'g');
		SELECT jira_enqueue('jira_add_comment', jsonb_build_object('issue', 'OPS-' || i % 90 + 10, 'body', 'x'), group_key => 'g') FROM generate_series(1, 210) AS i});
	is(outcomes($node, map { comment("OPS-$_") } 11 .. 15), 'done 5', 'behind many that are not due');
	is(outcomes($node, map { comment("OPS-$_", connection => 'other') } 11 .. 15), 'done 5', 'through a connection that was paused');
	is($node->safe_psql('postgres', q{SELECT count(*), max(attempts) FROM jira_spoke.outbox WHERE state = 'pending'}), '631|0', 'the others wait');
	$node->safe_psql('postgres', q{SELECT jira_outbox_retry(min(id)) FROM jira_spoke.outbox WHERE group_key = 'g'});
	is($node->safe_psql('postgres', q{SELECT } . when_ended('max(id)') . q{ FROM jira_spoke.outbox WHERE group_key = 'g'}), 'done', 'a pending item is carried out at once, and its group after it');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM jira_spoke.outbox WHERE group_key = 'g' AND (state, attempts) <> ('done', 1)}), 0, 'all of it');
	return;
}
