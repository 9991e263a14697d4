# A wait for an item that nobody can carry out before the wait ends is refused.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use Test::More;

my $node = start_cluster('wait_refusal');
my $jira = JiraSpoke::Jira->start;
my $enqueue = q{jira_enqueue('jira_add_comment', '{"issue": "OPS-1", "body": "x"}')};
my $refused = qr/55000: .*cannot wait for item \d+.*HINT: .*commit/s;

connect_to($node, $jira);

# They would wait for an hour.
for my $case (
	[ 'in its transaction', "BEGIN; SELECT $enqueue AS id \\gset\nSELECT jira_wait(:id, '1 h')" ],
	[ 'in its statement', "SELECT jira_wait($enqueue, '1 h')" ],
	[ 'after its subtransaction', "BEGIN; SAVEPOINT s; SELECT $enqueue AS id \\gset\nRELEASE s; SELECT jira_wait(:id, '1 h')" ],
	[ 'in a subtransaction after it', "BEGIN; SELECT $enqueue AS id \\gset\nSAVEPOINT s; SELECT jira_wait(:id, '1 h')" ],
	[ 'for no time', "BEGIN; SELECT $enqueue AS id \\gset\nSELECT jira_wait(:id, '0')" ],
	[ 'in a repeatable transaction', "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT $enqueue AS id \\gset\nSELECT jira_wait(:id, '1 h')" ])
{
	like(query_error($node, $case->[1]), $refused, "a wait $case->[0]");
}

my $id = $node->safe_psql('postgres', q{SELECT jira_enqueue('jira_add_comment', '{"issue": "NONE-1", "body": "x"}')});
is(outcome($node, $id, 'state'), 'failed', 'an item fails');
like(query_error($node, "BEGIN; SELECT jira_outbox_retry($id); SELECT jira_wait($id, '1 h')"), $refused, 'a wait in the transaction that lets it be retried');
is($node->safe_psql('postgres', "SELECT jira_wait($id, '1 h')"), 'failed', 'one without that');

my $later = $node->safe_psql('postgres', q{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-1", "body": "x"}', not_before => now() + interval '1 year')});
is($node->safe_psql('postgres', "BEGIN; SELECT jira_outbox_cancel($later); SELECT jira_wait($later, '1 h'); COMMIT"), "\ncancelled", 'what has ended needs no wait');
is($node->safe_psql('postgres', "SELECT $enqueue AS id \\gset\nBEGIN; SAVEPOINT s; SELECT 1; ROLLBACK TO s; SELECT jira_wait(:id, '3 min')"), "1\ndone", 'a wait after the commit, in another transaction');
$node->stop;
done_testing();
