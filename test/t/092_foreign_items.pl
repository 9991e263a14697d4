# Items that were enqueued elsewhere, and came with a copy of a database or by
# replication, are left alone until somebody adopts them.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $node = start_cluster('foreign', q{jira_spoke.outbox_search_delay = '1s'}, 'wal_level = logical', 'max_wal_senders = 10', 'max_replication_slots = 10',
	'max_worker_processes = 20');
my $states = q{SELECT string_agg(state || ' ' || count, ', ' ORDER BY state) FROM (SELECT state, count(*) FROM jira_spoke.outbox
	WHERE home %s jira_spoke.outbox_home_id() GROUP BY state) AS s};

connect_to($node, $jira);
copies_a_database();
subscribes();
adopts();

$node->stop;
done_testing();

sub put
{
	my ($database, $summary, $count) = @_;

	return $node->safe_psql($database, qq{SELECT jira_enqueue('jira_create_issue',
		jsonb_build_object('project', 'OPS', 'issue_type', 'Bug', 'summary', '$summary ' || i)) FROM generate_series(1, $count) AS i});
}

sub created
{
	my ($summary) = @_;

	return scalar grep { $_->{summary} =~ /^$summary \d+$/ } @{ $jira->control('GET', 'issues?project=OPS') };
}

sub await_done
{
	my ($database, $count) = @_;

	return $node->poll_query_until($database, sprintf(q{SELECT count(*) = %d FROM jira_spoke.outbox
		WHERE home = jira_spoke.outbox_home_id() AND state = 'done'}, $count));
}

# With something pending, and no worker that would be in the way of the copy.
sub copies_a_database
{
	change_settings($node, outbox_deliver => 'off');
	put('postgres', 'template', 5);
	$node->safe_psql('template1', 'CREATE DATABASE copied TEMPLATE postgres');
	change_settings($node, outbox_deliver => 'on');
	$node->safe_psql($_, 'SELECT jira_outbox_start()') for 'copied', 'postgres';
	ok(await_done('postgres', 5), 'a database delivers its items');
	put('copied', 'own', 3);
	ok(await_done('copied', 3), 'a copy of it delivers what is enqueued in it');
	is($node->safe_psql('copied', sprintf $states, '<>'), 'pending 5', 'and leaves alone what came with it');
	is(created('template'), 5, 'so that no issue is created twice');
	is($node->safe_psql('copied', 'SELECT pending, home, paused_because ~ $$Enqueued elsewhere$$ FROM jira_spoke.outbox_status ORDER BY home'),
		"5|f|t\n0|t|", 'its status tells them apart');
	like(query_error($node, "SELECT $_ FROM jira_spoke.outbox WHERE state = 'pending'", dbname => 'copied'), qr/does not exist,? (or )?is not yours/,
		"a foreign item cannot be changed: $_")
	  for 'jira_outbox_cancel(id)', 'jira_outbox_retry(id)', 'jira_wait(id)';
	return;
}

