# Jira as foreign tables that can be read: their rows are those of the functions, at
# the same price; who may read them; and what the server makes of foreign tables.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_cluster('tables', 'jira_spoke.max_retries = 0');
my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => 300) } qw(cloud server);
my @issue = qw(id key project issue_type summary description status status_category priority resolution assignee
  assignee_name reporter reporter_name parent labels components fix_versions created updated resolved due);

$node->safe_psql('postgres', <<~'SQL');
	CREATE ROLE owner LOGIN IN ROLE jira_spoke_admin;
	CREATE ROLE reader LOGIN;
	CREATE ROLE stranger LOGIN;
	CREATE TABLE local AS SELECT 'BULK-' || n AS key, n, 'key = BULK-' || n AS query FROM generate_series(1, 300, 60) AS n;
	ANALYZE local;
	SQL
for my $deployment (sort keys %jira)
{
	connect_to($node, $jira{$deployment}, $deployment);
	$node->safe_psql('postgres', <<~"SQL");
		CREATE SERVER $deployment FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection '$deployment');
		CREATE SCHEMA $deployment;
		IMPORT FOREIGN SCHEMA jira FROM SERVER $deployment INTO $deployment;
		SQL
}

rows_are_those_of_the_functions();
conditions_and_limits_reach_jira();
jql_of_the_user();
options_narrow();
custom_fields_are_columns();
whole_rows_and_system_columns();
rows_of_others_change();
queries_of_all_forms();
the_checked_role_needs_the_connection();
a_new_session_reads_tables();
import_takes_options();
options_are_checked();
tables_are_checked();
nothing_is_written();
children();
dumps();

$node->safe_psql('postgres', 'DROP SERVER cloud CASCADE');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relnamespace = 'cloud'::regnamespace}), '0',
	'DROP SERVER CASCADE takes the tables');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, 'nothing crashed');
done_testing();

# Rows of a query, and the requests that it took, as hashes of their parameters.
sub rows_and_requests
{
	my ($deployment, $query) = @_;

	$jira{$deployment}->forget_requests;
	my $rows = $node->safe_psql('postgres', "SET jira_spoke.connection = '$deployment'; SET search_path = $deployment, public; $query");

	return ($rows, map { +{ map { @$_ } @{ $_->{query} } } } grep { $_->{path} =~ /search/ } $jira{$deployment}->requests);
}

sub rows { return (rows_and_requests(@_))[0]; }
sub error { return query_error($node, "SET search_path = cloud, public; $_[0]"); }

sub rows_are_those_of_the_functions
{
	my $columns = join ', ', @issue;
	my %reads = (
		issues => [ "$columns, fields", "jira_lookup_issues_stream('project is not EMPTY')" ],
		stories => [ "$columns, story_points, epic, sprint_id, sprint", 'jira_lookup_stories_stream()' ],
		fields => [ '*', 'jira_lookup_fields()' ],
		priorities => [ '*', 'jira_lookup_issue_priorities()' ]);

	for my $deployment (sort keys %jira)
	{
		my %here = (%reads, projects => [ '*', $deployment eq 'cloud' ? 'jira_lookup_projects_stream()' : 'jira_lookup_projects()' ]);

		%here = (%here, users => [ '*', 'jira_lookup_users_stream()' ], groups => [ '*', 'jira_lookup_groups_stream()' ])
		  if $deployment eq 'cloud';
		for my $table (sort keys %here)
		{
			my ($list, $function) = @{ $here{$table} };
			my ($rows, @requests) = rows_and_requests($deployment, "SELECT $list FROM $table");
			my ($expected, @expected) = rows_and_requests($deployment, "SELECT $list FROM $function");

			ok($rows ne '', "$deployment, $table has rows");
			is(join("\n", sort split /\n/, $rows), join("\n", sort split /\n/, $expected), "$deployment, rows of $table");
			is(scalar @requests, scalar @expected, "$deployment, requests for $table");
		}
	}
	return;
}

