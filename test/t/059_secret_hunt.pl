# Every byte that the server leaves behind, searched for every secret that it
# was given: log, data directory, dumps, backup; in clear and in disguise.
use strict;
use warnings FATAL => 'all';

use Encode qw(encode);
use File::Find;
use IPC::Run;
use JiraSpoke;
use MIME::Base64;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $server = JiraSpoke::Jira->start(deployment => 'server', context => '/jira');
my ($url, $server_url) = ($jira->url, $server->url);
my @preload = installed_modules(qw(auto_explain pg_stat_statements));
my $node = start_cluster('hunt', "jira_spoke.gateway_url = '$url'",
	"shared_preload_libraries = '" . join(',', @preload) . "'",
	installed_modules('test_decoding') ? 'wal_level = logical' : 'wal_level = replica', 'max_wal_senders = 4',
	'log_statement = all', 'log_duration = on', 'log_min_messages = debug5', 'log_min_error_statement = debug5',
	'log_error_verbosity = verbose', 'log_parameter_max_length_on_error = -1', 'debug_print_plan = on',
	'debug_print_parse = on', 'log_temp_files = 0', 'work_mem = 64kB', 'track_activity_query_size = 64kB',
	map { "auto_explain.$_" } 'log_min_duration = 0', 'log_analyze = on', 'log_verbose = on',
	'log_nested_statements = on', 'log_settings = on');
my $quietly = join ' ', map { "-c $_" } 'log_statement=none', 'log_duration=off', 'log_min_messages=panic',
  'log_min_error_statement=panic', 'debug_print_plan=off', 'debug_print_parse=off', 'auto_explain.log_min_duration=-1';

# The secrets by where they come from; tokens and codes are added as they come.
my %secret = (
	basic => $jira->secret,
	scoped => 'demo-scoped-token',
	bearer => 'demo-pat',
	application => $jira->client_secret,
	copied => 'Planted-C0p1e2d3-x9',
	by_script => 'Planted-S4c5r6i7-p8t',
	in_file => 'Planted-F9i0l1e2-q7',
	argument => 'Planted-A3r4g5u6-m0',
	parameter => 'Planted-P7a8r9m0-w1',
	refused => 'Planted-R1e2f3u4-s5');

sub quiet { my ($sql) = @_; local $ENV{PGOPTIONS} = $quietly; return $node->safe_psql('postgres', $sql); }

sub copy_error
{
	my ($data, $column) = @_;

	$column //= 'connection';
	return ($node->psql('postgres', "SET ROLE owner;\n" . secret_copy("$column, secret", $data)))[2];
}

# Stored by every way there is.
my $file = $node->basedir . '/token';
replace_file($file, "$secret{in_file}\n");
$node->safe_psql('postgres', <<"SQL");
CREATE ROLE owner LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE mallory LOGIN IN ROLE jira_spoke_user;
CREATE ROLE backup LOGIN BYPASSRLS IN ROLE pg_read_all_data;
GRANT CREATE ON SCHEMA public TO mallory;
GRANT pg_read_server_files TO owner;
SET ROLE owner;
SELECT jira_create_connection(n, '$url', 'demo\@example.com') FROM unnest('{basic,copied,by_script,in_file,refused}'::text[]) AS n;
SELECT jira_create_connection('bearer', '$server_url', auth => 'bearer', server_type => 'server');
SELECT jira_create_connection('scoped', '$url', 'demo\@example.com', scoped => true);
SELECT jira_create_oauth_application('app', 'demo-app', redirect_url => 'https://localhost/callback',
    authorize_url => '$url/authorize', token_url => '$url/oauth/token');
