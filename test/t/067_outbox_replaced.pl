# DROP EXTENSION and CREATE EXTENSION in one transaction give a database another
# outbox, whose items have the same ids: the worker of the old one leaves them
# alone, wherever it is just then.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use PostgreSQL::Test::Utils;
use Test::More;

# With one request at a time, the worker looks for no items while it waits.
my $jira = JiraSpoke::Jira->start;
my $node = start_cluster('replaced', 'jira_spoke.parallel_requests = 1', q{jira_spoke.outbox_search_delay = '1s'},
	q{jira_spoke.outbox_linger = '4s'});
my $worker = q{backend_type = 'jira_spoke outbox'};
my $issue = q{jira_enqueue('jira_create_issue', '{"project": "OPS", "issue_type": "Bug", "summary": "%s"}')};
my $create = sprintf q{DROP EXTENSION jira_spoke; CREATE EXTENSION jira_spoke;
	SELECT jira_create_connection('demo', '%s', '%s', '%s', is_default => true)}, $jira->url, $jira->username, $jira->secret;

connect_to($node, $jira);
before_it_claims();
before_it_settles();

$node->stop;
done_testing();

sub sql { my ($query) = @_; return $node->safe_psql('postgres', $query); }

# The pid of the worker, once it has found the outbox locked.
sub await_held_worker
{
	my ($from) = @_;

	$node->wait_for_log(qr/the Jira outbox of database \d+ cannot go on now/, $from);
	return sql("SELECT pid FROM pg_stat_activity WHERE $worker");
}

sub ends
{
	my ($pid) = @_;

	return $node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid");
}

# A session whose transaction has the outbox for itself.
sub lock_outbox
{
	my $session = $node->background_psql('postgres');

	$session->query_safe('SET client_min_messages = error; BEGIN; LOCK TABLE jira_spoke.outbox');
	return $session;
}

sub commit
{
	my ($session, $statements) = @_;

	$jira->forget_requests;
	$session->query_safe("$create; $statements; COMMIT");
	$session->quit;
	return;
}

# A worker that has nothing to do looks for items all the same.
sub before_it_claims
{
	is(outcome($node, sql('SELECT ' . sprintf $issue, 'Old one')), 'done|1', 'a worker that has done its work');
	my $from = -s $node->logfile;
	my $session = lock_outbox();
	my $old = await_held_worker($from);

	commit($session, 'SELECT ' . sprintf $issue, 'New one');
	ok(ends($old), 'ends when its outbox is gone');
	is(outcome($node, 1), 'done|1', 'and has not claimed the first item of the new outbox');
	is_deeply([ map { s{ .*/rest/api/\d/}{ }r } $jira->request_lines ], ['POST issue'], 'which another worker carries out');
	return;
}

# The new item looks as if it were the old one: its worker has claimed it.
sub before_it_settles
{
	my $claim = q{UPDATE jira_spoke.outbox SET state = 'sending', attempts = 1};

	sql($create);
	$jira->close_gate(method => 'POST', path => '*/issue', carried_out => Cpanel::JSON::XS::true);
	is(sql('SELECT ' . sprintf $issue, 'Old two'), 1, 'the first item of an outbox');
	$jira->await_at_gate(1);
	my $from = -s $node->logfile;
	my $session = lock_outbox();
	$jira->open_gate;
	my $old = await_held_worker($from);

	commit($session, 'SELECT ' . (sprintf $issue, 'New two') . "; $claim");
	ok(ends($old), 'a worker whose outbox goes when the reply arrives ends');
	is(outcome($node, 1, 'state'), 'done', 'the item of the new outbox is carried out');
	is(item($node, 1, 'result'), join(',', map { $_->{key} } issues($jira, 'New two')), 'and has its own result');
	return;
}
