# API tokens with scopes: they go to Atlassian's gateway and nowhere else, what
# they lack is told from a wrong password, and one that was stored as a token
# without scopes never looks like an empty Jira.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::Background;
use JiraSpoke::Stall;
use JiraSpoke::WireFile;
use JiraSpoke;
use MIME::Base64;
use Test::More;

my $cloud_id = '11111111-2222-3333-4444-555555555555';
my $other_id = '22222222-2222-3333-4444-555555555555';
my $site = JiraSpoke::Jira->start;
my $gateway = JiraSpoke::Jira->start;
my $node = start_cluster('scoped', 'jira_spoke.max_retries = 0', "jira_spoke.gateway_url = '" . $gateway->url . "'");
my $true = Cpanel::JSON::XS::true;

# Those for which read:jira-work does, although the catalogue has more or none,
# and the one that Jira answers whoever asks.
my %is_modest = map { $_ => 1 } qw(jira_copy_issue_attachment_to_record jira_get_creatable_fields
  jira_get_editable_fields jira_get_issue_types jira_lookup_issue_priorities jira_lookup_project jira_lookup_server);
my %is_public = (jira_lookup_server => 1);

my %aliases = (
	scoped => { cloud_id => $cloud_id },
	looked_up => {},
	looked_up_again => {},
	version3 => { api_version => 3 },
	narrow => { secret => 'demo-narrow-token', cloud_id => $cloud_id },
	mistyped => { secret => 'no-such-token', cloud_id => $cloud_id },
	elsewhere => { cloud_id => $other_id },
	by_gateway => { url => $gateway->url . "/ex/jira/$cloud_id" },
	by_gateway_unmarked => { url => $gateway->url . "/ex/jira/$cloud_id/", scoped => 'false' },
	unmarked => { scoped => 'false' },
	nowhere => { url => 'http://127.0.0.1:' . closed_port() });
connect_to($node, $site, $_, secret => 'demo-scoped-token', scoped => 'true', %{ $aliases{$_} }) foreach sort keys %aliases;
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE colleague IN ROLE jira_spoke_user;
SELECT jira_grant_connection('looked_up', 'colleague');
CREATE TABLE document (id integer PRIMARY KEY, content bytea);
INSERT INTO document VALUES (1);
SQL

# What a session comes to: output, errors, and what the two hosts have seen.
sub run_at_both
{
	my ($alias, $script) = @_;

	$gateway->forget_requests;
	my ($out, $error, @at_site) = run_watched($node, $site, "SET jira_spoke.connection = '$alias';\n$script");
	return ($out, $error, \@at_site, [ $gateway->requests ]);
}

sub paths { return join ' ', map { $_->{path} } @_; }

where_requests_go();
sites_that_do_not_tell();
tests_of_connections();
every_action();

$node->stop;
done_testing();

# --- Where requests go.

sub where_requests_go
{
	my $read = q{SELECT count(*) > 0 FROM jira_lookup_issues_stream('project = OPS')};
	my $tenant = '/_edge/tenant_info';
	my $sent = 'Basic ' . encode_base64('demo@example.com:demo-scoped-token', '');
	my $use = sub { "SET jira_spoke.connection = '$_[0]'; $read" };
	my @cases = (
		[ 'a cloud id', 'scoped', "$read; $read", '' ],
		[ 'no cloud id', 'looked_up', "$read; $read", $tenant ],
		[ 'no cloud id, version 3', 'version3', "$read; $read", $tenant ],
		[ 'no cloud id, two aliases', 'looked_up', "$read; " . $use->('looked_up_again'), $tenant ],
		[ 'no cloud id, two roles', 'looked_up', "$read; SET ROLE colleague; $read", $tenant ],
		[ 'the URL of the gateway', 'by_gateway', "$read; $read", '' ],
		[ 'the URL of the gateway alone', 'by_gateway_unmarked', "$read; $read", '' ]);

	foreach my $case (@cases)
	{
		my ($name, $alias, $script, $asked) = @$case;

		# A session has its own memory: the second asks again.
		foreach my $session ('first', 'second')
		{
			my ($out, $error, $at_site, $at_gateway) = run_at_both($alias, $script);
			is("$error$out", "t\nt", "$name, $session session: works");
			is(paths(@$at_site), $asked, "$name, $session session: what the site is asked");
			is(scalar(grep { exists $_->{headers}{authorization} } @$at_site), 0, "$name, $session session: without a credential");
			is(scalar(grep { $_->{path} !~ m{^/ex/jira/\Q$cloud_id\E/rest/} || $_->{headers}{authorization} ne $sent } @$at_gateway),
				0, "$name, $session session: the gateway gets it");
		}
	}
	return;
}

