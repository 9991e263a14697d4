# A Jira that does not answer and a trigger that does not end take nothing from
# others: beside them, the items of four roles take as long as without them.  In
# the long storm (SPOKE_STORM=full, make storm) that is measured.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use JiraSpoke::OutboxRoles;
use List::Util qw(min);
use Test::More;

my $full = ($ENV{SPOKE_STORM} // '') eq 'full';
my ($pairs, $rows, $trapped) = $full ? (5, 300, 3) : (1, 30, 1);
my $most = 1.3;

my @healthy = grep { $_ ne 'mallory' } @roles;
my $jiras = start_jiras(latency => 20);
my $node = start_cluster('shares', 'max_worker_processes = 12', 'log_statement = none', q{jira_spoke.timeout = '3s'},
	q{jira_spoke.outbox_search_delay = '4s'}, q{jira_spoke.write_back_timeout = '1s'});
my $both_hang = q{SELECT EXISTS (SELECT FROM jira_spoke.outbox WHERE connection = 'hanging' AND attempts > 0 AND finished_at IS NULL)
	AND EXISTS (SELECT FROM jira_spoke.outbox WHERE role = 'mallory'::regrole AND write_backs > 0 AND state = 'writing_back')};
my $next = 0;
my (@alone, @beside);

create_roles($node, $jiras, 24);
take_time();    # connections are made
compare_once() for 1 .. $pairs;

# Another process may hold up one side: only what stays so tells of us.
compare_once() while $full && ratio() > $most && @alone < 3 * $pairs;
compare();

$node->stop;
done_testing();

sub sql { my ($query) = @_; return $node->safe_psql('postgres', $query); }

# Rows of a role, of those numbers that fulfil a condition.
sub insert
{
	my ($role, $count, $condition) = @_;
	my $first = $next;

	$next += $count;
	sql("SET ROLE $role; INSERT INTO orders_$role SELECT i, i / 24 FROM generate_series($first, $next - 1) AS i WHERE $condition");
	return;
}

# Seconds that rows of each role take, from their commit to the key in the last one.
sub take_time
{
	my $first = $next;
	my $ours = q{source_key->>'id' IN (SELECT id::text FROM orders WHERE id >= } . $first . ')';

	insert($_, $rows, 'i / 8 % 3 <> 2') for @healthy;
	ok(await_ended($node, $ours), 'all are carried out');
	is(sql("SELECT count(*) FROM orders WHERE id >= $first AND issue_key IS NULL"), 0, 'and have their keys');
	return sql("SELECT extract(epoch FROM max(finished_at) - min(created_at)) FROM jira_spoke.outbox WHERE $ours");
}

# Every role has items for a Jira that hangs, and mallory rows that do.
sub disturb
{
	hang($jiras);
	insert($_, 60, 'i / 8 % 3 = 2') for @roles;
	insert('mallory', 24 * $trapped, 'i % 24 = 0');
	ok($node->poll_query_until('postgres', $both_hang), 'a Jira and a trigger hang');
	return;
}

sub compare_once
{
	push @alone, take_time();
	disturb();
	push @beside, take_time();
	is(sql($both_hang), 't', 'both still hang when the others have ended') if $full;
	stop_hanging($jiras);
	ok(await_ended($node, 'true'), 'and end');
	return;
}

# Of the least times, which hold the least of other processes.
sub ratio { return min(@beside) / min(@alone); }

sub compare
{
	diag(sprintf '%d items of %d roles: %s s alone, %s s beside what hangs; ratio of the least %.2f',
		@healthy * $rows * 2 / 3, scalar @healthy, (map { join ', ', map { sprintf '%.2f', $_ } @$_ } \@alone, \@beside), ratio());
	cmp_ok(ratio(), '<=', $most, 'others go on as fast') if $full;
	return;
}
