# The worker: many issues with one request, in the order of a group, several at a
# time but not faster than Jira takes them, and gone when nothing is left.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::Outbox;
use Test::More;
use Time::HiRes qw(time usleep);

my $node = start_cluster('outbox_pace', q{jira_spoke.outbox_search_delay = '100ms'},
	'jira_spoke.parallel_requests = 4');
my $jira = JiraSpoke::Jira->start;

connect_to($node, $jira);
creates_many_at_once();
tells_elements_apart();
fails_elements_of_an_invalid_status();
finds_all_after_a_lost_answer($_) for qw(cut_after cut_before truncated);
does_without_bulk($_) for 404, 405;
does_not_mix_roles();
finds_all_of_a_transaction();
keeps_the_order_of_a_group();
keeps_the_pace_of_an_issue();
works_in_parallel();
leaves_and_comes_back();

$node->stop;
done_testing();

# Many issues in one transaction; returns the ids.
sub enqueue_many
{
	my ($count, %options) = @_;
	my $summary = $options{summary} // "'Many ' || i";
	my $connection = sql_text($options{connection});
	my $role = $options{role} ? "SET ROLE $options{role};" : '';

	$jira->forget_requests;
	return split /\n/, $node->safe_psql('postgres', "$role SELECT jira_enqueue('jira_create_issue', jsonb_build_object('project', 'OPS',
		'issue_type', 'Bug', 'summary', $summary), $connection) FROM generate_series(1, $count) AS i");
}

sub columns
{
	my ($columns, @ids) = @_;

	return $node->safe_psql('postgres', "SELECT $columns FROM jira_spoke.outbox WHERE id IN (" . join(',', @ids) . ')');
}

