# Jira is not asked more often than it takes: all sessions of the server keep one
# pace for each endpoint, and one refusal stops all of them until its time.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::Background;
use JiraSpoke::Outbox;
use JiraSpoke;
use List::Util qw(max min);
use Test::More;
use Time::HiRes qw(time);

my $keys = 20_000;
my $batch = 100;
my $node = start_cluster('one_pace', q{shared_preload_libraries = 'jira_spoke'});
my $jira = JiraSpoke::Jira->start(issues => $keys);
my $bulk = qr{/issue/bulkfetch$};

connect_to($node, $jira);
connect_to($node, $jira, $_) for qw(other third);

# What Cloud takes.
$jira->control('POST', 'buckets', { burst => 100, per_second => 100 });
for my $sessions (1, 4)
{
	is_taken_by_jira($sessions, $_) for 4, 16, 32;
}
$jira->control('DELETE', 'buckets');
keeps_the_pace_of_a_method();
tells_what_it_waits();
heeds_a_warning();

stops_all_for_one_refusal();
repeats_all_that_were_refused();
is_not_stopped_by_the_limit_of_one_issue();
waits_no_longer_than_allowed();
sends_nothing_that_is_abandoned();
holds_for_the_outbox();
has_room_for_any_number();

$node->stop;
done_testing();

# A session that reads the keys from the first to the last, in batches, which labels keep small.
sub reader
{
	my ($first, $last, %settings) = @_;
	my $set = join '', map { "SET jira_spoke.$_ = '$settings{$_}'; " } sort keys %settings;

	return JiraSpoke::Background->start($node, qq{$set SELECT count(*), count(DISTINCT key), min(substr(key, 6)::int), max(substr(key, 6)::int)
		FROM jira_lookup_issues((SELECT array_agg('BULK-' || i) FROM generate_series($first, $last) AS i)) WHERE labels IS NOT NULL;\n});
}

sub batches { return grep { $_->{path} =~ $bulk } $jira->requests; }
sub refused { return grep { $_->{status} == 429 } @_; }

