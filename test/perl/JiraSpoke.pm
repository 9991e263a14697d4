# A cluster with the extension, for TAP tests.
package JiraSpoke;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

use JiraSpoke::Jira;

our @EXPORT = qw(start_cluster key_file connect_to query_error);

# A started cluster whose database "postgres" has the extension.  Settings are
# lines for postgresql.conf.
sub start_cluster
{
	my ($name, @settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init;
	append_to_file(key_file($node), unpack('H*', pack 'N*', map { int rand 2**32 } 1 .. 8) . "\n");
	chmod 0600, key_file($node) or die $!;
	$node->append_conf('postgresql.conf', join "\n", 'jira_spoke.allow_http = on',
		"jira_spoke.key_file = '" . key_file($node) . "'", @settings, '');
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION jira_spoke');
	return $node;
}

# Outside the data directory, as it should be.
sub key_file
{
	my ($node) = @_;

	return $node->basedir . '/jira_spoke.key';
}

# Makes an alias for our Jira, the default one if no name is given.
sub connect_to
{
	my ($node, $jira, $alias, %options) = @_;
	my $default = defined $alias ? 'false' : 'true';
	my %given = (
		url => $jira->url,
		username => $jira->username,
		secret => $jira->secret,
		server_type => $jira->deployment,
		%options);
	my $arguments = join ', ', map { "$_ => '$given{$_}'" } sort keys %given;

	$alias //= 'demo';
	$node->safe_psql('postgres',
		"SELECT jira_create_connection('$alias', $arguments, is_default => $default)");
	return;
}

# What psql says when a query fails: SQLSTATE, message, DETAIL, HINT, CONTEXT.
# The empty string when it does not fail.
sub query_error
{
	my ($node, $query, %options) = @_;
	my ($status, $out, $error) = $node->psql('postgres', $query,
		on_error_stop => 1, extra_params => [ '--set=VERBOSITY=verbose' ], %options);

	return $status == 0 ? '' : $error;
}

1;
