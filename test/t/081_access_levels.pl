# Rights to read and rights to write: of roles to call functions, and of grants of
# a connection.  What may only read sends nothing that changes Jira.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use Test::More;

my $node = start_cluster('levels', 'jira_spoke.max_retries = 0', q{jira_spoke.outbox_linger = '0'});
my $jira = JiraSpoke::Jira->start;
my $url = $jira->url;

$node->safe_psql('postgres', <<'SQL');
CREATE ROLE owner LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE reader LOGIN IN ROLE jira_spoke_reader;
CREATE ROLE clerk LOGIN IN ROLE jira_spoke_user;
CREATE ROLE team;
CREATE ROLE member LOGIN IN ROLE jira_spoke_user, team;
CREATE ROLE deputy LOGIN IN ROLE owner;
CREATE ROLE broker LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE stranger LOGIN;
GRANT CREATE ON SCHEMA public TO clerk;
SQL
connect_to($node, $jira, 'shop');
$node->safe_psql('postgres', q{SELECT jira_alter_connection('shop', owner => 'owner')});

sub as { my ($role, $query) = @_; return rows_or_sqlstate($node, $role, "SET jira_spoke.connection = 'shop'; $query"); }

sub grant
{
	my ($role, @access) = @_;
	my $arguments = join ', ', "'shop'", "'$role'", map { "'$_'" } @access;

	return rows_or_sqlstate($node, 'owner', "SELECT jira_grant_connection($arguments)");
}

sub refusal { my ($role, $query) = @_; return query_error($node, "SET jira_spoke.connection = 'shop'; $query", role => $role); }

my $refused = qr/42501: +connection "shop" may only be read by you.*HINT: .*access => 'write'/s;
my @reads = (
	q{SELECT count(*) > 0 FROM jira_lookup_issues_stream('project = OPS')},
	q{SELECT jira_count_issues('project = OPS') > 0},
	q{SELECT count(*) = 1 FROM jira_lookup_issue('OPS-1')},
	q{SELECT ok FROM jira_test_connection()},
	q{SELECT status = 200 FROM jira_request('GET', '/rest/api/2/myself')},
	q{SELECT status = 200 FROM jira_request('POST', '/rest/api/2/search/jql', body => '{"jql": "project = OPS"}')},
	q{SELECT status = 200 FROM jira_request('POST', '/rest/api/3/search/approximate-count', body => '{"jql": "project = OPS"}')},
	q{SELECT jira_quote('a') = '"a"' AND jira_jql('key = %s', 'A-1') <> '' AND (SELECT count(*) > 5 FROM jira_required_scopes())},
	q{SELECT access = 'read' FROM jira_connections()});
