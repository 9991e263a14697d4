# A credential that Jira does not accept may be served like nobody's, with
# nothing to see and no header that tells: before "nothing there" is believed,
# Jira is asked who is signed in.  Where it wants a CAPTCHA, it is left alone.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::Background;
use JiraSpoke;
use Test::More;

my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_) } qw(cloud server);
my $node = start_cluster('identity', "jira_spoke.gateway_url = '" . $jira{cloud}->url . "'");
my $true = Cpanel::JSON::XS::true;

connect_to($node, $jira{$_}, $_) foreach sort keys %jira;

# Calls, and replies to them that hold nothing and do not tell who asked: path,
# status and body; what the call comes to when they are believed.
my $not_found = { errorMessages => ['It does not exist.'], errors => {} };
my $keys = q{(SELECT array_agg('OPS-' || i) FROM generate_series(1, 350) AS i)};
my %calls = (
	cloud => {
		'a list' => [ q{SELECT count(*) FROM jira_lookup_issues_stream('project = OPS')},
			'*/search/jql', 200, { issues => [], isLast => $true }, '0' ],
		'a list by keys' => [ "SELECT count(labels) FROM jira_lookup_issues($keys)",
			'*/bulkfetch', 200, { issues => [], issueErrors => [] }, '0' ],
		'a count' => [ q{SELECT jira_count_issues('project = OPS')},
			'*/approximate-count', 200, { count => 0 }, '0' ],
		'issue types' => [ q{SELECT count(*) FROM jira_get_creatable_fields('OPS')},
			'*/issuetypes', 200, { issueTypes => [] }, '0' ],
		'a file' => [ q{SELECT jira_attachment_content('1')}, '*/attachment/*', 404, $not_found, qr/P0002/ ] },
	server => {
		'a list' => [ q{SELECT count(*) FROM jira_lookup_issues_stream('project = OPS')},
			'*/search', 200, { issues => [], startAt => 0, total => 0 }, '0' ],
		'a list by keys' => [ "SELECT count(labels) FROM jira_lookup_issues($keys)",
			'*/search', 200, { issues => [], startAt => 0, total => 0 }, '0' ],
		'a count' => [ q{SELECT jira_count_issues('project = OPS')},
			'*/search', 200, { issues => [], total => 0 }, '0' ],
		'issue types' => [ q{SELECT count(*) FROM jira_get_creatable_fields('OPS')},
			'*/issuetypes', 200, { values => [] }, '0' ],
		'a file' => [ q{SELECT jira_attachment_content('1')}, '*/attachment/*', 404, $not_found, qr/P0002/ ] });
for my $each (values %calls)
{
	$each->{'an issue'} = [ q{SELECT key FROM jira_lookup_issue('OPS-1')}, '*/issue/*', 404, $not_found, qr/P0002/ ];
	$each->{'a value'} = [ q{SELECT count(*) FROM jira_get_creatable_fields('OPS')}, '*/issuetypes', 400,
		{ errorMessages => [q{No project could be found with key or id 'OPS'.}] }, qr/22023: Jira answered 400/ ];
	$each->{'a write'} = [ q{SELECT jira_add_comment('OPS-1', 'Seen.')}, '*/comment', 404, $not_found, qr/P0002/ ];
	$each->{'transitions'} = [ q{SELECT jira_do_transition('OPS-1', 'Done')},
		'*/transitions', 200, { transitions => [] }, qr/22023: .*no transition/ ];
	$each->{'one reply'} = [ q{SELECT count(*) FROM jira_lookup_latest_comment_on_issue('OPS-1')},
		'*/comment', 200, { comments => [] }, '0' ];
	$each->{'fields'} = [ q{SELECT key FROM jira_lookup_issue('OPS-1', fields => ARRAY['Story Points'])},
		'*/field', 200, [], qr/42703/ ];
}

