# Queries around a read, of every shape that the planner treats in its own way.
#
# BULK stands for a search of 100 issues, which at page_size = 20 take 5
# requests; "requests" is what the query takes with the custom scan.  Rows are
# compared as a set unless "ordered".  Every query runs in a transaction that is
# rolled back.
package JiraSpoke::ScanShapes;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);

our @EXPORT = qw(scan_shapes shape_setup);

my $bulk = q{jira_lookup_issues_stream('project = BULK ORDER BY key')};
my $by_key = q{jira_lookup_issues_stream(format('key = %s', l.key))};
my $loops = 'SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; '
  . 'SET LOCAL enable_material = off; SET LOCAL join_collapse_limit = 1;';
my $generic = 'SET LOCAL plan_cache_mode = force_generic_plan;';
my $custom = 'SET LOCAL plan_cache_mode = force_custom_plan;';
my $parallel = 'SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL parallel_setup_cost = 0; '
  . 'SET LOCAL parallel_tuple_cost = 0;';

# What the queries need beside Jira.
sub shape_setup
{
	return <<~"SQL";
	CREATE TABLE local (key text PRIMARY KEY, n integer, note text);
	INSERT INTO local SELECT 'BULK-' || n, n, 'note ' || n FROM generate_series(1, 10) AS n;
	CREATE TABLE large AS SELECT 'BULK-' || n AS key, n FROM generate_series(1, 20000) AS n;
	ANALYZE local, large;
	CREATE TABLE repeated AS SELECT 'BULK-' || n % 2 + 1 AS key FROM generate_series(1, 1000) AS n;
	ANALYZE repeated;
	CREATE VIEW issues AS SELECT key, summary, status FROM $bulk;
	CREATE VIEW open_issues WITH (security_barrier) AS SELECT key, status FROM $bulk WHERE status <> 'To Do';
	CREATE MATERIALIZED VIEW report AS SELECT status, count(*) FROM $bulk GROUP BY status WITH NO DATA;
	CREATE FUNCTION inlined(text) RETURNS TABLE (key text, summary text) STABLE LANGUAGE sql
	AS 'SELECT key, summary FROM jira_lookup_issues_stream(\$1)';
	CREATE FUNCTION first_of(text) RETURNS text LANGUAGE sql
	AS 'SELECT key FROM jira_lookup_issues_stream(\$1) LIMIT 1';
	CREATE FUNCTION as_definer() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER
	AS \$\$ SELECT key FROM $bulk LIMIT 3 \$\$;
	CREATE FUNCTION first_keys(integer) RETURNS SETOF text LANGUAGE plpgsql AS \$\$
	DECLARE
		issue record;
		seen integer := 0;
	BEGIN
		FOR issue IN SELECT key FROM $bulk LOOP
			RETURN NEXT issue.key;
			seen := seen + 1;
			EXIT WHEN seen = \$1;
		END LOOP;
	END \$\$;
	CREATE FUNCTION all_of() RETURNS TABLE (key text, status text) LANGUAGE plpgsql
	AS \$\$ BEGIN RETURN QUERY SELECT i.key, i.status FROM $bulk AS i; END \$\$;
	CREATE FUNCTION survivor() RETURNS text LANGUAGE plpgsql AS \$\$
	DECLARE
		issue record;
	BEGIN
		FOR issue IN SELECT key, 1 / (length(key) - 7) AS x FROM $bulk LOOP END LOOP;
		RETURN 'not reached';
	EXCEPTION WHEN division_by_zero THEN
		RETURN (SELECT key FROM $bulk LIMIT 1);
	END \$\$;
	CREATE VIEW holder AS SELECT i FROM $bulk AS i;
	CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql
	AS \$\$ BEGIN INSERT INTO local VALUES ('deleted', 0, OLD::text); RETURN OLD; END \$\$;
	CREATE TRIGGER note INSTEAD OF DELETE ON holder FOR EACH ROW EXECUTE FUNCTION note();
	CREATE DOMAIN query AS text CHECK (value LIKE '%BULK%');
	SQL
}

sub scan_shapes
{
	my @shapes = (_early(), _joins(), _subqueries(), _plans(), _rows(), _statements(), _cursors(), _routines());

	return map { +{ name => $_->[0], requests => $_->[1], sql => $_->[2], ordered => $_->[3] } } @shapes;
}

