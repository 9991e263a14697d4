# Roles that are dropped, renamed, or missing where a dump is restored: what was
# theirs is nobody's, and nothing else is lost.
use strict;
use warnings FATAL => 'all';

use IPC::Run;
use JiraSpoke;
use JiraSpoke::Outbox;
use Test::More;

my $node = start_cluster('dropped', 'jira_spoke.max_retries = 0');
my $jira = JiraSpoke::Jira->start;
my $url = $jira->url;
my $create = q{jira_create_connection('%s', '} . $url . q{', 'demo@example.com', 'demo-token', is_default => true)};

sub as { my ($role, $query, @more) = @_; return rows_or_sqlstate($node, $role, $query, @more); }

my @odd = ('No "sy"', '-', '123', 'a,b', "O'Brien", 'Mixed', 'under_score');

sub quoted { my ($name) = @_; return '"' . $name =~ s/"/""/gr . '"'; }

$node->safe_psql('postgres', join ';', map { 'CREATE ROLE ' . quoted($_) } @odd);
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE owner LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE leaver LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE goer LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE admin LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE heir LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE joint LOGIN IN ROLE owner, heir;
CREATE ROLE guest LOGIN IN ROLE jira_spoke_user;
CREATE ROLE visitor LOGIN IN ROLE jira_spoke_user;
SQL
as($_->[0], 'SELECT ' . sprintf $create, $_->[1]) for [ owner => 'kept' ], [ leaver => 'left' ], [ goer => 'gone' ];
as('leaver', q{SELECT jira_create_connection('left child', parent => 'left'), jira_grant_connection('left', 'guest'), jira_grant_connection('left child', 'guest')});
as('goer', q{SELECT jira_create_oauth_application('app', 'id', redirect_url => 'https://localhost/callback')});
as('owner', qq{SELECT jira_grant_connection('kept', r) FROM unnest(ARRAY['guest', 'visitor', 'leaver', @{[ join ', ', map { sql_text(quoted($_)) } @odd ]}]::regrole[]) AS r});
is($node->safe_psql('postgres', q{SELECT cardinality(granted) FROM jira_connections() WHERE alias = 'kept'}), 3 + @odd, 'names of all kinds');
as($_, q{SELECT jira_use_connection('kept')}) for qw(guest visitor);

# The server gives away, and drops, what it knows of a role: no connection, no grant.
$node->safe_psql('postgres', 'CREATE ROLE follower; CREATE TABLE of_leaver (); ALTER TABLE of_leaver OWNER TO leaver; REASSIGN OWNED BY leaver TO follower');
is($node->safe_psql('postgres', q{SELECT owner, granted FROM jira_connections() WHERE alias = 'left'}), 'leaver|{guest}', 'REASSIGN OWNED leaves a connection');
$node->safe_psql('postgres', 'DROP OWNED BY leaver, guest');
is($node->safe_psql('postgres', q{SELECT owner, granted FROM jira_connections() WHERE alias = 'left'}), 'leaver|{guest}', 'so does DROP OWNED, of the owner and of others');
is(as($_, q{SELECT ok FROM jira_test_connection('left')}), 't', "which $_ uses as before") for qw(leaver guest);

# Dropped.  A session that has the library is warned.
my $waits = as('leaver', q{SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-1", "body": "x"}', not_before => now() + '1 h')});
like($waits, qr/^\d+$/, 'an item waits');
my $messages = all_messages($node, 'postgres', 'SELECT jira_quote(1); DROP ROLE leaver');
like($messages, qr/WARNING: .*role "leaver" owns connections to Jira.*HINT: .*jira_alter_connection/s, 'DROP ROLE warns of connections');
like($messages, qr/WARNING: .*role "leaver" has unfinished items in the Jira outbox/s, 'and of what waits in the outbox');
unlike(all_messages($node, 'postgres', 'SELECT jira_quote(1); CREATE ROLE none; DROP ROLE none'), qr/WARNING/, 'of a role that has nothing it does not');
like(all_messages($node, 'postgres', 'SELECT jira_quote(1); DROP ROLE goer'), qr/WARNING: .*role "goer" owns/, 'nor forget an application');
is(as($_, q{SELECT alias, owner, granted FROM jira_connections() WHERE owner IS NULL ORDER BY alias}), "gone||{}\nleft||{guest}\nleft child||{guest}", "$_ sees what they left")
  for qw(postgres admin);
is(as('admin', $_), '42704', "an administrator cannot: $_") for q{SELECT ok FROM jira_test_connection('left')}, q{SELECT jira_drop_connection('left')},
  q{SELECT jira_alter_connection('left', owner => 'admin')}, q{SELECT jira_grant_connection('left', 'admin')};
is(as('visitor', q{SELECT alias FROM jira_connections()}), 'kept', 'others do not see it');
is(as('guest', q{SELECT ok FROM jira_test_connection('left')}), 't', 'those it was granted to use it');
is(as('guest', q{SELECT ok FROM jira_test_connection('left child')}), '42704', 'but nobody uses a parent with the rights of a role that is gone');

# Given to another: by a superuser, or by a member of both.
is(as('owner', q{SELECT jira_alter_connection('kept', owner => 'heir')}), '42501', 'an owner alone does not');
is(as('heir', q{SELECT jira_alter_connection('kept', owner => 'heir')}), '42704', 'nor who wants it');
is(as('joint', q{SELECT jira_alter_connection('kept', owner => 'heir'); SELECT owner FROM jira_connections() WHERE alias = 'kept'}), "\nheir", 'a member of both does');
is(as('joint', q{SELECT jira_alter_connection('kept', owner => 'owner')}), '', 'and back');
is($node->safe_psql('postgres', q{SELECT jira_alter_connection('left', owner => 'heir'), jira_alter_connection('left child', owner => 'heir')}), '|', 'a superuser gives what was left');
is(as('heir', q{SELECT ok FROM jira_test_connection('left child')}), 't', 'which works for its new owner');
is(as('guest', q{SELECT ok FROM jira_test_connection('left child')}), 't', 'and those it was granted to');
like(query_error($node, q{SELECT jira_alter_connection('gone', auth => 'oauth2', oauth_application => 'app', owner => 'heir')}),
	qr/55000: .*new owner of connection "gone" may not use its OAuth 2\.0 application "app".*HINT: .*jira_alter_oauth_application/s, 'not without its application');
is(as('heir', q{SELECT jira_alter_oauth_application('app', 'heir')}), '42704', 'which nobody takes');
is($node->safe_psql('postgres', q{SELECT jira_alter_oauth_application('app', 'owner')}), '', 'a superuser gives it');
is(as('owner', q{SELECT jira_alter_oauth_application('app', 'heir')}), '42501', 'an owner alone does not');
is(as('joint', q{SELECT jira_alter_oauth_application('app', 'heir')}), '', 'a member of both does');
is($node->safe_psql('postgres', q{BEGIN; SELECT jira_alter_connection('gone', auth => 'oauth2', oauth_application => 'app', owner => 'heir');
	SELECT owner FROM jira_connections() WHERE alias = 'gone'; ROLLBACK}), "\nheir", 'then the connection can be given, too');
is($node->safe_psql('postgres', q{SELECT jira_alter_connection('gone', username => 'demo@example.com')}), '', 'a superuser changes what is nobody\'s');
like(query_error($node, q{SELECT jira_alter_connection('kept', owner => 1::regrole)}), qr/42704: .*role with OID 1 does not exist/, 'not to nobody');

# Dumped with names; what is gone is "-".
$node->safe_psql('postgres', 'ALTER ROLE heir RENAME TO "New name"; DROP ROLE "under_score"');
my ($dump, $error) = ('', '');
IPC::Run::run([ 'pg_dump', '-U', 'postgres', '-d', $node->connstr('postgres') ], '>', \$dump, '2>', \$error);
my ($rows) = $dump =~ /^COPY jira_spoke\.alias .*?\n(.*?)^\\\.$/ms;
like($rows, qr/^gone\t-\t/m, 'a role that is gone has no number in a dump');
like($rows, qr/^left\t"New name"\t/m, 'a renamed role has its new name');
unlike($rows, qr/\d{4,}(?!-)[,\t}]/, 'there is no number at all');

# Restored where some of the roles are missing, two of them owners of default
# connections, and another has the name of a number.
$node->safe_psql('postgres', q{DROP ROLE visitor, "Mixed"; CREATE DATABASE copy});
(my $edited = $dump) =~ s/\t"New name"\t/\tmissing_one\t/;
$edited =~ s/^(kept)\towner\t/$1\tmissing_two\t/m or die;
my ($out, $warnings) = ('', '');
IPC::Run::run([ 'psql', '-XAtq', '-U', 'postgres', '-d', $node->connstr('copy') ], '<', \$edited, '>', \$out, '2>', \$warnings);
unlike($warnings, qr/ERROR/, 'a dump is restored though roles are missing');
like($warnings, qr/WARNING: +role "$_" does not exist/, "it warns of $_") for qw(missing_one missing_two visitor Mixed);
is(rows_or_sqlstate($node, 'postgres', q{SELECT alias, owner, granted FROM jira_connections() ORDER BY alias}, dbname => 'copy'),
	join("\n", 'gone||{}', 'kept||' . q({guest,"\"No \"\"sy\"\"\"","\"-\"","\"123\"","\"a,b\"","\"O'Brien\""}), 'left||{guest}', 'left child|"New name"|{guest}'),
	'each costs what was its own, and no more');
is(rows_or_sqlstate($node, 'guest', q{SELECT ok FROM jira_test_connection()}, dbname => 'copy'), 't', 'a grant and a choice that are left work');
is(rows_or_sqlstate($node, 'guest', q{SELECT ok FROM jira_test_connection('left child')}, dbname => 'copy'), '42704', 'a parent that is nobody\'s lends nothing to a child of somebody');
is(rows_or_sqlstate($node, 'postgres', q{SELECT jira_alter_connection('left', owner => '"New name"')}, dbname => 'copy'), '', 'a superuser gives it to somebody');
is(rows_or_sqlstate($node, 'guest', q{SELECT ok FROM jira_test_connection('left child')}, dbname => 'copy'), 't', 'then all is well');

$node->stop;
done_testing();