sub conditions_and_limits_reach_jira
{
	for my $deployment (sort keys %jira)
	{
		my ($rows, @requests) = rows_and_requests($deployment, q{SELECT key FROM issues WHERE key = 'BULK-7'});

		is($rows, 'BULK-7', "$deployment, one issue");
		is(scalar @requests, 1, "$deployment, by one request");
		like($requests[0]{jql}, qr/BULK-7.* AND \(project is not EMPTY\)/, "$deployment, that asks for it");
		($rows, @requests) = rows_and_requests($deployment, 'SELECT key FROM issues LIMIT 3');
		is($requests[0]{maxResults}, 3, "$deployment, LIMIT sizes the page");
		($rows, @requests) = rows_and_requests($deployment, 'SELECT key FROM issues ORDER BY created DESC LIMIT 3');
		like($requests[0]{jql}, qr/ORDER BY created DESC/, "$deployment, an order of Jira");
		($rows, @requests) = rows_and_requests($deployment, 'SELECT count(*) FROM issues');
		unlike($requests[0]{fields} // '', qr/summary|navigable/, "$deployment, only columns that are used");
	}
	return;
}

sub jql_of_the_user
{
	my $given = q{'key in (BULK-3, BULK-4) ORDER BY key DESC'};

	for my $deployment (sort keys %jira)
	{
		my ($rows, @requests) = rows_and_requests($deployment, "SELECT key, jql FROM issues WHERE jql = $given");

		is($rows, join("\n", map { "BULK-$_|key in (BULK-3, BULK-4) ORDER BY key DESC" } 4, 3), "$deployment, rows of the user's JQL");
		is($requests[0]{jql}, 'project is not EMPTY AND (key in (BULK-3, BULK-4)) ORDER BY key DESC', "$deployment, the JQL sent");
	}
	is(rows('cloud', q{SELECT key FROM issues WHERE jql = 'project = BULK' AND key = 'BULK-9'}), 'BULK-9', 'with another condition');
	is(rows('cloud', q{SELECT count(*) FROM issues WHERE jql = NULL::text}), '0', 'no JQL finds nothing');
	is(rows('cloud', q{PREPARE p(text) AS SELECT key FROM issues WHERE jql = $1; SET plan_cache_mode = force_generic_plan;
		EXECUTE p('key = BULK-5'); EXECUTE p('key = BULK-6'); EXECUTE p(NULL)}), "BULK-5\nBULK-6", 'a parameter');
	is(rows('cloud', 'SELECT l.n, i.key FROM local AS l JOIN issues AS i ON i.jql = l.query ORDER BY 1'),
		join("\n", map { "$_|BULK-$_" } 1, 61, 121, 181, 241), 'a column of another table');
	is(rows('cloud', 'SELECT l.n, (SELECT key FROM issues WHERE jql = l.query) FROM local AS l WHERE n < 100 ORDER BY 1'),
		"1|BULK-1\n61|BULK-61", 'a column of the outer query');
	is(rows('cloud', 'SELECT l.n, i.key FROM local AS l, LATERAL (SELECT key FROM issues WHERE jql = l.query) AS i WHERE n < 100 ORDER BY 1'),
		"1|BULK-1\n61|BULK-61", 'LATERAL');
	is(rows('cloud', q{SELECT l.n, i.key FROM local AS l LEFT JOIN issues AS i ON i.jql = l.query || ' AND key != BULK-61' AND l.n < 200 ORDER BY 1}),
		"1|BULK-1\n61|\n121|BULK-121\n181|BULK-181\n241|", 'an outer join by it');
	is(rows('cloud', 'SELECT count(*) FROM local AS l WHERE EXISTS (SELECT FROM issues WHERE jql = l.query)'), '5', 'EXISTS');
	is(rows('cloud', 'SELECT l.n, i.key, p.key FROM local AS l JOIN issues AS i ON i.jql = l.query JOIN projects AS p ON p.key = i.project WHERE n = 61'), '61|BULK-61|BULK', 'two joins');
	is(rows('cloud', q{SET jira_spoke.pushdown = off; SELECT key FROM issues WHERE jql = 'project = BULK' AND key = 'BULK-9'}), 'BULK-9', 'without pushdown');
	is(rows('cloud', 'SELECT count(jql) FROM (SELECT jql FROM issues LIMIT 5) AS i'), '0', 'NULL without a condition');
	for my $condition (q{jql LIKE 'project%'}, q{jql <> 'project = OPS'}, 'jql IS NULL', q{jql = 'key = A-1' OR key = 'A-1'},
		'jql = summary', q{lower(jql) = 'a'})
	{
		like(error("SELECT key FROM issues WHERE $condition"), qr/0A000: .*only be used in one condition/, "refused: $condition");
	}
	like(error('SELECT * FROM local AS l LEFT JOIN issues AS i ON i.jql > l.query'), qr/0A000/, 'refused in a join');
	like(error('SELECT * FROM issues AS i LEFT JOIN local AS l ON i.jql = l.query'), qr/0A000/, 'refused in an outer join');
	like(error(q{SELECT key FROM issues WHERE jql = 'project = BULK) OR (key = OPS-1'}), qr/22023: .*not closed/, 'no way out of the parentheses');
	return;
}

sub options_narrow
{
	$node->safe_psql('postgres', <<~'SQL');
		CREATE SERVER narrow FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'cloud', jql 'project = BULK');
		CREATE FOREIGN TABLE few (key text, jql text) SERVER narrow OPTIONS (object 'issues', jql 'key <= BULK-20 OR key = OPS-1');
		SQL
	my ($rows, @requests) = rows_and_requests('cloud', q{SELECT count(*) FROM few WHERE jql = 'key >= BULK-11'});

	is($rows, '10', 'server, table and user narrow');
	like($requests[0]{jql}, qr/project = BULK.*key <= BULK-20.*key >= BULK-11/, 'of all three');
	is(rows('cloud', q{PREPARE p AS SELECT count(*) FROM few; SET plan_cache_mode = force_generic_plan; EXECUTE p;
		ALTER SERVER narrow OPTIONS (SET jql 'project = OPS'); EXECUTE p; ALTER FOREIGN TABLE few OPTIONS (SET jql 'key = OPS-2'); EXECUTE p}), "20\n1\n1", 'options may change');
	return;
}

