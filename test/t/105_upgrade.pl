# ALTER EXTENSION jira_spoke UPDATE, from each release and from the version under
# test, to one that is made of it here.  What administrators and users have stays;
# library and extension of different versions work together or say what to do.
use strict;
use warnings FATAL => 'all';

use IPC::Run;
use JiraSpoke;
use JiraSpoke::Catalogue;
use JiraSpoke::OAuth;
use JiraSpoke::Outbox;
use JiraSpoke::Versions;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $url = $jira->url;
my $scratch = PostgreSQL::Test::Utils::tempdir('versions');
my $tree = copy_sources("$scratch/tree");
my ($old) = slurp_file("$tree/Makefile") =~ /^EXTVERSION = (\S+)$/m;
my $new = $old =~ s/(\d+)$/$1 + 1/er;
my $step = "src/upgrade/$old--$new.sql";
my $refused = qr/55000: +this session has loaded version $old of the library jira_spoke, but the extension is version $new\n.*HINT: +Start a new session\..* restarted/s;
my $update = 'ALTER EXTENSION jira_spoke UPDATE';

make($tree, 'freeze');
make($tree, 'version', "VERSION=$new");
write_next_version();
make($tree, 'all');
lint_notices_what_an_upgrade_cannot_do();

my $root = copy_server("$scratch/root");
my @releases = map { m{--([\d.]+)\.sql$} } glob "$tree/src/upgrade/jira_spoke--*.sql";
my $first = $releases[0];
my ($node, $preloaded, $delivering) = map { start_at_old_version(@$_) } ['upgraded'],
  [ 'preloaded', q{shared_preload_libraries = 'jira_spoke'} ], ['delivering'];
begin_with($first);
use_extension();
my $rows = query_of_rows();
my $rows_before = $node->safe_psql('postgres', $rows);
my $privileges_before = describe_privileges($node, 'postgres');
my $pooled = session($node);
my $loaded = session($node);
my ($worker, $enqueuing) = begin_delivery();