SELECT jira_create_connection('oauth', '$url', auth => 'oauth2', oauth_application => 'app');
SELECT jira_grant_connection(alias, 'mallory') FROM jira_connections();
SELECT jira_alter_connection('in_file', secret_file => '$file');
SQL
is(copy_error("basic\t$secret{basic}\nbearer\t$secret{bearer}\nscoped\t$secret{scoped}\ncopied\t$secret{copied}"), '', 'stored by COPY');
is(copy_error("app\t$secret{application}", 'oauth_application'), '', 'that of an application, too');
like(copy_error("refused$secret{refused}"), qr/missing data/, 'or not stored');
like(copy_error("nowhere\t$secret{refused}"), qr/does not exist/, 'for want of a connection');
{
	local $ENV{PGOPTIONS} = '';
	my $out = '';
	IPC::Run::run([ 'jira_spoke_secret', 'by_script', '--username=owner', '--dbname=' . $node->connstr('postgres') ],
		'<', \$secret{by_script}, '>&', \$out);
	is($out, '', 'by the command');
}
quiet("SET ROLE owner; SELECT jira_create_connection('argument', '$url', 'x', '$secret{argument}');
	PREPARE p AS INSERT INTO jira_spoke.secret_entry (connection, secret) VALUES (\$1, \$2); EXECUTE p('argument', '$secret{parameter}')");

# OAuth: consent, renewal; what the tokens are Jira knows.
sub last_token
{
	my @sent = map { ($_->{headers}{authorization} // '') =~ /^Bearer (.+)/ ? $1 : () } $jira->requests;

	return $sent[-1];
}
my $consented = $jira->consent(quiet(q{SET ROLE owner; SELECT jira_oauth_authorize_url('oauth')}));
($secret{code}) = $consented =~ /code=([^&]+)/;
quiet("SET ROLE owner; SELECT jira_oauth_complete('$consented', 'oauth')");
is($node->safe_psql('postgres', q{SET ROLE mallory; SELECT ok FROM jira_test_connection('oauth')}), 't', 'signed in with OAuth');
$secret{access_token} = last_token();
$jira->set_oauth(revoke => 'access_tokens');
is($node->safe_psql('postgres', q{SET ROLE mallory; SELECT ok FROM jira_test_connection('oauth')}), 't', 'with tokens renewed');
$secret{next_access_token} = last_token();
($secret{refresh_token}) = map { $_->{body} =~ /"refresh_token": *"([^"]+)"/ ? $1 : () } grep { $_->{body} } $jira->requests;
isnt($secret{next_access_token}, $secret{access_token}, 'there are two access tokens');
ok($secret{refresh_token} && $secret{code}, 'a refresh token and a code');

# A hostile user's names, before those of the extension and the server.
$node->safe_psql('postgres', <<'SQL');
SET ROLE mallory;
CREATE FUNCTION public.leak(anyelement) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
AS $$ BEGIN RAISE WARNING 'leaked %', $1; RETURN true; END $$;
CREATE FUNCTION public.leaks(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
AS $$ BEGIN RAISE WARNING 'leaked % %', $1, $2; RETURN $1::bytea = $2::bytea; END $$;
CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.leaks);
CREATE FUNCTION public.secret_seal(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION public.jira_create_connection(alias text, secret text) RETURNS text LANGUAGE sql AS 'SELECT $2';
SQL
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'event % %', tg_tag, current_query(); END $$;
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION watch();
CREATE VIEW public.looks AS SELECT * FROM jira_spoke.credential WHERE public.leak(secret::text);
CREATE VIEW public.tokens AS SELECT * FROM jira_spoke.sign_in WHERE public.leak(access_token::text);
GRANT SELECT ON public.looks, public.tokens TO PUBLIC;
SQL
my $shown = '';

# All that a role is told, with what is not told to a client in the log.
sub see_with_hostile_path
{
	my ($role, $query) = @_;
	my $messages = all_messages($node, $role, "SET search_path = public, pg_catalog; $query");

	$shown .= "$messages\n";
	return $messages;
}
for my $alias (qw(basic bearer scoped oauth copied by_script in_file argument))
{
	for my $query (
		"SELECT * FROM jira_test_connection('$alias')", "SELECT * FROM jira_lookup_issue('OPS-1', connection => '$alias')",
		"SELECT * FROM jira_request('GET', '/nowhere', connection => '$alias')",
		"EXPLAIN (ANALYZE, VERBOSE) SELECT key FROM jira_lookup_issues_stream('project = OPS', connection => '$alias') ORDER BY summary LIMIT 3")
	{
		see_with_hostile_path($_, $query) for qw(mallory owner);
	}
}
for my $query (
	'TABLE public.looks', 'TABLE public.tokens', 'TABLE jira_spoke.credential', 'SELECT jira_connections()',
	'SELECT public.leak(c::text) FROM jira_spoke.credential AS c', 'SELECT * FROM jira_spoke.sign_in WHERE public.leak(consent)',
	q{SELECT alias FROM jira_spoke.credential WHERE secret::text = 'x'}, 'CREATE TEMP TABLE kept AS TABLE public.looks; TABLE kept',
	'CREATE CAST (jira_spoke.secret AS text) WITH INOUT', 'CREATE TABLE sorted AS SELECT secret::text FROM jira_spoke.credential, generate_series(1, 999) ORDER BY 1',
	'TABLE pg_stat_activity', 'TABLE pg_stats', 'TABLE pg_cursors', 'TABLE pg_prepared_statements', 'TABLE pg_backend_memory_contexts')
{
	see_with_hostile_path($_, $query) for qw(mallory owner backup postgres);
}
like($shown, qr/WARNING: .*leaked \\x01/, 'a function that leaks got sealed texts');
$node->safe_psql('postgres', 'ANALYZE; CREATE EXTENSION pg_stat_statements; CREATE TABLE st AS SELECT query FROM pg_stat_statements') if grep { /statements/ } @preload;
$node->safe_psql('postgres', 'SELECT pg_log_backend_memory_contexts(pg_backend_pid()); SELECT jira_rotate_key()');
for my $role (qw(owner mallory backup postgres))
{
	my $out = '';
	IPC::Run::run([ 'pg_dump', '-U', $role, '-d', $node->connstr('postgres') ], '>&', \$out);
	$shown .= $out;
}
like($shown, qr/^COPY jira_spoke\.credential.*\n.*\t\\\\x01/m, 'a dump was seen');

# --- The hunt.  Everything that gives a secret away.
sub disguises
{
	my ($secret) = @_;
	my $hex = unpack 'H*', $secret;
	my @base64 = map { substr encode_base64($_ . $secret, ''), $_ eq '' ? 0 : 4, 4 * int((length($secret) - 2) / 3) } '', 'x', 'xy';

	return ($secret, scalar reverse($secret), $hex, uc $hex, @base64, map { encode("UTF-16$_", $secret) } qw(LE BE));
}

my @needles = map { disguises($_) } values %secret, 'demo@example.com:' . $secret{basic};
my %name_of = map { my $name = $_; map { $_ => $name } disguises($secret{$name}) } keys %secret;

# The names of the secrets that the text has.
sub spoils
{
	my ($text) = @_;
	my %found = map { ($name_of{$_} // 'basic') => 1 } grep { index($text, $_) >= 0 } @needles;

	return join ' ', sort keys %found;
}
ok(spoils("xx" . encode_base64($secret{copied}) . 'x') eq 'copied' && spoils(encode('UTF-16BE', "a $secret{basic}")) eq 'basic', 'the search finds');

sub hunt
{
	my ($title, $directory) = @_;
	my ($files, $bytes, @found) = (0, 0);

	find({ no_chdir => 1, wanted => sub {
		return unless -f && -r _;
		my $content = slurp_file($_);
		my $spoils = spoils($content);
		$files++;
		$bytes += length $content;
		push @found, "$_: $spoils" if $spoils ne '';
	} }, $directory);
	ok($files > 500 && $bytes > 20e6, "$title: $files files, $bytes bytes");
	is(join("\n", @found), '', "$title: no secret");
	return;
}

is(spoils($shown), '', 'no role was shown a secret, nor is one in a dump');
$node->safe_psql('postgres', 'CHECKPOINT');
hunt('data directory after a checkpoint', $node->data_dir);
$node->backup('base');
hunt('base backup', $node->backup_dir . '/base');
$node->stop;
hunt('data directory after the end', $node->data_dir);
my $log = slurp_file($node->logfile);
my @logged = spoils($log) eq '' ? () : grep { spoils($_) ne '' } split /\n/, $log;
is(scalar @logged, 0, 'no secret in the log') or diag(map { substr($_, 0, 300) . "\n" } @logged[ 0 .. ($#logged > 5 ? 5 : $#logged) ]);
like($log, qr/Query Text: .*jira_test_connection/, 'which has plans') if grep { /explain/ } @preload;
like($log, qr/DEBUG:  00000: CommitTransaction/, 'and everything else');

# What the documentation says of a literal is so: this can fail.
$node->start;
$node->psql('postgres', "SELECT jira_alter_connection('basic', secret => '$secret{argument}')");
is(spoils(slurp_file($node->logfile, length $log)), 'argument', 'a literal in a statement that is logged is there');
$node->stop;
done_testing();
