# How secrets come in: through COPY, from a file of the server, with the command
# jira_spoke_secret.  The log gets to see none of them, whatever is wrong.
use strict;
use warnings FATAL => 'all';

use IPC::Run;
use JiraSpoke;
use JiraSpoke::Processes;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $url = $jira->url;
my @preload = installed_modules(qw(auto_explain pg_stat_statements));
my $node = start_cluster('entry', "jira_spoke.gateway_url = '$url'",
	"shared_preload_libraries = '" . join(',', @preload) . "'",
	'log_statement = all', 'log_min_messages = debug5', 'log_min_error_statement = debug5',
	'log_error_verbosity = verbose', 'log_parameter_max_length_on_error = -1', 'debug_print_plan = on',
	map { "auto_explain.$_" } 'log_min_duration = 0', 'log_analyze = on', 'log_verbose = on', 'log_nested_statements = on');
my $good = $jira->secret;
my $bad = 'Planted-E1n2T3r4Y5';    # in every line that is not taken

$node->safe_psql('postgres', <<"SQL");
CREATE ROLE owner LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE other LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE guest LOGIN IN ROLE jira_spoke_user;
CREATE ROLE nobody LOGIN;
CREATE ROLE filer LOGIN IN ROLE jira_spoke_admin, pg_read_server_files;
SET ROLE owner;
SELECT jira_create_connection('work', '$url', 'demo\@example.com', is_default => true);
SELECT jira_create_connection('child', parent => 'work');
SELECT jira_create_oauth_application('app', 'demo-app', redirect_url => 'https://localhost/callback',
    authorize_url => '$url/authorize', token_url => '$url/oauth/token');
SELECT jira_create_connection('consenting', '$url', auth => 'oauth2', oauth_application => 'app');
SQL

my $complaint;    # all that psql had to say about its last error

# What psql says: output, or SQLSTATE and message.
sub said
{
	my ($role, $script) = @_;
	my ($status, $out, $error) = $node->psql('postgres', $script, on_error_stop => 1,
		extra_params => [ "--username=$role", '--set=VERBOSITY=verbose', '--set=SHOW_CONTEXT=always' ]);

	$complaint = $error;
	return $status == 0 ? $out : $error =~ /(?:ERROR|FATAL):\s+(.*)/ ? $1 : $error;
}

