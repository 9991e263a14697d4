# Writes that are put into the outbox: checked at once, carried out after the
# commit, never without one, as the role that enqueued them.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::Outbox;
use Test::More;
use Time::HiRes qw(usleep);

my $node = start_cluster('outbox');
my $jira = JiraSpoke::Jira->start;
my $server = JiraSpoke::Jira->start(deployment => 'server', context => '/jira');

connect_to($node, $jira);
connect_to($node, $server, 'server');
$node->safe_psql('postgres', q{
	CREATE ROLE clerk IN ROLE jira_spoke_user;
	CREATE ROLE other IN ROLE jira_spoke_user;
	CREATE ROLE stranger;
	SELECT jira_grant_connection('demo', 'clerk');
	SELECT jira_grant_connection('demo', 'other')});

refuses_what_is_wrong();
delivers($_) for 'demo', 'server';
waits_for_the_commit();
keeps_to_times_and_groups();
shows_each_role_its_own();
obeys_a_person();
stops_what_lost_its_rights();
tells();

$node->stop;
done_testing();

sub enqueue_refused
{
	my ($what, $call, $error, %options) = @_;

	like(query_error($node, "SELECT jira_enqueue($call)", %options), $error, $what);
	return;
}

sub refuses_what_is_wrong
{
	my $call = q('jira_create_issue', '{"project": "OPS", "issue_type": "Bug", "summary": "x"%s}');
	my $create = sprintf $call, '';

	enqueue_refused('an unknown action', q('jira_nonsense', '{}'), qr/22023: "jira_nonsense" is not an action that writes/);
	enqueue_refused('a read', q('jira_lookup_issue', '{"issue": "OPS-1"}'), qr/22023: "jira_lookup_issue" is not an action that writes/);
	enqueue_refused('a function that is none', q('jira_enqueue', '{}'), qr/22023: "jira_enqueue" is not an action/);
	enqueue_refused('no action', q(NULL, '{}'), qr/22004/);
	enqueue_refused('an unknown argument', sprintf($call, ', "sumary": "y"'), qr/22023: jira_create_issue has no argument "sumary"/);
	enqueue_refused('the connection as one', sprintf($call, ', "connection": "demo"'), qr/22023: .*has no argument "connection"/);
	enqueue_refused('a missing argument', q('jira_create_issue', '{"project": "OPS", "issue_type": "Bug"}'),
		qr/22004: argument "summary" of jira_create_issue must not be null/);
	enqueue_refused('a null', q('jira_add_comment', '{"issue": "OPS-1", "body": null}'), qr/22004: argument "body"/);
	enqueue_refused('no arguments', q('jira_add_comment', NULL), qr/22004: argument "issue"/);
	enqueue_refused('a list of arguments', q('jira_add_comment', '[1]'), qr/22023: the arguments of jira_add_comment must be a JSON object/);
	enqueue_refused('a wrong type', q('jira_update_sprint', '{"sprint": "seven"}'), qr/ERROR:  22/);
	enqueue_refused('a wrong boolean', q('jira_delete_issue', '{"issue": "OPS-1", "delete_subtasks": "perhaps"}'), qr/ERROR:  22/);
	enqueue_refused('a secret', q('jira_create_user', '{"email": "new@example.com", "name": "new", "password": "s3cret"}', 'server'),
		qr/0A000: argument "password" of jira_create_user cannot be kept in the outbox/);
	enqueue_refused('an unknown connection', "$create, connection => 'nowhere'", qr/connection "nowhere"/);
	like(query_error($node, "BEGIN READ ONLY; SELECT jira_enqueue($create)"), qr/25006: cannot execute jira_create_issue in a read-only transaction/,
		'a read-only transaction');
	like(query_error($node, "SET ROLE stranger; SELECT jira_enqueue($create)"), qr/42501: permission denied for function jira_enqueue/,
		'a role without the function');
	$node->safe_psql('postgres', 'REVOKE EXECUTE ON FUNCTION jira_create_issue FROM jira_spoke_user');
	like(query_error($node, "SET ROLE clerk; SELECT jira_enqueue($create)"), qr/42501: permission denied for function jira_create_issue/,
		'a role without the action');
	$node->safe_psql('postgres', 'GRANT EXECUTE ON FUNCTION jira_create_issue TO jira_spoke_user');
	like(query_error($node, "SET ROLE clerk; SELECT jira_enqueue($create, connection => 'server')"),
		qr/ERROR:  .*connection "server"/, 'a connection of others');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM jira_spoke.outbox'), 0, 'nothing of that is in the outbox');
	return;
}

