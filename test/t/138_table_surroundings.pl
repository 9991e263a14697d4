# Foreign tables where few have looked: databases in other encodings than UTF-8,
# parallel plans, members of UNION ALL and partitions in joins, views of other roles
# that are explained, rows that are shown whole or locked.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use Encode qw(encode);
use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;

my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => 300) } qw(cloud server);
my $node = start_cluster('surroundings', 'jira_spoke.max_retries = 0', 'jit = off', q{timezone = 'UTC'});

$node->safe_psql('postgres', <<'SQL');
CREATE ROLE owner LOGIN;
CREATE ROLE analyst LOGIN;
GRANT CREATE ON SCHEMA public TO owner, analyst;
CREATE TABLE local AS SELECT 'BULK-' || n AS key, n FROM generate_series(1, 600, 7) AS n;
INSERT INTO local VALUES ('OPS-1', 0), ('nope', -1), (NULL, -2);
CREATE TABLE big AS SELECT 'BULK-' || n AS key, n FROM generate_series(1, 20000) AS n;
ANALYZE;
SQL
for my $deployment (sort keys %jira)
{
	connect_to($node, $jira{$deployment}, $deployment);
	$node->safe_psql('postgres', <<"SQL");
SELECT jira_grant_connection('$deployment', 'owner', 'read');
CREATE SERVER $deployment FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection '$deployment');
CREATE SCHEMA $deployment;
IMPORT FOREIGN SCHEMA jira FROM SERVER $deployment INTO $deployment;
GRANT USAGE ON SCHEMA $deployment TO owner;
GRANT SELECT ON ALL TABLES IN SCHEMA $deployment TO owner;
SQL
}
my $debug_parallel = $node->pg_version >= 16 ? 'debug_parallel_query' : 'force_parallel_mode';
my $eager = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;';

other_encodings();
parallel_plans();
members_of_joins();
explained_by_others();
refreshed_by_others();
barriers();
rows_as_texts();
locked_rows();
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, 'nothing crashed');
done_testing();

sub query { return $node->safe_psql('postgres', @_); }
sub as { my ($role, $query) = @_; return rows_or_error($node, $query, role => $role); }

# --- Encodings.

sub other_encodings
{
	my %words = (LATIN1 => [ "Gr\x{f6}\x{df}e", "\x{62c5}\x{5f53}" ], EUC_JP => [ "\x{62c5}\x{5f53}", "\x{20ac} \x{1f600}" ]);

	for my $encoding (sort keys %words)
	{
		my ($has, $lacks) = @{ $words{$encoding} };

		$jira{cloud}->set_oddities(more_fields => [ map { +{ id => "customfield_1100$_->[0]", name => $_->[1], type => 'number', custom => 'com.atlassian.jira.plugin.system.customfieldtypes:float' } }
			  [ 0, $has ], [ 1, $lacks ] ]);
		$node->safe_psql('postgres', "CREATE DATABASE \L$encoding\E ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
		$node->safe_psql(lc $encoding, 'CREATE EXTENSION jira_spoke');
		connect_to($node, $jira{cloud}, 'cloud', dbname => lc $encoding);
		has_tables(lc $encoding, $has);
		reads_what_it_has(lc $encoding, $has, $lacks);
		minds_what_it_lacks(lc $encoding, $has, $lacks);
	}
	$jira{cloud}->set_oddities(more_fields => []);
	return;
}

# Rows of a script in UTF-8, and the errors, in a database of another encoding.
sub encoded
{
	my ($database, $script) = @_;
	my ($out, $error);

	$node->psql($database, "SET client_encoding = 'UTF8';\n" . encode('UTF-8', $script), stdout => \$out, stderr => \$error, extra_params => ['--set=VERBOSITY=verbose'], on_error_stop => 0);
	return ($out, $error);
}

sub rows_are
{
	my ($database, $script, $expected, $name) = @_;
	my ($out, $error) = encoded($database, $script);

	is("$error$out", encode('UTF-8', $expected), "$database: $name");
	return;
}

sub has_tables
{
	my ($database, $has) = @_;

	rows_are($database, q{CREATE SERVER cloud FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'cloud'); IMPORT FOREIGN SCHEMA jira FROM SERVER cloud INTO public;
		SELECT count(*) FROM pg_class WHERE relkind = 'f' AND relnamespace = 'public'::regnamespace}, query(q{SELECT count(*) FROM pg_class WHERE relkind = 'f' AND relnamespace = 'cloud'::regnamespace}), 'all tables');
	rows_are($database, qq{SELECT col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'issues'::regclass AND attname = '\L$has\E'}, qq{field "$has" (customfield_11000), number}, 'a column that is named after a field');
	rows_are($database, qq{SELECT count("\L$has\E") FROM issues WHERE "\L$has\E" IS NULL AND key = 'OPS-1'}, '0', 'which can be read');
	rows_are($database, q{SELECT count(*) > 0 FROM pg_attribute WHERE attrelid = 'issues'::regclass AND attfdwoptions::text ~ 'customfield_11001' AND attname ~ '^[a-z0-9_]+$'}, 't', 'a name that it lacks has what is left of it');
	return;
}

