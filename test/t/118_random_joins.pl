# Joins of all kinds, put together at random, have the same rows with pushdown and
# without it.  SPOKE_QUERIES is their number; SPOKE_SEED makes the same joins again.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use Test::More;

my $seed = $ENV{SPOKE_SEED} // 7;
my $number = $ENV{SPOKE_QUERIES} // 100;
my $node = start_cluster('random_joins', 'jit = off');
my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => 300) } qw(cloud server);
my @searches = map { "jira_lookup_issues_stream('$_')" }
  ('project = OPS', 'project in (OPS, WEB)', 'project = WEB ORDER BY created', 'project = BULK AND status != Done', 'project is not EMPTY');

srand $seed;
connect_to($node, $jira{$_}, $_) for sort keys %jira;
$jira{cloud}->control('POST', 'search', { unknown_keys => 'empty' });
$node->safe_psql('postgres', <<~'SQL');
	CREATE TABLE a AS SELECT (ARRAY['OPS', 'WEB', 'BULK', 'NONE'])[1 + i % 4] || '-' || (1 + i * 7 % 60) AS key, i AS n,
		(10000 + i)::text AS id, CASE WHEN i % 5 > 0 THEN 'WEB-' || i % 20 END AS parent FROM generate_series(1, 150) AS i;
	CREATE TABLE b AS SELECT key, max(n) AS n FROM a GROUP BY key;
	INSERT INTO a (key, n) VALUES (NULL, 1), ('', 2), ('x y', 3), ('OPS-1', 4), ('ops-1', 5), ('OPS-1', 6);
	CREATE VIEW v AS SELECT key, id, parent, upper(summary) AS u, status, 'c' AS c FROM jira_lookup_issues_stream('project in (OPS, WEB)');
	ANALYZE;
	SQL

# Accounts that have issues, and others that nobody has.
for (sort keys %jira)
{
	$node->safe_psql('postgres', <<~"SQL");
	SET jira_spoke.connection = '$_';
	CREATE TABLE accounts_$_ AS SELECT i AS n, CASE WHEN i % 3 = 0 THEN NULL ELSE account END AS account FROM generate_series(1, 150) AS i
		JOIN (SELECT row_number() OVER (ORDER BY assignee) AS p, assignee AS account FROM jira_lookup_issues_stream('project = BULK') GROUP BY assignee
			UNION ALL VALUES (0, 'nobody'), (1001, '')) AS x ON p = i % 4 OR (p = 1001 AND i % 50 = 0);
	ANALYZE accounts_$_;
	SQL
}

sub one_of { return $_[ rand @_ ]; }
sub search { return one_of(@searches, 'v'); }
sub left { return one_of('LEFT ', ''); }
sub equality { return one_of('i.key = l.key', 'l.key = i.key', 'i.id = l.id', 'i.parent = l.parent', 'i.parent = l.key'); }

sub condition
{
	return one_of('true', "i.status = 'Done'", "i.status <> 'To Do'", 'l.n > 40', 'length(i.key) < l.n', 'i.parent IS NULL', 'l.n % 3 = 1');
}

# A look-up for each row, of which several may be under way, as "u".
sub look_up
{
	my ($key) = @_;

	return 'LATERAL ' . one_of("jira_lookup_watchers($key)", "jira_lookup_transitions($key)", "jira_lookup_latest_comment_on_issue($key)",
		"jira_lookup_components(split_part($key, '-', 1))", "jira_lookup_versions(split_part($key, '-', 1))",
		"jira_lookup_issues_stream('parent = ' || $key)", "jira_lookup_issues_stream('project = ' || split_part($key, '-', 1), max_rows => 3)") . ' AS u';
}