sub custom_fields_are_columns
{
	my %columns = (
		acceptance_criteria => 'text', effort_in_days => 'numeric', severity => 'text', affected_areas => 'text[]', location => 'text',
		reviewer => 'text', reviewer_name => 'text', owning_group => 'text', customer => 'text', customer_10038 => 'text',
		begins_at => 'timestamp with time zone', tags => 'text[]', target_start => 'date', approvers => 'text[]', rank => 'jsonb');

	for my $deployment (sort keys %jira)
	{
		my %there = split /[|\n]/, rows($deployment, qq{SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
			WHERE attrelid = 'issues'::regclass AND attfdwoptions IS NOT NULL});

		is($there{$_}, $columns{$_}, "$deployment, column $_") for sort keys %columns;
		ok(!exists $there{story_points_10016} && !exists $there{sprint_10020}, "$deployment, those of stories have a column already");
	}
	$node->safe_psql('postgres', <<~'SQL');
		SELECT jira_update_issue('BULK-1', fields => '{"Severity": "Major", "Affected areas": ["Web", "Mobile"], "Location": ["Asia", "Osaka"], "Effort in days": 2.5,
			"customfield_10037": "ACME", "Tags": ["a", "b"], "Target start": "2024-05-31"}', connection => 'cloud');
		SQL
	my ($rows, @requests) = rows_and_requests('cloud',
		q{SELECT severity, effort_in_days + 1, customer, tags, target_start - 1, affected_areas, location, reviewer FROM issues WHERE key = 'BULK-1'});

	is($rows, 'Major|3.5|ACME|{a,b}|2024-05-30|{Web,Mobile}|Asia / Osaka|', 'values of custom fields');
	unlike($requests[0]{fields}, qr/navigable|summary/, 'and no other fields');
	is(rows('cloud', q{SELECT key FROM issues WHERE severity = 'Major' AND customer = 'ACME'}), 'BULK-1', 'conditions on them');
	return;
}