# Whatever stops early asks only for the pages that it needs.
sub _early
{
	return (
		[ 'LIMIT', 1, "SELECT key FROM $bulk LIMIT 10", 1 ],
		[ 'LIMIT with OFFSET', 2, "SELECT key FROM $bulk LIMIT 10 OFFSET 15", 1 ],
		[ 'LIMIT of a condition', 1, "SELECT key FROM $bulk WHERE status = 'In Review' LIMIT 5", 1 ],
		[ 'LIMIT in a sub-query', 1, "SELECT count(*) FROM (SELECT key FROM $bulk LIMIT 10) AS i" ],
		[ 'LIMIT 0', 0, "SELECT key FROM $bulk LIMIT 0" ],
		[ 'LIMIT WITH TIES', 5, "SELECT key FROM $bulk ORDER BY status FETCH FIRST ROW WITH TIES" ],
		[ 'ORDER BY with LIMIT', 5, "SELECT key FROM $bulk ORDER BY summary DESC LIMIT 3", 1 ],
		[ 'max_rows', 2, q{SELECT key FROM jira_lookup_issues_stream('project = BULK', max_rows => 25)} ],
		[ 'a false condition', 0, "SELECT key FROM $bulk WHERE 1 = 2" ],
		[ 'a contradiction', 0,
			"SET LOCAL constraint_exclusion = on; SELECT key FROM $bulk WHERE status IS NULL AND status IS NOT NULL" ],
		[ 'LIMIT of whole rows', 1, "SELECT row_to_json(i)->>'key', i FROM $bulk AS i LIMIT 10", 1 ],
		[ 'LIMIT with FOR UPDATE', 1,
			"$loops SELECT i.key FROM $bulk AS i JOIN local AS l USING (key) LIMIT 3 FOR UPDATE OF l", 1 ],
		[ 'LIMIT below UPDATE', 1,
			"UPDATE local AS l SET note = i.summary FROM (SELECT * FROM $bulk LIMIT 10) AS i WHERE i.key = l.key RETURNING l.*" ],
		[ 'UPDATE of what a cursor has read in part', 1,
			"DECLARE c CURSOR FOR SELECT l.key FROM $bulk AS i CROSS JOIN local AS l FOR UPDATE OF l; FETCH 3 FROM c;"
			  . "UPDATE local SET note = 'here' WHERE CURRENT OF c RETURNING key" ],
		[ 'EXISTS', 1, "SELECT EXISTS (SELECT FROM $bulk)" ],
		[ 'NOT EXISTS', 5, "SELECT NOT EXISTS (SELECT FROM $bulk WHERE key = 'none')" ],
		[ 'an array of a sub-query', 1, "SELECT ARRAY(SELECT key FROM $bulk LIMIT 3)" ],
		[ 'UNION ALL with LIMIT', 1, "SELECT key FROM $bulk UNION ALL SELECT key FROM $bulk LIMIT 10", 1 ],
		[ 'DISTINCT with LIMIT', 5, "SELECT DISTINCT status FROM $bulk ORDER BY 1 LIMIT 2", 1 ],
		[ 'a CTE read in part', 1, "WITH i AS MATERIALIZED (SELECT key FROM $bulk) SELECT key FROM i LIMIT 3", 1 ],
	);
}