sub with_look_up
{
	my $search = search();
	my $on = equality() . ' AND ' . condition();
	my ($of_issue, $of_row) = map { look_up($_) } 'i.key', q{COALESCE(NULLIF(l.parent, ''), 'OPS-' || l.n % 30 + 1)};
	my $few = one_of('l.n < 30', 'l.n % 7 = 0', 'l.n > 100 AND l.parent IS NOT NULL');

	return one_of(
		"SELECT l.n, i.key, u FROM a AS l JOIN $search AS i ON $on, $of_issue WHERE $few",
		"SELECT l.n, i.key, u FROM a AS l JOIN $search AS i ON $on LEFT JOIN $of_issue ON " . one_of('true', 'l.n % 2 = 0', 'u IS NULL') . " WHERE $few",
		"SELECT l.n, u FROM a AS l LEFT JOIN $of_row ON " . one_of('true', 'l.n % 2 = 0') . " WHERE $few",
		"SELECT l.n, i.status, u FROM a AS l LEFT JOIN $search AS i ON $on, $of_row WHERE $few",
		"SELECT b.n, x.* FROM b JOIN LATERAL (SELECT l.n, u FROM a AS l, $of_row WHERE l.n % 40 = b.n % 40 AND $few OFFSET 0) AS x ON true WHERE b.n < 40",
		"SELECT l.n FROM a AS l WHERE $few AND " . one_of('', 'NOT ') . "EXISTS (SELECT FROM b, $of_row WHERE b.key = l.key)",
		"SELECT x.* FROM (SELECT l.n, u FROM a AS l, $of_row WHERE $few ORDER BY l.n, l.key LIMIT 1000) AS x",
		"SELECT p.c, u FROM (SELECT split_part(key, '-', 1) || '-1' AS c FROM b WHERE key !~ 'NONE' GROUP BY 1) AS p (c), " . look_up('p.c'));
}

sub random_query
{
	my $search = search();
	my $on = equality() . ' AND ' . condition();
	my $where = one_of('l.n > 0', 'l.n < 100', 'l.n % 2 = 0');

	return one_of(
		"SELECT l.n, i.key, i.status FROM a AS l JOIN $search AS i ON $on WHERE $where",
		"SELECT l.n, i.key, i.id FROM a AS l LEFT JOIN $search AS i ON $on WHERE $where",
		"SELECT l.n FROM a AS l WHERE $where AND EXISTS (SELECT FROM $search AS i WHERE $on)",
		"SELECT l.n FROM a AS l WHERE $where AND NOT EXISTS (SELECT FROM $search AS i WHERE $on)",
		"SELECT i.key, i.status FROM $search AS i WHERE i.key IN (SELECT l.key FROM a AS l WHERE $where)",
		"SELECT l.n FROM a AS l WHERE $where AND l.key IN (SELECT i.key FROM $search AS i WHERE i.status <> 'x')",
		"SELECT l.n FROM a AS l WHERE $where AND l.key NOT IN (SELECT i.key FROM $search AS i WHERE i.status <> 'x')",
		"SELECT l.n, i.key, j.key AS further FROM a AS l " . left() . "JOIN $search AS i ON $on " . left() . 'JOIN ' . search()
		  . ' AS j ON ' . one_of('j.key = i.key', 'j.key = i.parent', 'j.key = l.key', 'j.parent = i.key') . " WHERE $where",
		'SELECT l.n, i.key, o.n AS other FROM a AS l ' . left() . 'JOIN a AS o ON o.n = l.n + 1 ' . left() . "JOIN $search AS i ON i.key = "
		  . one_of('o.key', 'l.key', 'COALESCE(o.key, l.key)') . ' AND ' . condition() . " WHERE $where",
		'SELECT l.n, i.key FROM a AS l ' . one_of('FULL', 'RIGHT') . " JOIN $search AS i ON i.key = l.key",
		"SELECT x.* FROM (SELECT l.n, i.key, i.status || 'x' AS u FROM a AS l LEFT JOIN $search AS i ON $on) AS x " . left()
		  . 'JOIN b ON b.key = x.key WHERE ' . one_of('true', 'x.u IS NULL', "x.u <> 'Donex'"),
		"SELECT l.n, s.key, s.constant FROM a AS l LEFT JOIN (SELECT i.*, 'c' AS constant FROM $search AS i) AS s ON s.key = l.key WHERE $where");
}

