# What clients ask of the catalogue before they read a table: psql, drivers, reports
# and dashboards find foreign tables with their columns, types and comments, and ask
# nothing of Jira.  The queries are ours, to the same effect as theirs.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $node = start_cluster('clients');

connect_to($node, $jira);
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE analyst LOGIN;
CREATE SERVER work FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'demo');
COMMENT ON SERVER work IS 'the Jira of the demo';
CREATE SCHEMA work;
IMPORT FOREIGN SCHEMA jira FROM SERVER work INTO work;
CREATE VIEW work.open AS SELECT key, summary FROM work.issues WHERE status <> 'Done';
GRANT USAGE ON SCHEMA work TO analyst;
GRANT SELECT ON work.issues, work.open TO analyst;
SQL
my $tables = $node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relnamespace = 'work'::regnamespace AND relkind = 'f'});

$jira->forget_requests;
psql_describes();
information_schema();
drivers();
dashboards();
completion_of_names();
is(scalar $jira->requests, 0, 'nothing was asked of Jira');
done_testing();

sub query { return $node->safe_psql('postgres', @_); }
sub as_analyst { return $node->safe_psql('postgres', $_[0], extra_params => ['--username=analyst']); }

# What a backslash command prints, with what it says below the rows.
sub described
{
	my ($command) = @_;
	my ($status, $output, $error) = $node->psql('postgres', "\\pset tuples_only off\n$command", extra_params => ['--no-align']);

	is("$status $error", '0 ', "$command succeeds");
	return $output;
}

sub psql_describes
{
	my $issues = described('\d+ work.issues');

	like($issues, qr/^status\|text\|[^\n]*\|name of the status/m, '\d+ has types and comments of columns');
	like($issues, qr/^severity\|text\|[^\n]*\(field 'customfield_10032'\)[^\n]*\|field "Severity" \(customfield_10032\), option$/m, 'options, too');
	like($issues, qr/^Server: work$/m, 'the server');
	like($issues, qr/^FDW options: \(object 'issues'\)$/m, 'and what the table is');
	is(scalar(() = described('\dE+ work.*') =~ /^work\|/mg), $tables, '\dE+ has all tables');
	like(described('\dE+ work.issues'), qr/^work\|issues\|foreign table\|\w+\|permanent\|.*\|issues, as Jira has them$/m, 'with comments');
	like(described('\des+ work'), qr/^work\|\w+\|jira_spoke\|.*\|\(connection 'demo'\)\|the Jira of the demo$/m, '\des+ has the server and its connection');
	like(described('\dew+ jira_spoke'), qr/^jira_spoke\|\w+\|jira_spoke.table_handler\|jira_spoke.table_validator\|/m, '\dew+ has the wrapper');
	like(described('\det+ work.issues'), qr/^work\|issues\|work\|\(object 'issues'\)\|issues, as Jira has them$/m, '\det+ has the table');
	like(described('\dd work.*') . described('\dt work.*') . described('\dv work.*'), qr/^work\|open\|view/m, 'and views are views');
	return;
}

sub information_schema
{
	is(query(q{SELECT table_type, is_insertable_into FROM information_schema.tables WHERE table_schema = 'work' AND table_name = 'issues'}), 'FOREIGN|NO', 'a foreign table that takes no rows');
	is(query(q{SELECT data_type, udt_name, is_nullable, is_updatable FROM information_schema.columns WHERE table_schema = 'work' AND table_name = 'issues' AND column_name IN ('created', 'labels', 'story_points')
		ORDER BY ordinal_position}), "ARRAY|_text|YES|NO\ntimestamp with time zone|timestamptz|YES|NO\nnumeric|numeric|YES|NO", 'types of columns');
	is(query(q{SELECT foreign_server_name FROM information_schema.foreign_tables WHERE foreign_table_schema = 'work' AND foreign_table_name = 'issues'}), 'work', 'the server of a table');
	is(query(q{SELECT option_value FROM information_schema.column_options WHERE table_name = 'issues' AND column_name = 'severity' AND option_name = 'field'}), 'customfield_10032', 'the field of a column');
	is(query(q{SELECT string_agg(foreign_server_name, ' ') FROM information_schema.foreign_servers WHERE foreign_data_wrapper_name = 'jira_spoke'}), 'work', 'servers');
	is(as_analyst(q{SELECT string_agg(table_name, ' ' ORDER BY table_name) FROM information_schema.tables WHERE table_schema = 'work'}), 'issues open', 'a role sees what it may read');
	is(as_analyst(q{SELECT count(*) > 30 FROM information_schema.columns WHERE table_schema = 'work' AND table_name = 'issues'}), 't', 'and its columns');
	return;
}

