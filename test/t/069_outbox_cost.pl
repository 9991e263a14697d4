# What the worker of the outbox reads grows with what it delivers, not with what
# waits: counted in rows of the table, without statistics of the planner.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use Test::More;

# Rows read for each item: by the look, the claim, as it is sent and as it is
# settled; a look remembers 50 items, and those that wait for the pace are looked
# at again.
my %most = (create => 20, comment => 100);

my $jira = JiraSpoke::Jira->start;
my $node = start_cluster('cost', 'autovacuum = off');

connect_to($node, $jira, 'demo');
$node->safe_psql('postgres', q{SELECT jira_create_connection('paused', url, 'demo@example.com', 'demo-token') FROM jira_connections() WHERE alias = 'demo';
	INSERT INTO jira_spoke.outbox_pause (connection, until, reason) VALUES ('paused', 'infinity', 'test')});

reads_in_proportion(create => 'creates', 3000, q{'jira_create_issue', '{"project": "OPS", "issue_type": "Bug", "summary": "x"}', 'demo'});
enqueue(20000, q{'jira_create_issue', '{"project": "OPS", "issue_type": "Bug", "summary": "x"}', 'paused'});
reads_in_proportion(create => 'creates behind others', 3000, q{'jira_create_issue', '{"project": "OPS", "issue_type": "Bug", "summary": "x"}', 'demo'});
reads_in_proportion(comment => 'comments in groups of their own', 100, q{'jira_add_comment', '{"issue": "OPS-1", "body": "x"}', 'demo', group_key => i::text});

$node->stop;
done_testing();

sub enqueue
{
	my ($count, $arguments) = @_;

	$node->safe_psql('postgres', "SELECT count(jira_enqueue($arguments)) FROM generate_series(1, $count) AS i");
	return;
}

sub statistics
{
	my ($columns) = @_;

	return $node->safe_psql('postgres', "SELECT $columns FROM pg_stat_all_tables WHERE relid = 'jira_spoke.outbox'::regclass");
}

sub rows_read { return statistics('seq_tup_read + coalesce(idx_tup_fetch, 0)'); }

# Each item is claimed, marked as being sent, and done; what the worker has read
# is told together with what it has updated.
sub reads_in_proportion
{
	my ($kind, $what, $count, $arguments) = @_;
	my $before = rows_read();
	my $updated = statistics('n_tup_upd') + 3 * $count;

	enqueue($count, $arguments);
	$node->poll_query_until('postgres', "SELECT n_tup_upd >= $updated FROM pg_stat_all_tables WHERE relid = 'jira_spoke.outbox'::regclass")
	  or die "$what: not delivered";
	cmp_ok(rows_read() - $before, '<=', $most{$kind} * $count, $what);
	return;
}
