# What Jira refuses is given up or repeated, and what nobody lets in waits until
# the connection is repaired.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use JiraSpoke::Stall;
use Test::More;

my $node = start_cluster('outbox_retry');
my $jira = JiraSpoke::Jira->start;
my $server = JiraSpoke::Jira->start(deployment => 'server');

connect_to($node, $jira);
connect_to($node, $server, 'beside');
gives_up($_) for [ 400, 'Nonsense' ], [ 403, 'not yours' ], [ 404, 'not there' ], [ 410, 'gone' ], [ 413, 'too much' ], [ 422, 'senseless' ];
gives_up_after_so_many_attempts();
waits_for_the_network();
waits_for_a_credential();
waits_for_a_captcha();

$node->stop;
done_testing();

sub gives_up
{
	my ($status, $words) = @{ $_[0] };

	$jira->forget_requests;
	$jira->fault(kind => 'status', status => $status, method => 'POST', path => '*/comment', times => 1,
		body => { errorMessages => [$words], errors => { comment => "about $words" } });
	my $id = enqueue($node, 'jira_add_comment', { issue => 'OPS-1', body => 'x' });
	is(outcome($node, $id, 'state, attempts, finished_at IS NOT NULL'), 'failed|1|t', "$status: failed");
	like(item_error($node, $id), qr/\b$words\b.*about $words/s, 'in the words of Jira');
	is(scalar(grep { $_->{method} eq 'POST' } $jira->requests), 1, 'not repeated');
	return;
}

sub gives_up_after_so_many_attempts
{
	change_settings($node, outbox_max_attempts => 2);
	$jira->fault(kind => 'rate_limit', path => '*/comment', times => 5);
	my $id = enqueue($node, 'jira_add_comment', { issue => 'OPS-1', body => 'x' });
	is(outcome($node, $id), 'failed|2', 'never let through: failed');
	like(item_error($node, $id), qr/429/, 'says why');
	$jira->clear_faults;
	change_settings($node, outbox_max_attempts => 20);
	is($node->safe_psql('postgres', "SELECT failed > 0, pending, paused_because FROM jira_spoke.outbox_status"), 't|0|', 'the status counts them');
	return;
}

# An address where nobody listens, and then the right one.
sub waits_for_the_network
{
	connect_to($node, $jira, 'refused', url => 'http://127.0.0.1:' . closed_port());
	my $id = create($node, 'network', connection => 'refused');

	ok(await_error($node, $id, 'could not reach Jira'), 'refused: says why');
	is(item($node, $id, 'finished_at IS NULL'), 't', 'waits');
	is($node->safe_psql('postgres', "SELECT pending + sending, oldest IS NOT NULL FROM jira_spoke.outbox_status WHERE connection = 'refused'"), '1|t', 'so says the status');
	my $url = $jira->url;
	$node->safe_psql('postgres', "SELECT jira_alter_connection('refused', url => '$url', secret => 'demo-token')");
	make_due($node, $id);
	is(outcome($node, $id, 'state, attempts > 1'), 'done|t', 'then done');
	is(scalar issues($jira, 'network'), 1, 'once');
	return;
}

sub count_posts { return scalar grep { $_->{method} eq 'POST' } $jira->requests; }

sub await
{
	my ($query, $expected, $what) = @_;
	ok($node->poll_query_until('postgres', $query, $expected // 't'), $what);
	return;
}

# Gives the worker the time for two more rounds.
sub deliver_beside
{
	is(outcome($node, create($node, "beside $_", connection => 'beside')), 'done|1', 'another connection works') for 1, 2;
	return;
}

sub pause_until { my $time = shift; $node->safe_psql('postgres', "UPDATE jira_spoke.outbox_pause SET until = $time"); return; }

sub now { return $node->safe_psql('postgres', 'SELECT clock_timestamp()'); }

# All items of the connection pause, and one at a time finds out.
sub waits_for_a_credential
{
	connect_to($node, $jira, 'revoked');
	$jira->set_sign_in(revoked => ['demo@example.com']);
	$jira->forget_requests;
	my $start = now();
	my $ids = $node->safe_psql('postgres', q{SELECT string_agg(jira_enqueue('jira_create_issue', jsonb_build_object(
		'project', 'OPS', 'issue_type', 'Bug', 'summary', 'revoked'), 'revoked')::text, ',') FROM generate_series(1, 60)});
	my @ids = split /,/, $ids;
	my $pause = "FROM jira_spoke.outbox_pause WHERE connection = 'revoked'";

	await("SELECT count(*) $pause", 1, 'a refused credential: a pause');
	await('SELECT count(*) FROM jira_spoke.outbox WHERE state = \'sending\'', 0, 'nothing is under way');
	is($node->safe_psql('postgres', "SELECT attempts, until BETWEEN '$start'::timestamptz + '15 s' AND clock_timestamp() + '15 s' $pause"), '1|t', 'a short one');
	pause_until("'infinity'");
	my $sent = count_posts();
	cmp_ok($sent, '<=', 2, 'with what was under way');
	is($node->safe_psql('postgres', "SELECT pending, paused_until > now() FROM jira_spoke.outbox_status WHERE connection = 'revoked'"), '60|t', 'the status');
	like($node->safe_psql('postgres', "SELECT paused_because FROM jira_spoke.outbox_status WHERE connection = 'revoked'"), qr/Jira did not accept the user name or the secret/, 'says why');
	is($node->safe_psql('postgres', "SELECT count(*) FROM jira_spoke.outbox WHERE id IN ($ids) AND attempts <> 0"), 0, 'no attempt counts');
	deliver_beside();
	is(count_posts(), $sent, 'nothing is sent');

	$start = now();
	pause_until('clock_timestamp()');
	await("SELECT attempts $pause", 2, 'tried again');
	is($node->safe_psql('postgres', "SELECT until BETWEEN '$start'::timestamptz + '30 s' AND clock_timestamp() + '30 s' $pause"), 't', 'then for twice as long');
	pause_until("'infinity'");
	deliver_beside();
	is(count_posts(), $sent + 1, 'with one item');

	$jira->set_sign_in(revoked => []);
	$node->safe_psql('postgres', "SELECT jira_alter_connection('revoked', secret => 'demo-token')");
	is(outcomes($node, @ids), 'done 60', 'repaired: all are done');
	is(scalar issues($jira, 'revoked'), 60, 'once');
	is($node->safe_psql('postgres', "SELECT count(*) $pause"), 0, 'no pause is left');
	return;
}

# The worker survives what keeps a request from being sent at all.
sub waits_for_a_captcha
{
	connect_to($node, $server, 'captcha', secret => 'wrong');
	$server->captcha(failures => 1);
	my $id = create($node, 'captcha', connection => 'captcha');
	for my $attempt (1 .. 3)
	{
		await("SELECT attempts >= $attempt FROM jira_spoke.outbox_pause WHERE connection = 'captcha'", 't', 'a CAPTCHA: a pause');
		is(outcome($node, create($node, "captcha $attempt")), 'done|1', 'another connection works');
		pause_until('clock_timestamp()') if $attempt < 3;
	}
	is(item($node, $id, 'state, attempts'), 'pending|0', 'the item waits');
	$server->captcha(solved => Cpanel::JSON::XS::true());
	$node->safe_psql('postgres', "SELECT jira_alter_connection('captcha', secret => 'demo-password')");
	is(outcome($node, $id, 'state'), 'done', 'repaired');
	unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/background worker "jira_spoke outbox" .* exited with exit code 1/, 'the worker never ended early');
	return;
}