sub _joins
{
	return (
		[ 'a join', 5, "SELECT key, note, summary FROM local JOIN $bulk AS i USING (key)" ],
		[ 'a merge join', 5,
			"SET LOCAL enable_hashjoin = off; SET LOCAL enable_nestloop = off;"
			  . "SELECT key, note, summary FROM local JOIN $bulk AS i USING (key)" ],
		[ 'a nested loop over rows kept', 5,
			"$loops SELECT l.key, i.key FROM local AS l LEFT JOIN $bulk AS i ON length(i.key) > l.n" ],
		[ 'a left join', 5, "SELECT i.key, l.note FROM $bulk AS i LEFT JOIN local AS l USING (key)" ],
		[ 'a right join', 5, "SELECT l.key, i.status FROM $bulk AS i RIGHT JOIN large AS l USING (key) WHERE n < 200" ],
		[ 'a full join', 5, "SELECT i.key, l.key FROM $bulk AS i FULL JOIN local AS l ON l.key || '0' = i.key" ],
		[ 'a self join', 10,
			"SELECT count(*) FROM $bulk AS i JOIN $bulk AS j USING (key) WHERE i.summary = j.summary" ],
		[ 'a cross join', 5, "SELECT count(*), sum(n) FROM local CROSS JOIN $bulk AS i" ],
		[ 'a semi join', 5,
			"SET LOCAL enable_nestloop = off;"
			  . "SELECT key FROM local AS l WHERE EXISTS (SELECT FROM $bulk AS i WHERE i.key = l.key)" ],
		[ 'an anti join', 5,
			"SELECT l.key FROM large AS l WHERE n < 200 AND NOT EXISTS (SELECT FROM $bulk AS i WHERE i.key = l.key)" ],
		[ 'LATERAL', 10, "SELECT l.key, i.summary FROM local AS l, LATERAL $by_key AS i" ],
		[ 'LEFT JOIN LATERAL', 3,
			"SELECT l.key, i.summary FROM local AS l LEFT JOIN LATERAL $by_key AS i ON l.n <> 2 WHERE l.n < 4" ],
		[ 'LATERAL with LIMIT', 10,
			"SELECT l.key, i.status FROM local AS l, LATERAL (SELECT status FROM $by_key LIMIT 1) AS i" ],
		[ 'LATERAL under an aggregate', 10,
			"SELECT l.key, i.count FROM local AS l, LATERAL (SELECT count(*) FROM $by_key) AS i" ],
		[ 'LATERAL, condition outside the call', 5,
			"SELECT l.key, i.s FROM local AS l, "
			  . "LATERAL (SELECT max(summary) AS s FROM $bulk AS i WHERE i.key = l.key) AS i" ],
		[ 'Memoize', 2, "SELECT count(i.summary) FROM repeated AS l, LATERAL $by_key AS i" ],
	);
}

sub _subqueries
{
	return (
		[ 'IN', 5, "SET LOCAL enable_nestloop = off; SELECT key FROM local WHERE key IN (SELECT key FROM $bulk)" ],
		[ 'NOT IN', 5, "SELECT key FROM large WHERE n < 200 AND key NOT IN (SELECT key FROM $bulk)" ],
		[ 'ALL over rows kept', 5,
			"SET LOCAL enable_material = off; SELECT n FROM local WHERE note > ALL (SELECT summary || n FROM $bulk)" ],
		[ 'an initial plan', 5, "SELECT (SELECT max(key) FROM $bulk)" ],
		[ 'a correlated call', 10, "SELECT l.key, (SELECT summary FROM $by_key) FROM local AS l" ],
		[ 'a correlated condition', 5,
			"SELECT l.key, (SELECT i.summary FROM $bulk AS i WHERE i.key = l.key) FROM local AS l" ],
		[ 'a correlated EXISTS over rows kept', 1,
			"SELECT key FROM local AS l WHERE EXISTS (SELECT FROM $bulk AS i WHERE i.key = l.key OFFSET 0)" ],
		[ 'a correlation beside the scan', 5,
			"$loops SELECT l.key, (SELECT count(*) FROM $bulk AS i JOIN local AS m ON m.key <> i.key AND m.n < l.n) "
			  . 'FROM local AS l' ],
		[ 'an argument from a sub-query', 1,
			"SELECT key FROM jira_lookup_issues_stream((SELECT 'key = ' || min(key) FROM local))" ],
		[ 'keys from a sub-query', 1,
			'SELECT key, summary FROM jira_lookup_issues(ARRAY(SELECT key FROM local))' ],
		[ 'many keys', 3, "SELECT key, labels FROM jira_lookup_issues((SELECT array_agg(key) FROM large WHERE n <= 250))" ],
		[ 'IN of unnested keys', 1,
			"SELECT key FROM jira_lookup_issues(ARRAY['BULK-1', 'BULK-2']) "
			  . "WHERE key IN (SELECT unnest(ARRAY['BULK-2', 'BULK-3']))" ],
		[ 'a CTE used twice', 5,
			"WITH i AS (SELECT key, status FROM $bulk) SELECT count(*) FROM i AS a JOIN i AS b USING (key)" ],
		[ 'a CTE that is volatile and so not copied', 5,
			"WITH i AS NOT MATERIALIZED (SELECT key, status FROM $bulk) "
			  . 'SELECT count(*) FROM i AS a JOIN i AS b USING (key)' ],
		[ 'a recursive CTE over rows kept', 5, _chain('chain LEFT JOIN') ],
		[ 'a recursive CTE over rows kept from the second round on', 10, _chain('chain JOIN') ],
		[ 'a recursive CTE that asks again', 4,
			"WITH RECURSIVE chain AS (SELECT 1 AS n, NULL AS summary UNION ALL "
			  . "SELECT n + 1, i.summary FROM chain, jira_lookup_issues_stream(format('key = BULK-%s', n)) AS i "
			  . 'WHERE n < 5) SELECT * FROM chain' ],
	);
}

