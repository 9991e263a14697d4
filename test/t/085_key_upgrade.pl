# pg_upgrade takes the sealed secrets along and leaves the key behind that is in the
# old data directory: that is told before, and afterwards it is told where the key is.
use strict;
use warnings FATAL => 'all';

use File::Basename;
use File::Copy;
use JiraSpoke;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $url = $jira->url;
my $old = start_cluster('old', q{jira_spoke.key_file = ''}, q{shared_preload_libraries = 'jira_spoke'});
my $new = PostgreSQL::Test::Cluster->new('new');
my $bin = dirname(qx{which pg_upgrade} =~ s/\n//r);

# A cluster that needs no preloading to be upgraded, with all that roles own.
$old->safe_psql('postgres', <<"SQL");
CREATE ROLE admin LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE guest LOGIN IN ROLE jira_spoke_user;
CREATE ROLE "Gone one" IN ROLE jira_spoke_admin;
SET ROLE "Gone one";
SELECT jira_create_connection('left', '$url', 'demo\@example.com', 'demo-token');
SET ROLE admin;
SELECT jira_create_connection('work', '$url', 'demo\@example.com', 'demo-token');
SELECT jira_grant_connection('work', 'guest', 'read');
SET ROLE guest;
SELECT jira_use_connection('work');
RESET ROLE;
DROP ROLE "Gone one";
SQL
my $look = q{SELECT alias, owner, granted, readers FROM jira_connections() ORDER BY alias};
my $listed = $old->safe_psql('postgres', $look);
is($listed, "left||{}|{}\nwork|admin|{guest}|{guest}", 'connections of roles');

# Told beforehand: by the log at the start of a server that preloads, and by a test.
$old->restart;
my $words = qr/the key for the secrets of jira_spoke is in the data directory.*pg_upgrade leaves it behind/;
like(slurp_file($old->logfile), qr/LOG: .*$words.*\n.*HINT: .*key_file/, 'a server that starts tells the log');
my $test = q{SELECT ok FROM jira_test_connection('work')};
like(all_messages($old, 'admin', $test), qr/^t\n.*NOTICE: .*$words.*HINT: .*key_file/s, 'a test tells an administrator');
unlike(all_messages($old, 'guest', $test), qr/pg_upgrade/, 'and nobody else');
unlike(all_messages($old, 'admin', 'SELECT count(*) FROM jira_lookup_server()'), qr/pg_upgrade/, 'other calls do not');

$old->stop;
$new->init;
$new->append_conf('postgresql.conf', 'jira_spoke.allow_http = on');
{
	local $ENV{PGOPTIONS} = '';
	chdir $new->basedir or die $!;
	command_ok([ 'pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $bin, '-B', $bin,
		'-s', $new->host, '-p', $old->port, '-P', $new->port ], 'pg_upgrade');
}
$new->start;
is($new->safe_psql('postgres', $look), $listed, 'it takes connections, grants and owners along');
is(rows_or_sqlstate($new, 'guest', 'SELECT alias FROM jira_connections() WHERE is_default'), 'work', 'and choices');

# Without the key.
my ($from, $to) = ($old->data_dir, $new->data_dir);
my $read = q{SELECT account FROM jira_lookup_authenticated_user('work')};
my $missing = qr/F0000: +the key that sealed the secret of connection "work" is not available/;
like(query_error($new, $read), qr/$missing.*HINT: .*"\Q$from\E\/jira_spoke\.key".*pg_upgrade.*"\Q$to\E"/s, 'a superuser is told what to copy from where to where');
my $error = query_error($new, $read, role => 'guest');
like($error, qr/$missing/, 'others that it is missing');
unlike($error, qr/\Q$from\E/, 'and no path');
like(slurp_file($new->logfile), qr/DETAIL: +It was in the file "\Q$from\E\/jira_spoke\.key"/, 'the log has it');
unlike(all_messages($new, 'admin', $test), qr/NOTICE/, 'a test has no key to tell of');

# A new secret needs a new key; the old one is added to it.
is(rows_or_sqlstate($new, 'admin', "SELECT jira_create_connection('more', '$url', 'demo\@example.com', 'demo-token')"), '', 'a new key is made');
my $warning = qr/WARNING: .*a new key .* was made, though this database has had another one/;
is(scalar(() = slurp_file($new->logfile) =~ /$warning\n.*HINT: .*jira_spoke\.key/g), 1, 'and the log is warned');
is(rows_or_sqlstate($new, 'admin', q{SELECT ok FROM jira_test_connection('more')}), 't', 'and works');
append_to_file("$to/jira_spoke.key", slurp_file("$from/jira_spoke.key"));
is(rows_or_sqlstate($new, $_, $test), 't', "with the old key, too, all works for $_") for qw(admin guest);
is($new->safe_psql('postgres', 'SELECT jira_rotate_key()'), 2, 'what has the old key gets the new one');
is(rows_or_sqlstate($new, 'guest', $test), 't', 'and is used');
is(rows_or_sqlstate($new, 'admin', q{SELECT jira_alter_connection('work', secret => 'demo-token')}), '', 'as for the next secret');
is(scalar(() = slurp_file($new->logfile) =~ /$warning/g), 1, 'of which the log is not warned again');
for my $query ('TABLE jira_spoke.key_directory', q{INSERT INTO jira_spoke.key_directory VALUES ('a', 'b')})
{
	is(rows_or_sqlstate($new, 'admin', $query), '42501', "for nobody: $query");
}

$new->stop;
done_testing();
