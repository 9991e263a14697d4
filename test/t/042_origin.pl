# A secret goes to the host that it was stored for and to no other, whoever
# changes what about the alias, its parents or the tables.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use MIME::Base64;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $evil = JiraSpoke::Jira->start;
my ($url, $evil_url) = ($jira->url, $evil->url);
my $node = start_cluster('origin', 'jira_spoke.max_retries = 0', "jira_spoke.gateway_url = '$url'");
my $secret = $jira->secret;

sub use_of
{
	my ($role, $alias) = @_;
	return rows_or_sqlstate($node, $role, "SELECT status FROM jira_request('GET', '/rest/api/2/myself', connection => '$alias')");
}

$node->safe_psql('postgres', <<'SQL');
CREATE ROLE owner LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE mallory LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE guest LOGIN IN ROLE jira_spoke_user;
SQL
is(rows_or_sqlstate($node, 'owner', "SELECT jira_create_connection('shop', '$url', 'demo\@example.com', '$secret')"), '', 'an alias');
is(rows_or_sqlstate($node, 'owner', q{SELECT jira_grant_connection('shop', 'mallory')}), '', 'that another administrator may use');
is(use_of('mallory', 'shop'), 200, 'and uses');

# A child of the alias inherits the secret, but only for the same host.
is(rows_or_sqlstate($node, 'mallory', q{SELECT jira_create_connection('child', parent => 'shop')}), '', 'a child can be made');
is(use_of('mallory', 'child'), 200, 'and used');
for my $options (
	"'$evil_url'",
	"'$evil_url', 'demo\@example.com'",
	"'$evil_url', auth => 'bearer'",
	"'$evil_url', server_type => 'server'",
	"url => '$evil_url/' || '$url'",
	"'https://127.0.0.1:" . $jira->port . "'",
	"'http://localhost:" . $jira->port . "'")
{
	is(rows_or_sqlstate($node, 'mallory', "SELECT jira_create_connection('thief', $options, parent => 'shop')"),
		'28000', "a child cannot take the secret elsewhere: $options");
	(my $changes = $options) =~ s/^'(?=h)/url => '/;
	$changes =~ s/, '/, username => '/;
	is(rows_or_sqlstate($node, 'mallory', "SELECT jira_alter_connection('child', $changes)"),
		'28000', "nor be changed to: $options");
}

# Neither does the owner get it out that way.
for my $change ("url => '$evil_url'", "url => '$evil_url', auth => 'bearer'")
{
	is(rows_or_sqlstate($node, 'owner', "SELECT jira_alter_connection('shop', $change)"), '28000', "the owner cannot: $change");
}
is(rows_or_sqlstate($node, 'owner', "SELECT jira_alter_connection('shop', url => '$evil_url', secret => 'another')"),
	'', 'with a new secret the owner can');
is(use_of('mallory', 'child'), 401, 'the child follows');
is(rows_or_sqlstate($node, 'owner', "SELECT jira_alter_connection('shop', url => '$url', secret => '$secret')"), '', 'and back');
is(use_of('mallory', 'child'), 200, 'the child follows again');

# A child with a secret of its own is not taken along by its parent either.
is(rows_or_sqlstate($node, 'mallory', q{SELECT jira_create_connection('own', username => 'demo@example.com', secret => 'demo-token', parent => 'shop')}),
	'', 'a child with its own secret');
is(rows_or_sqlstate($node, 'owner', "SELECT jira_alter_connection('shop', url => '$evil_url', secret => 'another')"),
	'', 'whose parent moves');
is(use_of('mallory', 'own'), '28000', 'is not sent after it');
rows_or_sqlstate($node, 'owner', "SELECT jira_alter_connection('shop', url => '$url', secret => '$secret')");
is(use_of('mallory', 'own'), 200, 'and works when the parent is back');

# A parent that may not be used any more ends the use of its children.
is(rows_or_sqlstate($node, 'mallory', q{SELECT jira_grant_connection('child', 'guest')}), '', 'the child is granted on');
is(use_of('guest', 'child'), '42704', 'but is of no use to one who was not granted the parent');
is(rows_or_sqlstate($node, 'owner', q{SELECT jira_grant_connection('shop', 'guest', 'read')}), '', 'which only its owner can do');
is(use_of('guest', 'child'), 200, 'then the child serves');
is(rows_or_sqlstate($node, 'owner', q{SELECT jira_revoke_connection('shop', 'mallory')}), '', 'the parent is taken back');
is(use_of('mallory', 'child'), '42704', 'the child ends for its owner');
is(use_of('guest', 'child'), '42704', 'and for whom it was granted to');
is(use_of('mallory', 'own'), '42704', 'with or without a secret of its own');
is(rows_or_sqlstate($node, 'mallory', "SELECT jira_alter_connection('own', secret => 'x')"), '42704', 'and cannot be changed');
is(rows_or_sqlstate($node, 'mallory', q{SELECT jira_drop_connection('own')}), '', 'only dropped');
rows_or_sqlstate($node, 'owner', q{SELECT jira_grant_connection('shop', 'mallory')});
is(use_of('guest', 'child'), 200, 'a new grant brings it back');