sub whole_rows_and_system_columns
{
	is(rows('cloud', q{SELECT (i).key, (i).summary IS NOT NULL, (i).fields ? 'summary' FROM (SELECT i FROM issues AS i WHERE key = 'BULK-2') AS s}),
		'BULK-2|t|t', 'a whole row');
	is(rows('cloud', q{SELECT to_jsonb(i) ->> 'key' FROM issues AS i WHERE key = 'BULK-2'}), 'BULK-2', 'a row as JSON');
	is(rows('cloud', q{SELECT tableoid::regclass, key FROM issues WHERE key = 'BULK-2'}), 'issues|BULK-2', 'tableoid');
	is(rows('cloud', q{SELECT DISTINCT tableoid::regclass FROM (TABLE local) AS l, LATERAL (SELECT tableoid FROM issues WHERE key = l.key) AS i}),
		'issues', 'tableoid of a row that is read again');
	is(rows('cloud', q{SELECT key FROM issues WHERE key = 'BULK-2' FOR UPDATE}), 'BULK-2', 'FOR UPDATE');
	like(rows('cloud', q{EXPLAIN (VERBOSE, COSTS OFF) SELECT key FROM issues WHERE summary LIKE 'x%' AND status = 'Open'}),
		qr/Custom Scan \(JiraScan\) on cloud.issues\n.*Output: key\n.*Filter: .*JQL: project is not EMPTY\n.*Connection: cloud\n.*Conditions in JQL: status/s, 'EXPLAIN VERBOSE');
	like(rows('cloud', q{EXPLAIN (COSTS OFF) SELECT key FROM issues WHERE jql = 'key = A-1'}),
		qr/JQL: project is not EMPTY AND \(key = A-1\)/, 'EXPLAIN shows JQL');
	return;
}

sub rows_of_others_change
{
	my $session = $node->background_psql('postgres');

	$session->query_safe('BEGIN; UPDATE local SET n = n + 1000 WHERE key = $$BULK-61$$');
	my $waiting = $node->background_psql('postgres');
	$waiting->query_until(qr/started/, "\\echo started\nUPDATE local SET query = i.summary FROM cloud.issues AS i WHERE i.key = local.key RETURNING n, i.key;\n");
	$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'});
	$session->query_safe('COMMIT');
	$waiting->query_safe('SELECT 1');
	$_->quit for $waiting, $session;
	is($node->safe_psql('postgres', q{SELECT n, query LIKE 'key =%' FROM local WHERE key = 'BULK-61'}), '1061|f', 'a row changed meanwhile is updated');
	$node->safe_psql('postgres', q{UPDATE local SET n = n % 1000, query = 'key = ' || key});
	return;
}