sub reads_what_it_has
{
	my ($database, $has, $lacks) = @_;
	my ($key) = encoded($database, qq{SELECT jira_create_issue('OPS', 'Bug', '$has 1', labels => '{$has}', fields => '{"customfield_10037": "$has", "customfield_10040": ["$has"]}', connection => 'cloud')});
	my $condition = qq{labels \@> '{$has}' AND key = '$key'};

	like($key, qr/^OPS-\d+$/, "$database: an issue");
	rows_are($database, qq{SELECT summary, labels, customer, tags, fields ->> 'summary' FROM issues WHERE $condition}, qq[$has 1|{$has}|$has|{$has}|$has 1], 'values');
	$jira{cloud}->forget_requests;
	encoded($database, "SELECT key FROM issues WHERE $condition");
	my ($jql) = map { $_->[1] } grep { $_->[0] eq 'jql' } map { @{ $_->{query} } } $jira{cloud}->requests;
	like($jql, qr/labels = "$has"/, "$database: a condition travels in UTF-8");
	rows_are($database, qq{SELECT key, jql FROM issues WHERE jql = 'summary ~ "$has" AND key = $key'}, qq{$key|summary ~ "$has" AND key = $key}, 'the JQL of the user');
	rows_are($database, qq{CREATE FOREIGN TABLE few (key text, labels text[]) SERVER cloud OPTIONS (object 'issues', jql 'labels = "$has" AND key = $key'); TABLE few}, "$key|{$has}", 'the JQL of a table');
	like((encoded($database, 'EXPLAIN TABLE few'))[0], qr/JQL: .*labels = "\Q@{[ encode('UTF-8', $has) ]}\E"/, "$database: EXPLAIN");
	rows_are($database, qq{CREATE TABLE known AS SELECT '$key'::text AS key, '$has'::text AS word; SELECT k.word = ANY (i.labels), i.summary FROM known AS k JOIN issues AS i USING (key)}, "t|$has 1", 'a join by key');
	rows_are($database, qq{SELECT count(*) FROM issues WHERE jql = 'key = $key' AND assignee = '$has'}, '0', 'an account that does not exist');
	rows_are($database, qq{SELECT count(*) FROM versions WHERE project = '$has'}, '0', 'nor does a project');
	return;
}

sub minds_what_it_lacks
{
	my ($database, $has, $lacks) = @_;
	my $encoding = uc $database;
	my ($key) = encoded('postgres', qq{SELECT jira_create_issue('OPS', 'Bug', '$lacks', labels => '{known}', connection => 'cloud')});
	my ($out, $error) = encoded($database, qq{SELECT key, labels FROM issues WHERE key = '$key'; SELECT summary FROM issues WHERE key = '$key'; SELECT fields FROM issues WHERE key = '$key'; SELECT 'alive'});

	is($out, "$key|{known}\nalive", "$database: columns that it has, and a session that goes on");
	is(scalar(() = $error =~ /ERROR:  22P05: .*has no equivalent in encoding "$encoding"$/mg), 2, "$database: an error for columns that it lacks") or diag $error;
	like((encoded($database, 'ANALYZE issues'))[1], qr/22P05/, "$database: ANALYZE of columns that it lacks");
	($out, $error) = encoded($database, q{SELECT format('ALTER FOREIGN TABLE issues ALTER %I SET STATISTICS 0', attname) FROM pg_attribute WHERE attrelid = 'issues'::regclass AND attnum > 0 AND attname NOT IN ('key', 'status')
		\gexec
		ANALYZE issues; SELECT reltuples > 300 FROM pg_class WHERE oid = 'issues'::regclass});
	is("$error$out", 't', "$database: and of those that it has");
	like((encoded($database, qq{SELECT count(*) FROM issues WHERE jql = 'nonsense $has'}))[1], qr/22023/, "$database: an error of Jira");
	encoded('postgres', qq{SELECT jira_delete_issue('$key', connection => 'cloud')});
	return;
}