# Each part of the keys is read by a session of its own.
sub is_taken_by_jira
{
	my ($sessions, $parallel) = @_;
	my $what = "$sessions sessions, $parallel requests under way";
	my $part = $keys / $sessions;

	sleep 2;    # the buckets are full again
	$jira->forget_requests;
	my @readers = map { reader($part * $_ + 1, $part * ($_ + 1), parallel_requests => $parallel) } 0 .. $sessions - 1;
	for my $i (0 .. $#readers)
	{
		my ($out, $error) = $readers[$i]->finish;
		is("$error$out", join('|', $part, $part, $part * $i + 1, $part * ($i + 1)) . "\n", "$what: each key once, session $i");
	}
	my @requests = batches();
	my @times = map { $_->{time} } @requests;
	note(sprintf '%s: %.2f s', $what, max(@times) - min(@times));
	is(@requests - refused(@requests), $keys / $batch, "$what: each batch is answered once");
	cmp_ok(scalar refused(@requests), '<=', 0.02 * @requests, "$what: hardly any is refused");
	return;
}

# A request may come long after it was let go, so that only this is certain: the
# last one comes no earlier than the pace allows after the start.
sub keeps_the_pace_of_a_method
{
	for my $case ([ 'GET', 60, 50, 10 ], [ 'PUT', 30, 25, 5 ])
	{
		my ($method, $count, $burst, $rate) = @$case;
		my $body = $method eq 'GET' ? '' : q{, body => '{"fields": {}}'};
		my $start = time;

		$jira->forget_requests;
		$node->safe_psql('postgres', qq{SET jira_spoke.endpoint_rate = 10;
			SELECT count(*) FROM generate_series(1, $count) AS i, LATERAL jira_request('$method', '/rest/api/3/issue/BULK-' || i $body) AS r});
		my @times = map { $_->{time} } grep { $_->{method} eq $method && $_->{path} =~ /BULK/ } $jira->requests;
		is(scalar @times, $count, "$method: all are answered");
		cmp_ok(max(@times) - $start, '>=', ($count - $burst) / $rate, "$method: no sooner than after its burst");
	}
	return;
}

# The time that a plan tells, in milliseconds.
sub throttled
{
	my ($alias, $count, $rate) = @_;
	my $plan = $node->safe_psql('postgres', qq{SET jira_spoke.endpoint_rate = $rate; SET jira_spoke.pushdown = off; EXPLAIN (ANALYZE, FORMAT json) SELECT i.key
		FROM generate_series(1, $count) AS n, LATERAL jira_lookup_issue('BULK-' || n, connection => '$alias') AS i});

	return $plan =~ /"Throttled": ([\d.]+)/ ? $1 : 'nothing';
}

sub tells_what_it_waits
{
	is(throttled('other', 50, 1), '0.000', 'as many as may be sent at once do not wait');
	cmp_ok(throttled('other', 4, 1), '>', 0, 'more of them do');
	is(throttled('other', 60, 0), '0.000', 'none does where the rate is 0');
	return;
}

# The ninth of ten is told that it is near the limit.
sub heeds_a_warning
{
	$jira->control('POST', 'buckets', { burst => 10, per_second => 0.001 });
	is(throttled('third', 9, 1), '0.000', 'far from the own limit');
	$jira->control('DELETE', 'buckets');
	cmp_ok(throttled('third', 4, 1), '>', 0, 'but near that of Jira: slower');
	return;
}

# One is refused while two sessions read: the rest of both is read later, and at
# that time Jira gets what was under way and little more.
sub stops_all_for_one_refusal
{
	$jira->forget_requests;
	$jira->fault(kind => 'rate_limit', retry_after => 2, skip => 10, times => 1, path => '*/bulkfetch');
	my @readers = map { reader($_ * $keys / 2 + 1, ($_ + 1) * $keys / 2, parallel_requests => 4) } 0, 1;
	my @said = map { ($_->finish)[0] } @readers;
	my @requests = batches();
	my ($refused) = refused(@requests);

	is("@said", "10000|10000|1|10000\n 10000|10000|10001|20000\n", 'one is refused: each key once all the same');
	is(scalar @requests, $keys / $batch + 1, 'with one request more');
	is(scalar refused(@requests), 1, 'nothing else is refused');
	my @meanwhile = grep { $_->{time} > $refused->{time} && $_->{time} < $refused->{time} + 2 } @requests;
	cmp_ok(scalar @meanwhile, '<=', 40, 'all sessions wait');
	note(scalar @meanwhile, ' requests came meanwhile');
	return;
}

sub repeats_all_that_were_refused
{
	sleep 1;
	$jira->forget_requests;
	$jira->fault(kind => 'rate_limit', retry_after => 1, times => 8, path => '*/bulkfetch');
	my ($out, $error) = reader(1, 20 * $batch, parallel_requests => 8)->finish;
	my @bodies = map { $_->{body} } batches();

	is("$error$out", "2000|2000|1|2000\n", 'many are refused: each key once');
	is(scalar @bodies, 28, 'each batch is asked for again once');
	is_deeply([ sort @bodies[ 8 .. 15 ] ], [ sort @bodies[ 0 .. 7 ] ], 'all that were refused before any other');
	return;
}

# Waits until the reply to a refused request has arrived.
sub await_refusal
{
	my ($test) = @_;
	my $count = q{SELECT coalesce(sum(throttled), 0) FROM jira_spoke.stat_connection};
	my $before = $node->safe_psql('postgres', $count);
	my $session = $test->();

	$node->poll_query_until('postgres', "SELECT ($count) > $before") or die 'nothing was refused';
	return $session;
}

sub comment { my ($issue) = @_; return "SELECT jira_add_comment('$issue', 'x') IS NOT NULL;\n"; }

sub is_not_stopped_by_the_limit_of_one_issue
{
	$jira->forget_requests;
	$jira->fault(kind => 'rate_limit', retry_after => 3, reason => 'jira-per-issue-on-write', times => 1, path => '*/OPS-1/comment');
	my $limited = await_refusal(sub { JiraSpoke::Background->start($node, comment('OPS-1')) });
	is($node->safe_psql('postgres', comment('OPS-2')), 't', 'a comment on another issue');
	is(($limited->finish)[0], "t\n", 'one on an issue that has had too many');
	is(join(' ', map { m{(OPS-\d)/comment} } $jira->request_lines), 'OPS-1 OPS-2 OPS-1', 'in this order');
	return;
}

sub issue { my ($key, $alias) = @_; return "SELECT key FROM jira_lookup_issue('$key', connection => '$alias');\n"; }

sub waits_no_longer_than_allowed
{
	$jira->fault(kind => 'rate_limit', retry_after => 25, times => 1, path => '*/issue/OPS-1');
	my $refused = await_refusal(sub { JiraSpoke::Background->start($node, issue('OPS-1', 'demo')) });
	$jira->forget_requests;
	like(query_error($node, q{SET jira_spoke.max_wait = '5s'; } . issue('OPS-2', 'demo')),
		qr/ERROR:  53400: jira_lookup_issue of "OPS-2" failed: Jira wants to be asked less often\nDETAIL:  .*asks to wait \d+ more seconds\.\nHINT:  .*max_wait/,
		'a session that must not wait for so long');
	is(scalar $jira->requests, 0, 'does not ask');
	is($node->safe_psql('postgres', issue('OPS-2', 'other')), 'OPS-2', 'another connection is not stopped');
	is($node->safe_psql('postgres', server_query('demo')), 1, 'nor is another endpoint');

	$jira->forget_requests;
	my $waits = JiraSpoke::Background->start($node, issue('OPS-2', 'demo'));
	for my $session ($refused, $waits)
	{
		$node->safe_psql('postgres', 'SELECT pg_cancel_backend(' . $session->waiting_pid . ')');
		my ($out, $error) = $session->finish;
		like($error, qr/ERROR:  57014: canceling statement due to user request/, 'a session that waits is cancelled');
		unlike($error, qr/may have been carried out/, 'without doubt');
	}
	is(scalar $jira->requests, 0, 'nothing was sent');
	return;
}

# The second change waits for its time when the statement is cancelled in a
# subtransaction; others are waited for when that time has come.
sub sends_nothing_that_is_abandoned
{
	$jira->forget_requests;
	my ($out, $error) = JiraSpoke::Background->start($node, q{
		SET jira_spoke.endpoint_rate = 1; SET jira_spoke.endpoint_burst = 1; SET statement_timeout = '1500ms';
		DO $$
		BEGIN
			PERFORM jira_assign_issue('OPS-3', NULL, 'third');
			BEGIN
				-- The memory of an expression outlives the subtransaction.
				IF jira_assign_issue('OPS-3', NULL, 'third') IS NULL THEN END IF;
			EXCEPTION WHEN query_canceled THEN
				RAISE NOTICE 'cancelled';
			END;
			PERFORM pg_sleep(3);
			PERFORM jira_lookup_authenticated_user('third');
			PERFORM jira_lookup_server('third');
		END $$;
	})->finish;
	like($error, qr/NOTICE:  00000: cancelled/, 'a change is cancelled while it waits');
	unlike($error, qr/ERROR/, 'and the rest goes on');
	is(join(', ', map { s{ .*/}{ }r } $jira->request_lines), 'PUT assignee, GET myself, GET serverInfo', 'the change is never sent');
	return;
}

sub holds_for_the_outbox
{
	$jira->forget_requests;
	$jira->fault(kind => 'rate_limit', retry_after => 2, times => 1, path => '*/OPS-1/comment');
	my $refused = await_refusal(sub { JiraSpoke::Background->start($node, comment('OPS-1')) });
	my $id = enqueue($node, 'jira_add_comment', { issue => 'OPS-2', body => 'x' });
	is(outcome($node, $id), 'done|1', 'an item of the outbox');
	is(($refused->finish)[0], "t\n", 'and a session');
	my ($first, @later) = map { $_->{time} } $jira->requests;
	is(scalar @later, 2, 'are carried out once');
	cmp_ok(min(@later) - $first, '>=', 1.9, 'neither before Jira wants it');
	return;
}

# More endpoints than there are buckets.
sub has_room_for_any_number
{
	is($node->safe_psql('postgres', q{SELECT count(*) FROM generate_series(1, 400) AS i, LATERAL
		jira_request('GET', '/rest/api/3/' || translate(i::text, '0123456789', 'abcdefghij')) AS r WHERE r.status = 404}), 400,
		'any number of endpoints');
	return;
}
