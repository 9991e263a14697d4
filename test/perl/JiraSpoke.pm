# A cluster with the extension, for TAP tests.
package JiraSpoke;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

use JiraSpoke::Jira;

our @EXPORT = qw(start_cluster start_primary start_standby installed_modules why_no_valgrind change_settings reload_settings key_file random_key replace_file
  connect_to secret_copy server_query query_error rows_or_error rows_or_sqlstate all_messages
  query_through error_through requests_through);

# A started cluster, new by name, whose database "postgres" has the extension.
# Settings are lines for postgresql.conf.
sub start_cluster { return _start(0, @_); }

# The same for a server that allows streaming.
sub start_primary { return _start(1, @_); }

sub _start
{
	my ($allows_streaming, $name, @settings) = @_;
	my $node = ref $name ? $name : PostgreSQL::Test::Cluster->new($name);

	$node->init(allows_streaming => $allows_streaming);
	replace_file(key_file($node), random_key() . "\n");
	$node->append_conf('postgresql.conf', join "\n", 'jira_spoke.allow_http = on',
		"jira_spoke.key_file = '" . key_file($node) . "'", @settings, '');
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION jira_spoke');
	return $node;
}

# A started standby of a server that allows streaming.
sub start_standby
{
	my ($primary, $name) = @_;
	my $standby = PostgreSQL::Test::Cluster->new($name);

	$primary->backup($name);
	$standby->init_from_backup($primary, $name, has_streaming => 1);
	$standby->start;
	return $standby;
}

# Which of these loadable modules are installed.
sub installed_modules
{
	my ($directory) = run_command([ 'pg_config', '--pkglibdir' ]);

	return grep { -e "$directory/$_.so" } @_;
}

# Why the server cannot run under valgrind; the empty string if it can.
sub why_no_valgrind
{
	return 'valgrind is not installed' if system('command -v valgrind >/dev/null 2>&1') != 0;
	return 'valgrind cannot run a server with AddressSanitizer'
	  if system('nm -D "$(command -v postgres)" | grep -q __asan_init') == 0;
	return '';
}

# Settings of the extension, in force for sessions that begin now.
sub change_settings
{
	my ($node, %settings) = @_;

	$node->append_conf('postgresql.conf', "jira_spoke.$_ = '$settings{$_}'") for keys %settings;
	return reload_settings($node);
}

# What the configuration files say, in force for sessions that begin now.  A
# session that exists already reads them before its next statement.
sub reload_settings
{
	my ($node) = @_;
	my $loaded = $node->safe_psql('postgres', 'SELECT pg_conf_load_time()');

	$node->reload;
	$node->poll_query_until('postgres', "SELECT pg_conf_load_time() > '$loaded'")
	  or die 'the settings were not reloaded';
	return;
}

# Outside the data directory, as it should be.
sub key_file
{
	my ($node) = @_;

	return $node->basedir . '/jira_spoke.key';
}

sub random_key { return unpack 'H*', pack 'N*', map { int rand 2**32 } 1 .. 8; }

# Writes a file, private if no mode is given.  It replaces one that is there in
# one step, so that nobody reads half of it.
sub replace_file
{
	my ($file, $content, $mode) = @_;

	append_to_file("$file.new", $content);
	chmod $mode // 0600, "$file.new" or die $!;
	rename "$file.new", $file or die $!;
	return;
}

# Makes an alias for our Jira, the default one if no name is given.  Options:
# dbname, and arguments of jira_create_connection().
sub connect_to
{
	my ($node, $jira, $alias, %options) = @_;
	my $database = delete $options{dbname} // 'postgres';
	my $default = defined $alias ? 'false' : 'true';
	my %given = (
		url => $jira->url,
		username => $jira->username,
		secret => $jira->secret,
		server_type => $jira->deployment,
		%options);
	my $arguments = join ', ', map { "$_ => '$given{$_}'" } sort keys %given;

	$alias //= 'demo';
	$node->safe_psql($database,
		"SELECT jira_create_connection('$alias', $arguments, is_default => $default)");
	return;
}

# A psql script that stores secrets: lines of COPY for these columns.
sub secret_copy
{
	my ($columns, $lines, $format) = @_;

	$format //= '';
	return "\\copy jira_spoke.secret_entry ($columns) FROM STDIN $format\n$lines\n\\.\n";
}

# A query that makes one request.
sub server_query
{
	my ($alias) = @_;

	return "SELECT count(*) FROM jira_lookup_server(connection => '$alias')";
}

# Status, output and errors of a query that ends with its first error.  Options:
# role, dbname, and those of PostgreSQL::Test::Cluster.
sub _psql
{
	my ($node, $query, $verbosity, %options) = @_;
	my $role = delete $options{role};
	my $database = delete $options{dbname} // 'postgres';

	return $node->psql($database, $query, on_error_stop => 1,
		extra_params => [ "--set=VERBOSITY=$verbosity", defined $role ? "--username=$role" : () ], %options);
}

# What psql says when a query fails: SQLSTATE, message, DETAIL, HINT, CONTEXT.
# The empty string when it does not fail.
sub query_error
{
	my ($status, $out, $error) = _psql(@_[ 0, 1 ], 'verbose', @_[ 2 .. $#_ ]);

	return $status == 0 ? '' : $error;
}

# The rows of a query, or what psql says when it fails.
sub rows_or_error
{
	my ($status, $out, $error) = _psql(@_[ 0, 1 ], 'verbose', @_[ 2 .. $#_ ]);

	return $status == 0 ? $out : $error;
}

# What a query gives a role: its rows, or the SQLSTATE of its failure.
sub rows_or_sqlstate
{
	my ($node, $role, $query, %options) = @_;
	my ($status, $out, $error) = _psql($node, $query, 'sqlstate', role => $role, %options);

	return $status == 0 ? $out : $error =~ /ERROR:\s+(\w{5})/ ? $1 : $error;
}

# All that statements print for a role, with every message the server can send.
sub all_messages
{
	my ($node, $role, $statements, %options) = @_;
	my ($status, $out, $error) = $node->psql('postgres', "SET client_min_messages = debug5; $statements",
		extra_params => [ "--username=$role", '--set=VERBOSITY=verbose', '--set=SHOW_CONTEXT=always' ],
		on_error_stop => 0, %options);

	return "$out\n$error";
}

# The rows of a query through a connection.
sub query_through
{
	my ($node, $alias, $query) = @_;

	return $node->safe_psql('postgres', "SET jira_spoke.connection = '$alias'; $query");
}

# The error of a query through a connection, as query_error() has it.
sub error_through
{
	my ($node, $alias, $query) = @_;

	return query_error($node, "SET jira_spoke.connection = '$alias'; $query");
}

# A list of the requests of a query through a connection to this Jira: "METHOD
# path", without context and version.
sub requests_through
{
	my ($node, $jira, $alias, $query) = @_;

	$jira->forget_requests;
	query_through($node, $alias, $query);
	return [ map { s{ .*/rest/api/\d/}{ }r } $jira->request_lines ];
}

1;