# Joins by account, with the table "accounts".
sub by_account
{
	my $search = search();
	my $column = one_of('assignee', 'assignee', 'reporter');
	my $on = one_of("i.$column = l.account", "l.account = i.$column") . ' AND ' . one_of('true', "i.status = 'Done'", "i.key <> 'OPS-1'", 'length(i.key) < l.n', 'l.n % 3 = 1');
	my $where = one_of('l.n > 0', 'l.n < 9', 'l.n % 10 = 0', 'l.n % 4 > 0', 'l.account IS NOT NULL');
	my $from = "(SELECT * FROM accounts WHERE n < 60) AS l";

	$search = one_of(@searches) if $search eq 'v';
	return one_of(
		"SELECT l.n, i.key, i.status FROM $from JOIN $search AS i ON $on WHERE $where",
		"SELECT l.n, i.key, i.id FROM $from LEFT JOIN $search AS i ON $on WHERE $where",
		"SELECT l.n FROM $from WHERE $where AND EXISTS (SELECT FROM $search AS i WHERE $on)",
		"SELECT l.n FROM $from WHERE $where AND NOT EXISTS (SELECT FROM $search AS i WHERE $on)",
		"SELECT l.n FROM $from LEFT JOIN $search AS i ON $on WHERE i.key IS NULL AND $where",
		"SELECT i.key, i.status FROM $search AS i WHERE i.$column IN (SELECT l.account FROM $from WHERE $where)",
		"SELECT l.n FROM $from WHERE $where AND l.account IN (SELECT i.$column FROM $search AS i WHERE i.status <> 'x')",
		"SELECT l.n, count(i.key), x.c FROM $from LEFT JOIN $search AS i ON $on, (SELECT count(*) FROM $from JOIN $search AS i ON i.$column = l.account LIMIT 1) AS x (c) WHERE $where GROUP BY 1, 3",
		"SELECT count(*) FROM (SELECT i.key FROM $from JOIN $search AS i ON $on WHERE $where LIMIT " . one_of(1, 5, 20) . ') AS x',
		"SELECT l.n, i.key, j.key AS further FROM $from JOIN $search AS i ON $on LEFT JOIN " . one_of(@searches[ 0, 3 ]) . " AS j ON j.$column = i.reporter AND j.parent = i.key WHERE $where");
}

my $joined = 0;
my $joined_by_account = 0;
my $views = join '', map { "CREATE SCHEMA $_; CREATE VIEW $_.accounts AS SELECT * FROM accounts_$_; " } sort keys %jira;

$node->safe_psql('postgres', $views);

for my $i (1 .. $number)
{
	my $query = $i % 4 == 0 ? with_look_up() : $i % 4 == 1 ? by_account() : random_query();
	my $deployment = one_of(qw(cloud server));
	my $before = "SET jira_spoke.connection = '$deployment'; SET search_path = public, $deployment; ";
	$jira{cloud}->control('POST', 'search', { unknown_accounts => one_of(qw(refuse empty)) });
	my $sum = "SELECT count(*), md5(string_agg(x::text, '|' ORDER BY x::text)) FROM ($query) AS x";

	is($node->safe_psql('postgres', "$before $sum"), $node->safe_psql('postgres', "$before SET jira_spoke.pushdown = off; $sum"), "$i: $query");
	next if $node->safe_psql('postgres', "$before EXPLAIN $query") !~ /JiraKeyJoin/;
	$joined++;
	$joined_by_account++ if $query =~ /accounts/;
}
cmp_ok($joined, '>', $number / 2, "$joined key joins");
cmp_ok($joined_by_account, '>', $number / 10, "$joined_by_account by account");

done_testing();
