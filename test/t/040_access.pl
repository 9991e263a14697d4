# Who sees which connections and may do what with them.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use Test::More;

my $node = start_cluster('access', 'jira_spoke.max_retries = 0');
my $jira = JiraSpoke::Jira->start;
my $url = $jira->url;
my $sign_in = "username => '" . $jira->username . "', secret => '" . $jira->secret . "'";

# The words of a failure, with the name of the alias taken out.
sub words
{
	my ($role, $query) = @_;
	my $error = query_error($node, $query, role => $role);

	$error =~ s/"(shop|private|missing)"/"..."/g;
	return $error;
}

$node->safe_psql('postgres', <<'SQL');
CREATE ROLE nobody LOGIN;
CREATE ROLE ungranted LOGIN IN ROLE jira_spoke_user;
CREATE ROLE granted LOGIN IN ROLE jira_spoke_user;
CREATE ROLE granted_only LOGIN;
CREATE ROLE owner LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE other LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE reader LOGIN IN ROLE pg_read_all_data;
CREATE ROLE writer LOGIN IN ROLE pg_read_all_data, pg_write_all_data;
CREATE ROLE bypass LOGIN BYPASSRLS IN ROLE jira_spoke_user;
CREATE ROLE team;
CREATE ROLE member LOGIN IN ROLE jira_spoke_user, team;
CREATE ROLE apart LOGIN NOINHERIT IN ROLE jira_spoke_user, team;
CREATE ROLE deputy LOGIN IN ROLE owner;
SQL
rows_or_sqlstate($node, 'owner', "SELECT jira_create_connection('shop', '$url', $sign_in)");
rows_or_sqlstate($node, 'other', "SELECT jira_create_connection('private', '$url', $sign_in)");
rows_or_sqlstate($node, 'owner', "SELECT jira_grant_connection('shop', r) FROM unnest('{granted,granted_only,team}'::regrole[]) AS r");

# What each role gets for each question.  "-" stands for no rows.
my %questions = (
	sees => 'SELECT alias FROM jira_connections() ORDER BY 1',
	rows => 'SELECT name FROM jira_spoke.alias ORDER BY 1',
	urls => 'SELECT alias FROM jira_spoke.connection ORDER BY 1',
	uses_shop => q{SELECT ok FROM jira_test_connection('shop')},
	uses_private => q{SELECT ok FROM jira_test_connection('private')},
	uses_missing => q{SELECT ok FROM jira_test_connection('missing')},
	alters => q{SELECT jira_alter_connection('shop', api_version => 2)},
	creates => "SELECT jira_create_connection('x', '$url', $sign_in), jira_drop_connection('x')",
	grants => q{SELECT jira_grant_connection('shop', 'granted')},
	quotes => q{SELECT jira_quote(1)},
	secrets => 'SELECT * FROM jira_spoke.credential');
my @order = qw(sees rows urls uses_shop uses_private uses_missing alters creates grants quotes secrets);
my %gets = (
	nobody => '42501 42501 42501 42501 42501 42501 42501 42501 42501 42501 42501',
	granted_only => '42501 42501 42501 42501 42501 42501 42501 42501 42501 42501 42501',
	ungranted => '- - - 42704 42704 42704 42501 42501 42501 1 42501',
	granted => 'shop shop shop t 42704 42704 42501 42501 42501 1 42501',
	member => 'shop shop shop t 42704 42704 42501 42501 42501 1 42501',
	apart => '42501 42501 42501 42501 42501 42501 42501 42501 42501 42501 42501',
	owner => 'shop shop shop t 42704 42704 - | - 1 42501',
	deputy => 'shop shop shop t 42704 42704 - | - 1 42501',
	other => 'private private private 42704 t 42704 42704 | 42704 1 42501',
	reader => '42501 - - 42501 42501 42501 42501 42501 42501 42501 -',
	writer => '42501 - - 42501 42501 42501 42501 42501 42501 42501 -',
	# Row level security hides nothing from it; use it may nothing all the same.
	bypass => 'private,shop private,shop private,shop 42704 42704 42704 42501 42501 42501 1 42501');

