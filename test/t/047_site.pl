# What a backend remembers of a Jira is for one role, one connection and one
# credential, and there is an end to it.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use Test::More;

my $node = start_cluster('site');
my $jira = JiraSpoke::Jira->start(deployment => 'server');

connect_to($node, $jira, $_) foreach 'demo', map { "demo$_" } 1 .. 16;
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE colleague IN ROLE jira_spoke_user;
SELECT jira_grant_connection('demo', 'colleague');
SQL

# Needs the version, a field's id and the largest file.
my $use = q{
	SELECT count(*) FROM jira_lookup_webhooks();
	SELECT count(*) FROM jira_lookup_issue('OPS-1', fields => ARRAY['Story Points']);
	SELECT jira_copy_attachment('OPS-1', 'large', convert_to(repeat('x', 2000000), 'UTF8'));
};
my $use_version = 'SELECT count(*) FROM jira_lookup_webhooks(connection => ';

# How often one session asks for each of the three.
sub resources_asked
{
	my ($script) = @_;
	my @resources = qw(serverInfo field attachment/meta);
	my %count;

	$jira->forget_requests;
	$node->safe_psql('postgres', "SET jira_spoke.connection = 'demo'; $script");
	$count{ $_->{path} =~ s{^/rest/api/2/}{}r }++ foreach $jira->requests;
	return join ' ', map { $count{$_} // 0 } @resources;
}

sub other_connections
{
	return join ' ', map { "$use_version 'demo$_');" } 1 .. shift;
}

my $token = q{SELECT jira_alter_connection('demo', auth => 'bearer', secret => 'demo-pat');};
my $password = q{SELECT jira_alter_connection('demo', auth => 'basic', secret => 'demo-password');};

is(resources_asked("$use $use"), '1 1 1', 'asked for once');
is(resources_asked("$use SET jira_spoke.connection = 'demo1'; $use $use"), '2 2 2', 'another connection');
is(resources_asked("$use SET ROLE colleague; $use RESET ROLE; $use"), '2 2 2', 'another role');
is(resources_asked("$use $token $use $password $use"), '2 2 2', 'another secret');
is(resources_asked($use . other_connections(15) . $use), '16 1 1', 'sixteen connections are remembered');
is(resources_asked($use . other_connections(16) . $use), '18 2 2', 'and the least recently used one is forgotten');
like($node->safe_psql('postgres', other_connections(16) . "$use_version 'demo');"
		. q{SELECT count(*) || ' kept' FROM pg_backend_memory_contexts WHERE name = 'Jira site'}),
	qr/^16 kept$/m, 'with all that it took');

$node->stop;
done_testing();
