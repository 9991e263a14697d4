# The connection of calls that name none: one's own default one, or one that a role
# has chosen for itself.  Nobody chooses for others.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use Test::More;

my $node = start_cluster('defaults', 'jira_spoke.max_retries = 0');
my $jira = JiraSpoke::Jira->start;
my $foreign = JiraSpoke::Jira->start;

$node->safe_psql('postgres', <<'SQL');
CREATE ROLE owner LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE mallory LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE guest LOGIN IN ROLE jira_spoke_user;
CREATE ROLE reader LOGIN IN ROLE jira_spoke_reader;
CREATE ROLE team IN ROLE jira_spoke_user;
CREATE ROLE member LOGIN IN ROLE team;
SQL
sub as { my ($role, $query) = @_; return rows_or_sqlstate($node, $role, $query); }

# The alias that a call without a name uses, or the SQLSTATE of its failure.
sub used
{
	my ($role) = @_;

	$_->forget_requests for $jira, $foreign;
	my $result = as($role, 'SELECT ok FROM jira_test_connection()');
	my @used = (('jira') x !!$jira->request_lines, ('foreign') x !!$foreign->request_lines);
	return "@used" || $result;
}

my %make = map { $_->[0] => sprintf q{SELECT jira_create_connection('%s', '%s', 'demo@example.com', 'demo-token', is_default => %s)}, $_->[0], $_->[1]->url, $_->[2] }
  [ 'shop', $jira, 'false' ], [ 'own', $jira, 'true' ], [ 'trap', $foreign, 'true' ];
as('owner', $make{$_}) for qw(shop own);
as('mallory', $make{trap});

# The attack: a default one of another's, granted to all.
as('mallory', q{SELECT jira_grant_connection('trap', 'jira_spoke_reader')});
is(used('guest'), '42704', 'a default connection that was granted is not used unasked');
is(used('owner'), 'jira', 'and does not come between an owner and the own one');
is(as('guest', q{SELECT is_default FROM jira_connections() WHERE alias = 'trap'}), 'f', 'nor is it shown as the default one');
like(query_error($node, q{SELECT jira_count_issues('')}, role => 'guest'), qr/42704: .*no default connection.*HINT: .*jira_use_connection/s, 'the error says what to do');

# Chosen by the role itself, for all its sessions.
as('owner', q{SELECT jira_grant_connection('shop', r) FROM unnest('{guest,reader,team}'::regrole[]) AS r});
for my $role (qw(guest reader))
{
	is(as($role, q{SELECT jira_use_connection('shop')}), '', "$role chooses");
	is(used($role), 'jira', 'and uses it from then on');
	is(as($role, 'SELECT alias FROM jira_connections() WHERE is_default'), 'shop', 'which is shown');
}
is(used('member'), '42704', 'others do not');
is(as('member', 'SELECT count(*) FROM jira_spoke.alias_in_use'), 0, 'nor see it');
is(as('member', q{SET ROLE team; SELECT jira_use_connection('shop')}), '', 'a group chooses');
is(used('member'), '42704', 'for itself, not for its members');
is(as('member', q{SET ROLE team; SELECT ok FROM jira_test_connection()}), 't', 'who may take its place');
is(as('owner', q{SELECT jira_use_connection('shop'); SELECT alias FROM jira_connections() WHERE is_default}), "\nshop", 'a choice comes before the own default one');
is(as('owner', q{SELECT jira_use_connection(NULL); SELECT alias FROM jira_connections() WHERE is_default}), "\nown", 'which counts again when it is given up');
is(as('guest', q{SELECT jira_use_connection('trap')}), '', 'another choice replaces the first');
is(used('guest'), 'foreign', 'at once');
is(as('guest', q{SELECT jira_use_connection('shop')}), '', 'and back');

# Only what may be used, only for oneself.
for my $alias (qw(own missing))
{
	is(as('guest', "SELECT jira_use_connection('$alias')"), '42704', "cannot be chosen: $alias");
}
is(used('guest'), 'jira', 'the old choice stays');
is(as('mallory', $_), '42501', "refused: $_") for q{INSERT INTO jira_spoke.alias_in_use VALUES ('guest', 'trap')}, q{UPDATE jira_spoke.alias_in_use SET alias = 'trap'}, 'DELETE FROM jira_spoke.alias_in_use';
is(as('guest', q{BEGIN READ ONLY; SELECT jira_use_connection('shop')}), '25006', 'not in a read-only transaction');
is(as('guest', q{BEGIN; SELECT jira_use_connection('trap'); ROLLBACK; SELECT alias FROM jira_connections() WHERE is_default}), "\nshop", 'a choice that was rolled back was none');

# What was chosen and is not there any more is not replaced by something else.
as('owner', q{SELECT jira_revoke_connection('shop', 'reader')});
is(used('reader'), '42704', 'a choice that was revoked fails');
is(as('reader', q{SELECT jira_use_connection(NULL)}), '', 'and can be given up');
is(as('owner', q{SELECT jira_alter_connection('shop', owner => 'mallory')}), '42501', 'an owner does not give to a stranger');
is($node->safe_psql('postgres', q{SELECT jira_alter_connection('trap', owner => 'owner');
	SET ROLE owner; SELECT alias FROM jira_connections() WHERE is_default}), "\nown", 'a connection that comes to a new owner is not the default one');
is(as('owner', q{SELECT jira_alter_connection('trap', is_default => true); SELECT alias FROM jira_connections() WHERE is_default}), "\ntrap", 'until the owner says so');
is(as('owner', q{SELECT jira_use_connection('own'), jira_drop_connection('own')}), '|', 'a connection is dropped');
is(as('owner', q{SELECT alias FROM jira_connections() WHERE is_default}), 'trap', 'and the choice of it');

# A superuser chooses for others by a setting.
$node->safe_psql('postgres', q{SELECT jira_quote(1); ALTER ROLE member SET jira_spoke.connection = 'shop'});
is(used('member'), 'jira', 'ALTER ROLE ... SET names one');
is(used('postgres'), '42704', 'a superuser has none');

$node->stop;
done_testing();