# --- Parallel plans.

sub parallel_plans
{
	my %queries = (
		'a table' => q{SELECT count(*) FROM cloud.issues WHERE project = 'BULK'},
		'children, of a local table too' => q{SELECT tableoid::regclass, count(*) FROM every GROUP BY 1 ORDER BY 1},
		'partitions of two sites' => q{SELECT tableoid::regclass, count(*), count(summary) FROM issue GROUP BY 1 ORDER BY 1},
		'a join of a large table' => 'SELECT count(*), sum(b.n) FROM big AS b JOIN cloud.issues AS i ON i.key = b.key',
		'a join of partitions with a large table' => 'SELECT count(*), sum(b.n) FROM big AS b JOIN issue AS i ON i.key = b.key',
		'an outer join' => 'SELECT count(*), count(i.key) FROM big AS b LEFT JOIN cloud.issues AS i ON i.key = b.key',
		'NOT EXISTS' => 'SELECT count(*) FROM big AS b WHERE NOT EXISTS (SELECT FROM cloud.issues AS i WHERE i.key = b.key)',
		'a sub-query for each row' => 'SELECT sum((SELECT count(*) FROM cloud.issues AS i WHERE i.key = b.key)) FROM big AS b WHERE n % 1000 = 7',
		'a sub-query once' => 'SELECT count(*) FROM big AS b WHERE n < (SELECT count(*) FROM cloud.issues WHERE project = $$BULK$$)',
		'a hashed sub-query' => 'SELECT count(*) FROM big AS b WHERE b.key NOT IN (SELECT key FROM cloud.issues)',
		'UNION ALL' => q{SELECT count(*), count(DISTINCT key) FROM (SELECT key FROM big WHERE n <= 400 UNION ALL SELECT key FROM cloud.issues WHERE project = 'BULK') AS u},
		'UNION ALL in order' => q{SELECT key FROM (SELECT key, now() - n * interval '1 day' AS created FROM big UNION ALL SELECT key, created FROM cloud.issues) AS u ORDER BY created LIMIT 3},
		'a CTE' => q{WITH i AS MATERIALIZED (SELECT key FROM cloud.issues WHERE project = 'BULK') SELECT count(*) FROM big JOIN i USING (key)},
		'LATERAL' => q{SELECT count(*) FROM (SELECT key FROM big WHERE n % 1000 = 7) AS b, LATERAL (SELECT key FROM cloud.issues AS i WHERE i.key = b.key) AS i},
		'an aggregate in order' => q{SELECT status, count(*) FROM cloud.issues WHERE project = 'BULK' GROUP BY status ORDER BY status},
	);

	query(<<'SQL');
CREATE TABLE every (key text, summary text, created timestamptz);
INSERT INTO every SELECT key, 'local', now() FROM big;
CREATE FOREIGN TABLE of_cloud () INHERITS (every) SERVER cloud OPTIONS (object 'issues', jql 'project = BULK');
CREATE FOREIGN TABLE of_server () INHERITS (every) SERVER server OPTIONS (object 'issues', jql 'project = BULK');
CREATE TABLE issue (key text, project text NOT NULL, summary text) PARTITION BY LIST (project);
CREATE FOREIGN TABLE issue_web PARTITION OF issue FOR VALUES IN ('WEB') SERVER cloud OPTIONS (object 'issues', jql 'project = WEB');
CREATE FOREIGN TABLE issue_bulk PARTITION OF issue FOR VALUES IN ('BULK') SERVER server OPTIONS (object 'issues', jql 'project = BULK');
CREATE TABLE issue_old PARTITION OF issue DEFAULT;
INSERT INTO issue SELECT 'OLD-' || n, 'OLD', NULL FROM generate_series(1, 5000) AS n;
ANALYZE every, issue_old;
SQL
	for my $name (sort keys %queries)
	{
		my $expected = query("SET max_parallel_workers_per_gather = 0; SET jira_spoke.pushdown = off; $queries{$name}");

		isnt($expected, '', "$name: there are rows");
		is(query("$eager $queries{$name}"), $expected, "$name: a parallel plan");
		is(query("$eager SET enable_hashjoin = off; SET enable_mergejoin = off; $queries{$name}"), $expected, "$name: with nested loops") unless $name =~ /join of|outer|EXISTS|CTE/;
		is(query("SET $debug_parallel = on; $queries{$name}"), $expected, "$name: as if each plan were parallel");
	}
	my $plan = query("$eager EXPLAIN (COSTS OFF) SELECT count(*) FROM every");
	like($plan, qr/Gather/, 'a plan of all children is parallel') if $plan =~ /Parallel/;
	unlike(query("$eager EXPLAIN (COSTS OFF, VERBOSE) $queries{'a join of a large table'}"), qr/^( *)->  Gather.*\n(?:\1 .*\n)*\1 .*JiraScan/m, 'no worker reads a foreign table');
	return;
}

