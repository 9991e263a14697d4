# Copies of the database: dumps, logical decoding, replicas.  They have sealed
# secrets only, which open where the key is; who edits one gains nothing.
use strict;
use warnings FATAL => 'all';

use IPC::Run;
use JiraSpoke;
use JiraSpoke::OAuth;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $elsewhere = JiraSpoke::Jira->start;
my $url = $jira->url;
my $node = start_cluster('original', "jira_spoke.gateway_url = '$url'", 'wal_level = logical', 'max_wal_senders = 4', 'max_replication_slots = 2');
my $places = $node->basedir;

# Everybody that there is to dump and to restore as.
my $roles = <<'SQL';
CREATE ROLE owner LOGIN;
CREATE ROLE guest LOGIN;
CREATE ROLE reader LOGIN IN ROLE pg_read_all_data;
CREATE ROLE backup LOGIN BYPASSRLS IN ROLE pg_read_all_data;
SQL
my $members = 'GRANT jira_spoke_admin TO owner; GRANT jira_spoke_user TO guest; GRANT CREATE ON SCHEMA public TO owner';
my $decodes = installed_modules('test_decoding');

$node->safe_psql('postgres', q{SELECT pg_create_logical_replication_slot('watch', 'test_decoding')}) if $decodes;
$node->safe_psql('postgres', "$roles; $members; CREATE PUBLICATION everything FOR ALL TABLES");
$node->safe_psql('postgres', <<"SQL");
SET ROLE owner;
SELECT jira_create_oauth_application('app', 'demo-app', 'demo-app-secret', 'https://localhost/callback',
    authorize_url => '$url/authorize', token_url => '$url/oauth/token');
SELECT jira_create_connection('work', '$url', 'demo\@example.com', 'demo-token', is_default => true);
SELECT jira_create_connection('a child', parent => 'work');
SELECT jira_create_connection('consenting', '$url', auth => 'oauth2', oauth_application => 'app');
SELECT jira_grant_connection('work', 'guest');
SQL
consent_to($node, $jira, 'consenting', extra_params => ['--username=owner']);
is($node->safe_psql('postgres', q{SET ROLE owner; SELECT ok FROM jira_test_connection('consenting')}), 't', 'tokens were obtained');
my $secrets = qr/demo-token|demo-app-secret/;

sub dump_as
{
	my ($role, @options) = @_;
	my ($dump, $error) = ('', '');

	IPC::Run::run([ 'pg_dump', '-U', $role, @options, '-d', $node->connstr('postgres') ], '>', \$dump, '2>', \$error);
	return ($dump, $error);
}

# Who can dump, and what is in it.
my %dumps = map { $_ => [ dump_as($_, '--schema=jira_spoke', '--schema=public', '--extension=*') ] } qw(owner guest reader backup postgres);
like($dumps{$_}[1], qr/permission denied|row-level security/, "$_ cannot dump") for qw(owner guest);
like($dumps{reader}[1], qr/row-level security/, 'pg_read_all_data alone cannot either');
for my $role (qw(backup postgres))
{
	unlike($dumps{$role}[1], qr/error|circular/i, "$role can dump, without a warning");
	for my $table (qw(alias oauth_application connection credential))
	{
		like($dumps{$role}[0], qr/^COPY jira_spoke\.$table /m, "with jira_spoke.$table");
	}
	unlike($dumps{$role}[0], qr/sign_in/, 'and without tokens');
}
for my $role (sort keys %dumps)
{
	unlike("@{ $dumps{$role} }", $secrets, "no secret: $role");
	unlike($dumps{$role}[0], qr/^\\\\x|\t\\\\x/m, 'not even a sealed one') if $role !~ /backup|postgres/;
}

my $custom = "$places/custom.dump";
my ($plain) = dump_as('postgres');
dump_as('postgres', '--format=custom', "--file=$custom");
my $key = slurp_file(key_file($node));

# A cluster with the roles, and the key if that is given.
sub new_cluster
{
	my ($name, $its_key) = @_;
	my $copy = start_cluster($name, "jira_spoke.gateway_url = '$url'");

	$copy->safe_psql('postgres', "DROP EXTENSION jira_spoke; $roles; CREATE DATABASE custom");
	replace_file(key_file($copy), $its_key) if $its_key;
	return $copy;
}

