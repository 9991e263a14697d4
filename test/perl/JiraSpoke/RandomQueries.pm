# Random queries over searches for issues, by functions or by foreign tables.
#
# A query is a hash: "statements", each of which has one result, and whether its rows
# are "ordered".  It finds the tables and views of random_setup().
package JiraSpoke::RandomQueries;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use JiraSpoke::RandomConditions;

our @EXPORT = qw(random_setup random_query);

# What the queries need of a connection: "seen" are the issues as Jira shows them,
# "local" has what may be joined with them, and much that may not; the schema "site"
# has the tables.
sub random_setup
{
	my ($everything, $connection) = @_;

	return <<~"SQL";
	DROP SERVER IF EXISTS site CASCADE; DROP SCHEMA IF EXISTS site CASCADE; DROP TABLE IF EXISTS custom;
	CREATE SCHEMA site; CREATE SERVER site FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection '$connection');
	IMPORT FOREIGN SCHEMA jira LIMIT TO (issues, stories) FROM SERVER site INTO site OPTIONS (jql '$everything');
	CREATE TABLE custom AS SELECT @{[ join ', ', 'key', do { my %once = map { $_ => 1 } custom_columns(); sort keys %once } ]} FROM site.issues;
	CREATE VIEW site.chosen AS SELECT * FROM site.issues WHERE status <> 'In Review';
	DROP TABLE IF EXISTS seen, local, mostly_null; DROP VIEW IF EXISTS issues, guarded, doubled;
	CREATE TABLE seen AS SELECT row_number() OVER (ORDER BY id)::integer AS n, * FROM jira_lookup_issues_stream('$everything');
	CREATE TABLE local AS SELECT row_number() OVER ()::integer AS n, * FROM (
		(SELECT key, id, parent, assignee AS account, status, project, labels[1] AS label, labels, components, created, due
		FROM seen ORDER BY n % 17, n LIMIT 30)
		UNION ALL (SELECT key, id, parent, reporter, status, project, labels[1], labels, components, updated, due FROM seen ORDER BY n % 31, n LIMIT 10)) AS l;
	INSERT INTO local SELECT 40 + row_number() OVER (), * FROM (VALUES ('HR-99999', '99999999', 'HR-99999', 'nobody', 'nothing', 'NOPE', 'no-label', '{}'::text[], NULL, NULL::timestamptz, NULL::date),
		(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), ('', '', '', '', '', '', '', '{""}', '{NULL}'::text[], 'infinity', 'infinity'),
		('hr-3', '010003', ' HR-3', ' ', 'done', 'hr', E'a\\\\b"', '{NULL,x}', '{}', '-infinity', '2026-01-01'),
		('HR-3) OR (key = HR-4', '1 OR 1=1', '(', '"', E'\\\\', '''', 'x y', NULL, NULL, now(), current_date),
		(E'HR\\n-3', repeat('1', 40), repeat('A', 300) || '-1', repeat('x', 300), 'EMPTY', 'null', 'Unresolved', NULL, NULL, NULL, NULL),
		('HR-39', NULL, 'HR-40', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
		('HR-1000', '10000', 'HR-1', 'EMPTY', 'In Progress', 'Operations', '10001', NULL, NULL, NULL, NULL)) AS l;
	CREATE TABLE mostly_null AS SELECT n, CASE WHEN n % 20 = 0 THEN key END AS key, CASE WHEN n % 20 = 1 THEN id END AS id,
		CASE WHEN n % 30 = 2 THEN parent END AS parent, CASE WHEN n % 40 = 3 THEN account END AS account, status, project, label, labels, components, created, due
		FROM local, generate_series(1, 3) AS g;
	ANALYZE seen, local, mostly_null;
	CREATE VIEW issues AS SELECT * FROM jira_lookup_issues_stream('$everything');
	CREATE VIEW guarded WITH (security_barrier) AS SELECT * FROM jira_lookup_issues_stream('$everything') WHERE status <> 'In Review';
	CREATE VIEW doubled AS SELECT * FROM jira_lookup_issues_stream('project = BULK') UNION ALL SELECT * FROM jira_lookup_issues_stream('project = HR');
	SQL
}

# JQL of a user; a few that Jira refuses.
my @jql = ('project = HR', 'project = HR', 'project = BULK', 'project = "BULK"', 'project in (HR, BULK)', 'project = HR OR project = BULK',
	'(project = HR) OR (project = BULK)', 'project = HR AND status != Done', 'NOT project in (WEB, MOB, OPS)', 'project = OPS',
	'project = HR AND assignee is not EMPTY', 'summary ~ "a (b" AND project = OPS OR project = HR', 'summary ~ "(" OR project = HR', 'summary ~ "it\'s )(" OR project = HR',
	'project = BULK) OR (project = HR', 'project = "HR" AND (status = "Done"', 'project = OPS AND text ~ "a \"order by\" b" OR project = HR', 'key in (HR-1, HR-2, BULK-3)',
	'project = HR # OR project = OPS', 'labels in ("order by", x) OR project = HR', 'backup', 'the backup', 'project', 'project = NOPE', '', 'key = HR-1 OR key = NOPE-1',
	'project = \'HR\'', 'project = HR AND created > "2020-01-01"', 'project = HR and updated < now()', "project = HR\nAND\tstatus = Done", 'project = HR\u0020');
my @order = (('') x 6, ' ORDER BY key', ' order by created DESC, key', ' ORDER BY  updated', ' ORDER BY summary, key', ' ORDER BY priority DESC, key ASC');

sub _jql { return one_of(chance(0.75) ? @jql[ 0 .. 9 ] : @jql) . one_of(@order); }

# Is the query one over foreign tables?
my $tables;

# A read of issues for FROM.
sub _source
{
	return one_of(('site.issues') x 5, 'site.stories', 'site.chosen') if $tables;
	return one_of('issues', 'guarded', 'doubled') if chance(0.15);
	return 'jira_lookup_issues_stream(' . literal(_jql()) . ')';
}

my @columns = qw(key id parent project status status_category issue_type priority resolution assignee reporter labels components
  fix_versions created updated resolved due summary description assignee_name);

sub _targets
{
	my ($alias) = @_;

	return "$alias" if chance(0.04);
	return "$alias.fields->>'customfield_10016', $alias.key" if chance(0.06);
	return join ', ', map { "$alias.$_" } 'key', some_of(3, @columns);
}

sub _query { my ($ordered, @statements) = @_; return { ordered => $ordered, statements => \@statements }; }

# --- One search.

sub _plain
{
	my ($seen) = @_;

	my $jql = $tables && chance(0.15) ? 'i.jql = ' . literal(_jql()) . ' AND ' : '';

	return _query(0, 'SELECT ' . _targets('i') . ' FROM ' . _source() . " AS i WHERE $jql" . random_condition($seen, 'i'));
}

sub _limited
{
	my ($seen) = @_;
	my $where = chance(0.7) ? ' WHERE ' . random_condition($seen, 'i', 2) : '';
	my @keys = map { "i.$_" . one_of('', '', ' DESC', ' DESC', ' ASC') . one_of('', '', ' NULLS FIRST', ' NULLS LAST') }
	  one_of(qw(created created created updated updated updated key due resolved status)), some_of(1, qw(created updated status));
	my $limit = one_of(0, 1, 2, 3, 5, 10, 20, 50, 1000, '(SELECT 7)', 'NULL', 'ALL');
	my $source = _source();
	my $order = join ', ', @keys, 'i.key';

	return _query(1, 'SELECT ' . _targets('i') . " FROM $source AS i$where ORDER BY $order LIMIT $limit" . one_of('', '', ' OFFSET 3', ' OFFSET 40'))
	  if chance(0.7);
	return _query(1, "SELECT key, created FROM (SELECT * FROM $source AS i$where ORDER BY $order LIMIT $limit) AS i WHERE " . random_condition($seen, 'i', 1))
	  if chance(0.4);
	return _query(0, "SELECT key FROM $source AS i$where ORDER BY i.created DESC FETCH FIRST " . (1 + int rand 9) . ' ROWS WITH TIES')
	  if chance(0.4);
	return _query(1, "SELECT DISTINCT ON (i.created) i.key, i.created FROM $source AS i$where ORDER BY i.created, i.key LIMIT 5") if chance(0.5);
	return _query(1, "SELECT i.key, row_number() OVER (ORDER BY i.created, i.key) FROM $source AS i$where ORDER BY i.created, i.key LIMIT 5");
}

# Which rows these are is the affair of the order in the JQL.
sub _most
{
	my ($seen) = @_;
	my $jql = literal(one_of('project = HR ORDER BY key', 'project = HR', 'project in (BULK, HR) ORDER BY created, key'));

	return _query(1, "SELECT i.key, i.status FROM jira_lookup_issues_stream($jql, max_rows => " . one_of(1, 5, 10, 25, 60) . ') AS i WHERE '
		  . random_condition($seen, 'i', 2) . one_of('', ' ORDER BY i.created DESC, i.key LIMIT 4', ' ORDER BY i.updated, i.key LIMIT 40'));
}

sub _grouped
{
	my ($seen) = @_;
	my $where = random_condition($seen, 'i', 2);
	my $source = _source();

	return _query(0, one_of(
		"SELECT i.project, i.status, count(*) FROM $source AS i WHERE $where GROUP BY 1, 2",
		"SELECT count(*), min(i.created), max(i.updated) FROM $source AS i WHERE $where",
		"SELECT i.status, count(*) FROM $source AS i GROUP BY i.status HAVING i.status = " . literal(random_value($seen, 'status')),
		"SELECT count(*) FILTER (WHERE $where), count(*) FROM $source AS i",
		"SELECT DISTINCT i.status FROM $source AS i WHERE $where",
		"SELECT EXISTS (SELECT FROM $source AS i WHERE $where)",
		"SELECT ARRAY(SELECT i.key FROM $source AS i WHERE $where ORDER BY i.created, i.key LIMIT 5)",
		"WITH i AS (SELECT * FROM $source) SELECT i.key FROM i WHERE $where",
		"WITH i AS MATERIALIZED (SELECT key, status, created FROM $source AS i WHERE $where) SELECT a.key FROM i AS a JOIN i AS b USING (created)",
		"SELECT i.key, u FROM $source AS i, unnest(i.labels) AS u WHERE $where",
		"SELECT i.key FROM $source AS i WHERE $where UNION SELECT i.key FROM $source AS i WHERE " . random_condition($seen, 'i', 1),
		"SELECT i.key FROM $source AS i WHERE $where EXCEPT SELECT i.key FROM $source AS i WHERE " . random_condition($seen, 'i', 1)));
}

sub _union
{
	my ($seen) = @_;
	my ($one, $other) = map { "SELECT key, status, created FROM $_ AS i WHERE " . random_condition($seen, 'i', 1) } _source(), _source();

	return _query(0, "SELECT * FROM ($one UNION ALL $other) AS i WHERE i.status = " . literal(random_value($seen, 'status'))) if chance(0.5);
	return _query(1, "SELECT * FROM ($one UNION ALL $other) AS i ORDER BY created " . one_of('', 'DESC') . ', key LIMIT 7');
}

sub _cursor
{
	my ($seen) = @_;

	return _query(1, 'DECLARE c SCROLL CURSOR FOR SELECT i.key, i.created FROM ' . _source() . ' AS i WHERE ' . random_condition($seen, 'i', 1)
		  . ' ORDER BY i.created DESC, i.key' . one_of('', ' LIMIT 20'), 'FETCH 3 FROM c', 'FETCH LAST FROM c', 'FETCH FIRST FROM c', 'FETCH ALL FROM c', 'CLOSE c');
}

# --- With a local table.

# A condition that joins the issues with the table "l".
sub _link
{
	my ($alias) = @_;
	my $link = one_of(("$alias.key = l.key") x 6, ("l.key = $alias.key") x 2, ("$alias.id = l.id") x 3, ("$alias.parent = l.parent") x 2, "$alias.parent = l.key",
		("$alias.assignee = l.account") x 4, ("$alias.reporter = l.account") x 2, "$alias.assignee = l.account AND $alias.key = l.key", "$alias.assignee = lower(l.account)", "$alias.status = l.status", "$alias.project = l.project", "l.label = ANY ($alias.labels)",
		"$alias.labels \@> l.labels", "$alias.components && l.components", "$alias.created = l.created", "$alias.due = l.due", "$alias.created >= l.created AND $alias.key = l.key",
		"lower($alias.key) = lower(l.key)", "$alias.key = l.parent", "$alias.key = ANY (ARRAY[l.key, l.parent])", "$alias.key IS NOT DISTINCT FROM l.key",
		"($alias.key = l.key OR $alias.id = l.id)", "$alias.key = l.key AND $alias.status = l.status", "$alias.key = upper(l.key)");

	return $link;
}

sub _table { return one_of('local', 'local', 'mostly_null'); }

sub _local_condition { return one_of('true', 'l.n < 5', 'l.n % 3 = 0', 'l.status = \'Done\'', 'l.key IS NOT NULL', 'l.n > 30', 'l.label IS NULL'); }

sub _joined
{
	my ($seen) = @_;
	my ($source, $table, $link) = (_source(), _table(), _link('i'));
	my $kind = one_of('JOIN', 'JOIN', 'LEFT JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN');
	$link = 'i.key = l.key' if $kind eq 'FULL JOIN';
	my $on = chance(0.3) && $kind ne 'FULL JOIN' ? ' AND ' . (chance(0.5) ? random_condition($seen, 'i', 1) : _local_condition()) : '';
	my $where = chance(0.5) ? ' WHERE ' . (chance(0.5) ? random_condition($seen, 'i', 1) : _local_condition()) : '';
	my $from = chance(0.6) ? "$table AS l $kind $source AS i ON $link$on" : "$source AS i $kind $table AS l ON $link$on";

	$from .= " LEFT JOIN local AS m ON m.key = i.parent" if chance(0.12);
	$from .= one_of(' LEFT', '') . ' JOIN ' . _source() . ' AS m ON ' . one_of('m.key = i.parent', 'm.key = i.parent', 'm.key = i.key', 'm.parent = i.key', 'm.id = i.id')
	  if chance(0.15) && $from !~ /AS m /;
	return _query(1, "SELECT l.n, i.key, i.status FROM $from$where ORDER BY " . one_of('l.n, i.id', 'i.created DESC, i.id, l.n', 'l.key, l.n, i.id') . ' LIMIT ' . one_of(1, 3, 10, 100))
	  if chance(0.25) && $from !~ /AS m /;
	return _query(0, one_of("SELECT l.n, l.key, i.key, i.summary FROM $from$where", "SELECT count(*), count(i.key), count(l.key) FROM $from$where",
			"SELECT l.n, i FROM $from$where", "SELECT l.n, i.key, i.fields->>'customfield_10016' FROM $from$where"));
}

sub _semi
{
	my ($seen) = @_;
	my ($source, $table, $link) = (_source(), _table(), _link('i'));
	my $where = chance(0.5) ? ' WHERE ' . random_condition($seen, 'i', 1) : '';
	my $and = $where =~ s/^ WHERE/ AND/r;
	my $column = one_of(qw(key key id parent account:assignee account:reporter));
	my ($outer, $inner) = $column =~ /(.*):(.*)/ ? ($1, $2) : ($column, $column);

	return _query(0, one_of(
		"SELECT l.n FROM $table AS l WHERE EXISTS (SELECT FROM $source AS i WHERE $link$and)",
		"SELECT l.n FROM $table AS l WHERE NOT EXISTS (SELECT FROM $source AS i WHERE $link$and)",
		"SELECT l.n FROM $table AS l WHERE l.$outer IN (SELECT i.$inner FROM $source AS i$where)",
		"SELECT l.n FROM $table AS l WHERE l.$outer NOT IN (SELECT i.$inner FROM $source AS i$where)",
		"SELECT l.n FROM $table AS l LEFT JOIN $source AS i ON $link$and WHERE i.key IS NULL",
		"SELECT i.key FROM $source AS i WHERE i.$inner IN (SELECT l.$outer FROM $table AS l WHERE " . _local_condition() . ")$and",
		"SELECT i.key FROM $source AS i WHERE i.$inner NOT IN (SELECT l.$outer FROM $table AS l WHERE " . _local_condition() . ")$and",
		"SELECT i.key FROM $source AS i WHERE EXISTS (SELECT FROM $table AS l WHERE $link)$and",
		"SELECT i.key FROM $source AS i WHERE NOT EXISTS (SELECT FROM $table AS l WHERE $link)$and",
		"SELECT i.key FROM $source AS i WHERE i.$inner = ANY (ARRAY(SELECT l.$outer FROM $table AS l WHERE " . _local_condition() . '))',
		"SELECT i.key FROM $source AS i WHERE i.$inner = (SELECT min(l.$outer) FROM $table AS l)"));
}

sub _correlated
{
	my ($seen) = @_;
	my ($source, $link) = (_source(), _link('i'));
	my $outer = one_of('l.n < 12', 'l.n > 34', 'l.n % 5 = 0');
	my $and = chance(0.4) ? ' AND ' . random_condition($seen, 'i', 1) : '';

	return _query(0, one_of(
		"SELECT l.n, (SELECT count(*) FROM $source AS i WHERE $link$and) FROM local AS l WHERE $outer",
		"SELECT l.n, (SELECT max(i.key) FROM $source AS i WHERE $link$and) FROM local AS l WHERE $outer",
		"SELECT l.n, i.key FROM local AS l CROSS JOIN LATERAL (SELECT * FROM $source AS i WHERE $link$and ORDER BY i.created, i.key LIMIT 2) AS i WHERE $outer",
		"SELECT l.n, i.key FROM local AS l LEFT JOIN LATERAL (SELECT * FROM $source AS i WHERE $link$and OFFSET 0) AS i ON true WHERE $outer",
		"SELECT l.n, i.c FROM local AS l, LATERAL (SELECT count(*) AS c FROM $source AS i WHERE $link$and) AS i WHERE $outer",
		"SELECT l.n FROM local AS l WHERE $outer AND EXISTS (SELECT FROM $source AS i WHERE $link$and OFFSET 0)",
		"SELECT l.n, i.key, i.status FROM local AS l, LATERAL jira_lookup_issue(l.key) AS i WHERE l.n < 10",
		"SELECT l.n, t.name FROM local AS l LEFT JOIN LATERAL jira_lookup_transitions(l.key) AS t ON t.to_status = 'Done' WHERE l.n < 10",
		"SELECT l.n, i.key FROM local AS l LEFT JOIN LATERAL jira_lookup_issue(l.key) AS i ON i.status = 'Done' WHERE l.n < 10"));
}

sub _written
{
	my ($seen) = @_;
	my ($source, $link) = (_source(), 'i.key = l.key');
	my $and = chance(0.5) ? ' AND ' . random_condition($seen, 'i', 1) : '';

	return _query(0, one_of(
		"UPDATE local AS l SET status = i.status FROM $source AS i WHERE $link$and RETURNING l.n, l.status",
		"DELETE FROM local AS l USING $source AS i WHERE $link$and RETURNING l.n",
		"WITH x AS (INSERT INTO local (n, key) SELECT 1, i.key FROM $source AS i WHERE true$and RETURNING key) SELECT * FROM x",
		"SELECT l.n, i.key FROM local AS l JOIN $source AS i ON $link$and FOR UPDATE OF l"));
}

# --- Statements that are prepared, and executed with other values.

my %typed = (text => 'text', list => 'text[]', moment => 'timestamptz', day => 'date');

sub _parameter_condition
{
	my ($seen, $number) = @_;
	my $column = one_of(columns_of_kind(qw(name name issue issue account list moment day)));
	my ($kind) = grep { my $k = $_; grep { $_ eq $column } columns_of_kind($k) } qw(list moment day);
	my $parameter = "\$$number";

	return ("i.$column " . one_of('@>', '&&') . " $parameter", 'text[]', sub { array_literal(map { random_value($seen, $column) } 0 .. int rand 3) })
	  if defined $kind && $kind eq 'list' && chance(0.5);
	return ("$parameter = ANY (i.$column)", 'text', sub { literal(random_value($seen, $column)) }) if defined $kind && $kind eq 'list';
	return ("i.$column " . one_of(qw(< <= > >= =)) . " $parameter", $typed{$kind}, sub { '(' . random_moment($seen, $column) . ")::$typed{$kind}" })
	  if defined $kind;
	return ("i.$column " . one_of('= ANY', '<> ALL') . " ($parameter)", 'text[]', sub { array_literal(map { random_value($seen, $column) } 0 .. int rand 3) })
	  if chance(0.4);
	return ("i.$column " . one_of(qw(= = <>)) . " $parameter", 'text', sub { literal(random_value($seen, $column)) });
}

sub _prepared
{
	my ($seen) = @_;
	my @parameters = map { [ _parameter_condition($seen, $_) ] } 1 .. 1 + int rand 3;
	my $condition = join one_of(' AND ', ' OR '), map { $_->[0] } @parameters;
	my $types = join ', ', map { $_->[1] } @parameters;
	my $end = one_of('', '', ' ORDER BY i.created DESC, i.key LIMIT 5');
	my @executions = map { 'EXECUTE p(' . join(', ', map { chance(0.1) ? 'NULL' : $_->[2]->() } @parameters) . ')' } 1 .. 6;

	return _query($end ne '', 'SET LOCAL plan_cache_mode = ' . one_of('auto', 'auto', 'force_generic_plan', 'force_custom_plan'),
		"PREPARE p ($types) AS SELECT i.key FROM " . _source() . " AS i WHERE $condition$end", @executions, 'DEALLOCATE p');
}

my @shapes = ((\&_plain) x 12, (\&_limited) x 5, (\&_most) x 2, (\&_grouped) x 3, \&_union, \&_cursor, (\&_joined) x 5, (\&_semi) x 4, (\&_correlated) x 2, \&_written, (\&_prepared) x 2);

sub random_query
{
	my ($seen) = @_;

	$tables = chance(0.4);
	return one_of(@shapes)->({ %$seen, $tables && !$seen->{only} ? (custom => 1) : () });
}

1;