# Follows the keys of BULK, one a round.
sub _chain
{
	my $join = shift;

	return "$loops WITH RECURSIVE chain AS (SELECT 'BULK-1' AS key, 1 AS n UNION ALL "
	  . "SELECT i.key, n + 1 FROM $join $bulk AS i ON i.key = 'BULK-' || n + 1 WHERE n < 4) SELECT * FROM chain";
}

# What else the planner and the plan cache do.
sub _plans
{
	return (
		[ 'a generic plan', 2,
			"$generic PREPARE p (text) AS SELECT key FROM jira_lookup_issues_stream(\$1) LIMIT 5;"
			  . "EXECUTE p('project = BULK ORDER BY key'); EXECUTE p('key = BULK-7'); DEALLOCATE p", 1 ],
		[ 'a custom plan', 2,
			"$custom PREPARE p (text) AS SELECT key FROM jira_lookup_issues_stream(\$1) LIMIT 5;"
			  . "EXECUTE p('project = BULK ORDER BY key'); EXECUTE p('key = BULK-7'); DEALLOCATE p", 1 ],
		[ 'a parallel plan', 5,
			"$parallel SELECT count(*), sum(n) FROM large JOIN $bulk AS i USING (key) WHERE i.status = 'To Do'" ],
		[ 'a view', 5, 'SELECT * FROM issues' ],
		[ 'a view with LIMIT', 1, 'SELECT key FROM issues LIMIT 4', 1 ],
		[ 'a security barrier', 5, "SELECT key FROM open_issues WHERE key LIKE '%1'" ],
		[ 'UNION', 10, "SELECT status FROM $bulk UNION SELECT issue_type FROM $bulk" ],
		[ 'UNION ALL of different columns', 10, "SELECT key FROM $bulk UNION ALL SELECT summary FROM $bulk" ],
		[ 'EXCEPT', 5, "SELECT key FROM local EXCEPT SELECT key FROM $bulk WHERE status = 'To Do'" ],
		[ 'GROUP BY, hashed', 5, "SET LOCAL enable_sort = off; SELECT status, count(*) FROM $bulk GROUP BY status" ],
		[ 'GROUP BY, sorted', 5, "SET LOCAL enable_hashagg = off; SELECT status, count(*) FROM $bulk GROUP BY status" ],
		[ 'GROUPING SETS', 5,
			"SELECT status, issue_type, count(*) FROM $bulk GROUP BY GROUPING SETS ((status, issue_type), (status), ())" ],
		[ 'HAVING', 5, "SELECT status FROM $bulk GROUP BY status HAVING count(*) > 33" ],
		[ 'a window function', 5, "SELECT key, row_number() OVER (PARTITION BY status ORDER BY key) FROM $bulk" ],
		[ 'DISTINCT ON', 5, "SELECT DISTINCT ON (status) status, key FROM $bulk ORDER BY status, key", 1 ],
		[ 'JSON aggregation', 5, "SELECT jsonb_object_agg(key, labels) FROM $bulk" ],
		[ 'an ordered-set aggregate', 5, "SELECT mode() WITHIN GROUP (ORDER BY status) FROM $bulk" ],
	);
}