# --- Members of UNION ALL, children and partitions in joins by key.

sub members_of_joins
{
	my @sources = ('issue', 'every', '(SELECT key, summary FROM cloud.issues UNION ALL SELECT key, summary FROM server.issues WHERE status = $$Done$$)',
		'(SELECT key, summary FROM cloud.issues WHERE project = $$BULK$$ UNION ALL SELECT key, NULL FROM big)');
	my %joins = (
		'JOIN' => 'SELECT l.n, i.key FROM local AS l JOIN %s AS i ON i.key = l.key',
		'LEFT JOIN' => 'SELECT l.n, i.key, i.summary FROM local AS l LEFT JOIN %s AS i ON i.key = l.key AND i.summary IS NOT NULL',
		'FULL JOIN' => 'SELECT l.n, count(i.key) FROM local AS l FULL JOIN %s AS i ON i.key = l.key GROUP BY l.n',
		'EXISTS' => 'SELECT l.n FROM local AS l WHERE EXISTS (SELECT FROM %s AS i WHERE i.key = l.key)',
		'NOT EXISTS' => 'SELECT l.n FROM local AS l WHERE NOT EXISTS (SELECT FROM %s AS i WHERE i.key = l.key)',
		'IN' => 'SELECT l.n FROM local AS l WHERE l.key IN (SELECT i.key FROM %s AS i)',
		'LATERAL' => 'SELECT l.n, i.key FROM local AS l, LATERAL (SELECT key FROM %s AS i WHERE i.key = l.key ORDER BY key LIMIT 1) AS i WHERE n < 30',
		'a tableoid' => 'SELECT l.n, i.key, i.tableoid::regclass FROM local AS l JOIN %s AS i ON i.key = l.key');

	for my $source (@sources)
	{
		for my $name (sort keys %joins)
		{
			next if $name eq 'a tableoid' && $source =~ /UNION/;
			my $query = 'SELECT * FROM (' . sprintf($joins{$name}, $source) . ') AS q ORDER BY q';

			is(query("ANALYZE local; $query"), query("SET jira_spoke.pushdown = off; SET jira_spoke.enable_scan = off; $query"), "$name: $source");
		}
	}
	return;
}

# --- Roles.