my @writes = (
	q{SELECT jira_create_issue('OPS', 'Bug', 'x')}, q{SELECT jira_add_comment('OPS-1', 'x')},
	q{SELECT jira_update_issue('OPS-1', summary => 'x')}, q{SELECT jira_do_transition('OPS-1', 'Done')},
	q{SELECT jira_copy_attachment('OPS-1', 'x', 'x')}, q{SELECT jira_delete_issue('OPS-1')},
	q{SELECT jira_create_story('OPS', 'x')}, q{SELECT jira_create_sprint('x', 1)},
	q{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-1", "body": "x"}')});
my @raw_writes = map { sprintf q{SELECT status FROM jira_request('%s', '/rest/api/2/%s', body => '{}')}, @$_ }
  [ POST => 'issue' ], [ PUT => 'issue/OPS-1' ], [ DELETE => 'issue/OPS-1' ], [ PATCH => 'issue/OPS-1' ], [ POST => 'search/OPS-1' ],
  [ POST => 'issue/OPS-1/comment' ];

# The requests since the last call that could change something.
sub changes
{
	my @lines = grep { !/^GET |^POST \S*\/(?:search|search\/jql|search\/approximate-count)$/ } $jira->request_lines;

	$jira->forget_requests;
	return join ', ', @lines;
}

# By the roles that call functions.
grant('reader', 'write');
is(as('reader', s/ = 'read'/ = 'write'/r), 't', "a reader: $_") for @reads;
changes();
is(as('reader', $_), '42501', "a reader cannot: $_") for @writes;
is(changes(), '', 'nothing was sent');

# By the grant.
grant('reader', 'read');
grant('clerk', 'read');
is(as($_->[0], $_->[1]), 't', "granted to read, $_->[0]: $_->[1]") for map { my $query = $_; map { [ $_, $query ] } qw(reader clerk) } @reads;
is(as('clerk', "BEGIN READ ONLY; $reads[5]"), 't', 'a POST that only asks may be in a read-only transaction');
changes();
like(refusal('clerk', $_), $refused, "granted to read, not: $_") for @writes, @raw_writes;
is(changes(), '', 'nothing was sent');

# Triggers, in both modes.
for my $mode (qw(immediate outbox))
{
	as('clerk', qq{CREATE TABLE $mode (a text); CREATE TRIGGER t BEFORE INSERT ON $mode FOR EACH ROW EXECUTE FUNCTION
		jira_create_issue_trigger('{"project": "OPS", "issue_type": "Bug", "summary": "{a}"}', '{"mode": "$mode"}')});
	like(refusal('clerk', "INSERT INTO $mode VALUES ('x')"), $refused, "granted to read, no trigger: $mode");
}
is(changes(), '', 'nothing was sent');
is($node->safe_psql('postgres', 'SELECT count(*) FROM jira_spoke.outbox'), 0, 'nothing waits to be sent');

# Granting again changes it; the strongest of several grants counts; the owner writes.
my $comment = q{SELECT jira_add_comment('OPS-1', 'x') IS NOT NULL};
grant('clerk');
is(as('clerk', $comment), 't', 'the default is to write');
is(as('clerk', 'SELECT access FROM jira_connections()'), 'write', 'as is shown');
is(as('owner', q{SELECT granted, readers FROM jira_connections()}), '{clerk,reader}|{reader}', 'the owner sees who may what');
grant('clerk', 'read');
is(as('clerk', $comment), '42501', 'granting again takes it back');
grant('team', 'write');
grant('member', 'read');
is(as('member', $comment), 't', 'a group may write: so may its member');
grant('team', 'read');
grant('member', 'write');
is(as('member', $comment), 't', 'or the other way round');
is(rows_or_sqlstate($node, 'owner', q{SELECT jira_revoke_connection('shop', 'member')}), '', 'one grant is revoked');
is(as('member', $comment), '42501', 'the weaker one remains');
is(as($_, $comment), 't', "writes: $_") for qw(owner deputy postgres);
is(as('member', 'SELECT ok FROM jira_test_connection()'), 't', 'reading goes on');
like(query_error($node, q{SELECT jira_grant_connection('shop', 'clerk', 'admin')}, role => 'owner'), qr/22023.*"access".*HINT: .*"read" or "write"/s, 'no other access');
like(query_error($node, q{SELECT jira_grant_connection('shop', 'clerk', NULL)}, role => 'owner'), qr/22004|"access"/, 'nor none');
changes();

# A child is granted apart; but nobody passes on what was only granted to him.
rows_or_sqlstate($node, 'owner', q{SELECT jira_create_connection('apart', parent => 'shop'), jira_grant_connection('apart', 'clerk', 'write')});
is(as('clerk', q{SELECT jira_add_comment('OPS-1', 'x', connection => 'apart') IS NOT NULL}), 't', 'a child of the owner lends what its grant says');
grant('broker', 'read');
is(rows_or_sqlstate($node, 'broker', q{SELECT jira_create_connection('mine', parent => 'shop')}), '', 'one who may read makes a child');
is(rows_or_sqlstate($node, 'broker', q{SELECT ok FROM jira_test_connection('mine')}), 't', 'and reads');
changes();
like(query_error($node, q{SELECT jira_add_comment('OPS-1', 'x', connection => 'mine')}, role => 'broker'), qr/42501: +connection "mine" may only be read by you/, 'but does not write');
rows_or_sqlstate($node, 'broker', q{SELECT jira_grant_connection('mine', 'stranger'), jira_grant_connection('mine', 'clerk')});
$node->safe_psql('postgres', 'GRANT jira_spoke_user TO stranger');
like(query_error($node, q{SELECT account FROM jira_lookup_authenticated_user('mine')}, role => 'stranger'),
	qr/42704: +connection "mine" has a parent that you may not use.*HINT: /s, 'nor lets in others');
is(rows_or_sqlstate($node, 'clerk', q{SELECT ok FROM jira_test_connection('mine')}), 't', 'those who may read the parent read');
grant('broker', 'write');
is(rows_or_sqlstate($node, 'clerk', q{SELECT jira_add_comment('OPS-1', 'x', connection => 'mine')}), '42501', 'and no more, though the child may write');
is(changes(), '', 'nothing was sent');

# An item that was enqueued before waits until the grant is back.
grant('clerk', 'write');
my $id = as('clerk', q{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-1", "body": "patient"}', not_before => now() + '1 h')});
grant('clerk', 'read');
$node->safe_psql('postgres', "SELECT jira_outbox_retry($id)");
ok(await_error($node, $id, 'connection "shop" may only be read by you. .*jira_grant_connection'), 'an item tells what it waits for');
is(item($node, $id, 'state, attempts, next_attempt > now()'), 'pending|0|t', 'and waits');
is(changes(), '', 'nothing was sent');
grant('clerk', 'write');
$node->safe_psql('postgres', "SELECT jira_outbox_retry($id)");
is(outcome($node, $id, 'state'), 'done', 'with the grant it is carried out');

# A grant alone is of no use for functions, which is said.
my $notice = sub { my ($role, $access) = @_; return all_messages($node, 'owner', "SELECT jira_grant_connection('shop', '$role', '$access')") };
$node->safe_psql('postgres', 'CREATE ROLE "No one"');
like($notice->('"No one"', 'write'), qr/NOTICE: .*role "No one" may not call any function.*HINT: +GRANT jira_spoke_user TO "No one"/s, 'what to grant is said');
like($notice->('team', 'read'), qr/NOTICE: .*role "team".*HINT: +GRANT jira_spoke_reader TO team/s, 'for reading, too');
unlike($notice->($_, 'write'), qr/NOTICE/, "and not to $_") for qw(reader clerk member);

$node->stop;
done_testing();