sub copy_as
{
	my ($role, $data, %options) = @_;

	return said($role, secret_copy($options{columns} // 'connection, secret', $data, $options{format}));
}

sub test_work { return said('owner', 'SELECT ok FROM jira_test_connection()'); }

sub remove_secret { return $node->safe_psql('postgres', 'DELETE FROM jira_spoke.credential', extra_params => ['--username=postgres']); }

# COPY.
like(query_error($node, 'SELECT jira_count_issues(\'\')', role => 'owner'),
	qr/28000.*no secret.*HINT.*jira_spoke_secret.*secret_entry/s, 'a connection without a secret says how to get one');
$node->safe_psql('postgres', q{INSERT INTO jira_spoke.sign_in (alias, blocked_until) VALUES ('work', 'infinity')});
is(copy_as('owner', "work\t$good"), '', 'COPY takes a secret');
is(test_work(), 't', 'which is used');
is($node->safe_psql('postgres', 'SELECT count(*) FROM jira_spoke.sign_in'), 0, 'and what was in the way before counts no more');
is(said('postgres', 'SELECT count(*) FROM jira_spoke.secret_entry'), 0, 'the view shows nothing');
is(copy_as('owner', "\"work\",\"$good\"", format => '(FORMAT csv)'), '', 'in CSV');
is(copy_as('owner', "work\t$good\nchild\t$good"), '', 'several at once');
is(said('owner', q{SELECT ok FROM jira_test_connection('child')}), 't', 'each for its connection');
is(copy_as('owner', 'app	' . $jira->client_secret, columns => 'oauth_application, secret'), '', 'that of an application');
my $consented = $jira->consent(said('owner', q{SELECT jira_oauth_authorize_url('consenting')}));
is(said('owner', "SELECT jira_oauth_complete('$consented', 'consenting')"), '', 'which Jira takes');

# What is not taken.  Each line has the secret; one that is cut off, too.
my @refused = (
	[ 'other', "work\t$bad", '42704', 'somebody else\'s' ],
	[ 'other', "missing\t$bad", '42704', 'none' ],
	[ 'guest', "work\t$bad", '42501', 'a user' ],
	[ 'nobody', "work\t$bad", '42501', 'nobody in particular' ],
	[ 'owner', "consenting\t$bad", '55000', 'a connection with OAuth' ],
	[ 'owner', "work\t$bad\\tx", '22023', 'control characters' ],
	[ 'owner', "work\t", '22023', 'empty' ],
	[ 'owner', "work\t\\N", '22004', 'null' ],
	[ 'owner', "\\N\t$bad", '22023', 'no connection' ],
	[ 'other', "app\t$bad", '42704', 'somebody else\'s application', columns => 'oauth_application, secret' ],
	[ 'owner', "work\tapp\t$bad", '22023', 'both', columns => 'connection, oauth_application, secret' ],
	[ 'owner', "work$bad", '22P04', 'a column too few' ],
	[ 'owner', "work\t$bad\tx", '22P04', 'a column too many' ],
	[ 'owner', "work\t$bad\xff", '22021', 'no text' ],
	[ 'owner', "work\t$bad\\000", '22021', 'a NUL' ],
	[ 'owner', "work,\"$bad", '22P04', 'a quote that is not closed', format => 'CSV' ],
	[ 'owner', "work,$bad,$bad", '22P04', 'CSV with a column too many', format => 'CSV' ],
	[ 'owner', "work\t$good\nwork$bad", '22P04', 'the second line' ],
	[ 'owner', "work$bad\n", '42703', 'another column', columns => 'connection, secrets' ],
	[ 'owner', "$bad", '22P04', 'binary', format => 'BINARY' ]);
for my $case (@refused)
{
	my ($role, $data, $sqlstate, $title, %options) = @$case;

	# The client asks before it sends what would else be taken for statements.
	$data = '' if $sqlstate =~ /42501|42703/;
	like(copy_as($role, $data, %options), qr/^\Q$sqlstate\E:/, "refused: $title");
	unlike($complaint, qr/\Q$bad\E/, 'in words that do not have it');
}
is(test_work(), 't', 'the secret stayed as it was');
like(said('owner', "INSERT INTO jira_spoke.secret_entry VALUES ('missing', NULL, '$bad')"), qr/^42704/, 'INSERT does the same')
  for 1 .. 2;
like(said('owner', "DO \$\$ BEGIN INSERT INTO jira_spoke.secret_entry VALUES (NULL, NULL, 'x'); EXCEPTION WHEN OTHERS THEN RAISE; END \$\$"),
	qr/^22023/, 'also in a function');
for my $other (q{UPDATE jira_spoke.secret_entry SET secret = 'x'}, 'DELETE FROM jira_spoke.secret_entry',
	'SELECT * FROM jira_spoke.secret_entry', 'COPY jira_spoke.secret_entry TO STDOUT', 'SELECT jira_spoke.enter_secret()',
	'CREATE TABLE t (a text); CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION jira_spoke.enter_secret()')
{
	$node->safe_psql('postgres', 'GRANT CREATE ON SCHEMA public TO owner');
	like(said('owner', $other), qr/^(42501|55000|0A000)/, "not possible: $other");
}
like(said('postgres', 'CREATE TABLE other_table (a text, b text, c text); CREATE TRIGGER x BEFORE INSERT ON other_table FOR EACH ROW EXECUTE FUNCTION jira_spoke.enter_secret(); INSERT INTO other_table VALUES (1, 2, 3)'),
	qr/^39P01/, 'a trigger of another table');

# The log knows of the errors, and of no secret; the statements after them are
# logged as ever.
my $after = "\\copy jira_spoke.secret_entry (connection, secret) FROM STDIN\nwork\t$good\n\\.\nSELECT 1 / 0 AS logged_after;";
like(said('owner', "\\set ON_ERROR_STOP 0\n\\copy jira_spoke.secret_entry FROM STDIN\n$bad\n\\.\n$after"), qr/22P04|^$/, 'errors');
my $log = slurp_file($node->logfile);
my @logged = grep { /\Q$bad\E/ && !/(?:statement:|STATEMENT:|Query Text:)\s+INSERT/ } split /\n/, $log;
like($log, qr/missing data for column "secret"/, 'the log has the errors');
is("@logged", '', 'without the lines');
like($log, qr/STATEMENT:  SELECT 1 \/ 0 AS logged_after/, 'and what is wrong after a COPY');
is((() = $log =~ /\Q$good\E/g), 0, 'no line was logged that was taken');
SKIP: {
	skip 'pg_stat_statements is not installed', 1 unless grep { /statements/ } @preload;
	unlike($node->safe_psql('postgres', 'CREATE EXTENSION pg_stat_statements; SELECT query FROM pg_stat_statements'),
		qr/\Q$good\E|\Q$bad\E/, 'nor is it in the statistics');
}

# A file of the server.
my $file = $node->basedir . '/secret';

my $alter = "SELECT jira_alter_connection('filed', secret_file => '$file')";
replace_file($file, "$good\nanother line\n");
is(said('filer', "SELECT jira_create_connection('filed', '$url', 'demo\@example.com', secret_file => '$file'); SELECT ok FROM jira_test_connection('filed')"),
	"\nt", 'the first line of a file');
replace_file($file, "$good\r\n");
is(said('filer', $alter), '', 'with the end that Windows gives it');
replace_file($file, $good);
is(said('filer', "$alter; SELECT ok FROM jira_test_connection('filed')"), "\nt", 'or none');
like(said('owner', "SELECT jira_alter_connection('work', secret_file => '$file')"), qr/^42501/, 'for those who may read files');
like(said('owner', q{SELECT jira_alter_connection('work', secret_file => '/no/such/file')}), qr/^42501/, 'others learn nothing of them');
like(said('filer', q{SELECT jira_alter_connection('filed', secret => 'x', secret_file => '/x')}), qr/^22023.*together/, 'not with a secret');
like(said('filer', q{SELECT jira_alter_connection('filed', secret_file => 'secret')}), qr/^22023.*absolute/, 'an absolute path');
like(said('filer', q{SELECT jira_alter_connection('filed', secret_file => '/no/such/file')}), qr/^F0000: could not open the file of the secret: No such/, 'a missing one');
like(said('filer', q{SELECT jira_alter_connection('filed', secret_file => '/tmp')}), qr/^F0000.*not private/, 'a directory');
for my $case ([ "$bad\n", 0644, qr/^F0000.*not private/ ], [ "$bad\n", 0640, qr/^F0000.*not private/ ],
	[ "\n", 0600, qr/^22023.*empty/ ], [ '', 0600, qr/^22023.*empty/ ], [ "$bad\xff\n", 0600, qr/^F0000.*encoding/ ],
	[ "$bad\x01\n", 0600, qr/^22023.*control/ ], [ $bad x 10000, 0600, qr/^F0000.*too large/ ])
{
	replace_file($file, @$case[ 0, 1 ]);
	like(said('filer', $alter), $case->[2], "refused: $case->[2]");
}
unlink $file;
system('mkfifo', '-m', '600', $file) == 0 or die;
like(said('filer', $alter), qr/^F0000.*not private/, 'a pipe is not waited for');

# The command.  psql is told by the environment where to connect.
local $ENV{PGHOST} = $node->host;
local $ENV{PGPORT} = $node->port;
local $ENV{PGDATABASE} = 'postgres';

# Its input is a file: IPC::Run dies when a program ends before it has read a pipe.
sub run_script
{
	my ($input, @arguments) = @_;
	my ($out, $error) = ('', '');
	my $typed = $node->basedir . '/typed';
	local $ENV{PGUSER} = 'owner';

	unlink $typed;
	append_to_file($typed, $input);
	IPC::Run::run([ 'jira_spoke_secret', @arguments ], '<', $typed, '>', \$out, '2>', \$error);
	return $? >> 8, "$out$error";
}

for my $input ("$good\n", $good, "$good\r\n", "$good\nmore\n")
{
	remove_secret();
	is_deeply([ run_script($input, 'work') ], [ 0, '' ], 'the command takes the first line of its input');
	is(test_work(), 't', 'and stores it');
}
is_deeply([ run_script('demo-app-secret', '--application', 'app') ], [ 0, '' ], 'for an application');
is_deeply([ run_script($good, 'filed', '--username=filer', 'postgres') ], [ 0, '' ], 'arguments are psql\'s');
is_deeply([ run_script($good, 'work', '-U', 'postgres', '-c', 'SET ROLE owner') ], [ 0, '' ], 'commands, too');
$node->safe_psql('postgres', qq{SELECT jira_create_connection('O"Ne, \\t''il', '$url', 'demo\@example.com')});
is_deeply([ run_script($good, qq{O"Ne, \\t'il}, '--username=postgres') ], [ 0, '' ], 'names are names');
is($node->safe_psql('postgres', qq{SELECT ok FROM jira_test_connection('O"Ne, \\t''il')}), 't', 'whatever is in them');
$node->safe_psql('postgres', q{SELECT jira_create_connection('odd', 'https://example.net', auth => 'bearer')});
is_deeply([ run_script(q{a"b,c\\.'d $HOME `e` \n%s}, 'odd', '--username=postgres') ], [ 0, '' ], 'secrets are secrets');
for my $case ([ $bad, 1, qr/does not exist or is not yours/, 'missing' ], [ '', 1, qr/no secret/, 'work' ],
	[ "\n", 1, qr/no secret/, 'work' ], [ $bad, 2, qr/jira_spoke_secret CONNECTION/ ],
	[ $bad, 2, qr/jira_spoke_secret CONNECTION/, '--nonsense' ], [ "$bad\x01", 1, qr/control/, 'work' ],
	[ $bad, 2, qr/connection to server/, 'work', '--port=1' ])
{
	my ($input, $status, $words, @arguments) = @$case;
	my ($got, $text) = run_script($input, @arguments);

	like($text, $words, "fails: @arguments");
	is($got, $status, 'with a status');
	unlike($text, qr/\Q$bad\E/, 'and without the secret');
}
is((run_script('', '--help'))[0], 0, 'it explains itself');

# While it waits for the server, nobody sees the secret in the list of processes.
{
	my $blocker = $node->background_psql('postgres');
	my ($out, $error) = ('', '');
	my ($looked, $seen) = (0, '');

	$blocker->query_safe(q{BEGIN; SELECT FROM jira_spoke.alias WHERE name = 'work' FOR UPDATE});
	unlink $file;
	replace_file($file, $good);
	my $run = IPC::Run::start([ 'jira_spoke_secret', 'work', '--username=owner' ], '<', $file, '>', \$out, '2>', \$error);
	ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'}),
		'the command waits for the server');
	unlike($node->safe_psql('postgres', 'TABLE pg_stat_activity'), qr/\Q$good\E/, 'the server does not show it');
	for my $process (glob '/proc/[0-9]*')
	{
		my ($command_line, $environment) = map { proc_text("$process/$_") } qw(cmdline environ);

		# Another run of the tests has such processes, too.
		next if $environment !~ /^PGHOST=\Q$ENV{PGHOST}\E$/m;
		$looked++ if $command_line =~ /FROM PSTDIN/;
		$seen .= "$process " if "$command_line$environment" =~ /\Q$good\E/;
	}
	$blocker->query_safe('COMMIT');
	$blocker->quit;
	$run->finish;
	is($looked, 1, 'psql was looked at');
	is($seen, '', 'no command line and no environment has it');
}

# At a terminal.
SKIP: {
	skip 'IO::Pty is not installed', 3 unless eval { require IO::Pty; 1 };
	my ($in, $out) = ('', '');
	remove_secret();
	my $run = IPC::Run::start([ 'jira_spoke_secret', 'work', '--username=owner' ], '<pty<', \$in, '>pty>', \$out,
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));

	$run->pump until $out =~ /Secret of work: /;
	$in = "$good\n";
	$run->finish;
	is($? >> 8, 0, 'asked for at a terminal');
	unlike($out, qr/\Q$good\E/, 'it is not shown');
	is(test_work(), 't', 'and stored');
}

# Installed and removed with the extension.
{
	my $place = PostgreSQL::Test::Utils::tempdir;
	my @make = ('make', '--silent', "--directory=$ENV{JIRA_SPOKE_SRC}", "PG_CONFIG=$ENV{PG_CONFIG}", "DESTDIR=$place");
	my $list = sub { return scalar(() = `find $place -name 'jira_spoke_secret' -perm 755`); };

	system("@make install >/dev/null 2>&1");
	is($list->(), 1, 'make install brings the command');
	system("@make uninstall >/dev/null 2>&1");
	is(scalar(() = `find $place -type f`), 0, 'make uninstall leaves nothing');
}

$log = slurp_file($node->logfile);
is((() = $log =~ /\Q$good\E/g), 0, 'the log has still no secret that was taken');
@logged = grep { /\Q$bad\E/ && !/(?:statement:|STATEMENT:|Query Text:)\s+INSERT/ } split /\n/, $log;
is("@logged", '', 'nor one that was not');

$node->stop;
done_testing();
