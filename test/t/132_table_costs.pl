# What a read of all rows of each table costs, on 5,000 issues more: the documentation
# has the numbers of requests, and names the tables that Data Center lacks.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;

my $page = slurp_file("$ENV{JIRA_SPOKE_SRC}/test/doc/tables.md");
my @costs = $page =~ /^\| `(\w+)` \| (\d+) \| ([\w ]+) \|$/mg;
my $node = start_cluster('costs', 'jit = off');

check_costs('cloud', 1);
check_costs('server', 2);
done_testing();

# "place" is that of the deployment in the rows of the page.
sub check_costs
{
	my ($deployment, $place) = @_;
	my $jira = JiraSpoke::Jira->start(deployment => $deployment, issues => 5000);

	$jira->control('POST', 'activity', { project => 'BULK' });
	connect_to($node, $jira, $deployment);
	$node->safe_psql('postgres', <<"SQL");
CREATE SERVER $deployment FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection '$deployment');
CREATE SCHEMA $deployment;
IMPORT FOREIGN SCHEMA jira FROM SERVER $deployment INTO $deployment;
SQL
	is_deeply([ tables_of($deployment) ], [ sort map { $_->[0] } grep { $_->[$place] ne 'none' } rows() ], "$deployment: the tables of the page");
	check_cost($jira, $deployment, @$_[ 0, $place ]) for grep { $_->[$place] =~ /^\d+$/ } rows();
	return;
}

sub rows { return map { [ @costs[ 3 * $_ .. 3 * $_ + 2 ] ] } 0 .. @costs / 3 - 1; }

sub tables_of
{
	my ($schema) = @_;
	return split /\n/, $node->safe_psql('postgres', "SELECT relname FROM pg_class WHERE relnamespace = '$schema'::regnamespace AND relkind = 'f' ORDER BY relname COLLATE \"C\"");
}

sub check_cost
{
	my ($jira, $schema, $table, $cost) = @_;

	$jira->forget_requests;
	$node->safe_psql('postgres', "SELECT * FROM $schema.$table");
	my @requests = grep { $_->{path} !~ /serverInfo/ } $jira->requests;
	is(scalar @requests, $cost, "$schema.$table: requests");
	return;
}
