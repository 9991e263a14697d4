# Queries around searches of the project BULK, with what they ask of Jira.
package JiraSpoke::Pushdown;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);

our @EXPORT = qw(rows_and_requests);

# The rows of a query through a connection, with its error if it fails, and the
# requests that it took as hashes of method, path and parameters.
sub rows_and_requests
{
	my ($node, $jira, $connection, $query, @settings) = @_;
	my $settings = join '', map { "SET $_;" } "jira_spoke.connection = '$connection'", @settings;

	$query =~ s/BULK\(\)/jira_lookup_issues_stream('project = BULK')/g;
	$jira->forget_requests;
	my ($status, $rows, $error) = $node->psql('postgres', "$settings $query");

	$rows .= "\n$error" if $status != 0;
	return ($rows, map { +{ method => $_->{method}, path => $_->{path}, map { @$_ } @{ $_->{query} } } } $jira->requests);
}

1;