# What /myself may say: a fault; whether the caller is then taken for nobody.
my @answers = (
	[ '401', { kind => 'status', status => 401, body => 'Client must be authenticated to access this resource.',
		content_type => 'text/plain' }, 1 ],
	[ 'a page to log in', { kind => 'redirect', location => '/login.jsp' }, 1 ],
	[ 'nobody', { kind => 'status', status => 200, body => {}, headers => { 'X-AUSERNAME' => 'anonymous' } }, 1 ],
	[ '403 that denies', { kind => 'status', status => 403, body => {},
		headers => { 'X-Seraph-LoginReason' => 'AUTHENTICATED_FAILED' } }, 1 ],
	[ 'an account', { kind => 'status', status => 200, body => { accountId => '1', name => 'demo' } }, 0 ],
	[ 'a missing scope', { kind => 'status', status => 401,
		body => { code => 401, message => 'Unauthorized; scope does not match' } }, 0 ],
	[ '403', { kind => 'status', status => 403, body => {} }, 0 ],
	[ '404', { kind => 'status', status => 404, body => {} }, 0 ],
	[ '500', { kind => 'status', status => 500, body => {} }, 0 ],
	[ 'nothing', { kind => 'silence' }, 0 ],
	[ 'half', { kind => 'cut_body' }, 0 ]);

