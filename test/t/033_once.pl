# From one call the server never receives one write twice, also not when a
# connection that was kept open closes at the worst moment; and what is kept
# open is shared by nobody else.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
use Test::More;

my $node = start_cluster('once');
my $jira = JiraSpoke::Jira->start;
my $warm = 'SELECT 1 FROM jira_lookup_server()';

connect_to($node, $jira);

# Writes, each with the path that it is sent to.
my @writes = (
	[ 'a create', q{SELECT jira_create_issue('OPS', 'Bug', 'once')}, '/rest/api/2/issue' ],
	[ 'a comment', q{SELECT jira_add_comment('OPS-1', 'once')}, '/rest/api/2/issue/OPS-1/comment' ],
	[ 'a long create', q{SELECT jira_create_issue('OPS', 'Bug', 'once', repeat('lorem ipsum ', 2700))}, '/rest/api/2/issue' ],
	[ 'a request', q{SELECT status FROM jira_request('POST', '/rest/api/2/issue/OPS-2/comment', body => '{"body": "once"}')},
		'/rest/api/2/issue/OPS-2/comment' ],
	[ 'a POST without a body', q{SELECT status FROM jira_request('POST', '/rest/api/2/issue/OPS-3/watchers')},
		'/rest/api/2/issue/OPS-3/watchers' ],
	[ 'a PUT', q{SELECT status FROM jira_request('PUT', '/rest/api/2/issue/OPS-3', body => '{"fields": {"summary": "once"}}')},
		'/rest/api/2/issue/OPS-3' ],
	[ 'a DELETE', q{SELECT status FROM jira_request('DELETE', '/rest/api/2/issue/OPS-9')}, '/rest/api/2/issue/OPS-9' ]);

# On a connection that has been used: is it cut before the write is carried out,
# after it, within the answer, or closed as an idle one that meets the write?
for my $write (@writes)
{
	for my $kind (qw(cut_before cut_after cut_body close_idle silence))
	{
		# An answer without a body has none to be cut.
		next if $kind eq 'cut_body' && $write->[0] =~ /without a body|PUT|DELETE/;
		arrives_once(@$write, $kind);
	}
}

reads_are_repeated();
connections_are_kept();
connections_are_not_shared();

$node->stop;
done_testing();

sub run_script
{
	my $script = shift;

	$jira->forget_requests;
	return JiraSpoke::Background->start($node, $script)->finish;
}

sub contents_of_jira
{
	my $project = shift;
	my @issues = @{ $jira->control('GET', 'issues?project=OPS') };
	my $comments = 0;

	$comments += $_->{comments} for @issues;
	return scalar(@issues) . " issues, $comments comments";
}

sub arrives_once
{
	my ($what, $statement, $path, $kind) = @_;
	my $idle = $kind eq 'close_idle';

	$jira->control('POST', 'reset', {});
	$jira->clear_faults;
	$jira->fault(kind => $kind, times => 1, $idle ? (path => '*/serverInfo') : (path => $path));
	my $before = contents_of_jira();
	my $set = $kind eq 'silence' ? "SET jira_spoke.timeout = '1s';" : '';
	my ($out, $error) = run_script("$warm;\n$set $statement;\nSELECT 'alive';\n");
	my @requests = $jira->requests;
	my @writes = grep { $_->{path} eq $path } @requests;
	my $bodiless = $what =~ /without a body|DELETE/;

	is(scalar @writes, 1, "$what, $kind: arrives once");
	like($out, qr/^alive$/m, "$what, $kind: the session works");
	if ($bodiless)
	{
		# libcurl would repeat these by itself on a connection used before.
		isnt($requests[0]{connection}, $writes[0]{connection}, "$what, $kind: goes over a new connection");
	}
	else
	{
		is($requests[0]{connection}, $writes[0]{connection}, "$what, $kind: goes over the connection that is open");
	}
	if ($idle && $bodiless)
	{
		is($error, '', "$what, $kind: does not meet the closed connection");
		return;
	}
	like($error, qr/ERROR:  (?:08006|57014): .*\n(?:.*\n)*CONTEXT:  The request may have been carried out/,
		"$what, $kind: fails and says that it may have been carried out");
	is(contents_of_jira(), $before, "$what, $kind: was not carried out")
	  if $kind =~ /cut_before|close_idle|silence/;
	isnt(contents_of_jira(), $before, "$what, $kind: was carried out once")
	  if $kind =~ /cut_after|cut_body/ && $what =~ /create|comment|request/;
	return;
}

# A read does not mind: it goes over another connection, once.
sub reads_are_repeated
{
	$jira->clear_faults;
	$jira->fault(kind => 'close_idle', times => 1, path => '*/serverInfo');
	my ($out, $error) = run_script("$warm;\nSELECT key FROM jira_lookup_issue('OPS-1');\n");

	is("$error$out", "1\nOPS-1\n", 'a read survives the end of an idle connection');
	is(scalar(grep { $_->{path} =~ /OPS-1$/ } $jira->requests), 2, 'it was sent again');
	return;
}

sub connections_are_kept
{
	$jira->clear_faults;
	my $writes = join ";\n", map { $_->[1] } @writes[ 0 .. 3 ];
	my ($out, $error) = run_script("$warm;\n$writes;\nSELECT key FROM jira_lookup_issue('OPS-1');\n"
		. "SELECT count(*) FROM jira_lookup_issues_stream('project = OPS', max_rows => 5);\n");
	my %connections = map { $_->{connection} => 1 } $jira->requests;

	is($error, '', 'several calls in a session');
	is(scalar(() = $jira->requests), 7, 'take a request each');
	is(scalar keys %connections, 1, 'over one connection');
	return;
}

# Not by roles, not by aliases, not by secrets.
sub connections_are_not_shared
{
	$node->safe_psql('postgres', q{
		CREATE ROLE clerk IN ROLE jira_spoke_user;
		SELECT jira_grant_connection('demo', 'clerk')});
	connect_to($node, $jira, 'twin');
	connect_to($node, $jira, 'reader', username => 'reader@example.com', secret => 'reader-token');

	my (undef, $error) = run_script(qq{
		$warm;
		SET ROLE clerk; SET jira_spoke.connection = 'demo'; $warm;
		RESET ROLE; SET jira_spoke.connection = 'twin'; $warm;
		SET jira_spoke.connection = 'reader'; $warm;
		SELECT jira_alter_connection('reader', secret => 'other-token'); $warm;
		SET jira_spoke.connection = 'demo'; $warm;
		SET ROLE clerk; $warm;
	});
	my @connections = map { $_->{connection} } $jira->requests;

	like($error, qr/\A(?!.*\nERROR.*ERROR).*/s, 'calls as two roles through three aliases');
	is(scalar @connections, 7, 'each asks Jira');
	is($connections[5], $connections[0], 'a role finds its connection again');
	is($connections[6], $connections[1], 'so does another');
	my %distinct = map { $_ => 1 } @connections;
	is(scalar keys %distinct, 5, 'no two roles, aliases or secrets share one');
	return;
}