# The site is to tell its cloud id, and does not.
sub sites_that_do_not_tell
{
	my $read = q{SELECT count(*) > 0 FROM jira_lookup_issues_stream('project = OPS')};
	my $says = sub { return { kind => 'status', status => 200, body => shift } };
	my @faults = (
		[ '404', { kind => 'status', status => 404, body => {} }, qr/P0002: Jira answered 404 to finding the cloud id/ ],
		[ '401', { kind => 'status', status => 401, body => {} }, qr/28000: Jira answered 401 to finding the cloud id/ ],
		[ '500', { kind => 'status', status => 500, body => {} }, qr/58000: Jira answered 500 to finding the cloud id/ ],
		[ 'a page', { kind => 'html', status => 200 }, qr/08P01: .*finding the cloud id.*\nDETAIL:  An HTML page came/ ],
		[ 'a redirect', { kind => 'redirect', location => $gateway->url . '/_edge/tenant_info' }, qr/08P01: .*redirect/ ],
		[ 'no id', $says->({ tenant => 'x' }), qr/08P01: the site of connection "looked_up" does not tell its cloud id\nHINT:  .*set cloud_id/ ],
		[ 'a number', $says->({ cloudId => 42 }), qr/08P01: .*does not tell its cloud id/ ],
		[ 'a list', $says->([$cloud_id]), qr/08P01: .*does not tell its cloud id/ ],
		[ 'nothing', { kind => 'empty', status => 200 }, qr/08P01: .*does not tell its cloud id/ ],
		[ 'a path', $says->({ cloudId => "$cloud_id/../../evil" }), qr/08P01: .*does not tell its cloud id/ ],
		[ 'a query', $says->({ cloudId => "$cloud_id?x=" }), qr/08P01: .*does not tell its cloud id/ ],
		[ 'a host', $says->({ cloudId => '@127.0.0.1:1' }), qr/08P01: .*does not tell its cloud id/ ],
		[ 'an empty id', $says->({ cloudId => '' }), qr/08P01: .*does not tell its cloud id/ ],
		[ 'the end', { kind => 'cut_before' }, qr/08006: / ]);

	foreach my $fault (@faults)
	{
		my ($what, $answer, $words) = @$fault;
		my $name = "the site answers with $what";

		$site->fault(%$answer, path => '*/tenant_info', times => 1);
		my ($out, $error, $at_site, $at_gateway) = run_at_both('looked_up', "$read; $read");
		like($error, $words, "$name: told");
		like($error, qr/\nCONTEXT:  Jira action jira_lookup_issues_stream/, "$name: and for what");
		is($out, 't', "$name: the next call asks again");
		is(scalar(grep { exists $_->{headers}{authorization} } @$at_site), 0, "$name: without a credential");
		is(scalar(grep { $_->{path} !~ m{^/ex/jira/\Q$cloud_id\E/rest/} } @$at_gateway), 0, "$name: nothing strays");
		$site->clear_faults;
	}
	my (undef, $error) = run_at_both('nowhere', $read);
	like($error, qr/08001: .*could not reach Jira/, 'no site: told');

	$site->fault(kind => 'silence', path => '*/tenant_info', times => 1);
	(undef, $error) = run_at_both('looked_up', "SET jira_spoke.timeout = '300ms'; $read");
	like($error, qr/57014: .*Jira did not answer in time/, 'a silent site: there is an end to it');
	$site->close_gate(path => '*/tenant_info');
	my $session = JiraSpoke::Background->start($node, "SET jira_spoke.connection = 'looked_up'; $read; $read;\n");
	$site->await_at_gate(1);
	$node->safe_psql('postgres', 'SELECT pg_cancel_backend(' . $session->waiting_pid . ')');
	$site->open_gate;
	my ($out, $cancelled) = $session->finish;
	like($cancelled, qr/57014: canceling statement due to user request/, 'a silent site: can be cancelled');
	is($out, "t\n", 'a silent site: and asked again');
	$site->clear_faults;
	return;
}

# --- What jira_test_connection says.

sub tests_of_connections
{
	my %says = (
		scoped => undef,
		looked_up => undef,
		version3 => undef,
		by_gateway => undef,
		by_gateway_unmarked => undef,
		narrow => qr/lacks a scope: jira_test_connection needs the scope read:jira-user\.$/,
		mistyped => qr/did not accept the user name or the secret/,
		elsewhere => qr/^The cloud id "$other_id" is not that of \S+, which is "$cloud_id"\. Set cloud_id/,
		unmarked => qr/did not accept.* An API token with scopes needs scoped => true\.$/,
		nowhere => qr/could not reach Jira/);

	foreach my $alias (sort keys %says)
	{
		my ($out, $error) = run_at_both($alias, 'SELECT ok, account, problem FROM jira_test_connection()');
		my ($ok, $account, $problem) = split /\|/, $out, 3;

		is($error, '', "the test of $alias: is no error");
		if ($says{$alias})
		{
			is($ok, 'f', "the test of $alias: finds something");
			like($problem, $says{$alias}, "the test of $alias: what it is");
			next;
		}
		is($ok, 't', "the test of $alias: finds nothing");
		isnt($account, '', "the test of $alias: tells the account");
	}
	my (undef, $error) = run_at_both('elsewhere', q{SELECT key FROM jira_lookup_issue('OPS-1')});
	like($error, qr/P0002: Jira answered 404/, 'another cloud id: a call finds nothing');
	unlike($error, qr/28000|did not accept/, 'another cloud id: and does not doubt the token');
	return;
}