sub queries_of_all_forms
{
	my @three = map { "BULK-$_" } 1 .. 3;
	my $three = join ', ', map { "'$_'" } @three;
	my $rows = join "\n", @three;

	$node->safe_psql('postgres', 'CREATE VIEW bulk AS SELECT key, summary, status, jql FROM cloud.issues;
		CREATE MATERIALIZED VIEW kept AS SELECT key FROM cloud.issues WHERE key = $$BULK-1$$');
	is(rows('cloud', "SELECT key FROM bulk WHERE key IN ($three) ORDER BY length(key), key"), $rows, 'a view');
	is(rows('cloud', 'REFRESH MATERIALIZED VIEW kept; TABLE kept'), 'BULK-1', 'a materialized view');
	is(rows('cloud', "WITH i AS MATERIALIZED (SELECT key FROM issues WHERE key IN ($three)) SELECT key FROM i ORDER BY key"), $rows, 'a CTE');
	is(rows('cloud', "PREPARE p(text[]) AS SELECT key FROM issues WHERE key = ANY (\$1) ORDER BY key; SET plan_cache_mode = force_generic_plan;
		EXECUTE p(ARRAY[$three]); EXECUTE p('{BULK-9}')"), "$rows\nBULK-9", 'a prepared statement');
	is(rows('cloud', "BEGIN; DECLARE c SCROLL CURSOR FOR SELECT key FROM issues WHERE jql = 'project = BULK ORDER BY key';
		FETCH 2 FROM c; FETCH BACKWARD 1 FROM c; COMMIT"), "BULK-1\nBULK-2\nBULK-1", 'a scrolled cursor');
	is(rows('cloud', 'SELECT count(*) FROM local WHERE key IN (SELECT key FROM issues)'), '5', 'a semi-join');
	is(rows('cloud', 'SELECT count(*) FROM local AS l LEFT JOIN issues AS i USING (key) WHERE i.key IS NOT NULL'), '5', 'an outer join');
	is(rows('cloud', "SELECT key FROM issues WHERE key = 'BULK-1' UNION ALL SELECT key FROM bulk WHERE key = 'BULK-2'"), "BULK-1\nBULK-2", 'UNION ALL');
	is(rows('cloud', q{DO $$ BEGIN PERFORM key FROM issues WHERE jql = 'nonsense here'; EXCEPTION WHEN OTHERS THEN
		PERFORM set_config('x.user', current_user, false); END $$; SELECT current_setting('x.user') = session_user}), 't', 'an error is caught');
	is(rows('cloud', "SELECT key FROM issues, pg_sleep(0) WHERE fields ->> 'summary' IS NOT NULL AND key = 'BULK-1'"), 'BULK-1', 'a field by its id');
	my ($found, @requests) = rows_and_requests('cloud', "SELECT fields ->> 'customfield_10016' FROM issues WHERE key = 'BULK-1'");
	unlike($requests[0]{fields}, qr/navigable/, 'only the field that is taken out is requested');
	return;
}

# Who reads through a view of another role needs neither the connection nor the
# functions: the owner of the view has the former.
sub the_checked_role_needs_the_connection
{
	my $read = q{SELECT key FROM owned WHERE key = 'BULK-1'};

	$node->safe_psql('postgres', <<~'SQL');
		GRANT USAGE ON SCHEMA cloud TO owner, reader, stranger;
		GRANT SELECT ON cloud.issues TO owner, reader;
		CREATE VIEW owned AS SELECT key, summary FROM cloud.issues;
		CREATE VIEW invoked WITH (security_invoker) AS SELECT key FROM cloud.issues;
		ALTER VIEW owned OWNER TO owner;
		GRANT SELECT ON owned TO stranger;
		GRANT SELECT ON invoked TO stranger, reader;
		SQL
	is(rows_or_sqlstate($node, 'stranger', $read), '42704', 'the owner of a view lacks the connection');
	$node->safe_psql('postgres', q{SELECT jira_grant_connection('cloud', 'owner', 'read')});
	is(rows_or_sqlstate($node, 'stranger', $read), 'BULK-1', 'the owner has it: SELECT on the view is enough');
	is(rows_or_sqlstate($node, 'stranger', "SELECT count(*) > 200, current_user FROM owned"), 't|stranger', 'on many pages');
	is(rows_or_sqlstate($node, 'stranger', q{SELECT key FROM cloud.issues}), '42501', 'but not on the table');
	is(rows_or_sqlstate($node, 'stranger', q{SELECT key FROM invoked}), '42501', 'nor on a view that checks who asks');
	is(rows_or_sqlstate($node, 'reader', q{SELECT key FROM invoked WHERE key = 'BULK-1'}), '42704', 'a reader of the table needs the connection');
	is(rows_or_sqlstate($node, 'reader', q{SELECT key FROM cloud.issues WHERE key = 'BULK-1'}), '42704', 'directly, too');
	$node->safe_psql('postgres', q{SET client_min_messages = error; SELECT jira_grant_connection('cloud', 'reader', 'read')});
	is(rows_or_sqlstate($node, 'reader', q{SELECT key FROM cloud.issues WHERE key = 'BULK-1'}), 'BULK-1', 'and has it, without any function');
	is(rows_or_sqlstate($node, 'reader', q{SELECT key FROM jira_lookup_issues_stream('key = BULK-1', connection => 'cloud')}), '42501', 'which it may not call');
	is(rows_or_sqlstate($node, 'stranger', q{PREPARE p AS SELECT key FROM owned WHERE key = 'BULK-1'; EXECUTE p; EXECUTE p}), "BULK-1\nBULK-1", 'prepared');
	is(rows_or_sqlstate($node, 'stranger', q{CREATE SERVER mine FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'cloud')}), '42501',
		'servers are made by administrators');
	is(rows_or_sqlstate($node, 'owner', q{CREATE SERVER mine FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'cloud'); DROP SERVER mine}), '', 'who may');
	return;
}

# The library is not loaded before the first query.
sub a_new_session_reads_tables
{
	for my $query (q{SELECT key FROM cloud.issues WHERE key = 'BULK-1'}, q{SELECT (i).key FROM (SELECT i FROM cloud.issues AS i WHERE key = 'BULK-1') AS s},
		q{SELECT key FROM bulk WHERE key = 'BULK-1'})
	{
		is($node->safe_psql('postgres', $query), 'BULK-1', "first of a session: $query");
	}
	return;
}

sub import_takes_options
{
	my $list = q{SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'imported'::regnamespace AND relkind = 'f'};
	my $custom = q{SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'imported.issues'::regclass AND attfdwoptions IS NOT NULL};
	my $import = sub {
		my ($clauses, $query) = @_;

		return $node->safe_psql('postgres', "DROP SCHEMA IF EXISTS imported CASCADE; CREATE SCHEMA imported;
			IMPORT FOREIGN SCHEMA jira $clauses; $query");
	};

	is($import->('LIMIT TO (issues, fields) FROM SERVER cloud INTO imported', $list), 'fields issues', 'LIMIT TO');
	my $some = "$list AND relname IN ('issues', 'fields', 'projects', 'users', 'groups', 'filters')";

	is($import->('EXCEPT (issues, fields, stories) FROM SERVER cloud INTO imported', $some), 'filters groups projects users', 'EXCEPT');
	is($import->('FROM SERVER server INTO imported', $some), 'fields issues projects users', 'tables that Data Center lacks');
	is($import->(q{LIMIT TO (issues) FROM SERVER cloud INTO imported OPTIONS (custom_fields 'none')}, $custom), '', 'no custom fields');
	is($import->(q{LIMIT TO (issues) FROM SERVER cloud INTO imported OPTIONS (custom_fields 'severity, customfield_10041')}, $custom),
		'severity target_start', 'chosen ones');
	is($import->(q{LIMIT TO (issues) FROM SERVER cloud INTO imported OPTIONS (jql 'key = BULK-8')}, 'SELECT key FROM imported.issues'), 'BULK-8', 'narrowed');
	my $comment = 'SELECT obj_description($$imported.issues$$::regclass), ' . join ', ',
	  map { "(SELECT col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'imported.issues'::regclass AND attname = '$_')" }
	  qw(status story_points affected_areas reviewer_name fields jql);
	is($import->(q{LIMIT TO (issues) FROM SERVER cloud INTO imported}, $comment), join('|', 'issues, as Jira has them', 'name of the status, as Jira shows it to the account',
		'estimate of the story, in points', 'field "Affected areas" (customfield_10033), array of option', 'field "Reviewer" (customfield_10035.displayName), user',
		'the requested fields, by id, as Jira sent them', q{the JQL that Jira is asked for: jql = '...' in a query}), 'comments');
	is($import->('FROM SERVER cloud INTO imported', q{SELECT count(*) FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = attrelid
		WHERE relnamespace = 'imported'::regnamespace AND attnum > 0 AND col_description(c.oid, attnum) IS NULL AND relkind = 'f'}), '0', 'on every column');
	$jira{cloud}->forget_requests;
	$import->('FROM SERVER cloud INTO imported', '');
	is(join(' ', map { s{ .*/}{ }r } $jira{cloud}->request_lines), 'GET field', 'an import asks for the fields once');
	like(error('IMPORT FOREIGN SCHEMA jql FROM SERVER cloud INTO imported'), qr/HV00Q.*The schema is called "jira"/s, 'another schema');
	like(error(q{IMPORT FOREIGN SCHEMA jira FROM SERVER cloud INTO imported OPTIONS (custom_fields 'Nowhere')}), qr/42703: .*no field "Nowhere"/, 'an unknown field');
	like(error(q{IMPORT FOREIGN SCHEMA jira FROM SERVER cloud INTO imported OPTIONS (fields 'x')}), qr/HV00D.*jql, custom_fields/s, 'an unknown option');
	return;
}

sub options_are_checked
{
	my $server = 'CREATE SERVER bad FOREIGN DATA WRAPPER jira_spoke';
	my $table = 'CREATE FOREIGN TABLE bad (key text) SERVER cloud OPTIONS';
	my %errors = (
		$server => qr/HV00J: .*must have the option "connection"/,
		"$server OPTIONS (connection '')" => qr/HV00J/,
		"$server OPTIONS (connection 'cloud', url 'x')" => qr/HV00D: .*"url".*connection, jql/s,
		"$server OPTIONS (connection 'cloud', jql 'project = OPS ORDER BY key')" => qr/22023: .*ORDER BY/,
		"$server OPTIONS (connection 'cloud', jql 'project = OPS) OR (project = WEB')" => qr/22023: .*not closed/,
		"$server OPTIONS (connection 'cloud', jql 'summary ~ \"a')" => qr/22023: .*not closed/,
		"$table (object 'nothing')" => qr/HV00R: .*issues, stories/s,
		"$table (connection 'x')" => qr/HV00D: .*jql, object/s,
		"$table (jql 'key = A-1 order by key')" => qr/22023: .*ORDER BY/,
		"CREATE FOREIGN TABLE bad (x text OPTIONS (field 'a b')) SERVER cloud" => qr/22023: .*not the id of a field/,
		"CREATE FOREIGN TABLE bad (x text OPTIONS (name 'a')) SERVER cloud" => qr/HV00D: .*field/s,
		q{CREATE USER MAPPING FOR owner SERVER cloud OPTIONS (x 'y')} => qr/HV00D: .*no valid options/s,
		q{ALTER FOREIGN DATA WRAPPER jira_spoke OPTIONS (ADD x 'y')} => qr/HV00D/,
		'ALTER SERVER cloud OPTIONS (DROP connection)' => qr/HV00J/);

	like(error($_), $errors{$_}, $_) for sort keys %errors;
	is(error("$server OPTIONS (connection 'not there'); DROP SERVER bad"), '', 'the alias need not exist');
	return;
}

sub tables_are_checked
{
	my $table = 'CREATE FOREIGN TABLE odd';
	my %errors = (
		'(key text) SERVER cloud' => qr/HV00R: .*no table "odd"/,
		q{(nothing text) SERVER cloud OPTIONS (object 'issues')} => qr/HV005: .*no column "nothing"/,
		q{(created date) SERVER cloud OPTIONS (object 'issues')} => qr/HV004: .*"created" must be of type timestamp with time zone/,
		q{(x inet OPTIONS (field 'customfield_10016')) SERVER cloud OPTIONS (object 'issues')} => qr/HV004: .*"x" must be of type/);

	like(error("BEGIN; $table $_; TABLE odd"), $errors{$_}, $_) for sort keys %errors;

	# A column that only has the name of another one is not asked for as that one.
	$node->safe_psql('postgres', <<~'SQL');
		CREATE FOREIGN TABLE odd (gone text, key text, status text OPTIONS (field 'customfield_10032')) SERVER cloud OPTIONS (object 'issues');
		ALTER FOREIGN TABLE odd DROP COLUMN gone;
		SQL
	is(rows('cloud', q{SELECT key, status FROM odd WHERE status = 'Major' AND key = 'BULK-1'}), 'BULK-1|Major', 'a field in a column that is called otherwise');
	is(rows('cloud', q{SELECT (o).key FROM (SELECT o FROM odd AS o WHERE key = 'BULK-2') AS s}), 'BULK-2', 'a table with a dropped column');
	return;
}

sub nothing_is_written
{
	$jira{cloud}->forget_requests;
	like(error(q{INSERT INTO issues (summary) VALUES ('x')}), qr/cannot insert into foreign table "issues"/, 'INSERT');
	like(error(q{UPDATE issues SET summary = 'x'}), qr/cannot update foreign table "issues"/, 'UPDATE');
	like(error('DELETE FROM issues'), qr/cannot delete from foreign table "issues"/, 'DELETE');
	like(error('TRUNCATE issues'), qr/cannot truncate foreign table "issues"/, 'TRUNCATE');
	like(error(q{COPY issues (summary) FROM PROGRAM 'echo x'}), qr/cannot insert into foreign table "issues"/, 'COPY');
	is($node->safe_psql('postgres', q{SELECT is_insertable_into FROM information_schema.tables WHERE table_schema = 'cloud' AND table_name = 'issues'}),
		'NO', 'and it is said so');
	is(scalar $jira{cloud}->requests, 0, 'nothing is asked of Jira');
	return;
}

# The issues of two sites in one table.
sub children
{
	$node->safe_psql('postgres', <<~'SQL');
		CREATE TABLE every (key text, summary text, created timestamptz);
		CREATE FOREIGN TABLE of_cloud () INHERITS (every) SERVER cloud OPTIONS (object 'issues', jql 'project = BULK');
		CREATE FOREIGN TABLE of_server () INHERITS (every) SERVER server OPTIONS (object 'issues', jql 'project = BULK');
		SQL
	is(rows('cloud', q{SELECT tableoid::regclass, key, summary IS NOT NULL FROM every WHERE key = 'BULK-1' ORDER BY 1}),
		"of_cloud|BULK-1|t\nof_server|BULK-1|t", 'children of a table');
	is(rows('cloud', q{SELECT e.key FROM every AS e WHERE key = 'BULK-1' ORDER BY created LIMIT 3}), "BULK-1\nBULK-1", 'in order');
	is(rows('cloud', q{EXPLAIN (COSTS OFF) SELECT key FROM every ORDER BY created LIMIT 3}) =~ s{[^\0]*?(Order by Jira: created ASC)[^\0]*?(Order by Jira: created ASC)[^\0]*}{$1, $2}r, 'Order by Jira: created ASC, Order by Jira: created ASC', 'of both sites');
	is(rows('cloud', q{SELECT (e).key FROM (SELECT e FROM every AS e WHERE key = 'BULK-1') AS s}), "BULK-1\nBULK-1", 'whole rows');
	return;
}

sub dumps
{
	my $dump = PostgreSQL::Test::Utils::tempdir . '/dump.sql';

	$node->command_ok([ 'pg_dump', '--no-sync', "--file=$dump", $node->connstr('postgres') ], 'pg_dump');
	$node->safe_psql('postgres', 'CREATE DATABASE restored');
	$node->command_ok([ 'psql', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', "--file=$dump", $node->connstr('restored') ], 'restore');
	is($node->safe_psql('restored', q{SELECT key, severity FROM cloud.issues WHERE key = 'BULK-1'}), 'BULK-1|Major', 'tables of the restored database');
	return;
}
