# Copies of a data directory: what is restored is looked for first, and a clone
# sends nothing.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $node = start_primary('copies_original', q{shared_preload_libraries = 'jira_spoke'}, q{jira_spoke.outbox_search_delay = '1s'});

connect_to($node, $jira);
is(outcome($node, create($node, 'before the backup')), 'done|1', 'an outbox that has a home');

goes_on_after_restart();
my %item = enqueue_all();
$node->backup('base');
copy_cold();
deliver_all();
recovers_to_a_point_in_time();
holds_in_a_clone();
looks_first_in_what_is_put_back();

done_testing();

sub goes_on_after_restart
{
	$node->restart;
	$jira->forget_requests;
	is(outcome($node, create($node, 'restarted')), 'done|1', 'after a restart');
	is(scalar(grep { $_->{path} =~ /search/ } $jira->requests), 0, 'nothing is looked for');
	return;
}

# Not delivered when the copies are made.
sub enqueue_all
{
	$jira->fault(kind => 'rate_limit', retry_after => 3600, method => 'POST', path => '*', times => 1);
	my %put = (throttled => enqueue($node, 'jira_add_comment', { issue => 'OPS-3', body => 'throttled' }));
	$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM jira_spoke.outbox_pause}) or die 'not paused';
	return (%put,
		sent => create($node, 'sent'),
		comment => enqueue($node, 'jira_add_comment', { issue => 'OPS-1', body => 'sent once' }));
}

sub copy_cold
{
	$node->stop;
	system_or_bail('cp', '-a', $node->data_dir, $node->basedir . '/cold');
	$node->start;
	return;
}

sub comments { return scalar grep { $_->{method} eq 'POST' && $_->{path} =~ /comment/ } $jira->requests; }

sub resume
{
	my ($server) = @_;

	$server->safe_psql('postgres', 'DELETE FROM jira_spoke.outbox_pause; SELECT jira_outbox_start()');
	return;
}

sub deliver_all
{
	$jira->forget_requests;
	resume($node);
	is(outcomes($node, @item{qw(sent comment)}), 'done 2', 'the original delivers');
	is(comments(), 1, 'the comment is made');
	return;
}

# What was sent is neither created nor made again in this server.
sub sends_nothing_twice
{
	my ($server, $what, $why) = @_;

	is(outcome($server, $item{sent}, 'state'), 'done', "$what: an issue that was created later");
	is(scalar issues($jira, 'sent'), 1, 'is not created again');
	is(outcome($server, $item{comment}, 'state'), 'failed', 'a comment');
	is(comments(), 0, 'is not made again');
	like(item_error($server, $item{comment}), $why, 'and says why');
	is($server->safe_psql('postgres', q{SELECT every(home) FROM jira_spoke.outbox_status}), 't', 'the outbox is at home');
	return;
}

sub recovers_to_a_point_in_time
{
	my $restored = PostgreSQL::Test::Cluster->new('copies_restored');

	$restored->init_from_backup($node, 'base');
	$restored->append_conf('postgresql.conf', q{restore_command = 'false'});
	append_to_file($restored->data_dir . '/recovery.signal', '');
	$jira->forget_requests;
	$restored->start;
	$restored->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()') or die 'not recovered';
	resume($restored);
	sends_nothing_twice($restored, 'recovered', qr/before this server took over/);
	$restored->stop;
	return;
}

# The clone is started as a primary, on the same timeline.
sub holds_in_a_clone
{
	my $clone = PostgreSQL::Test::Cluster->new('copies_clone');

	$clone->init_from_backup($node, 'base');
	$jira->forget_requests;
	$clone->start;
	$clone->poll_query_until('postgres', q{SELECT count(*) = 1 FROM jira_spoke.outbox_home WHERE held_since IS NOT NULL}) or die 'not held';
	like(slurp_file($clone->logfile), qr/WARNING:  the Jira outbox of database "postgres" sends nothing\n.*DETAIL:  .*\n.*HINT:  .*jira_outbox_adopt\(\)/,
		'a clone says in the log that it sends nothing');
	resume($clone);
	my $new = create($clone, 'new in the clone');
	my $comment = enqueue($clone, 'jira_add_comment', { issue => 'OPS-4', body => 'new in the clone' });
	$clone->reload;
	ok(await_workers($clone, 0), 'a worker that looks at it ends');
	is($clone->safe_psql('postgres', 'SELECT pending, home, paused_because FROM jira_spoke.outbox_status'),
		'5|f|The data directory is a copy: jira_outbox_adopt() says that the original is gone.', 'and so does the status');
	$clone->restart;
	$clone->poll_query_until('postgres', 'SELECT memory_since > held_since FROM jira_spoke.outbox_home') or die 'not looked at';
	is(scalar($jira->requests), 0, 'nothing is asked of Jira, after a restart neither');

	like(query_error($clone, 'CREATE ROLE clerk IN ROLE jira_spoke_user; SET ROLE clerk; SELECT jira_outbox_adopt()'), qr/42501/, 'a user cannot adopt');
	like(query_error($clone, 'BEGIN READ ONLY; SELECT jira_outbox_adopt()'), qr/25006/, 'nor a transaction that only reads');
	is($clone->safe_psql('postgres', 'SELECT jira_outbox_adopt()'), 5, 'a superuser adopts what is not finished');
	sends_nothing_twice_but_new($clone, $new, $comment);
	$clone->restart;
	is(outcome($clone, create($clone, 'restarted clone')), 'done|1', 'it stays at home');
	$clone->stop;
	return;
}

sub sends_nothing_twice_but_new
{
	my ($clone, $new, $comment) = @_;

	is(outcome($clone, $new), 'done|1', 'adopted: what was enqueued in the clone is carried out');
	is(outcome($clone, $comment), 'done|1', 'without a doubt');
	$jira->forget_requests;
	sends_nothing_twice($clone, 'adopted', qr/before this data directory was copied/);
	return;
}

sub looks_first_in_what_is_put_back
{
	$node->stop;
	rename $node->data_dir, $node->basedir . '/lost' or die $!;
	system_or_bail('cp', '-a', $node->basedir . '/cold', $node->data_dir);
	$jira->forget_requests;
	$node->start;
	resume($node);
	sends_nothing_twice($node, 'put back', qr/before this data directory was put back/);
	like(slurp_file($node->logfile), qr/LOG:  the Jira outbox of database "postgres" has come with files that were put back/, 'the log tells');
	$node->stop;
	return;
}
