# Queries through a connection, with what they ask of Jira.
package JiraSpoke::Pushdown;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);

our @EXPORT = qw(rows_and_requests run_through plan_through);

sub _with_settings
{
	my ($connection, $query, @settings) = @_;

	return join '', (map { "SET $_; " } "jira_spoke.connection = '$connection'", @settings), $query;
}

# The rows of a query, or "failed: " and its error; what psql says beside, with
# SQLSTATEs; and the requests that it took.
sub run_through
{
	my ($node, $jira, $connection, @query) = @_;

	$jira->forget_requests;
	my ($status, $rows, $error) = $node->psql('postgres', _with_settings($connection, @query),
		on_error_stop => 1, extra_params => ['--set=VERBOSITY=verbose']);

	$error =~ s/\nLOCATION: .*//g;
	return ($status == 0 ? $rows : "failed: $error", $error, $jira->requests);
}

sub plan_through
{
	my ($node, $connection, $query, @settings) = @_;

	return $node->safe_psql('postgres', _with_settings($connection, "EXPLAIN (COSTS off) $query", @settings));
}

# The rows of a query, in which BULK() is a search of the project BULK, with its error if it fails, and the
# requests that it took as hashes of method, path and parameters.
sub rows_and_requests
{
	my ($node, $jira, $connection, $query, @settings) = @_;

	$query =~ s/BULK\(\)/jira_lookup_issues_stream('project = BULK')/g;
	$jira->forget_requests;
	my ($status, $rows, $error) = $node->psql('postgres', _with_settings($connection, $query, @settings));

	$rows .= "\n$error" if $status != 0;
	return ($rows, map { +{ method => $_->{method}, path => $_->{path}, map { @$_ } @{ $_->{query} } } } $jira->requests);
}

1;