# The errors that psql told of.
sub restore
{
	my ($copy, $database, $dump, $role) = @_;
	my ($out, $error) = ('', '');

	IPC::Run::run([ 'psql', '-XAtq', '-U', $role // 'postgres', '-d', $copy->connstr($database) ], '<', \$dump, '>', \$out, '2>', \$error);
	return join '', $error =~ /^.*ERROR.*\n/mg;
}

# What a query gives a role in a database of a copy: its rows, or its error.
sub result_in_copy
{
	my ($copy, $database, $role, $query) = @_;
	return rows_or_error($copy, $query, dbname => $database, role => $role);
}

# Where the key is, all works but the tokens.
my $same = new_cluster('same', $key);
is(restore($same, 'postgres', $plain), '', 'a plain dump is restored');
is(scalar(run_command([ 'pg_restore', '--exit-on-error', '-d', $same->connstr('custom'), $custom ])), '', 'so is one in the custom format');
$same->safe_psql('postgres', $members);
for my $database (qw(postgres custom))
{
	is(result_in_copy($same, $database, 'owner', 'SELECT ok FROM jira_test_connection()'), 't', "$database: a connection works");
	is(result_in_copy($same, $database, 'owner', q{SELECT ok FROM jira_test_connection('a child')}), 't', 'a child, too');
	is(result_in_copy($same, $database, 'guest', q{SELECT ok FROM jira_test_connection('work')}), 't', 'for whom it was granted to');
	is(result_in_copy($same, $database, 'guest', q{SELECT ok FROM jira_test_connection('a child')}) =~ /42704/, 1, 'and nobody else');
	like(result_in_copy($same, $database, 'owner', q{SELECT account FROM jira_lookup_authenticated_user('consenting')}), qr/28000.*consent/s, 'tokens stayed behind');
}
my $again = $jira->consent(result_in_copy($same, 'custom', 'owner', q{SELECT jira_oauth_authorize_url('consenting')}));
is(result_in_copy($same, 'custom', 'owner', "SELECT jira_oauth_complete('$again', 'consenting'); SELECT ok FROM jira_test_connection('consenting')"),
	"\nt", 'the application came with its secret');
is($same->safe_psql('postgres', 'SELECT jira_rotate_key()'), 0, 'no key but this one is needed');

# Where it is not, that is said.
my $foreign = new_cluster('foreign');
is(restore($foreign, 'postgres', $plain), '', 'restored without the key');
$foreign->safe_psql('postgres', $members);
like(result_in_copy($foreign, 'postgres', 'owner', 'SELECT account FROM jira_lookup_authenticated_user()'), qr/F0000: .*connection "work" is not available.*HINT.*key_file/s, 'the key is missed');
replace_file(key_file($foreign), slurp_file(key_file($foreign)) . $key);
is(result_in_copy($foreign, 'postgres', 'owner', 'SELECT ok FROM jira_test_connection()'), 't', 'once it is there, too, all works');
is($foreign->safe_psql('postgres', 'SELECT jira_rotate_key()'), 2, 'the secrets can be sealed with the own one');

# Edited before a superuser restores it: the secret does not go elsewhere.
my $other = $elsewhere->url;
(my $moved = $plain) =~ s/^(COPY jira_spoke\.connection .*?^\\\.)/my $rows = $1; $rows =~ s{\Q$url\E}{$other}g; $rows/mse;
(my $moved_all = $plain) =~ s/\Q$url\E/$other/g;
for my $case ([ 'connection', $moved, qr/28000: .*another host/ ], [ 'everywhere', $moved_all, qr/28000: .*cannot be opened/ ])
{
	my ($where, $dump, $expected) = @$case;

	$same->safe_psql('postgres', 'CREATE DATABASE edited');
	isnt($dump, $plain, "another URL: $where");
	is(restore($same, 'edited', $dump), '', 'is restored');
	like(result_in_copy($same, 'edited', 'owner', 'SELECT account FROM jira_lookup_authenticated_user()'), $expected, 'and of no use');
	$same->safe_psql('postgres', 'ALTER DATABASE edited RENAME TO "' . $where . '"');
}
is(scalar(grep { $_->{headers}{authorization} } $elsewhere->requests), 0, 'nothing was sent there');

# By ordinary roles nothing of it is restored.
$same->safe_psql('postgres', 'CREATE DATABASE edited');
$same->safe_psql('edited', 'CREATE EXTENSION jira_spoke; GRANT CREATE ON SCHEMA public TO owner');
for my $role (qw(owner guest reader backup))
{
	my $complaint = restore($same, 'edited', $plain =~ s/^CREATE EXTENSION.*//mr, $role);

	for my $table (qw(alias connection credential oauth_application))
	{
		like($complaint, qr/permission denied for (table|schema|view) \w*/, "$role cannot restore jira_spoke.$table");
		like(result_in_copy($same, 'edited', $role, "COPY jira_spoke.$table FROM STDIN"), qr/42501/, 'nor copy into it');
	}
}
is($same->safe_psql('edited', join ' UNION ALL ', map { "SELECT count(*) FROM jira_spoke.$_" } qw(alias connection credential oauth_application)),
	"0\n0\n0\n0", 'nothing came in');

# Logical decoding sees sealed secrets.
SKIP: {
	skip 'test_decoding is not installed', 3 unless $decodes;
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_publication_tables WHERE schemaname = 'jira_spoke' AND tablename ~ 'credential|sign_in'}), 2,
		'a publication of all tables has them');
	my $changes = $node->safe_psql('postgres', q{SELECT data FROM pg_logical_slot_get_changes('watch', NULL, NULL)});
	like($changes, qr/table jira_spoke\.credential: INSERT: .*secret\[jira_spoke\.secret\]:'\\x01/, 'what is decoded is sealed');
	unlike($changes, $secrets, 'and nothing else');
	$node->safe_psql('postgres', q{SELECT pg_drop_replication_slot('watch')});
}

# So does a replica, which works where it finds the key.
my $standby = start_standby($node, 'standby');
$node->wait_for_catchup($standby);
is(result_in_copy($standby, 'postgres', 'owner', q{SELECT ok FROM jira_test_connection('work')}), 't', 'a connection works on a standby');
my $found = qx{grep --recursive --files-with-matches --text --extended-regexp 'demo-token|demo-app-secret' '@{[ $standby->data_dir ]}'};
is($found, '', 'whose files have no secret');

$_->stop for $standby, $same, $foreign, $node;
done_testing();
