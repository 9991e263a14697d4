# A join of local rows with issues by key asks for the issues of many rows at once:
# the same rows as without pushdown, in few requests.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::Pushdown;
use JiraSpoke::ScanShapes;
use Test::More;

my $issues = 1100;
my $node = start_cluster('key_join', 'jit = off');
my $bulk = q{jira_lookup_issues_stream('project = BULK')};
my ($jira, $alias);
my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => $issues) } qw(cloud server);

connect_to($node, $jira{$_}, $_) for sort keys %jira;

# 136 rows: 105 keys of issues, others that no issue has, and some twice.
$node->safe_psql('postgres', <<~'SQL');
	CREATE TABLE local AS SELECT 'BULK-' || 7 * i AS key, i AS n FROM generate_series(1, 10) AS i;
	CREATE TABLE many AS SELECT 'BULK-' || i AS key, i AS n FROM generate_series(1, 300) AS i;
	CREATE TABLE sparse AS SELECT CASE WHEN i % 1000 = 0 THEN 'BULK-' || i / 1000 END AS key, i AS n FROM generate_series(1, 200000) AS i;
	CREATE TABLE repeated AS SELECT 'BULK-' || i * 37 % 200 + 1 AS key, i AS n FROM generate_series(1, 20000) AS i;
	CREATE TABLE odd (key text, n serial);
	INSERT INTO odd (key) SELECT 'BULK-' || 10 * i FROM generate_series(1, 105) AS i;
	INSERT INTO odd (key) VALUES (NULL), (''), (' '), ('-'), ('BULK-'), ('-1'), ('BULK-1 '), ('bulk-10'), ('BULK-010'), ('"'), ('\'),
	('BULK-1"'), (E'BULK-1\nOR project = OPS'), ('BULK-1) OR key = "BULK-2'), (repeat('X', 300) || '-1'), ('BULK-99999'), ('NONE-1'),
	('BULK-99999999999999999999'), ('10000'), ('99999999'), (E'\t'), ('Ünï-1'), ('$1'), ('%s'), ('BULK-1,BULK-2');
	INSERT INTO odd (key) SELECT key FROM odd ORDER BY n LIMIT 6;
	CREATE INDEX ON many (n);
	ANALYZE;
	SQL

# The rows of a query or its error, the number of requests, and the notices.
sub run_query
{
	my ($rows, $messages, @requests) = run_through($node, $jira, $alias, @_);

	return ($rows, scalar @requests, $messages);
}

sub rows_of { return (run_query(@_))[0]; }

sub plan_of { return plan_through($node, $alias, @_); }

# The query with pushdown gives the rows that it gives without, in order, and takes
# so many requests.
sub is_joined
{
	my ($name, $query, $requests, @settings) = @_;
	my ($expected) = run_query($query, @settings, 'jira_spoke.pushdown = off');
	my ($rows, $taken, $notices) = run_query($query, @settings);

	unlike($expected, qr/^failed/, "$alias, $name: there are rows without pushdown");
	is($rows, $expected, "$alias, $name: the same with it");
	is($taken, $requests, "$alias, $name: requests") if defined $requests;
	is($notices, '', "$alias, $name: no notice");
	like(plan_of($query, @settings), qr/JiraKeyJoin/, "$alias, $name: a key join");
	return;
}

sub use_jira
{
	$alias = shift;
	$jira = $jira{$alias};
	return;
}

# --- What is asked for.  Cloud is first asked which of the issues exist, Data Center
# only once it has refused a list.

# Each with the requests of Cloud and of Data Center.
my @joins = (
	[ 'a join', "SELECT l.n, i.key, i.summary FROM local AS l JOIN $bulk AS i ON i.key = l.key ORDER BY n", 2, 1 ],
	[ 'a join by USING, the sides changed', "SELECT n, key, summary FROM $bulk AS i JOIN local AS l USING (key) ORDER BY n", 2, 1 ],
	[ 'a left join with a condition',
		"SELECT l.n, i.key, i.status FROM local AS l LEFT JOIN $bulk AS i ON i.key = l.key AND i.status = 'In Progress' ORDER BY n", 2, 1 ],
	[ 'a left join and a filter',
		"SELECT l.n, i.key, i.status FROM local AS l LEFT JOIN $bulk AS i ON i.key = l.key "
		  . "WHERE COALESCE(i.status, '') <> 'In Progress' ORDER BY n", 2, 1 ],
	[ 'EXISTS', "SELECT n FROM local AS l WHERE EXISTS (SELECT FROM $bulk AS i WHERE i.key = l.key AND i.status = 'In Progress') ORDER BY n", 2, 1 ],
	[ 'NOT EXISTS',
		"SELECT n FROM local AS l WHERE NOT EXISTS (SELECT FROM $bulk AS i WHERE i.key = l.key AND i.status = 'In Progress') ORDER BY n", 2, 1 ],
	[ 'an anti join by IS NULL', "SELECT o.n FROM odd AS o LEFT JOIN $bulk AS i ON i.key = o.key WHERE i.key IS NULL ORDER BY n", 4, 4 ],
	[ 'IN', "SELECT i.key, i.summary FROM $bulk AS i WHERE i.key IN (SELECT key FROM local) ORDER BY key", 2, 1 ],
	[ 'IN of keys that come twice', "SELECT i.key, i.summary FROM $bulk AS i WHERE i.key IN (SELECT key FROM repeated) ORDER BY key", 4, 2 ],
	[ 'IN from the other side', "SELECT n FROM local WHERE key IN (SELECT key FROM $bulk AS i WHERE summary <> '') ORDER BY n", 2, 1 ],
	[ 'odd keys', "SELECT o.n, o.key, i.summary FROM odd AS o LEFT JOIN $bulk AS i ON i.key = o.key ORDER BY n", 4, 4 ],
	[ 'few keys in many rows', "SELECT l.n, i.summary FROM sparse AS l JOIN $bulk AS i ON i.key = l.key ORDER BY n", 4, 2 ],
	[ 'keys that come again', "SELECT l.n, i.summary FROM repeated AS l JOIN $bulk AS i ON i.key = l.key ORDER BY n", 4, 2 ],
	[ 'an expression', "SELECT l.n, i.key FROM many AS l JOIN $bulk AS i ON i.key = 'BULK-' || l.n + 1 WHERE l.n < 50 AND i.summary <> '' ORDER BY n", 2, 1 ],
	[ 'a condition on both sides',
		"SELECT l.n, i.key FROM many AS l JOIN $bulk AS i ON i.key = l.key AND length(i.summary) > l.n WHERE l.n < 60 ORDER BY n", 2, 1 ],
	[ 'ids', "SELECT l.id, i.key FROM (VALUES (10001 || ''), ('10002'), ('x'), ('007')) AS l (id) "
		  . "JOIN jira_lookup_issues_stream('project = OPS') AS i ON i.id = l.id ORDER BY 1", 2, 3 ],
	[ 'parents', "SELECT l.key, i.key, i.parent FROM (VALUES ('WEB-1'), ('OPS-1'), ('OPS-2'), ('OPS-99999')) AS l (key) "
		  . "JOIN jira_lookup_issues_stream('project in (OPS, WEB)') AS i ON i.parent = l.key WHERE i.summary <> '' ORDER BY 1, 2", 2, 3 ],
	[ 'a search that has an order', "SELECT l.n, i.key FROM local AS l JOIN jira_lookup_issues_stream("
		  . "'project = BULK AND (status = Done OR status = \"In Progress\") ORDER BY created DESC') AS i ON i.key = l.key AND i.status <> '' ORDER BY n", 2, 1 ],
	[ 'issues of a sprint', "SELECT l.key, i.summary FROM (VALUES ('WEB-1'), ('WEB-2'), ('WEB-3'), ('WEB-4'), ('WEB-5'), ('OPS-1'), ('OPS-2'), ('OPS-3')) AS l (key) "
		  . 'LEFT JOIN jira_lookup_sprint_issues_stream(1) AS i ON i.key = l.key ORDER BY 1', undef, undef ],
	[ 'a whole row', "SELECT l.n, i FROM local AS l JOIN $bulk AS i ON i.key = l.key ORDER BY n", 2, 1 ],
	[ 'a sub-query', "SELECT l.n, i.s FROM local AS l JOIN (SELECT key, upper(summary) AS s FROM $bulk AS i) AS i USING (key) ORDER BY n", 2, 1 ],
	[ 'two joins', "SELECT l.n, i.summary, j.status FROM local AS l JOIN $bulk AS i ON i.key = l.key "
		  . "LEFT JOIN jira_lookup_issues_stream('status = Done') AS j ON j.key = i.key AND j.summary <> '' ORDER BY n", 5, 2 ],
	[ 'an outer side in order', "SELECT l.n, i.summary FROM many AS l JOIN $bulk AS i ON i.key = l.key ORDER BY l.n LIMIT 5", 2, 1, 'enable_seqscan = off' ],
	[ 'LIMIT', "SELECT count(i.summary) FROM (SELECT i.summary FROM many AS l JOIN $bulk AS i ON i.key = l.key LIMIT 5) AS i", 2, 1 ],
	[ 'keys alone, for which a page is large', "SELECT n FROM local AS l JOIN $bulk AS i ON i.key = l.key ORDER BY n", 2, 1 ],
	[ 'nothing to ask for', "SELECT l.n, i.summary FROM odd AS l LEFT JOIN $bulk AS i ON i.key = l.key WHERE l.n BETWEEN 106 AND 110 ORDER BY n", 0, 0 ],
	[ 'a parallel outer side', "SELECT l.n, i.summary FROM sparse AS l JOIN $bulk AS i ON i.key = l.key WHERE l.n % 7 = 0 ORDER BY n", 2, 1,
		'min_parallel_table_scan_size = 0', 'parallel_setup_cost = 0', 'parallel_tuple_cost = 0' ],
);

# The same of look-ups by key.
my @look_ups = (
	[ '10 look-ups', "SELECT l.n, i.key, i.summary FROM local AS l, LATERAL jira_lookup_issue(l.key) AS i ORDER BY n", 1, 1 ],
	[ '300 look-ups', "SELECT l.n, i.key, i.summary FROM many AS l, LATERAL jira_lookup_issue(l.key) AS i ORDER BY n", 3, 3 ],
	[ 'a left join', "SELECT l.n, i.key FROM many AS l LEFT JOIN LATERAL jira_lookup_issue(l.key) AS i ON i.status = 'Done' WHERE l.n < 90 ORDER BY n", 1, 1 ],
	[ 'ids', "SELECT l.id, i.key FROM (VALUES ('10001'), ('10002')) AS l (id), LATERAL jira_lookup_issue(l.id) AS i ORDER BY 1", 1, 1 ],
	[ 'missing ones', "SELECT l.key, i.key, i.summary FROM (VALUES ('OPS-1'), ('OPS-99999'), ('ops-2'), (NULL), ('OPS-99999')) AS l (key) "
		  . "LEFT JOIN LATERAL jira_lookup_issue(l.key, missing_ok => true) AS i ON true ORDER BY 1", 3, 3 ],
);

for my $deployment (qw(cloud server))
{
	use_jira($deployment);
	is_joined(@$_[ 0, 1 ], $_->[ $deployment eq 'cloud' ? 2 : 3 ], @$_[ 4 .. $#$_ ]) for @joins, @look_ups;
}

# --- What is not asked for this way.

# The query has no such join, and the same rows.
sub is_not_joined
{
	my ($name, $query, @settings) = @_;

	unlike(plan_of($query, @settings), qr/JiraKeyJoin/, "$alias, $name: no key join");
	return;
}

use_jira('cloud');
my $plain = "SELECT l.n, i.summary FROM local AS l JOIN $bulk AS i ON i.key = l.key";

is_not_joined('the setting', $plain, 'jira_spoke.pushdown = off');
is_not_joined('no scan', $plain, 'jira_spoke.enable_scan = off');
is_not_joined('a limit of the call',
	q{SELECT l.n FROM local AS l JOIN jira_lookup_issues_stream('project = BULK', max_rows => 10) AS i ON i.key = l.key});
is_not_joined('a key that changes', "SELECT l.n FROM local AS l JOIN $bulk AS i ON i.key = l.key || floor(random())");
is_not_joined('a search that changes', "SELECT l.n FROM local AS l JOIN jira_lookup_issues_stream('id > ' || floor(random())) AS i ON i.key = l.key");
is_not_joined('another column', "SELECT l.n FROM local AS l JOIN $bulk AS i ON i.summary = l.key");
is_not_joined('another operator', "SELECT l.n FROM local AS l JOIN $bulk AS i ON i.key > l.key");
SKIP:
{
	skip 'this server is built without ICU', 1
	  if $node->psql('postgres', q{CREATE COLLATION loose (provider = icu, locale = 'und', deterministic = false)}) != 0;
	is_not_joined('a collation by which different keys are equal',
		"SELECT l.n FROM local AS l JOIN $bulk AS i ON i.key = l.key COLLATE loose");
}
is_not_joined('a right join', "SELECT l.n FROM local AS l RIGHT JOIN $bulk AS i ON i.key = l.key");
is_not_joined('a full join', "SELECT l.n FROM local AS l FULL JOIN $bulk AS i ON i.key = l.key");
is_not_joined('NOT IN', "SELECT n FROM local WHERE key NOT IN (SELECT key FROM $bulk AS i)");
is_not_joined('more keys than issues', "SELECT l.n, i.summary FROM (SELECT 'BULK-' || n AS key, n FROM generate_series(1, 5000) AS n OFFSET 0) AS l "
	  . "JOIN $bulk AS i ON i.key = l.key");

# --- Searches that Jira does not like.

my $odd = "SELECT o.n, o.key, i.summary FROM odd AS o LEFT JOIN $bulk AS i ON i.key = o.key ORDER BY n";

my $odd_rows = rows_of($odd, 'jira_spoke.pushdown = off');
unlike($odd_rows, qr/^failed/, 'odd keys have rows');

# The rows of odd keys, whatever is wrong, in so many requests.
sub is_joined_nevertheless
{
	my ($name, $requests, $notices) = @_;
	my ($rows, $taken, $messages) = run_query($odd);

	is($rows, $odd_rows, "$alias, $name: the same rows");
	is($taken, $requests, "$alias, $name: requests") if defined $requests;
	like($messages, $notices // qr/^$/, "$alias, $name: notices");
	return;
}

$jira->control('POST', 'search', { unknown_keys => 'empty' });
is_joined_nevertheless('a site that is silent about unknown keys', 4);

# An issue that is deleted between the two requests empties a whole answer there.
sub is_joined_without
{
	my ($deleted) = @_;
	my $query = qq{SELECT count(*), count(i.summary) FROM (VALUES ('BULK-1'), ('BULK-2'), ('$deleted')) AS l (key) LEFT JOIN $bulk AS i ON i.key = l.key};

	$jira->close_gate(path => '*search/jql*');
	my $session = JiraSpoke::Background->start($node, "SET jira_spoke.connection = '$alias'; $query;\n");
	$jira->await_at_gate(1);
	query_through($node, $alias, "SELECT jira_delete_issue('$deleted')");
	$jira->clear_faults;
	$jira->open_gate;
	my ($out, $messages) = $session->finish;
	is($out, "3|2\n", "$alias: the others are found if $deleted is deleted meanwhile");
	is($messages, '', "$alias: without a message");
	return;
}

is_joined_without('BULK-1099');
$jira->control('POST', 'search', { unknown_keys => 'refuse' });
is_joined_without('BULK-1098');

for my $status (400, 403, 404)
{
	$jira->fault(kind => 'status', status => $status, times => 1, path => '*bulkfetch*');
	is_joined_nevertheless("bulkfetch is refused with $status", undef);
	$jira->clear_faults;
}

use_jira('server');
$jira->fault(kind => 'status', status => 403, times => 1, path => '*/search', method => 'POST');
is_joined_nevertheless('the check of keys is refused', undef);
$jira->clear_faults;

for (qw(cloud server))
{
	use_jira($_);
	$jira->set_oddities(warnings => $_ eq 'cloud' ? [ { type => 'ODD', message => 'odd' } ] : ['odd']);
	is_joined_nevertheless('a search with warnings', undef, qr/^psql:\S+ WARNING: .*\nDETAIL:  odd$/);
	$jira->set_oddities(warnings => []);
}

# What is wrong with the call itself is the same error.
my @errors = (
	[ 'an unknown field', "SELECT FROM local AS l JOIN jira_lookup_issues_stream('projekt = OPS') AS i ON i.key = l.key" ],
	[ 'a parenthesis too many', "SELECT FROM local AS l JOIN jira_lookup_issues_stream('project = OPS) OR (project = WEB') AS i ON i.key = l.key" ],
	[ 'an open quote', q{SELECT FROM local AS l JOIN jira_lookup_issues_stream('project = "OPS') AS i ON i.key = l.key} ],
	[ 'no search', 'SELECT FROM local AS l JOIN jira_lookup_issues_stream(NULL) AS i ON i.key = l.key' ],
	[ 'no connection', "SELECT FROM local AS l JOIN jira_lookup_issues_stream('project = OPS', connection => 'none') AS i ON i.key = l.key" ],
	[ 'a missing issue', 'SELECT i.key FROM odd AS o, LATERAL jira_lookup_issue(o.key) AS i WHERE o.n > 60 AND o.key IS NOT NULL' ],
	[ 'no key', 'SELECT i.key FROM odd AS o, LATERAL jira_lookup_issue(o.key) AS i WHERE o.n = 106' ],
	[ 'a key with a slash', q{SELECT i.key FROM (VALUES ('OPS-1'), ('a/b')) AS l (key), LATERAL jira_lookup_issue(l.key) AS i} ],
	[ 'a site that fails', q{SELECT i.key FROM local AS l, LATERAL jira_lookup_issue(l.key, connection => 'away') AS i} ],
);

# An error without what is different: times, and the name of a look-up of many issues.
sub error_of { return shift =~ s/jira_lookup_issues?\b(?! AS)( of "[^"]*")?/jira_lookup/gr =~ s/after \d+ ms/after a while/r; }

$node->safe_psql('postgres', q{SELECT jira_create_connection('away', 'http://127.0.0.1:1', 'x', 'y')});
for (qw(cloud server))
{
	use_jira($_);
	for my $case (@errors)
	{
		my ($name, $query) = @$case;
		my ($expected) = run_query($query, 'jira_spoke.pushdown = off', 'jira_spoke.max_retries = 0');
		my ($failed) = run_query($query, 'jira_spoke.max_retries = 0');

		like($expected, qr/^failed: .*ERROR/, "$alias, $name: an error without pushdown");
		is(error_of($failed), error_of($expected), "$alias, $name: the same with it");
	}
}

# A search that is as long as a GET may have it is not made longer.
use_jira('cloud');
my $long = 'key <= BULK-50 AND (' . join(' OR ', 'status != Done', map { "text ~ w$_" } 1000 .. 1480) . ')';

cmp_ok(abs(7750 - length $long), '<', 200, 'a long search');
my ($expected) = run_query("SELECT l.n, i.key FROM many AS l JOIN jira_lookup_issues_stream('$long') AS i ON i.key = l.key AND i.summary <> '' ORDER BY n", 'jira_spoke.pushdown = off');
my ($rows) = run_query("SELECT l.n, i.key FROM many AS l JOIN jira_lookup_issues_stream('$long') AS i ON i.key = l.key AND i.summary <> '' ORDER BY n");
is($rows, $expected, 'a long search: the same rows');
like($rows, qr/BULK-7/, 'a long search: there are some');
is((grep { $_->{method} eq 'POST' && $_->{path} !~ /bulkfetch/ } $jira->requests), 0, 'a long search: no POST instead of GET');

# --- How often it is asked.

# The requests of a query, by the size of the batches.
sub batches
{
	return join ' ', map { scalar @{ decode_json($_->{body})->{issueIdsOrKeys} } } grep { $_->{path} =~ /bulkfetch/ } $jira->requests;
}

run_query("SELECT l.n, i.summary FROM many AS l JOIN $bulk AS i ON i.key = l.key LIMIT 5");
is(batches(), '10', 'LIMIT: twice as many keys as rows');
run_query("SELECT l.n, i.summary FROM many AS l JOIN $bulk AS i ON i.key = l.key AND i.summary LIKE '%9 of%' LIMIT 5");
is(batches(), '10 20 40', 'LIMIT: more and more keys, until there are enough rows');
run_query("SELECT l.n, i.summary FROM many AS l JOIN $bulk AS i ON i.key = l.key ORDER BY l.n LIMIT 5", 'enable_seqscan = off');
is(batches(), '10', 'LIMIT: the order of the outer rows is kept');
unlike(plan_of("SELECT l.n, i.summary FROM many AS l JOIN $bulk AS i ON i.key = l.key ORDER BY l.n LIMIT 5", 'enable_seqscan = off'),
	qr/Sort/, 'LIMIT: so that there is no sort');
run_query("SELECT l.n, i.summary FROM many AS l JOIN $bulk AS i ON i.key = l.key ORDER BY i.summary LIMIT 5");
is(batches(), '100 100 100', 'LIMIT of an order that comes later: all keys');
run_query("BEGIN; DECLARE c CURSOR FOR SELECT l.n, i.summary FROM many AS l JOIN $bulk AS i ON i.key = l.key; FETCH 3 FROM c; FETCH 3 FROM c; COMMIT");
is(batches(), '20', 'a cursor: few keys');
run_query("SELECT EXISTS (SELECT FROM many AS l JOIN $bulk AS i ON i.key = l.key)");
like(batches(), qr/^(2|20|)$/, 'EXISTS: few keys');
is(rows_of("BEGIN; DECLARE c SCROLL CURSOR FOR SELECT l.n FROM local AS l JOIN $bulk AS i ON i.key = l.key; FETCH 4 FROM c; FETCH BACKWARD 2 FROM c; FETCH LAST FROM c; COMMIT"),
	join("\n", 1 .. 4, 3, 2, 10), 'a SCROLL cursor');

# Rows that were asked for are not asked for again, unless the call is another one.
is_joined('a rescan with another condition',
	"SELECT g, s.* FROM generate_series(1, 4) AS g, LATERAL (SELECT count(i.summary) FROM local AS l JOIN $bulk AS i ON i.key = l.key WHERE l.n > g OFFSET 0) AS s", 2);
is_joined('a rescan with another search',
	q{SELECT g, s.* FROM (VALUES ('BULK'), ('OPS'), ('BULK')) AS g (project), LATERAL (SELECT count(i.summary) FROM local AS l }
	  . q{LEFT JOIN jira_lookup_issues_stream('project = ' || g.project) AS i ON i.key = l.key OFFSET 0) AS s}, 7);
is_joined('a rescan with other outer rows',
	"SELECT g, s.* FROM generate_series(1, 4) AS g, LATERAL (SELECT sum(length(i.summary)) FROM many AS l JOIN $bulk AS i ON i.key = l.key WHERE l.n % 4 = g % 4 AND l.n <= 40 OFFSET 0) AS s", 8);

# A prepared statement, until its plan is a generic one, and after it.
my $executions = join '; ', map { "EXECUTE p($_)" } 5, 17, 9, 0, 12, 3, 300, 7;

for my $mode (qw(auto force_generic_plan force_custom_plan))
{
	my $prepared = "PREPARE p (integer) AS SELECT l.n, i.key, i.status FROM many AS l LEFT JOIN $bulk AS i ON i.key = l.key AND i.status = 'Done' WHERE l.n < \$1 ORDER BY l.n; $executions";

	is(rows_of($prepared, "plan_cache_mode = $mode"), rows_of($prepared, "plan_cache_mode = $mode", 'jira_spoke.pushdown = off'), "a prepared statement, $mode");
}

# --- EXPLAIN.

sub explained
{
	my ($query, $options) = @_;
	my ($plan) = run_query("EXPLAIN (FORMAT JSON, COSTS off $options) $query");
	my $top = decode_json($plan)->[0]{Plan};

	$top = $top->{Plans}[0] while ($top->{'Custom Plan Provider'} // '') ne 'JiraKeyJoin';
	return $top;
}

my $explain = "SELECT l.n, i.summary, i.fields ->> 'customfield_10016' FROM many AS l LEFT JOIN $bulk AS i ON i.key = l.key AND i.status = 'Done' WHERE l.n <= 250";
my $plan = explained($explain, '');

is(scalar $jira->requests, 0, 'EXPLAIN asks nothing');
is($plan->{'Join Type'}, 'Left', 'EXPLAIN: the type of the join');
is($plan->{'Join Cond'}, "((i.status = 'Done'::text) AND (i.key = l.key))", 'EXPLAIN: its condition');
is($plan->{Keys}, 'l.key', 'EXPLAIN: the keys');
is($plan->{JQL}, 'project = BULK', 'EXPLAIN: the search');
is_deeply([ sort @{ $plan->{Fields} } ], [qw(customfield_10016 status summary)], 'EXPLAIN: the fields');
is($plan->{Requests}, undef, 'EXPLAIN: no cost');
is($plan->{Plans}[0]{'Node Type'}, 'Seq Scan', 'EXPLAIN: the outer side');
$plan = explained($explain, ', ANALYZE');
is_deeply([ @$plan{ 'Key Batches', 'Keys Asked For', 'Requests', 'Actual Rows', 'Keys Refused' } ], [ 3, 250, 6, 250, undef ], 'EXPLAIN ANALYZE: the batches');
$jira->fault(kind => 'status', status => 403, times => 1, path => '*bulkfetch*');
$plan = explained($explain, ', ANALYZE');
is_deeply([ @$plan{ 'Key Batches', 'Actual Rows', 'Keys Refused' } ], [ 3, 250, Cpanel::JSON::XS::true ], 'EXPLAIN ANALYZE: keys that are refused');
$jira->clear_faults;
$plan = explained(q{SELECT i.key FROM odd AS o, LATERAL jira_lookup_issue(o.key, missing_ok => true) AS i WHERE o.key ~ '^BULK-\d{1,5}$'}, ', ANALYZE');
is_deeply([ @$plan{ 'Keys', 'Key Batches', 'Single Calls', 'Requests' } ], [ 'o.key', 2, 2, 4 ], 'EXPLAIN ANALYZE: look-ups');

# --- Rights, memory, cancelling.

$node->safe_psql('postgres', q{CREATE ROLE guest LOGIN; GRANT SELECT ON local TO guest});
is(rows_or_sqlstate($node, 'guest', $plain), '42501', 'a role that must not call the function');
$node->safe_psql('postgres', <<~'SQL');
	GRANT jira_spoke_user TO guest;
	SELECT jira_grant_connection('cloud', 'guest');
	CREATE SCHEMA reports;
	CREATE VIEW reports.issues AS SELECT l.n, i.status FROM local AS l, LATERAL jira_lookup_issue(l.key, connection => 'cloud') AS i;
	GRANT USAGE ON SCHEMA reports TO guest;
	GRANT SELECT ON reports.issues TO guest;
	REVOKE ALL ON SCHEMA public FROM PUBLIC;
	SQL
is(rows_or_sqlstate($node, 'guest', 'SELECT count(*) FROM reports.issues'), '10', 'a role that has no right on the schema of the functions');

$node->safe_psql('postgres', q{CREATE TABLE large_keys AS SELECT 'BULK-' || i AS key FROM generate_series(1, 20000) AS i; ANALYZE large_keys});

$jira->control('POST', 'reset', { issues => 5000 });

# The memory of a session after some rows of a join, in kB.
my $use = q{SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts WHERE name LIKE 'Jira%'};
my $memory = rows_of("BEGIN; DECLARE c CURSOR FOR SELECT i.summary FROM large_keys AS l JOIN $bulk AS i ON i.key = l.key; "
	  . "MOVE 500 FROM c; $use; MOVE 2000 FROM c; $use; MOVE 2400 FROM c; $use; COMMIT", "work_mem = '64kB'", 'cursor_tuple_fraction = 0.01');
my ($early, $later, $last) = split /\n/, $memory;
cmp_ok($last, '<', $early + 200, "memory does not grow: $early, $later, $last kB");

$jira->close_gate(path => '*search/jql*');
my $session = JiraSpoke::Background->start($node, "SET jira_spoke.connection = 'cloud'; SELECT count(i.summary) FROM local AS l JOIN $bulk AS i ON i.key = l.key;\n$use;\n");
$jira->await_at_gate(1);
$node->safe_psql('postgres', 'SELECT pg_cancel_backend(' . $session->waiting_pid . ')');
my ($out, $messages) = $session->finish;
$jira->open_gate;
like($messages, qr/ERROR:  57014/, 'a join can be cancelled');
cmp_ok($out, '<', 200, 'and leaves nothing');

# --- Shapes of queries.

my @shapes = scan_shapes();

$jira->control('POST', 'reset', { issues => 100 });
$node->safe_psql('postgres', 'DROP TABLE local, repeated CASCADE; ' . shape_setup());
for my $shape (@shapes)
{
	my ($shown) = run_query("BEGIN; $shape->{sql}; ROLLBACK", 'jira_spoke.pushdown = off');
	my ($same) = run_query("BEGIN; $shape->{sql}; ROLLBACK");

	($shown, $same) = map { join "\n", sort split /\n/ } $shown, $same unless $shape->{ordered};
	is($same, $shown, "the same rows: $shape->{name}");
}

done_testing();