# Of JDBC and ODBC, and of tools that are built upon them.
sub drivers
{
	is(query(<<~'SQL'), "issues|FOREIGN TABLE|issues, as Jira has them\nopen|VIEW|", 'tables by kind, with comments');
		SELECT c.relname, CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'p' THEN 'PARTITIONED TABLE' WHEN 'v' THEN 'VIEW' WHEN 'f' THEN 'FOREIGN TABLE' END, d.description
		FROM pg_catalog.pg_namespace AS n
		JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid
		LEFT JOIN pg_catalog.pg_description AS d ON d.objoid = c.oid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass
		WHERE n.nspname LIKE 'work' AND c.relname IN ('issues', 'open') AND c.relkind IN ('r', 'p', 'v', 'f')
		ORDER BY 2, 1
		SQL
	is(query(<<~'SQL'), join("\n", 'id|text|-1|f||number of the issue, which never changes|1', 'labels|_text|-1|f||labels; empty if there are none|16', 'created|timestamptz|-1|f||when the issue was created|19'), 'columns with what they are made of');
		SELECT a.attname, t.typname, a.atttypmod, a.attnotnull, pg_get_expr(e.adbin, e.adrelid), d.description, row_number
		FROM (SELECT *, row_number() OVER (PARTITION BY attrelid ORDER BY attnum) FROM pg_catalog.pg_attribute WHERE attnum > 0 AND NOT attisdropped) AS a
		JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
		JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
		LEFT JOIN pg_catalog.pg_attrdef AS e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
		LEFT JOIN pg_catalog.pg_description AS d ON d.objoid = a.attrelid AND d.objsubid = a.attnum AND d.classoid = 'pg_class'::regclass
		WHERE c.relname LIKE 'issues' AND c.relnamespace = 'work'::regnamespace AND a.attname IN ('id', 'labels', 'created') ORDER BY a.attnum
		SQL
	is(query(q{SELECT count(*) FROM pg_catalog.pg_index WHERE indrelid = 'work.issues'::regclass}) + query(q{SELECT count(*) FROM pg_catalog.pg_constraint WHERE conrelid = 'work.issues'::regclass}), 0, 'no keys');
	is(query(q{SELECT s.srvname, f.ftoptions, s.srvoptions, w.fdwname FROM pg_foreign_table AS f JOIN pg_foreign_server AS s ON s.oid = f.ftserver JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
		WHERE f.ftrelid = 'work.issues'::regclass}), 'work|{object=issues}|{connection=demo}|jira_spoke', 'server and options of a foreign table');
	is(query(q{SELECT pg_total_relation_size('work.issues'), pg_relation_size('work.issues')}), '0|0', 'it takes no room');
	is(query(q{SELECT c.reltuples, c.relpages FROM pg_class AS c WHERE c.oid = 'work.issues'::regclass}), '-1|0', 'rows are not known yet');
	is(query(q{PREPARE p(text) AS SELECT id, created, labels FROM work.issues WHERE key = $1; SELECT parameter_types FROM pg_prepared_statements}), '{text}', 'a statement is prepared to learn about it');
	is(query(q{CREATE TEMP TABLE shape AS SELECT * FROM work.issues LIMIT 0; SELECT count(*) > 30 FROM pg_attribute WHERE attrelid = 'shape'::regclass}), 't', 'and a query without rows has them');
	return;
}

# Of tools that offer tables, columns of times, and values to choose from.
sub dashboards
{
	is(as_analyst(<<~'SQL'), "work|issues|f|issues, as Jira has them\nwork|open|v|", 'relations that a role may read');
		SELECT n.nspname, c.relname, c.relkind, obj_description(c.oid, 'pg_class')
		FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'f', 'm') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'jira_spoke')
		  AND has_schema_privilege(n.oid, 'USAGE') AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))
		ORDER BY 1, 2
		SQL
	is(as_analyst(<<~'SQL'), 'created due resolved updated', 'columns of times');
		SELECT string_agg(quote_ident(column_name), ' ' ORDER BY column_name)
		FROM information_schema.columns
		WHERE quote_ident(table_schema) = 'work' AND quote_ident(table_name) = 'issues' AND data_type IN ('timestamp with time zone', 'timestamp without time zone', 'date')
		  AND column_name !~ '^(begins_at|target_start|time_to_resolution)'
		SQL
	is(as_analyst(q{SELECT string_agg(DISTINCT format_type(a.atttypid, a.atttypmod), ', ') FROM pg_attribute AS a WHERE attrelid = 'work.issues'::regclass AND attnum > 0}),
		'bigint, boolean, date, jsonb, numeric, text, text[], timestamp with time zone', 'types that every client knows');
	is(query(q{SELECT count(*) FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid WHERE c.relnamespace = 'work'::regnamespace AND c.relkind = 'f'
		AND a.attnum > 0 AND NOT a.attisdropped AND col_description(c.oid, a.attnum) IS NULL}), '0', 'a comment on every column');
	is(query(q{SELECT count(*) FROM pg_class AS c WHERE c.relnamespace = 'work'::regnamespace AND c.relkind = 'f' AND obj_description(c.oid, 'pg_class') IS NULL}), '0', 'and on every table');
	return;
}

sub completion_of_names
{
	is(query(q{SELECT to_regclass('work.issues') IS NOT NULL, has_table_privilege('analyst', 'work.issues', 'INSERT'), pg_relation_is_updatable('work.issues', true)}), 't|f|0', 'what can be done with a table');
	is(query(q{SELECT pg_get_viewdef('work.open'::regclass, true) LIKE '%FROM work.issues%'}), 't', 'what a view is made of');
	like(query('EXPLAIN (FORMAT JSON) SELECT key FROM work.issues LIMIT 1'), qr/"Custom Plan Provider": "JiraScan".*"Relation Name": "issues"/s, 'a plan that names the table');
	return;
}
