# A standby that is promoted may lag behind what its primary has sent: nothing is
# carried out a second time.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $primary = start_primary('failover_primary', q{shared_preload_libraries = 'jira_spoke'}, q{jira_spoke.outbox_search_delay = '1s'},
	'max_prepared_transactions = 5');

connect_to($primary, $jira);
connect_to($primary, $jira, 'paused');
is(outcome($primary, create($primary, 'before the backup')), 'done|1', 'an outbox that has a home');

my %item = (failed => refused_comment());
my $standby = start_standby($primary, 'failover_standby');
%item = (%item, enqueue_all());

lose_deliveries();
fail_over();
looks_first();
looks_for_what_was_prepared();
retries_what_failed_before();
serves_new_items();

$standby->stop;
done_testing();

# A comment that Jira refuses.
sub refused_comment
{
	$jira->fault(kind => 'status', status => 400, path => '*/comment', times => 1);
	my $id = enqueue($primary, 'jira_add_comment', { issue => 'OPS-5', body => 'refused' });

	is(outcome($primary, $id), 'failed|1', 'what Jira refuses has failed');
	$jira->forget_requests;
	return $id;
}

# With delivery turned off, which says so.
sub enqueue_all
{
	change_settings($primary, outbox_deliver => 'off');
	ok(await_workers($primary, 0), 'turned off, the worker ends');
	my %put = (
		sent => create($primary, 'sent'),
		unsent => create($primary, 'unsent', connection => 'paused'),
		comment => enqueue($primary, 'jira_add_comment', { issue => 'OPS-1', body => 'sent once' }),
		update => enqueue($primary, 'jira_update_issue', { issue => 'OPS-2', summary => 'updated' }),
		later => $primary->safe_psql('postgres', q{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-3", "body": "later"}',
			not_before => now() + '1 day')}));
	$primary->safe_psql('postgres', q{BEGIN; SELECT jira_enqueue('jira_create_issue', '{"project": "OPS", "issue_type": "Bug", "summary": "prepared"}');
		SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-4", "body": "prepared"}'); PREPARE TRANSACTION 'both'});
	is($primary->safe_psql('postgres', q{SELECT pending, home, paused_because, overdue_since IS NOT NULL, worker_pid IS NULL
		FROM jira_spoke.outbox_status WHERE connection = 'demo'}), '4|t|jira_spoke.outbox_deliver is off.|t|t', 'and the status says why nothing is sent');
	$primary->wait_for_catchup($standby);
	return %put;
}

# Returns the ids of the items.
sub commit_prepared
{
	my ($node) = @_;

	$node->safe_psql('postgres', q{COMMIT PREPARED 'both'});
	return split /\n/, $node->safe_psql('postgres', q{SELECT id FROM (SELECT id FROM jira_spoke.outbox
		ORDER BY id DESC LIMIT 2) AS two ORDER BY id});
}

sub comments { return scalar grep { $_->{method} eq 'POST' && $_->{path} =~ /comment/ } $jira->requests; }

# The primary delivers what the standby does not get to know of.
sub lose_deliveries
{
	$standby->stop;
	$primary->safe_psql('postgres', q{INSERT INTO jira_spoke.outbox_pause (connection, until, reason)
		VALUES ('paused', now() + '1 day', 'a test')});
	change_settings($primary, outbox_deliver => 'on');
	is(outcomes($primary, @item{qw(sent comment update)}), 'done 3', 'turned on, the launcher starts a worker at once');
	is(comments(), 1, 'the comment is made');
	@item{qw(prepared prepared_comment)} = commit_prepared($primary);
	is(outcomes($primary, @item{qw(prepared prepared_comment)}), 'done 2', 'what was prepared is carried out, too');
	$primary->stop('immediate');
	$standby->start;
	return;
}

sub fail_over
{
	$jira->forget_requests;
	$standby->promote;
	is($standby->safe_psql('postgres', q{SELECT setting FROM pg_settings WHERE name = 'jira_spoke.outbox_deliver'}), 'on', 'the standby delivers');
	return;
}

sub looks_first
{
	is(outcome($standby, $item{sent}, 'state'), 'done', 'an issue that the primary has created');
	is(scalar issues($jira, 'sent'), 1, 'is not created again');
	is(item($standby, $item{sent}, 'result'), (issues($jira, 'sent'))[0]{key}, 'but found');
	is(outcome($standby, $item{unsent}, 'state'), 'done', 'one that it has not');
	is(scalar issues($jira, 'unsent'), 1, 'is created');
	is(outcome($standby, $item{comment}, 'state'), 'failed', 'a comment');
	is(comments(), 0, 'is not made again');
	like(item_error($standby, $item{comment}), qr/^It may have been carried out: look in Jira.*It was enqueued before this server took over\.$/, 'and says why');
	is(outcome($standby, $item{update}, 'state'), 'done', 'an update is repeated');
	is(item($standby, $item{later}, 'state, doubtful_since'), 'pending|', 'what is not due yet was not due before');
	like(slurp_file($standby->logfile), qr/LOG:  the Jira outbox of database "postgres" has come to a new timeline\n.*DETAIL:  Items that may have been carried out before: 4\./,
		'the log tells');
	return;
}

# The promoted server still has the transaction that the primary has committed.
sub looks_for_what_was_prepared
{
	$jira->forget_requests;
	commit_prepared($standby);
	is(outcome($standby, $item{prepared}, 'state'), 'done', 'an issue of a transaction that was prepared before');
	is(scalar issues($jira, 'prepared'), 1, 'is not created again');
	is(outcome($standby, $item{prepared_comment}, 'state'), 'failed', 'a comment');
	is(comments(), 0, 'is not made again');
	like(item_error($standby, $item{prepared_comment}), qr/It was prepared before this server took over\.$/, 'and says why');
	return;
}

# What a person has looked after on the promoted server is not in doubt.
sub retries_what_failed_before
{
	$standby->safe_psql('postgres', "SELECT jira_outbox_retry($item{failed})");
	is(outcome($standby, $item{failed}), 'done|1', 'what had failed on the primary is retried');
	is(comments(), 1, 'once');
	return;
}

sub serves_new_items
{
	$jira->forget_requests;
	is(outcome($standby, create($standby, 'new')), 'done|1', 'an item that is enqueued afterwards');
	is(scalar(grep { $_->{path} =~ /search/ } $jira->requests), 0, 'is not looked for');
	is($standby->safe_psql('postgres', q{SELECT home FROM jira_spoke.outbox_status WHERE connection = 'demo'}), 't', 'the outbox is at home');
	$standby->restart;
	is(outcome($standby, create($standby, 'restarted')), 'done|1', 'and stays so');
	is(() = slurp_file($standby->logfile) =~ /come to a new timeline/g, 1, 'after a restart, too');
	return;
}
