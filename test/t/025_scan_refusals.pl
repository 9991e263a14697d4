# What a function scan would refuse, the custom scan refuses with the same
# words; and what changes after a query was planned harms nothing.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use Test::More;

my $jira = JiraSpoke::Jira->start(issues => 250);
my $node = start_cluster('scan_refusals');
my $bulk = q{jira_lookup_issues_stream('project = BULK')};

connect_to($node, $jira);
$node->safe_psql('postgres', <<~"SQL");
	CREATE ROLE stranger;
	CREATE ROLE colleague;
	GRANT jira_spoke_user TO colleague;
	CREATE VIEW issues AS SELECT key, summary FROM $bulk;
	GRANT SELECT ON issues TO stranger, colleague;
	CREATE FUNCTION lent() RETURNS bigint LANGUAGE sql SECURITY DEFINER
	AS \$\$ SELECT count(*) FROM jira_lookup_issues_stream('key = BULK-1') \$\$;
	SQL

# --- Errors: the SQLSTATE, and the whole text with the scan and without it.

my @errors = (
	[ 22004, 'SELECT key FROM jira_lookup_issues_stream(NULL)' ],
	[ 22004, 'SELECT key FROM jira_lookup_issues(NULL)' ],
	[ 22004, 'SELECT key FROM jira_lookup_issues_stream(NULLIF(current_user, current_user))' ],
	[ 22023, q{SELECT key FROM jira_lookup_issues_stream('project = BULK', max_rows => -1)} ],
	[ 22023, q{SELECT key FROM jira_lookup_issues_stream('this = no JQL')} ],
	[ 22023, q{SELECT key FROM jira_lookup_issue('../myself')} ],
	[ 'P0002', q{SELECT key FROM jira_lookup_issue('BULK-99999')} ],
	[ 42704, q{SELECT key FROM jira_lookup_issues_stream('project = BULK', connection => 'nobody')} ],
	[ 42704, qq{SET jira_spoke.connection = 'nobody'; SELECT key FROM $bulk} ],
	[ 22012, q{SELECT key FROM jira_lookup_issues_stream('key = BULK-' || 1 / (length(current_user) * 0))} ],
	[ 42501, "SET ROLE stranger; SELECT key FROM $bulk" ],
	[ 42501, "SET ROLE stranger; EXPLAIN SELECT key FROM $bulk" ],
	[ 42501, 'SET ROLE stranger; SELECT key FROM issues' ],
	[ 42704, "SET ROLE colleague; SELECT key FROM $bulk" ],
	[ 42704, 'SET ROLE colleague; SELECT key FROM issues' ],
);

for my $case (@errors)
{
	my ($state, $query) = @$case;
	my $with = query_error($node, $query);
	my $without = query_error($node, "SET jira_spoke.enable_scan = off; $query");

	like($with, qr/ERROR:  $state:/, "$state: $query");
	is(without_place($with), without_place($without), 'the function scan says the same');
}

# The error, without the lines of the server and of its source.
sub without_place
{
	return join "\n", grep { !/^LOCATION:/ } split /\n/, shift =~ s/^psql:<stdin>:\d+: //r;
}

$jira->forget_requests;
query_error($node, $_->[1]) for grep { $_->[0] =~ /^42/ } @errors;
is(scalar $jira->requests, 0, 'who may not ask Jira sends nothing');
is($node->safe_psql('postgres', 'SET ROLE stranger; SELECT lent()'), 1, 'a security definer lends its rights');

# --- Changes after planning.

my $generic = 'SET plan_cache_mode = force_generic_plan;';

like(query_error($node, <<~"SQL"), qr/42804/, 'a column that is of another type now');
	$generic
	PREPARE p AS SELECT due, created FROM jira_lookup_issues_stream('project = OPS AND due IS NOT EMPTY');
	EXECUTE p;
	BEGIN;
	ALTER TYPE jira_issue ALTER ATTRIBUTE due TYPE text CASCADE;
	EXECUTE p
	SQL

like(query_error($node, <<~"SQL"), qr/42883.*does not exist/, 'a function behind another one that is gone now');
	CREATE FUNCTION inlined() RETURNS TABLE (key text) STABLE LANGUAGE sql AS \$\$ SELECT key FROM $bulk LIMIT 1 \$\$;
	$generic
	PREPARE p AS SELECT key FROM inlined();
	EXECUTE p;
	BEGIN;
	ALTER FUNCTION jira_lookup_issues_stream RENAME TO renamed;
	EXECUTE p
	SQL

is($node->safe_psql('postgres', <<~"SQL"), "1\nstranger", 'a function that changes the user is called to do so');
	BEGIN;
	ALTER FUNCTION jira_lookup_issues_stream SECURITY DEFINER;
	GRANT EXECUTE ON FUNCTION jira_lookup_issues_stream TO stranger;
	SET ROLE stranger;
	SELECT count(*) FROM jira_lookup_issues_stream('key = BULK-1');
	SELECT current_user
	SQL

# A row type that has grown in the SQL but not in the library, and one that has
# lost a column.
for my $scan (qw(on off))
{
	my $settings = "SET jira_spoke.enable_scan = $scan; BEGIN;";

	like(query_error($node, "$settings ALTER TYPE jira_issue ADD ATTRIBUTE colour text CASCADE; SELECT key FROM $bulk"),
		qr/42883: .*does not know column "colour" of jira_lookup_issues_stream/, "scan $scan: an unknown column");
	is($node->safe_psql('postgres',
			"$settings ALTER TYPE jira_issue DROP ATTRIBUTE due CASCADE; SELECT count(fields), count(key) FROM $bulk"),
		'250|250', "scan $scan: a column dropped");
}

is($node->safe_psql('postgres', <<~"SQL"), "t\n1\nt", 'dropped and installed again within a session');
	SELECT count(*) = 250 FROM $bulk;
	DROP EXTENSION jira_spoke CASCADE;
	CREATE EXTENSION jira_spoke;
	SELECT 1 FROM generate_series(1, 1);
	SELECT to_regprocedure('jira_lookup_issues_stream(text, text[], bigint, text[], text)') IS NOT NULL
	SQL

# --- Batches of keys, several under way at a time.

connect_to($node, $jira);

# Labels keep the batches small.
my $many = '(SELECT key FROM jira_lookup_issues((SELECT array_agg($$BULK-$$ || n) FROM generate_series(1, 250) AS n)) WHERE labels IS NOT NULL) AS i';

for my $turned_away (0 .. 2)
{
	$jira->clear_faults;
	$jira->fault(kind => 'rate_limit', retry_after => 0, skip => $turned_away, times => 1, path => '*/bulkfetch');
	is($node->safe_psql('postgres', "SELECT count(*), count(DISTINCT key) FROM $many"), '250|250',
		"every issue once, though batch $turned_away is turned away at first");
}
$jira->clear_faults;

# The second and the third are answered after the first one has been taken.
$jira->fault(kind => 'latency', ms => 500, skip => 1, path => '*/bulkfetch');
is($node->safe_psql('postgres', <<~"SQL"), "BULK-1\n\nBULK-150\nBULK-250", 'batches that waited for long are not late');
	BEGIN;
	SET jira_spoke.timeout = '5s';
	DECLARE c CURSOR FOR SELECT key FROM $many;
	FETCH 1 FROM c;
	SELECT pg_sleep(5.1);
	MOVE 148 FROM c;
	FETCH 1 FROM c;
	MOVE 99 FROM c;
	FETCH 1 FROM c
	SQL

done_testing();