install_into($tree, $root);
old_sessions_go_on();
new_library_works_with_old_extension();
edit($tree, 'src/utils/sql_version.c', qr/JIRA_OLDEST_SQL_VERSION "\K[\d.]+/, $new);
make($tree, 'all');
install_into($tree, $root);
new_library_may_want_an_upgrade();
delivery_outlives_the_upgrade();
each_release_becomes_the_new_version();
upgrade_keeps_what_there_is();
old_sessions_are_told_to_end();
new_version_works();
upgrade_takes_over_nothing();
preloaded_library_must_be_restarted();

for my $server ($node, $preloaded, $delivering)
{
	unlike(slurp_file($server->logfile), qr/terminated by signal|PANIC|TRAP/, $server->name . ' has not crashed');
	$server->stop;
}
done_testing();

# A version with tables, types and functions that are new, changed and gone.
sub write_next_version
{
	my $column = 'newer text DEFAULT jira_spoke.newer()';
	my $table = <<'SQL';

CREATE TABLE jira_spoke.note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    role jira_spoke.role NOT NULL,
    note text NOT NULL CHECK (note OPERATOR(pg_catalog.<>) '')
);
CREATE INDEX note_text ON jira_spoke.note (note);
ALTER TABLE jira_spoke.note ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON jira_spoke.note FOR SELECT USING (pg_catalog.pg_has_role(role, 'USAGE'));
SQL

	edit($tree, 'src/engine/jql.c', qr/\z/, <<'C');

PG_FUNCTION_INFO_V1(jira_newer);

Datum
jira_newer(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text("newer"));
}
C
	edit($tree, 'src/engine/jql.sql',
		qr/jira_quote\(value text\)\nRETURNS text\nLANGUAGE C STABLE PARALLEL SAFE\K/ => ' COST 7',
		qr/Text as a literal of JQL\K/ => ' of a newer version',
		qr/\z/ => declared('@extschema@.jira_newer'));
	edit($tree, 'src/outbox/outbox.sql', qr/(?=CREATE TABLE jira_spoke\.outbox \()/ => declared('jira_spoke.newer'),
		qr/(?=    PRIMARY KEY \(id, home\))/ => "    $column,\n",
		qr/\z/ => "${table}COMMENT ON TABLE jira_spoke.note IS 'of a newer version';\n
CREATE VIEW jira_spoke.note_count AS SELECT pg_catalog.count(*) FROM jira_spoke.note;\n");
	edit($tree, 'src/engine/check_actions.sql', qr/CREATE FUNCTION.*/s => '');
	edit($tree, 'src/actions/test_connection.sql', qr/problem text\K(?=\n\);)/ => ",\n    note text");
	edit($tree, 'src/actions/test_connection.c', qr/(?=\tCOLUMNS_OF_TEST\n)/ => "\tNOTE,\n");
	edit($tree, 'src/access.sql', qr/FROM \(VALUES\n\K/ => "('TABLE', 'jira_spoke.note', 'SELECT (id, note)', 'jira_spoke_reader'),\n",
		qr/\z/ => "SELECT pg_catalog.pg_extension_config_dump('jira_spoke.note', 'WHERE id > 7');\n");
	edit($tree, $step, qr/(?=\n\@functions\@)/ => <<"SQL", qr/\z/ => "\nALTER TABLE jira_spoke.outbox ADD COLUMN $column;\n");
DROP FUNCTION jira_spoke.check_actions();
ALTER TYPE \@extschema\@.jira_connection_test ADD ATTRIBUTE note text;
$table
SQL
	return;
}

sub declared
{
	my ($name) = @_;

	return <<"SQL";

CREATE FUNCTION $name()
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jira_newer';
COMMENT ON FUNCTION $name IS 'of a newer version';

SQL
}

# What the check prints after changes of files of the tree, which are undone.
sub lint
{
	my @changes = @_;
	my %before = map { $_->[0] => slurp_file("$tree/$_->[0]") } @changes;
	my $output = '';
	local $ENV{STRICT} = $tree;

	edit($tree, @$_) for @changes;
	IPC::Run::run([ 'python3', "$tree/test/lint/checks/52-upgrades.py" ], '>&', \$output);
	edit($tree, $_, qr/.*/s => $before{$_}) for keys %before;
	return $output;
}

sub lint_notices_what_an_upgrade_cannot_do
{
	my $frozen = "src/upgrade/jira_spoke--$old.sql";
	my $cancel = [ 'src/outbox/outbox.sql', qr/jira_outbox_cancel\(id bigint\K/ => ', why text' ];

	run_or_die('python3', "$tree/test/lint/checks/$_.py") for qw(50-install-sql 51-qualified 80-meta);
	is(lint(), '', 'lint accepts the new version');
	like(lint([ 'src/engine/jql.sql', qr/jira_quote\(\Kvalue(?= text)/ => 'other' ]),
		qr/^\Q$step\E: \@extschema\@\.jira_quote\(text\) has changed: the names of its arguments\..*DROP FUNCTION/m, 'but no other name of an argument');
	like(lint([ 'src/utils/version.sql', qr/RETURNS \Ktext/ => 'name' ]), qr/library_version\(\) has changed: its result/, 'nor another result');
	like(lint($cancel), qr/jira_outbox_cancel\(bigint\) has changed: its arguments/, 'nor another argument');
	like(lint($cancel, [ $step, qr/\z/ => "DROP FUNCTION \@extschema\@.jira_outbox_cancel(bigint);\n" ]),
		qr/^jira_outbox_cancel is the C function of .*needs a C function of its own/, 'unless it is dropped and has another C function');
	like(lint([ $step, qr/DROP FUNCTION .*\n/ => '' ]), qr/check_actions\(\) has changed: .*it is gone/, 'nor a function that is gone');
	like(lint([ $frozen, qr/'jira_wait'/ => q{'jira_wait_long'} ]), qr/library has no jira_wait_long/, 'nor a library without a C function of a release');
	like(lint([ 'Makefile', qr/^EXTVERSION = \K.*/m => $old ]), qr/^\Q$frozen\E differs .*: $old is released/, 'nor a release that has changed');
	return;
}

# A server, with the extension in "postgres".
sub start_at_old_version
{
	my ($name, @settings) = @_;
	my $server = PostgreSQL::Test::Cluster->new($name, install_path => server_path($root));

	return start_cluster($server, "jira_spoke.gateway_url = '$url'", q{jira_spoke.outbox_search_delay = '1s'}, @settings);
}

# The server "upgraded" has had the extension since its first release; the library is a later one.
sub begin_with
{
	my ($release) = @_;

	provide($release);
	$node->safe_psql('postgres', "DROP EXTENSION jira_spoke; CREATE EXTENSION jira_spoke VERSION '$release'");
	is(version('postgres'), $release, 'a database begins with the first release');
	return;
}

# The install script of a release, beside those that are installed.
sub provide
{
	my ($release) = @_;
	my $extensions = $root . run_or_die($ENV{PG_CONFIG}, '--sharedir') =~ s/\n/\/extension/r;
	my $script = "jira_spoke--$release.sql";

	run_or_die('cp', '--remove-destination', "$tree/src/upgrade/$script", "$extensions/$script");
	return;
}

# Rows in every table, views and triggers of users, and privileges as nobody else has them.
sub use_extension
{
	$node->safe_psql('postgres', <<"SQL");
CREATE ROLE admin LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE guest LOGIN IN ROLE jira_spoke_user;
CREATE ROLE auditor LOGIN;
CREATE ROLE nosy LOGIN;
GRANT CREATE ON SCHEMA public TO guest, nosy;
SET ROLE admin;
SELECT jira_create_oauth_application('app', 'demo-app', 'demo-app-secret', 'https://localhost/callback',
    authorize_url => '$url/authorize', token_url => '$url/oauth/token');
SELECT jira_create_connection('work', '$url', 'demo\@example.com', 'demo-token');
SELECT jira_create_connection('consenting', '$url', auth => 'oauth2', oauth_application => 'app');
SELECT jira_grant_connection('work', 'guest');
SET ROLE guest;
SELECT jira_use_connection('work');
CREATE VIEW projects AS SELECT key, name FROM jira_lookup_projects_stream();
CREATE VIEW test AS SELECT t.ok, t.problem FROM jira_test_connection() AS t;
CREATE VIEW status AS SELECT * FROM jira_spoke.outbox_status;
CREATE TABLE ticket (id int PRIMARY KEY, title text, key text);
CREATE TRIGGER to_jira AFTER INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger(
    '{"project": "OPS", "issue_type": "Bug", "summary": "{title}"}', '{"key_column": "key"}');
INSERT INTO ticket VALUES (1, 'delivered before');
RESET ROLE;
GRANT SELECT ON jira_spoke.credential TO auditor;
GRANT SELECT (id) ON jira_spoke.outbox TO auditor;
GRANT EXECUTE ON FUNCTION jira_quote(text), jira_spoke.check_actions() TO auditor;
REVOKE SELECT ON jira_spoke.outbox_pause FROM jira_spoke_reader;
REVOKE EXECUTE ON FUNCTION jira_delete_issue FROM jira_spoke_user;
INSERT INTO jira_spoke.outbox_pause (connection, until, reason) VALUES ('other', 'infinity', 'a reason');
INSERT INTO jira_spoke.key_directory VALUES ('an id', 'a directory');
SQL
	is(outcome($node, 1, 'state'), 'done', 'an item was delivered');
	consent_to($node, $jira, 'consenting', extra_params => ['--username=admin']);
	change_settings($node, outbox_deliver => 'off');
	as_guest(q{INSERT INTO ticket VALUES (2, 'enqueued before')});
	return;
}

# What is in the columns that the tables have when this is called.
sub query_of_rows
{
	my $query = $node->safe_psql('postgres', <<'SQL');
SELECT string_agg(format('SELECT %L, string_agg(ROW(%s)::text, E''\n'' ORDER BY ROW(%2$s)::text) FROM %1$s', relation, columns), ' UNION ALL ')
FROM (SELECT attrelid::regclass AS relation, string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns
      FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
      WHERE relnamespace = 'jira_spoke'::regnamespace AND relkind = 'r' AND attnum > 0 GROUP BY 1) AS t
SQL
	is($node->safe_psql('postgres', "SELECT count(*) FROM ($query) AS t (relation, rows) WHERE rows IS NULL"), 0, 'no table is empty');
	return $query;
}

sub as_guest { my ($query) = @_; return rows_or_error($node, $query, role => 'guest'); }

# A session that has loaded the library.
sub session
{
	my ($server) = @_;
	my $session = $server->background_psql('postgres', on_error_stop => 0, extra_params => [ '--set=VERBOSITY=verbose' ]);

	$session->query_safe('SELECT jira_quote(1)');
	return $session;
}

# Rows and errors.
sub says
{
	my ($session, $query) = @_;

	$session->{stderr} = '';
	return ($session->query($query) // '') . $session->{stderr};
}

sub begin_delivery
{
	connect_to($delivering, $jira);
	$jira->close_gate(method => 'POST', path => '/rest/api/*/issue', times => 1, carried_out => Cpanel::JSON::XS::true);
	create($delivering, 'Under way', group => 'g');
	create($delivering, 'Next one', group => 'g');
	$jira->await_at_gate(1);
	$delivering->safe_psql('postgres', <<'SQL');
CREATE TABLE ticket (id int PRIMARY KEY, key text);
CREATE TRIGGER to_jira AFTER INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger(
    '{"project": "OPS", "issue_type": "Bug", "summary": "A result that waits"}', '{"key_column": "key"}');
SQL
	return ($delivering->safe_psql('postgres', 'SELECT worker_pid FROM jira_spoke.outbox_status'), session($delivering));
}

# The files of their library are replaced.
sub old_sessions_go_on
{
	is(says($pooled, q{SELECT ok FROM jira_test_connection('work')}), 't', 'an old session works on');
	is(says($pooled, q{SET ROLE guest; SELECT count(*) > 0 FROM projects; RESET ROLE}), 't', 'for views, too');
	like(says($loaded, $update), $refused, 'but cannot upgrade');
	is(version('postgres'), $first, 'which changes nothing');
	return;
}

sub version
{
	my ($database, $server) = @_;

	return ($server // $node)->safe_psql($database, q{SELECT extversion FROM pg_extension WHERE extname = 'jira_spoke'});
}

sub new_library_works_with_old_extension
{
	is(as_guest('SELECT jira_spoke.library_version()'), $new, 'a new session has the new library');
	is(as_guest('SELECT ok FROM test'), 't', 'which signs in');
	is(as_guest('SELECT count(*) > 0 FROM projects'), 't', 'reads');
	is(as_guest('SELECT sum(pending) FROM status'), 1, 'counts');
	is(as_guest(q{INSERT INTO ticket VALUES (3, 'enqueued by a newer library')}), '', 'and enqueues');
	is($node->safe_psql('postgres', 'DELETE FROM jira_spoke.outbox WHERE id = 3; SELECT jira_rotate_key()'), 0, 'and administers');
	survives_every_call(session($node));
	return;
}

# Calls each function, without its arguments, in a session that must live on.
sub survives_every_call
{
	my ($session) = @_;

	is(says($session, <<'SQL'), '', 'every function can be called');
DO $$
DECLARE
    call text;
BEGIN
    FOR call IN
        SELECT format('SELECT * FROM %s(%s)', p.oid::regproc,
                      (SELECT string_agg('NULL::' || replace(replace(format_type(t, NULL), '"any"', 'text'), 'anyelement', 'text'), ', ' ORDER BY n)
                       FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, n)))
        FROM pg_depend AS d JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
        WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'jira_spoke') AND d.deptype = 'e'
          AND p.prorettype <> ALL ('{trigger,internal}'::regtype[])
    LOOP
        BEGIN
            EXECUTE call;
        EXCEPTION WHEN OTHERS THEN
        END;
    END LOOP;
END $$
SQL
	is(says($session, 'SELECT jira_quote(1)'), 1, 'and the session lives on');
	$session->quit;
	return;
}

sub new_library_may_want_an_upgrade
{
	my $wants = qr/55000: +extension jira_spoke is version $first in this database, but its library is version $new\n.*HINT: .*ALTER EXTENSION jira_spoke UPDATE/s;

	like(as_guest($_), $wants, "a library that wants newer tables says so: $_")
	  for 'SELECT ok FROM test', 'SELECT * FROM projects', q{INSERT INTO ticket VALUES (4, 'refused')}, 'SELECT jira_outbox_purge()';
	is(as_guest(q{SELECT jira_quote('a'), jira_spoke.library_version()}), qq{"a"|$new}, 'what needs no table works');
	change_settings($node, outbox_deliver => 'on');
	$node->safe_psql('postgres', 'CREATE DATABASE other');
	$node->safe_psql('other', "CREATE EXTENSION jira_spoke VERSION '$old'");
	$node->wait_for_log(qr/outbox of database \d+ waits until extension and library fit each other/);
	pass('a worker waits for the upgrade');
	change_settings($node, outbox_deliver => 'off');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM jira_connections(); CREATE ROLE short; DROP ROLE short'), 2, 'what is SQL, too');
	survives_every_call(session($node));
	return;
}

sub each_release_becomes_the_new_version
{
	$node->safe_psql('postgres', 'CREATE DATABASE fresh');
	$node->safe_psql('fresh', 'CREATE EXTENSION jira_spoke');
	is(version('fresh'), $new, 'a new database has the new version');
	is(undescribed_members($node, 'fresh'), '', 'all of which can be compared');
	my $expected = describe_extension($node, 'fresh');
	like($expected, qr/$_/, "and has $_") for qr/CREATE OR REPLACE FUNCTION public\.jira_newer/, qr/column jira_spoke\.note\.note/;
	unlike($expected, qr/check_actions/, 'and not what is gone');
	ok((grep { $_ eq $old } @releases), "there is $old");
	for my $release (@releases)
	{
		provide($release);
		$node->safe_psql('postgres', qq{CREATE DATABASE "$release"});
		$node->safe_psql($release, <<"SQL");
CREATE EXTENSION jira_spoke VERSION '$release';
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC, nosy;
ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO nosy WITH GRANT OPTION;
$update
SQL
		is(lines_apart(describe_extension($node, $release), $expected), '', "$release, upgraded, is like a new one");
	}

	my $schema = 'CREATE SCHEMA "Od d"; CREATE EXTENSION jira_spoke SCHEMA "Od d"';
	$node->safe_psql('postgres', "CREATE DATABASE fresh_odd; CREATE DATABASE old_odd");
	$node->safe_psql('fresh_odd', $schema);
	$node->safe_psql('old_odd', "$schema VERSION '$old'; $update");
	is(lines_apart(map { describe_extension($node, $_) } 'old_odd', 'fresh_odd'), '', 'so it is in another schema');
	return;
}

sub upgrade_keeps_what_there_is
{
	my %new = map { ("first: $_" => 1) } split /\n/, describe_privileges($node, 'fresh');

	is($node->safe_psql('postgres', $update), '', 'an upgrade where all is in use');
	is(version('postgres'), $new, 'leads to the new version');
	is($node->safe_psql('postgres', $rows), $rows_before, 'every row is there');
	is(join("\n", grep { !$new{$_} && !/newer|note|check_actions/ } split /\n/, lines_apart(describe_privileges($node, 'postgres'), $privileges_before)),
		'', 'privileges on what there was are as they were');
	is(rows_or_sqlstate($node, 'guest', 'SELECT count(*) FROM jira_spoke.outbox_pause'), 42501, 'what was revoked');
	is(rows_or_sqlstate($node, 'nosy', 'SELECT jira_newer()'), 42501, 'what is new is not for everybody');
	return;
}

sub old_sessions_are_told_to_end
{
	like(says($pooled, $_), $refused, "an old session: $_")
	  for q{SELECT ok FROM jira_test_connection('work')}, q{SELECT * FROM jira_lookup_projects_stream(connection => 'work')},
	  q{INSERT INTO ticket VALUES (5, 'refused')}, q{SELECT jira_drop_connection('work')};
	is(says($pooled, q{SELECT jira_quote('a'), count(*) FROM jira_connections()}), '"a"|2', 'the rest of it works');
	is(says($pooled, 'CREATE ROLE short; DROP ROLE short'), '', 'it does not hinder others');
	survives_every_call($pooled);
	$loaded->quit;
	return;
}

sub new_version_works
{
	is(as_guest('SELECT ok FROM test'), 't', 'views of users work');
	is(as_guest('SELECT count(*) > 0 FROM projects'), 't', 'those on reads as well');
	is(as_guest('SELECT jira_newer(), note FROM jira_test_connection()'), 'newer|', 'what is new is there');
	is(as_guest(q{INSERT INTO ticket VALUES (6, 'enqueued after')}), '', 'a trigger of a user works');
	change_settings($node, outbox_deliver => 'on');
	$node->safe_psql('postgres', 'SELECT jira_outbox_start()');
	is(outcomes($node, split /\n/, $node->safe_psql('postgres', 'SELECT id FROM jira_spoke.outbox')), 'done 3', 'what was enqueued before and after is delivered');
	is(as_guest('SELECT count(DISTINCT key) FROM ticket WHERE id IN (1, 2, 6)'), 3, 'with its keys in the rows');
	is(as_guest(q{SELECT ok FROM jira_test_connection('work')}), 't', 'secrets open');
	is($node->safe_psql('postgres', q{SET ROLE admin; SELECT ok FROM jira_test_connection('consenting')}), 't', 'tokens, too');
	return;
}

# What a role has made in the place of something new is not made a member.
sub upgrade_takes_over_nothing
{
	$node->safe_psql('postgres', 'CREATE DATABASE trapped; GRANT CREATE ON DATABASE trapped TO nosy');
	$node->safe_psql('trapped', "CREATE EXTENSION jira_spoke VERSION '$old'; GRANT CREATE ON SCHEMA public TO nosy");
	$node->safe_psql('trapped', q{SET ROLE nosy; CREATE FUNCTION public.jira_newer() RETURNS text LANGUAGE sql AS $$ SELECT 'trap' $$});
	like(rows_or_error($node, $update, dbname => 'trapped'), qr/55000: .*jira_newer\(\) is not a member of extension "jira_spoke"/, 'a function that is in the way is an error');
	is(version('trapped'), $old, 'and leaves the old version');
	$node->safe_psql('trapped', "DROP FUNCTION public.jira_newer(); $update");
	is(lines_apart(describe_extension($node, 'trapped'), describe_extension($node, 'fresh')), '', 'without it, all is new');
	return;
}

sub preloaded_library_must_be_restarted
{
	my $query = q{SELECT ok FROM jira_test_connection('demo')};

	connect_to($preloaded, $jira);
	$preloaded->safe_psql('postgres', 'CREATE DATABASE second');
	like(rows_or_error($preloaded, $update), $refused, 'a server that has an older library preloaded does not upgrade');
	like(rows_or_error($preloaded, 'CREATE EXTENSION jira_spoke', dbname => 'second'), $refused, 'nor installs the new version');
	is(version('postgres', $preloaded), $old, 'and stays at the old one');
	is($preloaded->safe_psql('postgres', $query), 't', 'which works');
	$preloaded->restart;
	is($preloaded->safe_psql('postgres', "$update; $query"), 't', 'after a restart it upgrades');
	is(lines_apart(describe_extension($preloaded, 'postgres'), describe_extension($node, 'fresh')), '', 'to the new version');
	return;
}

# The worker began with the old library, and its request is under way.
sub delivery_outlives_the_upgrade
{
	is(says($enqueuing, 'INSERT INTO ticket VALUES (1)'), '', 'an old session has its worker carry out a write');
	$delivering->wait_for_log(qr/results of the Jira outbox wait until extension and library fit each other/);
	is(item($delivering, 3, 'state'), 'writing_back', 'whose result is not written by a library that wants an upgrade');
	$enqueuing->quit;
	$delivering->safe_psql('postgres', $update);
	$jira->open_gate;
	is(outcomes($delivering, 1, 2, 3), 'done 3', 'after it all succeed: what was under way, the next one, the result');
	is($delivering->safe_psql('postgres', 'SELECT key IS NOT NULL FROM ticket'), 't', 'which is in its row');
	is(scalar(grep { ($_->{body} // '') =~ /Under way|Next one|A result/ } $jira->requests), 3, 'and each was sent once');
	$delivering->wait_for_log(qr/"jira_spoke outbox" \(PID $worker\) exited with exit code 1/);
	pass('the old worker makes room for one with the new library');
	return;
}