# Whoever may read a view may see its plan, and nothing of how Jira is signed in to.
sub explained_by_others
{
	my %hidden = (secret => $jira{cloud}->secret, account => $jira{cloud}->username, address => $jira{cloud}->url);
	my @messages;

	query(<<'SQL');
SET ROLE owner;
CREATE VIEW public.owned AS SELECT i.key, i.summary, i.status, v.name FROM cloud.issues AS i LEFT JOIN cloud.versions AS v ON v.project = i.project WHERE i.project = 'WEB' AND (v.name IS NULL OR v.name = '3.0');
GRANT SELECT ON public.owned TO analyst;
SQL
	for my $options ('', 'VERBOSE', 'ANALYZE', 'ANALYZE, VERBOSE, BUFFERS, SETTINGS', 'ANALYZE, FORMAT JSON')
	{
		my $plan = as('analyst', 'EXPLAIN' . ($options ? " ($options)" : '') . q{ SELECT key FROM owned WHERE status = 'Done'});

		like($plan, qr/JiraScan/, "EXPLAIN ($options) by a role with SELECT on a view");
		like($plan, qr/Requests"?: [1-9]/, "EXPLAIN ($options) counts requests") if $options =~ /ANALYZE/;
		push @messages, $plan;
	}
	push @messages, all_messages($node, 'analyst', q{SELECT count(*) FROM owned; SELECT key FROM cloud.issues; EXPLAIN SELECT key FROM cloud.issues; SELECT jira_spoke.stat_connection()});
	for my $status (401, 403, 404, 500)
	{
		$jira{cloud}->fault(kind => 'status', status => $status, body => '{"errorMessages": ["It is so."]}', content_type => 'application/json', times => 5);
		push @messages, all_messages($node, 'analyst', 'SELECT count(*) FROM owned; EXPLAIN ANALYZE SELECT count(*) FROM owned');
		$jira{cloud}->clear_faults;
		like($messages[-1], qr/ERROR/, "an error $status");
	}
	for my $name (sort keys %hidden)
	{
		unlike(join("\n", @messages), qr/\Q$hidden{$name}\E/, "nothing shows the $name");
	}
	like(as('analyst', 'EXPLAIN SELECT key FROM cloud.issues'), qr/42501/, 'no plan of the table');
	is(as('analyst', q{SELECT count(*) > 0, current_user FROM owned}), 't|analyst', 'the view is read');
	is(as('analyst', q{PREPARE p(text) AS SELECT count(*) FROM owned WHERE key = $1; SET plan_cache_mode = force_generic_plan; EXECUTE p('WEB-1'); EXECUTE p('WEB-2'); EXECUTE p('OPS-1')}) =~ s/[1-9]/n/gr, "n\nn\n0", 'by a generic plan');
	query(q{SET ROLE owner; REVOKE SELECT ON public.owned FROM analyst});
	like(as('analyst', 'EXPLAIN SELECT key FROM owned'), qr/42501/, 'without SELECT there is no plan');
	return;
}

# A materialized view is refreshed as its owner, whoever does it.
sub refreshed_by_others
{
	query(q{SET ROLE owner; CREATE MATERIALIZED VIEW public.kept AS SELECT key, summary FROM cloud.issues WHERE key IN ('BULK-1', 'BULK-2'); CREATE UNIQUE INDEX ON public.kept (key)});
	is(query('REFRESH MATERIALIZED VIEW kept; SELECT count(*) FROM kept'), '2', 'refreshed by another role, with the connection of its owner');
	is(as('owner', 'REFRESH MATERIALIZED VIEW CONCURRENTLY kept; SELECT count(*) FROM kept'), '2', 'by its owner, concurrently');
	query(q{SELECT jira_revoke_connection('cloud', 'owner')});
	like(as('owner', 'REFRESH MATERIALIZED VIEW CONCURRENTLY kept'), qr/42704/, 'not without the connection');
	is(query('SELECT count(*) FROM kept'), '2', 'its rows stay');
	like(query_error($node, 'REFRESH MATERIALIZED VIEW kept'), qr/42704/, 'nor by a role that has it');
	is(as('owner', 'SELECT count(*) FROM kept'), '2', 'which reads it still');
	query(q{SELECT jira_grant_connection('cloud', 'owner', 'read'); DROP MATERIALIZED VIEW kept});
	return;
}

# A function that tells of the rows that it is given sees none that the view hides.
sub barriers
{
	query(<<'SQL');
SET ROLE owner;
CREATE VIEW public.guarded WITH (security_barrier) AS SELECT key, summary FROM cloud.issues WHERE project = 'BULK' AND key IN ('BULK-1', 'BULK-2', 'BULK-3') AND status <> 'In Progress';
GRANT SELECT ON public.guarded TO analyst;
RESET ROLE;
SET ROLE analyst;
CREATE FUNCTION public.tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE NOTICE 'seen %', $1; RETURN true; END $$;
SQL
	my @keys = split /\n/, query('SELECT key FROM guarded ORDER BY key');

	query('GRANT SELECT ON local TO analyst');
	is("@keys", 'BULK-2 BULK-3', 'the view hides a row');
	for my $query ('SELECT key FROM guarded WHERE tell(key)', q{SELECT key FROM guarded WHERE tell(key) AND key <> 'X-1'}, 'SELECT s.key FROM local AS l JOIN guarded AS s USING (key) WHERE tell(s.key)', 'SELECT key FROM guarded WHERE tell(key) LIMIT 5')
	{
		my $told = all_messages($node, 'analyst', $query);
		my %seen = map { $_ => 1 } $told =~ /seen (\S+)/g;

		is_deeply([ grep { my $key = $_; !grep { $_ eq $key } @keys } sort keys %seen ], [], "no row that the view hides: $query");
	}
	return;
}

# --- Rows.

sub rows_as_texts
{
	my $text = q{SELECT %s FROM %s AS i WHERE key = 'BULK-1'};

	for my $source ('cloud.issues', 'of_cloud', 'issue', '(SELECT key, summary FROM cloud.issues)')
	{
		my $row = query(sprintf $text, 'i', $source);

		like($row, qr/\(.*BULK-1.*\)/s, "a row of $source");
		is(query(sprintf $text, 'i.*::text', $source), $row, "as text, of $source");
		is(query(sprintf $text, 'i IS NOT DISTINCT FROM i, (i).key, to_jsonb(i) ->> $$key$$', $source), 't|BULK-1|BULK-1', "compared and taken apart, of $source") if $source ne 'cloud.issues';
	}
	is(query(q{SELECT (i).key, to_jsonb(i) ->> 'key' FROM cloud.issues AS i WHERE key = 'BULK-1'}), 'BULK-1|BULK-1', 'taken apart');
	is(query(q{SELECT tableoid::regclass, count(*) FROM issue WHERE project IN ('BULK', 'WEB') GROUP BY 1 ORDER BY 1}), query(q{SELECT 'issue_web', count(*) FROM cloud.issues WHERE project = 'WEB'}) . "\nissue_bulk|300", 'tableoid of partitions');
	like(query_error($node, "SELECT $_ FROM cloud.issues WHERE key = 'BULK-1'"), qr/0A000: +cannot retrieve a system column in this context/, "there is no $_") for qw(xmin cmax);
	is(query(q{SELECT count(i.*) FROM local AS l LEFT JOIN cloud.issues AS i USING (key)}), query(q{SELECT count(i.key) FROM local AS l LEFT JOIN cloud.issues AS i USING (key)}), 'whole rows of an outer join');
	is(query(q{SELECT count(DISTINCT i::text) FROM cloud.issues AS i WHERE project = 'BULK'}), '300', 'different rows as texts');
	return;
}

# A foreign table has no rows to lock: the server takes them as they are read.
sub locked_rows
{
	for my $lock ('FOR UPDATE OF i', 'FOR NO KEY UPDATE', 'FOR SHARE OF i, l', 'FOR KEY SHARE OF i SKIP LOCKED', 'FOR UPDATE NOWAIT')
	{
		is(query("SELECT l.n, i.key FROM local AS l JOIN cloud.issues AS i USING (key) WHERE l.n IN (1, 8) ORDER BY 1 $lock"), "1|BULK-1\n8|BULK-8", $lock);
	}
	like(query_error($node, 'SELECT l.n FROM local AS l LEFT JOIN cloud.issues AS i USING (key) FOR UPDATE OF i'), qr/0A000: .*nullable side of an outer join/, 'FOR UPDATE of what may be null');
	like(query_error($node, 'BEGIN; LOCK TABLE cloud.issues IN ACCESS SHARE MODE'), qr/42809/, 'LOCK TABLE');
	like(query_error($node, q{BEGIN READ ONLY; SELECT key FROM cloud.issues WHERE key = 'BULK-1' FOR UPDATE}), qr/25006/, 'not in a read-only transaction');
	is(as('owner', q{SELECT key FROM cloud.issues WHERE key = 'BULK-1'}), 'BULK-1', 'a role with SELECT reads');
	like(as('owner', q{SELECT key FROM cloud.issues WHERE key = 'BULK-1' FOR UPDATE}), qr/42501/, 'and locks nothing');
	return;
}
