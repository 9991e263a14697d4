# What a message quotes is bounded, wherever the text comes from: here where a
# Jira or a stored secret is needed to see it, elsewhere sql/arguments.sql.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke;
use Test::More;

my $longest = 1000;
my $jira = JiraSpoke::Jira->start;
my $node = start_cluster('long');
my $alias = 'a' x 5000;

connect_to($node, $jira, $alias);
connect_to($node, $jira, 'demo');

# The largest piece of a message that has nothing but letters "a".
sub longest_quote
{
	my ($message) = @_;
	my ($longest) = sort { $b <=> $a } map { length } $message =~ /(a+)/g;

	return $longest;
}

my $error = query_error($node, "SELECT jira_lookup_issue('OPS-99999', connection => '$alias')");
like($error, qr/P0002: .*CONTEXT:  Jira action jira_lookup_issue through connection "a{$longest}\.\.\."/s, 'the context of an error');
is(longest_quote($error), $longest, 'bounds the alias');

$node->safe_psql('postgres', "UPDATE jira_spoke.credential SET secret = (SELECT secret FROM jira_spoke.credential WHERE alias = 'demo') WHERE alias = '$alias'");
$error = query_error($node, "SELECT jira_lookup_issue('OPS-1', connection => '$alias')");
like($error, qr/28000: the secret of connection "a{$longest}\.\.\." cannot be opened/, 'a secret that is not its own');
is(longest_quote($error), $longest, 'bounds the alias');

$jira->fault(kind => 'status', status => 200, path => '*/serverInfo', content_type => 'application/json',
	body => encode_json({ deploymentType => 'a' x 5000 }));
$error = $node->safe_psql('postgres', q{SELECT problem FROM jira_test_connection('demo')});
like($error, qr/^This is a Jira of type "a{$longest}", but/, 'the type of a Jira');

$node->stop;
done_testing();