# How the rows and the call are written.
sub _rows
{
	return (
		[ 'every column', 5, "SELECT * FROM $bulk" ],
		[ 'no column', 5, "SELECT FROM $bulk" ],
		[ 'a whole row', 5, "SELECT i FROM $bulk AS i" ],
		[ 'a whole row as JSON', 5, "SELECT row_to_json(i)->>'key' FROM $bulk AS i" ],
		[ 'a whole row in a condition', 5, "SELECT key FROM $bulk AS i WHERE i IS NOT NULL OR i IS DISTINCT FROM NULL" ],
		[ 'fields out of all of them', 5,
			"SELECT key, fields ->> 'customfield_10016', fields -> 'status', fields['priority'] -> 'name', status FROM $bulk" ],
		[ 'fields of the side without a row', 5,
			"SELECT l.n, i.fields ->> 'created', i.key FROM local AS l LEFT JOIN $bulk AS i ON i.key = l.key AND l.n > 8" ],
		[ 'fields in groups', 5, "SELECT fields -> 'status' ->> 'name' AS status, count(*) FROM $bulk GROUP BY 1 ORDER BY 1", 1 ],
		[ 'fields of members', 10,
			"SELECT fields ->> 'created' FROM $bulk UNION ALL SELECT fields -> 'status' ->> 'id' FROM $bulk" ],
		[ 'fields of a query outside', 5,
			"SELECT key, (SELECT max(n) FROM local WHERE 'note ' || n = fields ->> 'summary' OR key = i.key) FROM $bulk AS i" ],
		[ 'the target list', 5, 'SELECT (jira_lookup_issues_stream(' . "'project = BULK')).*" ],
		[ 'the target list with LIMIT', 1,
			q{SELECT (jira_lookup_issues_stream('project = BULK ORDER BY key')).key LIMIT 3}, 1 ],
		[ 'the target list of a table', 10,
			q{SELECT l.n, (jira_lookup_issues_stream('key = ' || l.key)).summary FROM local AS l} ],
		[ 'WITH ORDINALITY', 5, "SELECT key, ordinality FROM $bulk WITH ORDINALITY" ],
		[ 'ROWS FROM', 5, "SELECT i.key, n FROM ROWS FROM ($bulk, generate_series(1, 3)) AS i (@{[ _columns() ]}, n)" ],
		[ 'renamed columns', 5, "SELECT a, b FROM $bulk AS i (a, b)" ],
		[ 'named notation', 1,
			q{SELECT key FROM jira_lookup_issues_stream(connection => 'demo', jql => 'key = BULK-3')} ],
		[ 'a domain', 1, q{SELECT key FROM jira_lookup_issues_stream('key = BULK-3'::query)} ],
		[ 'a cast', 1, q{SELECT key FROM jira_lookup_issues_stream('key = BULK-3'::varchar(40), max_rows => 3::smallint)} ],
		[ 'a volatile argument', 1,
			q{SELECT count(*) FROM jira_lookup_issues_stream('key = BULK-' || 1 + floor(random() * 9))} ],
	);
}

sub _columns
{
	return join ', ', 'id', 'key', map { "c$_" } 3 .. 23;
}

sub _statements
{
	return (
		[ 'FOR UPDATE', 5, "SELECT l.key, i.status FROM local AS l JOIN $bulk AS i USING (key) FOR UPDATE OF l" ],
		[ 'INSERT', 5, "INSERT INTO local (key) SELECT 'new ' || key FROM $bulk RETURNING key" ],
		[ 'UPDATE FROM', 5, "UPDATE local AS l SET note = i.summary FROM $bulk AS i WHERE i.key = l.key RETURNING l.key, l.note" ],
		[ 'DELETE USING', 5,
			"DELETE FROM local AS l USING $bulk AS i WHERE i.key = l.key AND i.status = 'To Do' RETURNING l.key" ],
		[ 'UPDATE FROM, a whole row', 5,
			"UPDATE local AS l SET note = i::text FROM $bulk AS i WHERE i.key = l.key RETURNING l.key, l.note, i" ],
		[ 'UPDATE FROM a UNION ALL', 10,
			"UPDATE local AS l SET note = i.a FROM (SELECT key, upper(summary) AS a FROM $bulk UNION ALL "
			  . "SELECT key || '0', status FROM $bulk WHERE status <> 'Done') AS i WHERE i.key = l.key RETURNING l.key, l.note" ],
		[ 'FOR UPDATE of a UNION ALL of whole rows', 10,
			"SELECT l.key, (i.i).status FROM local AS l JOIN (SELECT i FROM $bulk AS i UNION ALL SELECT i FROM $bulk AS i) AS i "
			  . 'ON (i.i).key = l.key FOR UPDATE OF l' ],
		[ 'DELETE from a view of whole rows', 5,
			"DELETE FROM holder WHERE (i).key = 'BULK-1'; SELECT note FROM local WHERE key = 'deleted'" ],
		[ 'MERGE', 5,
			"MERGE INTO local AS l USING $bulk AS i ON i.key = l.key WHEN MATCHED THEN UPDATE SET note = i.status "
			  . "WHEN NOT MATCHED THEN INSERT (key, note) VALUES (i.key, i.status); SELECT * FROM local" ],
		[ 'ON CONFLICT', 5,
			"INSERT INTO local (key, note) SELECT key, summary FROM $bulk ON CONFLICT (key) DO UPDATE SET note = excluded.note "
			  . 'RETURNING key, note' ],
		[ 'a data-modifying CTE', 5,
			"WITH i AS (INSERT INTO local (key) SELECT key || '!' FROM $bulk RETURNING key) SELECT count(*) FROM i" ],
		[ 'CREATE TABLE AS', 5, "CREATE TABLE copy AS SELECT key, due, labels FROM $bulk; SELECT * FROM copy" ],
		[ 'REFRESH MATERIALIZED VIEW', 5, 'REFRESH MATERIALIZED VIEW report; SELECT * FROM report' ],
		[ 'COPY', 5, "COPY (SELECT key, summary FROM $bulk) TO STDOUT" ],
	);
}