# Each item has the key of the issue with its summary.
sub keys_match
{
	my ($what, @ids) = @_;
	my %keys = map { $_->{key} => $_->{summary} } @{ $jira->control('GET', 'issues?project=OPS') };
	my @wrong = grep { my ($key, $summary) = split /\|/; ($keys{$key} // '') ne $summary } split /\n/, columns("result, arguments ->> 'summary'", @ids);

	is("@wrong", '', "$what: each has the key of its own issue");
	return;
}

sub creates_many_at_once
{
	my @ids = enqueue_many(60);

	is(outcomes($node, @ids), 'done 60', 'many issues');
	is(join(', ', $jira->request_lines), 'POST /rest/api/2/issue/bulk, POST /rest/api/2/issue/bulk', 'with two requests');
	keys_match('many', @ids);
	is(columns('count(DISTINCT marker), count(DISTINCT result), max(attempts)', @ids), '60|60|1', 'each with a label');
	return;
}

sub tells_elements_apart
{
	my @ids = enqueue_many(7, summary => "CASE WHEN i IN (1, 4, 7) THEN repeat('x', 250 + i) ELSE 'Part ' || i END");

	is(outcomes($node, @ids), 'done 6, failed 1', 'one is too long') ;
	@ids = enqueue_many(7, summary => "CASE WHEN i IN (1, 4, 7) THEN repeat('x', 256) ELSE 'Part ' || i END");
	is(outcomes($node, @ids), 'done 4, failed 3', 'some of them refused');
	is(scalar $jira->request_lines, 1, 'by one request');
	keys_match('the others', $ids[1], $ids[2], $ids[4], $ids[5]);
	like(item_error($node, $ids[$_]), qr/Jira answered 400 to jira_create_issue.*255/, 'one refused: in the words of Jira') for 0, 3, 6;
	@ids = enqueue_many(3, summary => "repeat('x', 256)");
	is(outcomes($node, @ids), 'failed 3', 'all of them refused');
	is(columns("min(attempts), max(attempts), bool_and(error ~ '255')", @ids), '1|1|t', 'at once, in the words of Jira');
	is(scalar $jira->request_lines, 1, 'by one request');
	return;
}

sub fails_elements_of_an_invalid_status
{
	my @statuses = (99_999_999, 9_223_372_036_854_775_807, -1, 0, '429', undef);

	$jira->fault(kind => 'status', status => 400, path => '*/issue/bulk', times => 1, body => { errors => [
		map { { status => $statuses[$_], failedElementNumber => $_, elementErrors => { errorMessages => ["element $_"] } } } 0 .. $#statuses ] });
	my @ids = enqueue_many(scalar @statuses);
	is(outcomes($node, @ids), 'failed ' . @statuses, 'a status that is none: failed');
	like(item_error($node, $ids[$_]), qr/Jira answered 400 to jira_create_issue.*element $_/, "status $_ counts as 400") for 0 .. $#statuses;
	return;
}

sub finds_all_after_a_lost_answer
{
	my $kind = shift;

	$jira->fault(kind => $kind, path => '*/issue/bulk', times => 1);
	my @ids = enqueue_many(12, summary => "'Lost by $kind ' || i");
	is(outcomes($node, @ids), 'done 12', "$kind: all are done");
	my @made = grep { $_->{summary} =~ /^Lost by $kind / } @{ $jira->control('GET', 'issues?project=OPS') };
	is(scalar @made, 12, "$kind: each once");
	keys_match($kind, @ids);
	return;
}

sub does_without_bulk
{
	my $status = shift;

	connect_to($node, $jira, "old_$status");
	$jira->fault(kind => 'status', status => $status, path => '*/issue/bulk');
	my @ids = enqueue_many(5, connection => "old_$status");
	is(outcomes($node, @ids), 'done 5', "$status to bulk requests: done");
	is(scalar(grep { $_ eq 'POST /rest/api/2/issue' } $jira->request_lines), 5, 'one by one');
	is(scalar(grep { /bulk/ } $jira->request_lines), 1, 'after one attempt');
	is(columns('max(attempts)', @ids), 1, 'that does not count');
	$jira->clear_faults;
	return;
}

sub does_not_mix_roles
{
	$node->safe_psql('postgres', q{CREATE ROLE one IN ROLE jira_spoke_user; CREATE ROLE two IN ROLE jira_spoke_user;
		SELECT jira_grant_connection('demo', 'one'), jira_grant_connection('demo', 'two')});
	$jira->forget_requests;
	my @ids = split /\n/, $node->safe_psql('postgres', join ';', 'BEGIN', (map { "SET LOCAL ROLE $_; SELECT jira_enqueue('jira_create_issue',
		'{\"project\": \"OPS\", \"issue_type\": \"Bug\", \"summary\": \"of $_\"}', 'demo')" } qw(one two one two)), 'COMMIT');
	is(outcomes($node, @ids), 'done 4', 'of two roles');
	is(scalar(grep { /bulk/ } $jira->request_lines), 2, 'a request for each');
	return;
}

# A look of the worker begins before the second item is made, and reads after its
# commit.  The worker waits for a lock no longer than 10 ms, so it is tried often.
sub finds_all_of_a_transaction
{
	my $item = q{jira_enqueue('jira_create_issue', '{"project": "OPS", "issue_type": "Bug", "summary": "half"}')};

	$jira->forget_requests;
	$node->safe_psql('postgres', "SELECT $item");
	for (1 .. 10)
	{
		my @ids = split /,/, $node->safe_psql('postgres', <<"SQL");
			CREATE TEMPORARY TABLE made (id bigint);
			DO \$\$
			DECLARE
				deadline timestamptz := clock_timestamp() + interval '5 s';
			BEGIN
				LOCK TABLE jira_spoke.outbox_pause IN ACCESS EXCLUSIVE MODE;
				INSERT INTO made SELECT $item;
				WHILE clock_timestamp() < deadline AND NOT EXISTS
					(SELECT FROM pg_locks WHERE relation = 'jira_spoke.outbox_pause'::regclass AND NOT granted) LOOP
				END LOOP;
				INSERT INTO made SELECT $item;
			END \$\$;
			SELECT string_agg(id::text, ',') FROM made;
SQL
		is(outcomes($node, @ids), 'done 2', 'two items of a transaction');
	}
	is(scalar(grep { $_ eq 'POST /rest/api/2/issue' } $jira->request_lines), 1, 'none of them goes alone, but for the first');
	return;
}

sub keeps_the_order_of_a_group
{
	$jira->fault(kind => 'rate_limit', retry_after => 1, times => 1, path => '*/OPS-1/comment');
	$jira->forget_requests;
	my @ids = map { enqueue($node, 'jira_add_comment', { issue => 'OPS-1', body => "number $_" }) } 1 .. 4;
	is(outcomes($node, @ids), 'done 4', 'comments on an issue');
	is(join(' ', map { $_->{body} =~ /number (\d)/ } $jira->requests), '1 1 2 3 4', 'in order, though the first had to be repeated');

	$jira->forget_requests;
	$jira->fault(kind => 'status', status => 400, times => 1, path => '*/OPS-1/comment');
	@ids = map { enqueue($node, 'jira_add_comment', { issue => 'OPS-1', body => "number $_" }) } 1 .. 3;
	is(outcomes($node, @ids), 'done 2, failed 1', 'one that failed holds nobody up');
	is(join(' ', map { $_->{body} =~ /number (\d)/ } $jira->requests), '1 2 3', 'in order');
	return;
}

sub keeps_the_pace_of_an_issue
{
	$jira->forget_requests;
	my $start = time;
	my @ids = split /\n/, $node->safe_psql('postgres', q{SELECT jira_enqueue('jira_add_comment',
		jsonb_build_object('issue', CASE WHEN i % 2 = 0 THEN 'OPS-3' ELSE 'ops-3' END, 'body', 'fast'), group_key => 'apart ' || i) FROM generate_series(1, 25) AS i});
	is(outcomes($node, @ids), 'done 25', 'many comments on one issue, in any order');
	my @moments = map { $_->{time} } $jira->requests;
	is(scalar @moments, 25, 'all arrive once');
	cmp_ok($moments[20] - $start, '>=', 1.9, 'not more than 20 in two seconds');
	is(columns('max(attempts)', @ids), 1, 'waiting is no attempt');
	return;
}

# While Jira takes its time: several requests, no transaction.
sub works_in_parallel
{
	$jira->forget_requests;
	$jira->close_gate(path => '*/comment');
	my @ids = split /\n/, $node->safe_psql('postgres', q{SELECT jira_enqueue('jira_add_comment',
		jsonb_build_object('issue', 'OPS-' || i, 'body', 'slow')) FROM generate_series(11, 26) AS i});
	$jira->await_at_gate(4);
	ok(await_no_transaction($node, q{state = 'idle'}), 'while as many requests as allowed wait for answers, no transaction is open');
	is(columns(q{count(*) FILTER (WHERE state = 'sending'), count(*) FILTER (WHERE state = 'pending')}, @ids), '4|12', 'nor is another item claimed');
	$jira->open_gate;
	is(outcomes($node, @ids), 'done 16', 'all are done');
	my %connections = map { $_->{connection} => 1 } $jira->requests;
	is(scalar keys %connections, 4, 'over as many connections');
	return;
}

sub leaves_and_comes_back
{
	my $count = $node->safe_psql('postgres', 'SELECT count(*) FROM jira_spoke.outbox');

	# With an item, so that a worker runs when this is committed.
	$node->safe_psql('postgres', q{BEGIN;
		UPDATE jira_spoke.outbox SET finished_at = now() - interval '8 days' WHERE id IN (SELECT id FROM jira_spoke.outbox ORDER BY id LIMIT 2);
		SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-4", "body": "x"}'); COMMIT});
	ok(await_workers($node, 0), 'the worker leaves');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM jira_spoke.outbox'), $count - 1, 'and takes along what was finished long ago');

	my @sessions = map { JiraSpoke::Background->start($node, "SELECT jira_enqueue('jira_add_comment', '{\"issue\": \"OPS-4\", \"body\": \"x\"}');" x 3) } 1 .. 4;
	my @ids = map { split /\n/, ($_->finish)[0] } @sessions;
	is(outcomes($node, @ids), 'done 12', 'another comes for new items, of several sessions');
	$jira->close_gate(path => '*/comment');
	my $last = enqueue($node, 'jira_add_comment', { issue => 'OPS-4', body => 'x' });
	$jira->await_at_gate(1);
	ok(await_workers($node, 1), 'one stays');
	$jira->open_gate;
	is(outcome($node, $last), 'done|1', 'and works');

	# An item for every moment in which a worker may just be leaving.
	change_settings($node, outbox_linger => '200ms');
	for my $pause (map { 100 + 50 * $_ } 0 .. 5)
	{
		usleep(1000 * $pause);
		is($node->safe_psql('postgres', "BEGIN; SELECT jira_enqueue('jira_add_watcher', '{\"issue\": \"OPS-4\"}') AS id \\gset\nCOMMIT;\nSELECT " . when_ended(':id')),
			'done', "an item after $pause ms of nothing");
	}
	unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/background worker "jira_spoke outbox" .* exited with exit code 1/, 'no worker failed');
	return;
}