# All tables are published, those of the extension included.
sub subscribes
{
	$node->safe_psql('postgres', 'DELETE FROM jira_spoke.outbox; CREATE TABLE other (i integer PRIMARY KEY);
		CREATE PUBLICATION everything FOR ALL TABLES');
	$node->safe_psql('postgres', 'CREATE DATABASE subscriber');
	$node->safe_psql('subscriber', 'CREATE EXTENSION jira_spoke; CREATE TABLE other (i integer PRIMARY KEY)');
	$node->safe_psql('postgres', q{SELECT pg_create_logical_replication_slot('everything', 'pgoutput')});
	$node->safe_psql('subscriber', sprintf q{CREATE SUBSCRIPTION everything CONNECTION %s PUBLICATION everything
		WITH (create_slot = false, slot_name = 'everything')}, sql_text($node->connstr('postgres')));
	$node->wait_for_subscription_sync($node, 'everything', 'subscriber');
	put($_, "$_ publishes", 20) for 'postgres';
	put('subscriber', 'subscriber', 20);
	ok(await_done($_, 20), "$_ delivers its own items") for 'postgres', 'subscriber';
	is(created('postgres publishes'), 20, 'which nobody else does');
	is(created('subscriber'), 20, 'in either of them');
	ok($node->poll_query_until('subscriber', sprintf($states, '<>'), 'done 20'), 'the subscriber knows of the published ones');
	is($node->safe_psql('subscriber', sprintf $states, '='), 'done 20', 'beside its own');
	cmp_ok($node->safe_psql('subscriber', 'SELECT count(*) FROM (SELECT id FROM jira_spoke.outbox GROUP BY id HAVING count(*) = 2) AS s'),
		'>', 0, 'though some have the same ids');
	$node->safe_psql('postgres', 'INSERT INTO other VALUES (1)');
	ok($node->poll_query_until('subscriber', 'SELECT count(*) = 1 FROM other'), 'and the subscription goes on');
	return;
}

# As after a switch to the subscriber: the publisher has delivered one of each
# kind, and is lost before it could tell.
sub adopts
{
	change_settings($node, outbox_deliver => 'off');
	my $sent = create($node, 'sent by the publisher');
	my $unsent = create($node, 'not sent by the publisher');
	my $own = $node->safe_psql('subscriber', q{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-3", "body": "own"}')});
	my $comment = enqueue($node, 'jira_add_comment', { issue => 'OPS-1', body => 'by the publisher' });

	$node->poll_query_until('subscriber', sprintf(q{SELECT count(*) = 3 FROM jira_spoke.outbox
		WHERE home <> jira_spoke.outbox_home_id() AND state = 'pending'})) or die 'not replicated';
	$node->safe_psql('subscriber', 'ALTER SUBSCRIPTION everything DISABLE; ALTER SUBSCRIPTION everything SET (slot_name = NONE); DROP SUBSCRIPTION everything');
	$node->safe_psql('postgres', "SELECT jira_outbox_cancel($unsent)");
	change_settings($node, outbox_deliver => 'on');
	$node->safe_psql('postgres', 'SELECT jira_outbox_start()');
	is(outcomes($node, $sent, $comment), 'done 2', 'the publisher delivers some');
	$jira->forget_requests;
	$node->safe_psql('subscriber', q{SELECT jira_outbox_start(); SELECT jira_wait(max(id)) FROM jira_spoke.outbox WHERE home = jira_spoke.outbox_home_id()});
	is($node->safe_psql('subscriber', 'SELECT jira_outbox_adopt()'), 3, 'adopted, the items of the publisher are those of the subscriber');
	ok($node->poll_query_until('subscriber', q{SELECT count(*) = 0 FROM jira_spoke.outbox WHERE state IN ('pending', 'sending')}), 'which carries them out');
	is($node->safe_psql('subscriber', q{SELECT string_agg(state, ',' ORDER BY arguments ->> 'summary') FROM jira_spoke.outbox
		WHERE arguments ->> 'summary' ~ 'sent by'}), 'done,done', 'issues');
	is(scalar issues($jira, $_), 1, "once: $_") for 'sent by the publisher', 'not sent by the publisher';
	is($node->safe_psql('subscriber', q{SELECT state FROM jira_spoke.outbox WHERE arguments ->> 'body' = 'by the publisher'}), 'failed',
		'a comment is left to a person');
	is($node->safe_psql('subscriber', q{SELECT count(*) = count(DISTINCT id), max(id) < jira_enqueue('jira_add_comment', '{"issue": "OPS-3", "body": "new"}')
		FROM jira_spoke.outbox}), 't|t', 'each has an id of its own');
	is($node->safe_psql('subscriber', 'SELECT jira_outbox_adopt()'), 0, 'nothing is left to adopt');
	is($node->safe_psql('subscriber', 'SELECT every(home) FROM jira_spoke.outbox_status'), 't', 'all is at home');
	return;
}
