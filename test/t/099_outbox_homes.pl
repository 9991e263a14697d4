# What happens to the items of an outbox when its machine was booted, which may be one
# that was brought back to an earlier state, and when its server was upgraded.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Files;
use JiraSpoke::Outbox;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my @settings = (q{shared_preload_libraries = 'jira_spoke'}, q{jira_spoke.outbox_search_delay = '1s'});
my $node = start_cluster('homes', @settings);
my $status = q{SELECT pending, home, paused_because FROM jira_spoke.outbox_status ORDER BY home};

connect_to($node, $jira);
searches_after_a_boot() if -e '/proc/sys/kernel/random/boot_id';
is_held_by_an_upgrade();
done_testing();

sub requests_that { my ($pattern) = @_; return scalar grep { $_ =~ $pattern } $jira->request_lines; }

sub searches { return requests_that(qr/search/); }

sub comment { return enqueue($node, 'jira_add_comment', { issue => 'OPS-1', body => 'x' }); }

# The state of the items, but not what has become of them, is brought back.
sub bring_back
{
	my $ids = join ',', @_;

	$node->safe_psql('postgres', "UPDATE jira_spoke.outbox SET state = 'pending', attempts = 0, result = NULL, finished_at = NULL,
		next_attempt = clock_timestamp() WHERE id IN ($ids)");
	return;
}

# Turned off, so that nothing is delivered until the server has started again.
sub stop_delivering
{
	change_settings($node, outbox_deliver => 'off');
	await_workers($node, 0) or die 'a worker stays';
	return;
}

sub start_delivering
{
	$node->append_conf('postgresql.conf', 'jira_spoke.outbox_deliver = on');
	$jira->forget_requests;
	$node->restart;
	return;
}

# Items that nobody delivers until the event: one whose issue Jira has already, one
# whose issue it does not have, and a comment.
sub leave_items
{
	my ($event) = @_;
	my $sent = create($node, "sent before the $event");

	is(outcome($node, $sent), 'done|1', "an issue that was created before the $event");
	stop_delivering();
	bring_back($sent);
	return ($sent, create($node, "not sent before the $event"), comment());
}

sub searches_after_a_boot
{
	my ($sent, $unsent, $comment) = leave_items('boot');
	my $later = $node->safe_psql('postgres', q{SELECT jira_enqueue('jira_create_issue', '{"project": "OPS", "issue_type": "Bug", "summary": "later"}', not_before => now() + '1 day')});
	is($node->safe_psql('postgres', "UPDATE jira_spoke.outbox_home SET boot = 'another one' WHERE home = jira_spoke.outbox_home_id() RETURNING boot"), 'another one', 'the machine is booted');
	start_delivering();
	is(outcomes($node, $sent, $unsent), 'done 2', 'after that, issues of before');
	is(scalar issues($jira, 'sent before the boot'), 1, 'are not created again');
	is(item($node, $sent, 'result'), (issues($jira, 'sent before the boot'))[0]{key}, 'but found');
	is(scalar issues($jira, 'not sent before the boot'), 1, 'and created if there are none');
	is(outcome($node, $comment), 'done|1', 'what has no marker is carried out without a doubt');
	is(item($node, $later, 'state, doubtful_since'), 'pending|', 'what is not due was not due before');
	cmp_ok(searches(), '<=', 3, 'they are looked for together');

	$jira->forget_requests;
	is(outcome($node, create($node, 'after the boot')), 'done|1', 'what is enqueued afterwards');
	is(searches(), 0, 'is not looked for');
	stop_delivering();
	my $same = create($node, 'in the same boot');
	start_delivering();
	is(outcome($node, $same), 'done|1', 'after a restart of the server in the same boot');
	is(searches(), 0, 'nothing is looked for either');
	$node->safe_psql('postgres', "SELECT jira_outbox_cancel($later)");
	return;
}

# A server with this cluster's databases, and a system identifier of its own.
sub upgrade
{
	my $new = PostgreSQL::Test::Cluster->new('homes_upgraded');
	my ($directory) = run_command([ 'pg_config', '--bindir' ]);

	{
		# Other clusters are copies of one, and have its identifier.
		local $ENV{INITDB_COPIES} = test_file('initdb');
		$new->init;
	}
	$new->append_conf('postgresql.conf', join "\n", @settings, 'jira_spoke.allow_http = on', "jira_spoke.key_file = '" . key_file($node) . "'", '');
	$node->stop;
	chdir $PostgreSQL::Test::Utils::tmp_check or die $!;
	command_ok([ 'pg_upgrade', '--old-datadir', $node->data_dir, '--new-datadir', $new->data_dir, '--old-bindir', $directory, '--new-bindir', $directory,
		'--socketdir', $new->host, '--old-port', $node->port, '--new-port', $new->port ], 'pg_upgrade');
	$jira->forget_requests;
	$new->start;
	return $new;
}

sub is_held_by_an_upgrade
{
	my ($sent, $unsent, $comment) = leave_items('upgrade');
	my $new = upgrade();
	$new->wait_for_log(qr/WARNING:  the Jira outbox of database "postgres" leaves alone 3 items that were enqueued elsewhere\n.*HINT:  If this database replaces the other one, as after pg_upgrade, call jira_outbox_adopt\(\)/);
	is($new->safe_psql('postgres', $status), '3|f|Enqueued elsewhere: jira_outbox_adopt() has them carried out here.', 'the status of an upgraded server says why nothing is sent');
	is(outcome($new, create($new, 'new in the upgraded server')), 'done|1', 'its own items are carried out');
	is(requests_that(qr/ /), requests_that(qr/issue$/), 'and nothing else is asked of Jira');
	$new->restart;
	is($new->safe_psql('postgres', q{SELECT pending FROM jira_spoke.outbox_status WHERE NOT home}), 3, 'after a restart, too');
	is($new->safe_psql('postgres', 'SELECT jira_outbox_adopt()'), 3, 'a superuser adopts them');
	is(outcomes($new, $sent, $unsent), 'done 2', 'then they are carried out');
	is(scalar issues($jira, $_), 1, "once: $_") for 'sent before the upgrade', 'not sent before the upgrade';
	is(outcome($new, $comment, 'state'), 'failed', 'but what may have been carried out is left to a person');
	like(item_error($new, $comment), qr/^It may have been carried out: look in Jira.*It was enqueued elsewhere, before this database took over\.$/, 'and says why');
	$new->stop;
	return;
}
