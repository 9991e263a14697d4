# A read in FROM gives the same rows with the custom scan and without it, in
# queries of every shape, and asks Jira no more often than it has to.  Data Center
# has each shape with SPOKE_FULL, otherwise a third of them.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::ScanShapes;
use Test::More;

my $node = start_cluster('scan_shapes', 'jira_spoke.page_size = 20', 'jira_spoke.pushdown = off', 'jit = off');
my @shapes = scan_shapes();
my $jira;

$node->safe_psql('postgres', shape_setup());
cmp_ok(scalar @shapes, '>=', 45, 'enough shapes: ' . scalar @shapes);

# The rows of a shape, or what went wrong, and the number of requests it took.
sub run_shape
{
	my ($shape, @settings) = @_;
	my $settings = join '', map { "SET $_;" } @settings;

	$jira->forget_requests;
	my ($status, $rows, $error) = $node->psql('postgres', "$settings BEGIN; $shape->{sql}; ROLLBACK",
		on_error_stop => 1);
	my $requests = () = $jira->requests;

	$rows = join "\n", sort split /\n/, $rows unless $shape->{ordered};
	return ($status == 0 ? $rows : "failed: $error", $requests);
}

sub test_shape
{
	my ($name, $shape) = @_;
	my ($with, $requests) = run_shape($shape);
	my ($without) = run_shape($shape, 'jira_spoke.enable_scan = off');

	unlike($without, qr/^failed/, "$name: the function scan gives rows");
	is($with, $without, "$name: so does the custom scan, the same");
	is($requests, $shape->{requests}, "$name: requests");
	is((run_shape($shape, 'jira_spoke.pushdown = on'))[0], $without, "$name: and with conditions in JQL");
	return;
}

# Pointers into the system caches do not survive the next look into them.
sub test_shape_without_caches
{
	my ($name, $shape) = @_;
	my ($with) = run_shape($shape);
	my ($without, $requests) = run_shape($shape, 'debug_discard_caches = 1');

	is($without, $with, "$name: the same rows without caches");
	is($requests, $shape->{requests}, "$name: requests without caches");
	return;
}

my $discards = $node->safe_psql('postgres',
	q{SELECT max_val FROM pg_settings WHERE name = 'debug_discard_caches'}) > 0;

for my $deployment (qw(cloud server))
{
	$jira = JiraSpoke::Jira->start(deployment => $deployment, issues => 100);
	$node->safe_psql('postgres', 'SELECT jira_drop_connection(alias) FROM jira_connections()');
	connect_to($node, $jira);

	# Their difference is that of paging.
	my @chosen = $deployment eq 'cloud' || $ENV{SPOKE_FULL} ? @shapes : @shapes[ grep { $_ % 3 == 0 } 0 .. $#shapes ];
	test_shape("$deployment, $_->{name}", $_) for @chosen;
}

# What is kept of the caches is the same for every Jira: the last one will do.
SKIP:
{
	skip 'this server is built without debug_discard_caches', 1 unless $discards;
	test_shape_without_caches("without caches, $_->{name}", $_) for @shapes;
}

# The shapes that are about a certain plan have it.
my %plans = (
	'a merge join' => qr/Merge Join/,
	'a nested loop over rows kept' => qr/Nested Loop/,
	'Memoize' => qr/Memoize.*Custom Scan \(JiraScan\)/s,
	'a parallel plan' => qr/Gather.*Parallel Seq Scan.*/s,
	'UNION ALL with LIMIT' => qr/Append\s.*Custom Scan.*Custom Scan/s,
	'an inlined SQL function' => qr/Custom Scan/,
	'GROUP BY, hashed' => qr/HashAggregate/,
	'GROUP BY, sorted' => qr/GroupAggregate/,
	'ALL over rows kept' => qr/SubPlan 1\n *->  Custom Scan/,
	'a whole row' => qr/^Custom Scan/,
	'FOR UPDATE' => qr/LockRows.*Custom Scan/s,
	'UPDATE FROM' => qr/Update.*Custom Scan/s,
	'UPDATE FROM, a whole row' => qr/Update.*Custom Scan/s,
	'UPDATE FROM a UNION ALL' => qr/Update.*Append.*Custom Scan.*Subquery Scan.*Custom Scan/s,
	'DELETE USING' => qr/Delete.*Custom Scan/s,
	'MERGE' => qr/Merge.*Custom Scan/s,
	'WITH ORDINALITY' => qr/^Function Scan/);

for my $name (sort keys %plans)
{
	my ($shape) = grep { $_->{name} eq $name } @shapes;
	my ($settings, $query) = $shape->{sql} =~ /^((?:\s*SET LOCAL [^;]*;)*)(.*)/s;

	like($node->safe_psql('postgres', "BEGIN; $settings EXPLAIN (COSTS off) $query"), $plans{$name}, "$name: its plan");
}

done_testing();