for my $role (sort keys %gets)
{
	my @expected = split ' ', $gets{$role};

	for my $i (0 .. $#order)
	{
		my $got = rows_or_sqlstate($node, $role, $questions{ $order[$i] });

		$got =~ s/\n/,/g;
		is($got eq '' ? '-' : $got, $expected[$i], "$role: $order[$i]");
	}
}
is(rows_or_sqlstate($node, 'postgres', $questions{uses_shop}), 't', 'a superuser uses every alias');

# No words tell what is not there from what is not yours.
for my $query (
	q{SELECT ok FROM jira_test_connection('%s')},
	q{SELECT count(*) FROM jira_lookup_server('%s')},
	q{SELECT jira_add_comment('OPS-1', 'x', connection => '%s')},
	q{SET jira_spoke.connection = '%s'; SELECT jira_count_issues('')},
	q{SELECT jira_alter_connection('%s', username => 'x')},
	q{SELECT jira_drop_connection('%s')},
	q{SELECT jira_grant_connection('%s', 'other')},
	q{SELECT jira_revoke_connection('%s', 'granted')},
	q{SELECT jira_create_connection('child', parent => '%s')})
{
	my $other = words('other', sprintf $query, 'shop');

	like($other, qr/42704/, "refused: $query");
	is($other, words('other', sprintf $query, 'missing'), "the same words: $query");
}

# With whose rights: the current user's, however it came to be that.
is(rows_or_sqlstate($node, 'apart', "SET ROLE team; $questions{uses_shop}"), '42501', 'a group role needs jira_spoke_user itself');
is(rows_or_sqlstate($node, 'other', "SET ROLE owner; $questions{uses_shop}"), '42501', 'nobody takes a role that is not his');
is(rows_or_sqlstate($node, 'deputy', "SET ROLE owner; $questions{uses_shop}"), 't', 'SET ROLE brings the aliases of the role');
is(rows_or_sqlstate($node, 'postgres', "SET ROLE ungranted; $questions{uses_shop}"), '42704', 'SET ROLE takes those of a superuser');
$node->safe_psql('postgres', <<'SQL');
GRANT CREATE ON SCHEMA public TO owner, ungranted;
SET ROLE owner;
CREATE FUNCTION count_for_all() RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$ SELECT jira_count_issues('project = OPS', 'shop') $$;
CREATE VIEW seen_through AS SELECT key FROM jira_lookup_issues_stream('project = OPS', connection => 'shop');
GRANT SELECT ON seen_through TO PUBLIC;
RESET ROLE;
SET ROLE ungranted;
CREATE FUNCTION trojan() RETURNS boolean LANGUAGE sql SECURITY INVOKER
AS $$ SELECT ok FROM public.jira_test_connection('shop') $$;
SQL
like(rows_or_sqlstate($node, 'nobody', 'SELECT count_for_all()'), qr/^\d+$/, 'SECURITY DEFINER works as the definer');
is(rows_or_sqlstate($node, 'ungranted', 'SELECT count(*) FROM seen_through'), '42704', 'a view does not lend its alias');
is(rows_or_sqlstate($node, 'nobody', 'SELECT count(*) FROM seen_through'), '42501', 'nor the right to call');
is(rows_or_sqlstate($node, 'granted', 'SELECT count(*) > 0 FROM seen_through'), 't', 'it serves those who have both');
is(rows_or_sqlstate($node, 'granted', 'SELECT trojan()'), 't', 'SECURITY INVOKER works as the caller');
is(rows_or_sqlstate($node, 'ungranted', 'SELECT trojan()'), '42704', 'and has nothing else');

# Taken back: at once, in a session that has used it.  An open cursor has its
# connection already and goes on to its end; one that has not begun does not.
my $session = sub {
	my ($before, $after) = @_;

	return rows_or_sqlstate($node, 'postgres', <<"SQL");
SELECT jira_grant_connection('shop', 'granted');
SET jira_spoke.page_size = 5;
BEGIN;
SET SESSION AUTHORIZATION granted;
SELECT ok FROM jira_test_connection('shop');
$before;
RESET SESSION AUTHORIZATION;
SELECT jira_revoke_connection('shop', 'granted');
SET SESSION AUTHORIZATION granted;
$after;
SQL
};
my $declare = q{DECLARE c CURSOR FOR SELECT 1 FROM jira_lookup_issues_stream('project = OPS', connection => 'shop')};
is($session->('', $questions{uses_shop}), '42704', 'a revoke is felt at once');
is($session->("PREPARE p AS $questions{uses_shop}; EXECUTE p", 'EXECUTE p'), '42704', 'by a prepared statement too');
is($session->($declare, 'FETCH c'), '42704', 'and by a cursor that has not begun');
like($session->("$declare; FETCH c", 'MOVE FORWARD 20 IN c; FETCH c'), qr/1\n\n1$/, 'one that has goes on');
is(rows_or_sqlstate($node, 'granted', $questions{uses_shop}), 't', 'a revoke that was rolled back was none');

# In the leader of a parallel query too.
$node->safe_psql('postgres', 'CREATE TABLE big AS SELECT g FROM generate_series(1, 1000) AS g; GRANT SELECT ON big TO PUBLIC');
my $parallel = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;';
my $join = q{SELECT count(*) FROM big CROSS JOIN jira_lookup_server('%s')};
like(rows_or_sqlstate($node, 'granted', "$parallel EXPLAIN " . sprintf $join, 'shop'), qr/Gather/, 'a query is parallel');
is(rows_or_sqlstate($node, 'granted', $parallel . sprintf $join, 'shop'), 1000, 'one who may use the alias uses it there');
is(rows_or_sqlstate($node, 'granted', $parallel . sprintf $join, 'private'), '42704', 'and no other');

# A group's grant ends with the membership.
$node->safe_psql('postgres', 'REVOKE team FROM member');
is(rows_or_sqlstate($node, 'member', $questions{uses_shop}), '42704', 'whoever leaves the group loses the alias');

# A role of the same name is another role.
$node->safe_psql('postgres', <<'SQL');
DROP ROLE granted_only;
CREATE ROLE granted_only LOGIN IN ROLE jira_spoke_user;
SQL
is(rows_or_sqlstate($node, 'granted_only', $questions{uses_shop}), '42704', 'a role that was made again inherits no grant');
rows_or_sqlstate($node, 'other', "SELECT jira_grant_connection('private', 'granted_only')");
$node->safe_psql('postgres', <<'SQL');
DROP ROLE other;
CREATE ROLE other LOGIN IN ROLE jira_spoke_admin;
SQL
is(rows_or_sqlstate($node, 'other', $questions{uses_private}), '42704', 'nor what it owned');
is(rows_or_sqlstate($node, 'other', q{SELECT jira_drop_connection('private')}), '42704', 'and cannot drop it');
is(rows_or_sqlstate($node, 'granted_only', $questions{uses_private}), 't', 'those it was granted to keep it');
is(rows_or_sqlstate($node, 'postgres', q{SELECT jira_drop_connection('private')}), '', 'a superuser clears up');

# A role that bypasses row level security, and a superuser, take no default
# alias that was not made for them.
rows_or_sqlstate($node, 'owner', q{SELECT jira_alter_connection('shop', is_default => true)});
is(rows_or_sqlstate($node, 'owner', 'SELECT ok FROM jira_test_connection()'), 't', 'the default alias of its owner serves');
is(rows_or_sqlstate($node, 'granted', 'SELECT ok FROM jira_test_connection()'), '42704', 'and nobody else unasked');
is(rows_or_sqlstate($node, 'bypass', 'SELECT ok FROM jira_test_connection()'), '42704', 'nor who merely sees it');
is(rows_or_sqlstate($node, 'postgres', 'SELECT ok FROM jira_test_connection()'), '42704', 'nor a superuser by accident');
is(rows_or_sqlstate($node, 'postgres', q{SET jira_spoke.connection = 'shop'; SELECT ok FROM jira_test_connection()}),
	't', 'a superuser names it');

$node->stop;
done_testing();