foreach my $deployment (sort keys %jira)
{
	my $jira = $jira{$deployment};

	$node->safe_psql('postgres', "CREATE ROLE ${deployment}_colleague IN ROLE jira_spoke_user;
		SELECT jira_grant_connection('$deployment', '${deployment}_colleague')");
	doubts($jira, $_) foreach sort keys %{ $calls{$deployment} };
	takes_for_an_answer($jira, @$_) foreach @answers;
	remembers($jira, $calls{$deployment}{'a list'});
	shows_what_came($jira);
	stops_for_a_captcha($jira, $calls{$deployment}{'a list'});
	$jira->clear_faults;
}
tells_what_to_do();

$node->stop;
done_testing();

sub set_faults
{
	my ($jira, @faults) = @_;

	$jira->clear_faults;
	$jira->fault(%$_) foreach @faults;
	return;
}

# A reply that holds nothing, as a fault.
sub nothing
{
	my ($call, %headers) = @_;
	return { kind => 'status', path => $call->[1], status => $call->[2], body => $call->[3], headers => \%headers };
}

# What /myself says, as a fault.
sub answer
{
	my ($what) = @_;
	my ($answer) = grep { $_->[0] eq $what } @answers;
	return { %{ $answer->[1] }, path => '*/myself' };
}

# Runs a script in a session: output, errors, how often Jira was asked who is
# signed in, and how often anything else.
sub run_counted
{
	my ($jira, $script) = @_;
	my ($out, $error, @requests) =
	  run_watched($node, $jira, "SET jira_spoke.connection = '" . $jira->deployment . "';\n$script");
	my $asked = grep { $_->{path} =~ m{/myself$} } @requests;

	return ($out, $error, $asked, @requests - $asked);
}

sub times_asked { return (run_counted(@_))[2]; }

sub is_believed
{
	my ($out, $error, $end, $name) = @_;

	if (ref $end) { like($error, $end, "$name: believed"); }
	else { is("$error$out", $end, "$name: believed"); }
	unlike($error, qr/28000/, "$name: no rejection");
	return;
}

# Before a call believes that there is nothing, Jira is asked who is signed in,
# once, unless the reply has told.
sub doubts
{
	my ($jira, $what) = @_;
	my $deployment = $jira->deployment;
	my $name = "$deployment, $what";
	my $call = $calls{$deployment}{$what};
	my $statement = $call->[0];

	set_faults($jira, answer('401'), nothing($call));
	my ($out, $error, $asked, $others) = run_counted($jira, $statement);
	like($error, qr/ERROR:  28000: Jira answered jira_\w+ .*as to an anonymous caller, because it did not accept the credential of connection "$deployment"\nDETAIL:  .*must be authenticated.*\nHINT:  .*\nCONTEXT:  Jira action/,
		"$name: a rejection");
	unlike($error, qr/may have been carried out/, "$name: no doubt");
	is($asked, 1, "$name: asked once");
	cmp_ok($others, '<=', 4, "$name: no more than could be under way");

	set_faults($jira, answer('an account'), nothing($call));
	($out, $error, $asked) = run_counted($jira, $statement);
	is_believed($out, $error, $call->[4], $name);
	is($asked, 1, "$name: asked");
	is(times_asked($jira, "$statement;\n$statement"), 1, "$name: asked once in a session");

	set_faults($jira, nothing($call, $deployment eq 'cloud' ? ('X-AAccountId' => '1') : ('X-AUSERNAME' => 'demo')));
	($out, $error, $asked) = run_counted($jira, $statement);
	is_believed($out, $error, $call->[4], "$name, with a name");
	is($asked, 0, "$name, with a name: not asked");
	return;
}

sub takes_for_an_answer
{
	my ($jira, $what, $fault, $nobody) = @_;
	my $name = $jira->deployment . ", /myself says $what";
	my $call = $calls{ $jira->deployment }{'a list'};

	set_faults($jira, answer($what), nothing($call));
	my $set = $fault->{kind} eq 'silence' ? q{SET jira_spoke.timeout = '2s';} : q{SET jira_spoke.max_retries = 0;};
	my ($out, $error, $asked) = run_counted($jira, "$set $call->[0];\n$call->[0]");
	if ($nobody)
	{
		is(() = ($error =~ /28000: Jira answered .* anonymous caller/g), 2, "$name: a rejection");
		is($asked, 2, "$name: asked again the next time");
		return;
	}
	is("$error$out", "0\n0", "$name: believed");
	is($asked, 1, "$name: not asked again");
	return;
}

# What has told who is signed in, and for whom that is remembered.
sub remembers
{
	my ($jira, $call) = @_;
	my $name = $jira->deployment;
	my $list = $call->[0];

	set_faults($jira, nothing($call));
	is(times_asked($jira, $list), 1, "$name: /myself tells");
	is(times_asked($jira, "SELECT 1 FROM jira_lookup_server(); $list"), 0, "$name: an earlier reply tells");
	is(times_asked($jira, "SELECT 1 FROM jira_request('GET', '/rest/api/2/serverInfo'); $list"), 0,
		"$name: one to jira_request tells");
	is(times_asked($jira, "$list; SET ROLE ${name}_colleague; $list; RESET ROLE; $list"), 2, "$name: for one role");

	set_faults($jira, nothing($call), answer('an account'),
		{ kind => 'status', path => '*/serverInfo', status => 200, body => {} });
	is(times_asked($jira, "SELECT 1 FROM jira_test_connection(); $list"), 1,
		"$name: jira_test_connection, which asks itself, tells");
	is(times_asked($jira, "$list; " . with_secret($jira, 'another') . "; $list; " . with_secret($jira, $jira->secret) . "; $list"),
		2, "$name: for one secret");
	return;
}

sub with_secret
{
	my ($jira, $secret) = @_;
	return "\\o /dev/null\nSELECT jira_alter_connection('" . $jira->deployment . "', secret => '$secret');\n\\o\nSELECT 1 WHERE false";
}

sub shows_what_came
{
	my ($jira) = @_;
	my $name = $jira->deployment . ', jira_request';

	set_faults($jira, { kind => 'status', status => 404, path => '*/issue/OPS-1', body => $not_found });
	my ($out, $error, $asked) = run_counted($jira, q{SELECT status FROM jira_request('GET', '/rest/api/2/issue/OPS-1')});
	is("$error$out", '404', "$name: shows what came");
	is($asked, 0, "$name: asks nothing");
	return;
}

sub stops_for_a_captcha
{
	my ($jira, $call) = @_;
	my $name = $jira->deployment;
	my %captcha = (kind => 'status', status => 403, body => {},
		headers => $name eq 'cloud' ? { 'X-Seraph-LoginReason' => 'AUTHENTICATION_DENIED' }
		: { 'X-Authentication-Denied-Reason' => 'CAPTCHA_CHALLENGE; login-url=/login.jsp' });
	my $left_alone = qr/28000: connection "$name" is not used, because Jira wants a CAPTCHA to be solved\nDETAIL:  Jira has said so at 20\d\d-.* 10 minutes .*\nHINT:  .*jira_test_connection\('$name'\)/;
	my $read = q{SELECT key FROM jira_lookup_issue('OPS-1')};
	my $raw = q{SELECT status FROM jira_request('GET', '/rest/api/2/field')};
	my $test = q{SELECT ok FROM jira_test_connection()};
	my $forget = sub { run_counted($jira, with_secret($jira, $jira->secret)) };
	my $meet = sub { $forget->(); set_faults($jira, { %captcha, times => shift }); return run_counted($jira, shift); };

	my ($out, $error, $asked, $others) = $meet->(1, "$read; $read; $raw");
	like($error, qr/28000: jira_lookup_issue of "OPS-1" failed: Jira wants a CAPTCHA/, "$name: a CAPTCHA");
	is(() = ($error =~ /$left_alone/g), 2, "$name: stops all calls");
	is($asked + $others, 1, "$name: without a request");

	($out, $error, $asked, $others) = $meet->(1, "$raw; $read");
	like($error, $left_alone, "$name: also when jira_request meets it");
	is($asked + $others, 1, "$name: without a request");

	($out) = $meet->(1, "$read; $test; $read");
	is($out, "t\nOPS-1", "$name: a test that succeeds ends that");
	($out, $error) = $meet->(2, "$read; $test; $read");
	is($out, 'f', "$name: one that fails");
	like($error, $left_alone, "$name: does not");
	($out, $error) = $meet->(1, "$read; SET ROLE ${name}_colleague; $read");
	is($out, '', "$name: other roles are stopped, too");
	like($error, $left_alone, "$name: with the same words");
	($out, $error, $asked, $others) = run_counted($jira, $read);
	like($error, $left_alone, "$name: and so are other sessions");
	is($asked + $others, 0, "$name: without a request");
	run_counted($jira, with_secret($jira, 'another'));
	($out) = $meet->(1, "$read; " . with_secret($jira, $jira->secret) . "; $read");
	is($out, 'OPS-1', "$name: another secret ends it");

	$forget->();
	set_faults($jira, nothing($call), { %captcha, path => '*/myself', times => 1 });
	($out, $error, $asked, $others) = run_counted($jira, "$call->[0]; $call->[0]");
	like($error, qr/28000: jira_lookup_issues_stream failed: Jira wants a CAPTCHA to be solved/,
		"$name: /myself tells of a CAPTCHA");
	like($error, $left_alone, "$name: which stops all calls");
	is("$asked $others", '1 1', "$name: without a request");
	return;
}

sub tells_what_to_do
{
	my $scoped = { scoped => 'true', cloud_id => '11111111-2222-3333-4444-555555555555' };
	my @hints = (
		[ 'cloud', 'token', {}, qr/API token may have expired .* stored without scoped => true/ ],
		[ 'cloud', 'scoped token', $scoped, qr/API token may have expired or be mistyped; store/ ],
		[ 'cloud', 'access token', { auth => 'bearer' }, qr/access token may have expired or been revoked\.$/m ],
		[ 'server', 'password', {}, qr/user name and the secret/ ],
		[ 'server', 'personal access token', { auth => 'bearer' }, qr/personal access token may have expired/ ]);

	foreach my $hint (@hints)
	{
		my ($deployment, $alias, $options, $words) = @$hint;
		my $call = $calls{$deployment}{'a list'};

		connect_to($node, $jira{$deployment}, $alias, %$options);
		set_faults($jira{$deployment}, answer('401'), nothing($call));
		my (undef, $error) = run_counted($jira{$deployment}, "SET jira_spoke.connection = '$alias'; $call->[0]");
		like($error, qr/28000: .* anonymous caller.*"$alias"\n.*\nHINT:  .*$words/, "$deployment, $alias: the hint");
	}
	return;
}