# --- Every action, as the file of test/wire calls it first.

sub first_calls
{
	my $root = $ENV{JIRA_SPOKE_SRC} // '.';
	my %calls = map { $_->{action} => $_->{cases}[0]{sql} }
	  grep { $_->{name} =~ /-cloud2?$/ } JiraSpoke::WireFile->read_all("$root/test/wire");

	$calls{jira_copy_issue_attachment_to_record} =
	  q{SELECT jira_copy_issue_attachment_to_record('10000', 'document', '{"id": 1}', 'content')};
	return \%calls;
}

# On two Jiras without a change: how the call of an action ends.
sub call_of_action
{
	my ($alias, $sql, $silent) = @_;

	foreach my $jira ($site, $gateway)
	{
		$jira->control('POST', 'reset', {}) if grep { $_->{method} ne 'GET' } $jira->requests;
		$jira->set_sign_in(silent => $silent ? $true : Cpanel::JSON::XS::false);
	}
	my (undef, $error, $at_site, $at_gateway) = run_at_both($alias, $sql =~ s/\{url\}/@{[ $site->url ]}/gr);
	return ($error, $at_site, $at_gateway);
}

sub every_action
{
	my $calls = first_calls();
	my @actions = map { [ split /\|/, $_, -1 ] } split /\n/, $node->safe_psql('postgres', <<'SQL');
SELECT function, 'not-scoped' = ANY (coalesce(auth_limits, '{}')),
	deployments ~ 'cloud' AND cardinality(cloud_requests) > 0,
	array_to_string(classic_scopes, ' '), array_to_string(granular_scopes, ' ')
FROM jira_spoke.action ORDER BY function
SQL

	is(scalar @actions, 57, 'every action');
	foreach my $action (@actions)
	{
		my ($function, $refused, $sent, @scopes) = @$action;
		my $sql = $calls->{$function};

		if ($refused eq 't') { is_refused($function, $sql); }
		elsif ($sent eq 't')
		{
			is_sent($function, $sql);
			names_scopes($function, $sql, @scopes);
		}
		is_not_believed($function, $sql) if $sent eq 't';
	}
	return;
}

sub is_refused
{
	my ($function, $sql) = @_;
	my ($error, $at_site, $at_gateway) = call_of_action('scoped', $sql);

	like($error, qr/0A000: $function is not possible with a scoped token/, "$function: not with scopes");
	is(@$at_site + @$at_gateway, 0, "$function: not with scopes, so nothing is sent");
	return;
}

sub is_sent
{
	my ($function, $sql) = @_;
	my ($error, $at_site, $at_gateway) = call_of_action('scoped', $sql);

	unlike($error, qr/0A000|28000|42501|HINT:.*scope/, "$function: with all scopes");
	is(scalar @$at_site, 0, "$function: the site is asked nothing");
	cmp_ok(scalar @$at_gateway, '>', 0, "$function: but the gateway is");
	return;
}

# A token with read:jira-work and nothing else.
sub names_scopes
{
	my ($function, $sql, $classic, $granular) = @_;
	my ($error) = call_of_action('narrow', $sql);

	if ($classic eq 'read:jira-work' || $is_modest{$function})
	{
		unlike($error, qr/28000|HINT:.*scope/, "$function: read:jira-work does");
		return;
	}
	like($error, qr/28000: Jira answered 401 to $function.*\nDETAIL:  .*\nHINT:  The credential is right, but its token lacks a scope: $function needs /,
		"$function: read:jira-work does not");
	like($error, qr/\b\Q$_\E\b/, "$function: $_ is named") foreach split / /, "$classic $granular";
	unlike($error, qr/did not accept|expired|Check the/, "$function: and no wrong password is suspected");
	return;
}

# Stored without scoped => true, the token is one that the site does not accept.
sub is_not_believed
{
	my ($function, $sql) = @_;
	my %ways = ('and Jira tells' => 0, $is_public{$function} ? () : ('in silence' => 1));

	foreach my $way (sort keys %ways)
	{
		my ($error) = call_of_action('unmarked', $sql, $ways{$way});
		like($error, qr/28000: /, "$function, stored without scoped, $way: a failure to sign in");
	}
	return;
}