sub _cursors
{
	return (
		[ 'a cursor', 1, "DECLARE c CURSOR FOR SELECT key FROM $bulk; FETCH 3 FROM c; FETCH 3 FROM c; CLOSE c", 1 ],
		[ 'a cursor to its end', 5, "DECLARE c CURSOR FOR SELECT key FROM $bulk; FETCH ALL FROM c; FETCH 1 FROM c", 1 ],
		[ 'a SCROLL cursor', 2,
			"DECLARE c SCROLL CURSOR FOR SELECT key FROM $bulk; FETCH 25 FROM c; FETCH BACKWARD 10 FROM c;"
			  . 'FETCH ABSOLUTE 3 FROM c', 1 ],
		[ 'a cursor WITH HOLD', 5,
			"DECLARE c CURSOR WITH HOLD FOR SELECT key FROM $bulk; FETCH 2 FROM c; COMMIT; FETCH 2 FROM c; CLOSE c", 1 ],
		[ 'a SCROLL cursor WITH HOLD', 5,
			"DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT key FROM $bulk; FETCH 2 FROM c; COMMIT;"
			  . 'FETCH LAST FROM c; FETCH FIRST FROM c; CLOSE c', 1 ],
		[ 'two cursors in turns', 4,
			"DECLARE c CURSOR FOR SELECT key FROM $bulk; DECLARE d CURSOR FOR SELECT summary FROM $bulk;"
			  . 'FETCH 15 FROM c; FETCH 15 FROM d; FETCH 15 FROM c; FETCH 15 FROM d', 1 ],
		[ 'a cursor beyond a savepoint', 4,
			"DECLARE c CURSOR FOR SELECT key FROM $bulk; FETCH 15 FROM c; SAVEPOINT s;"
			  . "DECLARE d CURSOR FOR SELECT summary FROM $bulk; FETCH 15 FROM d; FETCH 15 FROM c;"
			  . 'ROLLBACK TO s; FETCH 25 FROM c', 1 ],
	);
}

sub _routines
{
	return (
		[ 'an inlined SQL function', 1, q{SELECT key FROM inlined('project = BULK ORDER BY key') LIMIT 3}, 1 ],
		[ 'a SQL function', 10, q{SELECT key, first_of('key = ' || key) FROM local} ],
		[ 'a security definer function', 1, 'SELECT * FROM as_definer()', 1 ],
		[ 'a loop left early, which fetches 10 and then 50 rows', 3, 'SELECT * FROM first_keys(23)', 1 ],
		[ 'RETURN QUERY', 5, 'SELECT * FROM all_of()' ],
		[ 'an exception half-way', 2, 'SELECT survivor()' ],
		[ 'a DO block', 5,
			"DO \$\$ BEGIN PERFORM FROM $bulk; INSERT INTO local VALUES (FOUND::text); END \$\$; SELECT * FROM local" ],
	);
}

1;
