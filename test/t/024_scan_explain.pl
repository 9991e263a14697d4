# EXPLAIN shows what is asked of Jira and sends nothing; with ANALYZE it also
# shows what that cost.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke;
use Test::More;

my $jira = JiraSpoke::Jira->start(issues => 250);
my $node = start_cluster('scan_explain');
my $bulk = q{jira_lookup_issues_stream('project = BULK')};

connect_to($node, $jira);
$node->safe_psql('postgres', <<~"SQL");
	CREATE TABLE local AS SELECT 'BULK-1' AS key;
	CREATE VIEW issues AS SELECT * FROM $bulk;
	CREATE FUNCTION inlined() RETURNS TABLE (key text) STABLE LANGUAGE sql AS \$\$ SELECT key FROM $bulk \$\$;
	SQL

# --- Nothing is sent.

my %silent = (
	'a search' => "EXPLAIN SELECT key FROM $bulk",
	'VERBOSE' => "EXPLAIN (VERBOSE) SELECT key FROM $bulk",
	'a whole row' => "EXPLAIN SELECT i FROM $bulk AS i",
	'a view' => 'EXPLAIN SELECT summary FROM issues',
	'an inlined function' => 'EXPLAIN SELECT * FROM inlined()',
	'LATERAL' => q{EXPLAIN SELECT i.key FROM local, jira_lookup_issues_stream('key = ' || local.key) AS i},
	'a scalar in WHERE' => q{EXPLAIN SELECT key FROM local WHERE jira_count_issues('project = BULK') > 0},
	'a sub-query in WHERE' => "EXPLAIN SELECT key FROM local WHERE key = (SELECT min(key) FROM $bulk)",
	'a row in WHERE' => q{EXPLAIN SELECT key FROM local WHERE key = (SELECT (jira_lookup_issue('BULK-1')).key)},
	'an update' => "EXPLAIN UPDATE local SET key = i.key FROM $bulk AS i",
	'a generic plan' => 'SET plan_cache_mode = force_generic_plan; '
	  . 'PREPARE p (text) AS SELECT key FROM jira_lookup_issues_stream($1); '
	  . q{EXPLAIN EXECUTE p('project = BULK')});

for my $name (sort keys %silent)
{
	$jira->forget_requests;
	unlike($node->safe_psql('postgres', $silent{$name}), qr/demo-token/, "$name: no secret");
	is(scalar $jira->requests, 0, "$name: nothing is asked");
}

# --- What is shown.

# The properties of the scan in the plan of a query.
sub scan_of
{
	my ($query, $options, $before) = @_;
	my $plan = $node->safe_psql('postgres', ($before // '') . "EXPLAIN (FORMAT JSON $options) $query");

	return find_scan(decode_json($plan)->[0]{Plan});
}

sub find_scan
{
	my $node = shift;

	return $node if ($node->{'Custom Plan Provider'} // '') eq 'JiraScan';
	for my $child (@{ $node->{Plans} // [] })
	{
		my $found = find_scan($child);

		return $found if $found;
	}
	return;
}

my $scan = scan_of("SELECT key, summary, due FROM $bulk WHERE priority = 'High'", '');

is($scan->{Function}, 'jira_lookup_issues_stream', 'the function');
is($scan->{JQL}, 'project = BULK', 'the JQL');
is($scan->{Connection}, 'the default one', 'no connection is named');
is_deeply([ sort @{ $scan->{Fields} } ], [qw(duedate priority summary)], 'the fields');
ok(!exists $scan->{Requests}, 'no cost without ANALYZE');

$scan = scan_of(q{SELECT * FROM jira_lookup_issues_stream('key = BULK-1', '{labels}', 5, connection => 'demo')}, '');
is($scan->{Connection}, 'demo', 'the connection that is named');
is($scan->{'Argument max_rows'}, 5, 'another argument');
ok((grep { $_ eq 'labels' } @{ $scan->{Fields} }), 'the fields of the user');

# The scan begins again for each row, where calls are not made ahead.
my $one_by_one = 'SET jira_spoke.parallel_requests = 1; ';

$scan = scan_of(q{SELECT i.summary FROM local AS l, jira_lookup_issues_stream('key = ' || l.key) AS i}, '', $one_by_one);
is($scan->{JQL}, q{('key = '::text || l.key)}, 'JQL that depends on another row');

# A page of 100, ids, and a batch of 150; one of them is turned away once.
$jira->fault(kind => 'rate_limit', retry_after => 0, times => 1, path => '*/search*');
$scan = scan_of("SELECT summary FROM $bulk", ', ANALYZE');
is($scan->{Requests}, 4, 'ANALYZE: requests');
is($scan->{Pages}, 2, 'ANALYZE: pages');
is($scan->{Batches}, 1, 'ANALYZE: batches');
is($scan->{'Most Requests at a Time'}, 1, 'ANALYZE: requests at a time');
is($scan->{Retries}, 1, 'ANALYZE: retries');
cmp_ok($scan->{Received}, '>', 1000, 'ANALYZE: bytes, compressed as they are');
cmp_ok($scan->{Waited}, '>', 0, 'ANALYZE: time');
is($scan->{'Actual Rows'}, 250, 'ANALYZE: rows');

$scan = scan_of("SELECT summary FROM $bulk LIMIT 3", ', ANALYZE, TIMING off');
is($scan->{Requests}, 1, 'ANALYZE of a scan that stops early');
ok(!exists $scan->{Waited}, 'TIMING off');

$scan = scan_of(q{SELECT i.summary FROM generate_series(1, 4) AS n, jira_lookup_issues_stream('key = BULK-' || n) AS i},
	', ANALYZE', $one_by_one);
is($scan->{Requests}, 4, 'ANALYZE counts every round');
is($scan->{'Actual Loops'}, 4, 'of which there are four');

$scan = scan_of("SELECT key FROM local WHERE false AND key IN (SELECT key FROM $bulk)", ', ANALYZE');
ok(!defined $scan || $scan->{Requests} == 0, 'ANALYZE of a scan that is never begun');

my $text = $node->safe_psql('postgres', "EXPLAIN (COSTS off) SELECT key, summary FROM $bulk");
is($text, <<~'TEXT' =~ s/\n\z//r, 'as text');
	Custom Scan (JiraScan)
	  Function: jira_lookup_issues_stream
	  JQL: project = BULK
	  Connection: the default one
	  Fields: summary
	TEXT

done_testing();