# Not even a superuser who writes the tables sends the secret elsewhere.
my $tamper = sub {
	my ($what, $statement, $expected) = @_;

	$node->safe_psql('postgres', "CREATE TABLE kept_alias AS TABLE jira_spoke.alias;
		CREATE TABLE kept_connection AS TABLE jira_spoke.connection;
		CREATE TABLE kept_credential AS TABLE jira_spoke.credential");
	$node->safe_psql('postgres', $statement);
	is(use_of('owner', 'shop'), $expected, $what);
	$node->safe_psql('postgres', <<'SQL');
DELETE FROM jira_spoke.connection;
DELETE FROM jira_spoke.alias;
INSERT INTO jira_spoke.alias TABLE kept_alias;
INSERT INTO jira_spoke.connection TABLE kept_connection;
INSERT INTO jira_spoke.credential TABLE kept_credential;
DROP TABLE kept_alias, kept_connection, kept_credential;
SQL
};
$tamper->('an alias that a superuser points elsewhere cannot be used',
	"UPDATE jira_spoke.connection SET url = '$evil_url' WHERE alias = 'shop'", '28000');
$tamper->('nor with a host that only looks like it',
	"UPDATE jira_spoke.connection SET url = '$url' || '\@127.0.0.1:" . $evil->port . "' WHERE alias = 'shop'", '22023');
$tamper->('nor with a port hidden behind it',
	"UPDATE jira_spoke.connection SET url = 'http://127.0.0.1:" . $jira->port . '#@127.0.0.1:' . $evil->port . "' WHERE alias = 'shop'", '22023');
$tamper->('nor with the secret of another alias in its place',
	"UPDATE jira_spoke.credential SET origin = '$evil_url' WHERE alias = 'shop'", '28000');
$tamper->('a chain of parents that was closed to a loop is refused',
	"UPDATE jira_spoke.connection SET parent = 'child' WHERE alias = 'shop'", '42704');
$tamper->('an alias without its secret says so',
	"DELETE FROM jira_spoke.credential WHERE alias = 'shop'", '28000');
$tamper->('an alias without a URL says so',
	"UPDATE jira_spoke.connection SET url = NULL WHERE alias = 'shop'", '55000');
is(use_of('owner', 'shop'), 200, 'everything is back');
$node->safe_psql('postgres', 'ALTER TABLE jira_spoke.credential ALTER origin DROP NOT NULL');
$tamper->('a null where there never is one is an error',
	"UPDATE jira_spoke.credential SET origin = NULL WHERE alias = 'shop'", 'XX001');
$node->safe_psql('postgres', 'ALTER TABLE jira_spoke.credential ALTER origin SET NOT NULL');

# The settings that decide where a request may go are a superuser's.
for my $setting ('allow_http', 'gateway_url')
{
	my $value = $setting eq 'gateway_url' ? "'$evil_url'" : "'on'";
	my $load = 'SELECT jira_quote(1)';

	is(rows_or_sqlstate($node, 'mallory', "$load; SET jira_spoke.$setting = $value"), '42501', "SET $setting is refused");
	is(rows_or_sqlstate($node, 'mallory', "ALTER ROLE mallory SET jira_spoke.$setting = $value"), '42501', "ALTER ROLE SET $setting is refused");
	is(rows_or_sqlstate($node, 'mallory', "$load; SELECT set_config('jira_spoke.$setting', $value, false)"), '42501', "set_config $setting is refused");
}
is(rows_or_sqlstate($node, 'owner', "SELECT jira_create_connection('scoped', 'https://example.net', 'demo\@example.com', '$secret',
	scoped => true, cloud_id => '11111111-2222-3333-4444-555555555555')"), '', 'an alias over the gateway');
is(use_of('owner', 'scoped'), 200, 'works');
is(rows_or_sqlstate($node, 'owner', "SET jira_spoke.gateway_url = '$evil_url'; SELECT ok FROM jira_test_connection('scoped')"),
	't', 'and goes where it should, whatever was set before the library was loaded');
change_settings($node, gateway_url => $evil_url);
is(use_of('owner', 'scoped'), '28000', 'a gateway that moved does not get the secret');
change_settings($node, allow_http => 'off');
is(rows_or_sqlstate($node, 'mallory', "SET jira_spoke.allow_http = on; SELECT account FROM jira_lookup_authenticated_user('shop')"),
	'22023', 'a setting made before the library was loaded does not count');
{
	local $ENV{PGOPTIONS} = '-c jira_spoke.allow_http=on';
	is(use_of('mallory', 'shop'), '22023', 'nor one of the client');
}

# What each of the two got to see.
my $sent = encode_base64("demo\@example.com:$secret", '');
my @credentials = map { $_->{headers}{authorization} // '' } $evil->requests;
is(scalar(grep { /\Q$sent\E|\Q$secret\E/ } @credentials), 0, 'nothing that was sent to the other host had the secret');
ok(scalar(grep { /\Q$sent\E/ } map { $_->{headers}{authorization} // '' } $jira->requests), 'while the right one got it');

$node->stop;
done_testing();