# Actions of every category: arguments, and a pattern for the result.
sub delivers
{
	my $connection = shift;
	my $cloud = $connection eq 'demo';
	my $who = $cloud ? '557058:7c1d2e3f-0a4b-4c5d-8e6f-012345678903' : 'demo';
	my @writes = (
		[ jira_create_group => { group_name => "outbox-$connection" }, $cloud ? qr/^[-\w]+$/ : qr/^outbox-server$/ ],
		[ jira_add_user_to_group => { group_name => "outbox-$connection", account => $who }, qr/^$/ ],
		[ jira_remove_user_from_group => { group_name => "outbox-$connection", account => $who }, qr/^$/ ],
		[ jira_create_issue => { project => 'OPS', issue_type => 'Bug', summary => 'One', labels => [ 'a', 'b' ] }, qr/^OPS-\d+$/ ],
		[ jira_add_comment => { issue => 'OPS-1', body => 'A comment' }, qr/^\d+$/ ],
		[ jira_add_watcher => { issue => 'OPS-1', account => $who }, qr/^$/ ],
		[ jira_assign_issue => { issue => 'OPS-1', account => $who }, qr/^$/ ],
		[ jira_do_transition => { issue => 'OPS-1', transition => 'In Progress' }, qr/^$/ ],
		[ jira_update_issue => { issue => 'OPS-1', summary => 'Changed', fields => { labels => ['c'] } }, qr/^$/ ],
		[ jira_copy_attachment => { issue => 'OPS-1', filename => 'a.txt', content => '\\x616263', mime_type => 'text/plain' }, qr/^\d+$/ ],
		[ jira_delete_issue => { issue => 'OPS-2', delete_subtasks => Cpanel::JSON::XS::true }, qr/^$/ ],
		[ jira_create_sprint => { name => 'Sprint X', board => 1, goal => 'Done', start_date => '2026-01-02T03:04:05Z', end_date => '2026-01-09' }, qr/^\d+$/ ],
		[ jira_create_story => { project => 'WEB', summary => 'A story', story_points => 2.5 }, qr/^WEB-\d+$/ ],
		[ jira_update_story => { issue => 'WEB-1', story_points => 8 }, qr/^$/ ],
		[ jira_create_project => { key => 'NEW', name => 'New one', lead => $who }, qr/^\d+$/ ],
		[ jira_create_user => { email => 'new@example.com', $cloud ? (products => ['jira-software']) : (name => 'new', display_name => 'New') }, qr/./ ],
		$cloud ? () : [ jira_subscribe_webhook => { name => 'hook', url => 'https://example.com/hook', events => ['jira:issue_created'] }, qr/^\d+$/ ]);

	my @ids = map { enqueue($node, @$_[ 0, 1 ], connection => $connection, group => 'in order') } @writes;
	for my $write (@writes)
	{
		my ($action, $arguments, $result) = @$write;
		my $id = shift @ids;

		is(outcome($node, $id, 'state, attempts, error'), 'done|1|', "$action through $connection");
		like(item($node, $id, 'result'), $result, 'its result');
	}
	is($node->safe_psql('postgres', "SELECT summary || status || labels::text FROM jira_lookup_issue('OPS-1', connection => '$connection')"),
		'ChangedIn Progress{c}', 'arrived as asked for');
	is($node->safe_psql('postgres', "SELECT convert_from(jira_attachment_content(id, connection => '$connection'), 'UTF8')
		FROM jira_lookup_latest_attachment_on_issue('OPS-1', connection => '$connection')"), 'abc', 'bytes too');
	return;
}

sub waits_for_the_commit
{
	my $call = sub { return qq{SELECT jira_enqueue('jira_create_issue', '{"project": "OPS", "issue_type": "Bug", "summary": "$_[0]"}')}; };
	my ($rolled, $kept, $inner) = ($call->('rolled back'), $call->('kept'), $call->('in a subtransaction'));

	$jira->forget_requests;
	$node->safe_psql('postgres', "BEGIN; $rolled; ROLLBACK");
	$node->safe_psql('postgres', "BEGIN; SAVEPOINT a; $rolled; ROLLBACK TO a; COMMIT");
	$node->safe_psql('postgres', "DO \$\$ BEGIN PERFORM 1 FROM ($rolled) AS x; RAISE 'no'; EXCEPTION WHEN raise_exception THEN NULL; END \$\$");
	my $session = $node->background_psql('postgres');
	$session->query_safe("BEGIN; $kept; SAVEPOINT a; $rolled; ROLLBACK TO a; SAVEPOINT b; $inner; RELEASE b");
	is(outcome($node, create($node, 'meanwhile')), 'done|1', 'an item that was committed is done');
	is(scalar issues($jira, $_), 0, "$_: not yet in Jira") for 'kept', 'in a subtransaction';
	$session->query_safe('COMMIT');
	$session->quit;
	is($node->safe_psql('postgres', 'SELECT string_agg(' . when_ended('id') . q{, ',') FROM jira_spoke.outbox
		WHERE arguments ->> 'summary' IN ('rolled back', 'kept', 'in a subtransaction')}), 'done,done', 'after the commit it is done');
	is(scalar issues($jira, 'rolled back'), 0, 'nothing of what was rolled back is in Jira');
	is(scalar issues($jira, $_), 1, "$_: once") for 'kept', 'in a subtransaction';
	return;
}

sub keeps_to_times_and_groups
{
	my $later = $node->safe_psql('postgres', q{SELECT jira_enqueue('jira_add_comment',
		'{"issue": "OPS-3", "body": "later"}', not_before => now() + '1 hour')});
	my $never = $node->safe_psql('postgres', q{SELECT jira_enqueue('jira_add_comment',
		'{"issue": "OPS-3", "body": "in a year"}', not_before => now() + '1 year', group_key => 'apart')});
	like(query_error($node, qq{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-3", "body": "never"}', not_before => $_)}),
		qr/22023: .*"not_before" must be within 366 days/, "no item waits for ever: $_") for q{'infinity'}, q{'-infinity'}, q{now() + '10 years'};
	my $behind = enqueue($node, 'jira_add_comment', { issue => 'ops-3', body => 'behind it' });
	my $other = enqueue($node, 'jira_add_comment', { issue => 'OPS-3', body => 'in a group of its own' }, group => 'own');

	is(item($node, $behind, 'group_key'), 'OPS-3', 'the default group is the issue, however it is written');
	is(outcome($node, $other), 'done|1', 'another group');
	is(item($node, $later, 'state'), 'pending', 'does not wait for one that is not due');
	is(item($node, $behind, 'state'), 'pending', 'the second of a group does');
	$node->safe_psql('postgres', "UPDATE jira_spoke.outbox SET next_attempt = clock_timestamp() + '0.5s' WHERE id = $later");
	is(outcome($node, $behind), 'done|1', 'until the first is due');
	is($node->safe_psql('postgres', "SELECT l.state, l.finished_at >= l.next_attempt, l.finished_at <= b.finished_at
		FROM jira_spoke.outbox AS l, jira_spoke.outbox AS b WHERE l.id = $later AND b.id = $behind"), 'done|t|t',
		'and comes after it, which was not too early');
	is($node->safe_psql('postgres', "SELECT jira_wait($never, '0.2s')"), 'pending', 'a year is not over yet');
	is($node->safe_psql('postgres', "SELECT jira_outbox_cancel($never)"), '', 'and is not waited for');
	return;
}

sub shows_each_role_its_own
{
	my $id = create($node, 'of the clerk', role => 'clerk', connection => 'demo');
	my $mine = 'SELECT count(*) FROM jira_spoke.outbox';

	is(outcome($node, $id), 'done|1', 'an item of a role');
	is(item($node, $id, 'role'), 'clerk', 'is its own');
	is($node->safe_psql('postgres', "SET ROLE clerk; $mine"), 1, 'which it sees');
	is($node->safe_psql('postgres', "SET ROLE clerk; SELECT jira_wait($id)"), 'done', 'and can wait for');
	is($node->safe_psql('postgres', "SET ROLE clerk; SELECT connection, pending, failed, done_last_minute FROM jira_spoke.outbox_status"), 'demo|0|0|1',
		'its status');
	is($node->safe_psql('postgres', "SET ROLE other; $mine"), 0, 'another role does not');
	is($node->safe_psql('postgres', 'SET ROLE other; SELECT count(*) FROM jira_spoke.outbox_status'), 0, 'nor its status');
	for my $call ("jira_wait($id)", "jira_outbox_retry($id)", "jira_outbox_cancel($id)")
	{
		like(query_error($node, "SET ROLE other; SELECT $call"), qr/item $id of the Jira outbox does not exist/, "another role: $call");
	}
	is($node->safe_psql('postgres', "SET ROLE other; SELECT jira_outbox_purge('0s')"), 0, 'another role purges nothing of it');
	like(query_error($node, "SET ROLE clerk; $_"), qr/42501: permission denied for table outbox/, "directly: $_")
	  for q{INSERT INTO jira_spoke.outbox (connection) VALUES ('demo')}, 'DELETE FROM jira_spoke.outbox',
	  q{UPDATE jira_spoke.outbox SET role = 'postgres'::regrole};
	like(query_error($node, 'SET ROLE stranger; SELECT FROM jira_spoke.outbox'), qr/42501/, 'a role outside sees nothing');
	is($node->safe_psql('postgres', "SET ROLE clerk; SELECT jira_outbox_purge('0s')"), 1, 'its own it may purge');
	is($node->safe_psql('postgres', "SET ROLE clerk; $mine"), 0, 'and then it is gone');
	return;
}

sub obeys_a_person
{
	my $id = create($node, 'to be cancelled', connection => 'demo', group => 'person');
	my $failed = create($node, '', arguments => { issue_type => 'Nonsense' });

	is(outcome($node, $failed), 'failed|1', 'refused');
	like(query_error($node, "SELECT jira_outbox_cancel($failed)"), qr/55000: item $failed .* is not pending/, 'a finished item is not cancelled');
	is(outcome($node, $id), 'done|1', 'done');
	like(query_error($node, "SELECT jira_outbox_retry($id)"), qr/55000: item $id .* is not pending, failed or cancelled/, 'nor a done one repeated');
	like(query_error($node, 'SELECT jira_wait(0)'), qr/P0002/, 'nor an item waited for that is none');
	like(query_error($node, 'SELECT jira_outbox_retry(NULL)'), qr/22004/, 'or NULL');

	my $later = $node->safe_psql('postgres', q{SELECT jira_enqueue('jira_create_issue',
		'{"project": "OPS", "issue_type": "Bug", "summary": "cancelled"}', not_before => now() + '1 hour')});
	$node->safe_psql('postgres', "SELECT jira_outbox_cancel($later)");
	is(item($node, $later, 'state, finished_at IS NOT NULL'), 'cancelled|t', 'cancelled');
	is(scalar issues($jira, 'cancelled'), 0, 'it is not in Jira');
	$node->safe_psql('postgres', "SELECT jira_outbox_retry($later)");
	is(outcome($node, $later, 'state, result IS NOT NULL'), 'done|t', 'put back');
	is(scalar issues($jira, 'cancelled'), 1, 'it is in Jira');

	is($node->safe_psql('postgres', q{SELECT jira_outbox_purge()}), 0, 'nothing is a week old');
	like(query_error($node, 'SELECT jira_outbox_purge(NULL)'), qr/22004/, 'purged for no time');
	cmp_ok($node->safe_psql('postgres', q{SELECT jira_outbox_purge('0s')}), '>', 10, 'purged');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM jira_spoke.outbox'), 0, 'all of it');
	return;
}

# The item is put aside first, with the right; then it loses that.
sub stops_what_lost_its_rights
{
	my %losses = (
		'a connection that was revoked' => [ q{SELECT jira_revoke_connection('demo', 'loser')}, qr/connection "demo"/ ],
		'an action that was revoked' => [ 'REVOKE EXECUTE ON FUNCTION jira_create_issue FROM loser', qr/permission denied for function jira_create_issue/ ],
		'a role that was dropped' => [ 'DROP OWNED BY loser; DROP ROLE loser', qr/the role that enqueued this does not exist/ ],
		'a connection that was dropped' => [ q{SELECT jira_drop_connection('gone')}, qr/connection "gone"/, 'gone' ]);

	for my $loss (sort keys %losses)
	{
		my ($statement, $reason, $connection) = @{ $losses{$loss} };

		$connection //= 'demo';
		connect_to($node, $jira, 'gone') if $connection eq 'gone';
		$node->safe_psql('postgres', "CREATE ROLE loser;
			GRANT USAGE ON SCHEMA jira_spoke TO loser; GRANT jira_spoke_user TO loser;
			REVOKE EXECUTE ON FUNCTION jira_create_issue FROM jira_spoke_user;
			GRANT EXECUTE ON FUNCTION jira_create_issue TO loser;
			SELECT jira_grant_connection('$connection', 'loser')");
		my $id = $node->safe_psql('postgres', qq{SET ROLE loser; SELECT jira_enqueue('jira_create_issue',
			'{"project": "OPS", "issue_type": "Bug", "summary": "$loss"}', '$connection', not_before => now() + '1 hour')});
		$node->safe_psql('postgres', $statement);
		make_due($node, $id);
		is(outcome($node, $id), 'failed|1', $loss);
		like(item_error($node, $id), $reason, 'says why');
		is(scalar issues($jira, $loss), 0, 'and it is not in Jira');
		$node->safe_psql('postgres', 'GRANT EXECUTE ON FUNCTION jira_create_issue TO jira_spoke_user');
		$node->safe_psql('postgres', 'DROP OWNED BY loser; DROP ROLE loser') unless $statement =~ /DROP ROLE/;
	}
	return;
}

sub tells
{
	change_settings($node, outbox_notify => 'on');
	my $listener = $node->background_psql('postgres');
	$listener->query_safe('LISTEN jira_spoke_outbox');
	my $id = create($node, 'told', connection => 'demo');
	is(outcome($node, $id), 'done|1', 'an item that is told of');
	my $notice = '';
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		$notice .= $listener->query('SELECT 1');
		last if $notice =~ /payload/;
		usleep(100_000);
	}
	like($notice, qr/"jira_spoke_outbox" with payload "$id"/, 'a notification names it');
	$listener->quit;
	my $said = join '', grep { /outbox/ && !/statement|STATEMENT/ } split /^/m, PostgreSQL::Test::Utils::slurp_file($node->logfile);
	like($said, qr/item \d+ of the Jira outbox failed \(jira_create_issue through connection "demo"\)/, 'the log tells what was not done');
	unlike($said, qr/demo-token|demo-password|Basic /, 'and no secret');
	is($node->safe_psql('postgres', "SELECT count(*) FROM jira_spoke.outbox AS o WHERE o::text ~ 'demo-token|demo-password'"), 0, 'nor does the outbox');
	return;
}
