# A single-user server: no postmaster, no workers, and Jira all the same.
use strict;
use warnings FATAL => 'all';

use IPC::Run;
use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start(issues => 250);
my $node = start_cluster('single_user');

connect_to($node, $jira);
$node->append_conf('postgresql.conf', "jira_spoke.key_command = 'cat " . key_file($node) . "'\njira_spoke.key_file = ''");
$node->stop;

# What a single-user server says to statements, one a line.
sub single_user
{
	my $input = join '', map { "$_\n" } @_;
	my $output = '';

	IPC::Run::run([ 'postgres', '--single', '-D', $node->data_dir, 'postgres' ], '<', \$input, '>&', \$output,
		IPC::Run::timer($PostgreSQL::Test::Utils::timeout_default));
	return $output;
}

$jira->fault(kind => 'rate_limit', retry_after => 1, times => 1, path => '*/search*');
my $answer = single_user(
	q{SELECT count(summary) AS read FROM jira_lookup_issues_stream('project = BULK')},
	q{SELECT jira_create_issue('OPS', 'Bug', 'from a single user') AS created},
	q{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-1", "body": "later"}') AS item},
	q{SELECT jira_wait(max(id), '0.2s') AS state FROM jira_spoke.outbox});
like($answer, qr/read = "250"/, 'rows, in several requests, of which one waited to be repeated');
like($answer, qr/created = "OPS-\d+"/, 'a write');
like($answer, qr/item = "\d+"/, 'an item of the outbox');
like($answer, qr/state = "pending"/, 'waits for a worker');
unlike($answer, qr/ERROR|PANIC|FATAL|TRAP|epoll|poll/, 'nothing goes wrong');

$node->start;
is($node->safe_psql('postgres', q{SELECT jira_outbox_start(); SELECT jira_wait(max(id), '3 min') FROM jira_spoke.outbox}), "\ndone", 'which comes with a postmaster');
$node->stop;
done_testing();
