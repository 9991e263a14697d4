# Signing in with OAuth 2.0: consent, what may go wrong with it, and whose
# tokens they are.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::OAuth;
use Test::More;

my $cloud = JiraSpoke::Jira->start;
my $server = JiraSpoke::Jira->start(deployment => 'server', context => '/jira');
my $url = $cloud->url;
my $cloud_id = '11111111-2222-3333-4444-555555555555';
my $node = start_cluster('oauth', 'jira_spoke.max_retries = 0', "jira_spoke.gateway_url = '$url'");

# What a query gives the owner, or another role: its rows, or its error.
sub result_of
{
	my ($query, $role) = @_;
	return rows_or_error($node, $query, role => $role // 'owner');
}

sub read_of { return result_of(qq{SELECT key FROM jira_lookup_issue('OPS-1', connection => '$_[0]')}, $_[1]); }

# The parameters of an address.
sub parameters
{
	my ($address) = @_;
	my ($query) = $address =~ /\?(.*)/;
	my %parameters = map { map { s/%(..)/chr hex $1/egr } split /=/, $_, 2 } split /&/, $query;

	return \%parameters;
}

$node->safe_psql('postgres', <<'SQL');
CREATE ROLE owner LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE other LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE guest LOGIN IN ROLE jira_spoke_user;
CREATE ROLE stranger LOGIN IN ROLE jira_spoke_user;
SQL

cloud_consent();
server_consent();
service_account();
refused_addresses();
refused_codes();
other_sites();
missing_scopes();
whose_applications();
whose_tokens();
parents_and_children();

$node->stop;
done_testing();

sub cloud_consent
{
	is(result_of(register($cloud, 'cloud app')), '', 'an application is stored');
	like(result_of(register($cloud, 'cloud app')), qr/42710: .*"cloud app" already exists/, 'once');
	is(result_of("SELECT jira_create_connection('work', '$url', auth => 'oauth2', oauth_application => 'cloud app')"),
		'', 'and a connection that uses it');
	like(read_of('work'), qr/28000: nobody has consented yet that connection "work" signs in.*\n.*HINT:.*jira_oauth_authorize_url\('work'\)/s,
		'which waits for consent');
	is(scalar(grep { $_->{path} =~ m{^/oauth} } $cloud->requests), 0, 'Atlassian is asked for nothing so far');

	my $asked = result_of(q{SELECT jira_oauth_authorize_url('work')});
	my $given = parameters($asked);

	like($asked, qr{^\Q$url\E/authorize\?}, 'the address to consent at');
	like(delete $given->{state}, qr/^[\w-]{43}$/, 'it has a state');
	like(delete $given->{scope}, qr/^read:jira-work write:jira-work .* offline_access$/, 'and scopes');
	is_deeply($given, { audience => 'api.atlassian.com', client_id => 'demo-app', prompt => 'consent',
		redirect_uri => redirect_url, response_type => 'code' }, 'and what else Atlassian wants');
	isnt(parameters(result_of(q{SELECT jira_oauth_authorize_url('work')}))->{state}, parameters($asked)->{state},
		'each state is another one');

	consent_to($node, $cloud, 'work', extra_params => ['--username=owner']);
	is(read_of('work'), 'OPS-1', 'after consent it reads');
	like(result_of(q{SELECT jira_add_comment('OPS-1', 'consented', connection => 'work')}), qr/^\d+$/, 'and writes');
	is(result_of(q{SELECT cloud_id, sign_in_problem, token_expires - now() BETWEEN '50 min' AND '1 h' FROM jira_connections()}),
		"$cloud_id||t", 'the cloud id is stored, and when the token expires');

	my @paths = map { $_->{path} } grep { $_->{path} !~ m{^/authorize|tenant_info} } $cloud->requests;
	is_deeply(\@paths, [ '/oauth/token', '/oauth/token/accessible-resources',
		"/ex/jira/$cloud_id/rest/api/2/issue/OPS-1", "/ex/jira/$cloud_id/rest/api/2/issue/OPS-1/comment" ],
		'with one token, at the gateway');
	return;
}

sub server_consent
{
	my $at = $server->url;

	is(result_of(register($server, 'link') . qq{;
		SELECT jira_create_connection('dc', '$at', auth => 'oauth2', server_type => 'server', oauth_application => 'link')}),
		"\n", 'an application link of a Data Center');
	my $asked = result_of(q{SELECT jira_oauth_authorize_url('dc')});
	my $given = parameters($asked);

	like($asked, qr{^\Q$at\E/rest/oauth2/latest/authorize\?}, 'the address to consent at');
	like(delete $given->{$_}, qr/^[\w-]{43}$/, "it has a $_") for qw(state code_challenge);
	is_deeply($given, { client_id => 'demo-link', redirect_uri => redirect_url, response_type => 'code', scope => 'WRITE',
		code_challenge_method => 'S256' }, 'and what else it wants');
	consent_to($node, $server, 'dc', extra_params => ['--username=owner']);
	is(read_of('dc'), 'OPS-1', 'after consent it reads');
	like(result_of(q{SELECT jira_add_comment('OPS-1', 'consented', connection => 'dc')}), qr/^\d+$/, 'and writes');

	$node->safe_psql('postgres', q{UPDATE jira_spoke.sign_in SET expires = now() WHERE alias = 'dc'});
	is(read_of('dc'), 'OPS-1', 'renews its token');
	$server->set_oauth(revoke => 'access_tokens');
	is(read_of('dc'), 'OPS-1', 'and one that ended early');
	is($server->oauth_counts->{refreshes}{fresh}, 2, 'once each');
	$server->set_oauth(revoke => 'families');
	like(read_of('dc'), qr/28000: connection "dc" needs a new consent/, 'until the grant is taken back');
	consent_to($node, $server, 'dc', extra_params => ['--username=owner']);
	is(read_of('dc'), 'OPS-1', 'and consent anew');

	my ($token) = grep { $_->{path} =~ /token$/ } $server->requests;
	is($token->{headers}{'content-type'}, 'application/x-www-form-urlencoded', 'the code was sent in a form');
	like($token->{body}, qr/(?:^|&)code_verifier=[\w-]{43}(?:&|$)/, 'with the verifier of the challenge');
	return;
}

sub service_account
{
	is(result_of(register($cloud, 'robot', client_id => 'robot-app', client_secret => 'robot-app-secret',
		redirect_url => undef, grant_type => 'client_credentials')
		. qq{; SELECT jira_create_connection('bot', '$url', auth => 'oauth2', oauth_application => 'robot')}),
		"\n", 'a service account');
	$cloud->forget_requests;
	is(read_of('bot'), 'OPS-1', 'needs no consent');
	is(read_of('bot'), 'OPS-1', 'and its token serves another session');
	is(scalar(grep { $_->{path} eq '/oauth/token' } $cloud->requests), 1, 'one token for both');
	like(result_of(q{SELECT jira_oauth_authorize_url('bot')}), qr/55000: .*"bot" signs in as a service account/, 'there is nothing to consent to');
	$cloud->fault(kind => 'status', status => 403, content_type => 'application/json', path => '/oauth/token', times => 1,
		body => '{"error": "invalid_grant", "error_description": "Not today"}');
	expire('bot');
	like(read_of('bot'), qr/42501: Jira answered 403 to signing in with OAuth 2.0\nDETAIL:  Not today/, 'a refusal is told');
	$cloud->set_oauth(revoke => 'access_tokens');
	is(read_of('bot'), 'OPS-1', 'a token that ended early is replaced');
	is($cloud->oauth_counts->{client_credentials}, 2, 'by one');
	return;
}

sub refused_addresses
{
	my $begin = sub { return parameters(result_of(q{SELECT jira_oauth_authorize_url('work')}))->{state}; };
	my $complete = sub { return result_of("SELECT jira_oauth_complete('$_[0]', 'work')"); };
	my $base = redirect_url;
	my $state = $begin->();
	my $before = $cloud->oauth_counts;

	like($complete->($base), qr/22023: .* does not belong.*\nDETAIL:  Its state is another one.*\nHINT:/, 'an address without a state');
	like($complete->("$base?code=x&state=" . 'x' x 43), qr/22023: .* does not belong/, 'with a wrong state');
	like($complete->("$base?state=$state"), qr/22023: .* has no code/, 'without a code');
	like($complete->("$base?state=$state&code="), qr/22023: .* has no code/, 'with an empty code');
	like($complete->('no address at all'), qr/22023: /, 'no address');
	like($complete->(''), qr/22004: /, 'nothing');
	$cloud->set_oauth(deny => Cpanel::JSON::XS::true);
	my $denied = $cloud->consent(result_of(q{SELECT jira_oauth_authorize_url('work')}));
	$cloud->set_oauth(deny => undef);
	like($denied, qr/error=access_denied/, 'consent is denied');
	like($complete->($denied), qr/22023: .* there is no consent\nDETAIL:  User did not authorize the request\nHINT/, 'which is told');
	is_deeply($cloud->oauth_counts, $before, 'no request went out for any of these');

	my $late = $cloud->consent(result_of(q{SELECT jira_oauth_authorize_url('work')}));
	$node->safe_psql('postgres', q{UPDATE jira_spoke.sign_in SET asked = asked - interval '61 min' WHERE alias = 'work'});
	like($complete->($late), qr/22023: .* comes too late/, 'an hour later');

	my $good = $cloud->consent(result_of(q{SELECT jira_oauth_authorize_url('work')}));
	is($complete->($good), '', 'in time');
	like($complete->($good), qr/22023: .* comes too late, or nothing was asked for/, 'a second time');
	like(result_of(q{SELECT jira_oauth_complete('x', 'dc')}), qr/22023/, 'for another connection');
	is(read_of('work'), 'OPS-1', 'the connection works all the while');

	my $first = $cloud->consent(result_of(q{SELECT jira_oauth_authorize_url('work')}));
	$begin->();
	like($complete->($first), qr/22023: .* does not belong to what was asked for last/, 'the last address counts');
	return;
}

sub refused_codes
{
	my $complete = sub { return result_of("SELECT jira_oauth_complete('$_[0]', '$_[1]')"); };
	my $at = $server->url;

	result_of(register($cloud, 'mistyped', client_secret => 'Wrong-S3cr3t') . qq{;
		SELECT jira_create_connection('mistyped', '$url', auth => 'oauth2', oauth_application => 'mistyped')});
	my $error = $complete->($cloud->consent(result_of(q{SELECT jira_oauth_authorize_url('mistyped')})), 'mistyped');
	like($error, qr/28000: Jira answered 401 to signing in with OAuth 2.0\nDETAIL:  Unauthorized\n/, 'a wrong client secret');
	unlike($error, qr/Wrong-S3cr3t/, 'is not shown');

	result_of(register($server, 'mislinked', client_secret => 'Wrong-S3cr3t') . qq{;
		SELECT jira_create_connection('mislinked', '$at', auth => 'oauth2', server_type => 'server', oauth_application => 'mislinked')});
	like($complete->($server->consent(result_of(q{SELECT jira_oauth_authorize_url('mislinked')})), 'mislinked'),
		qr/28000: Jira answered 401 to signing in/, 'a wrong client secret of a Data Center');

	result_of(register($cloud, 'astray', redirect_url => 'https://elsewhere.example/callback') . qq{;
		SELECT jira_create_connection('astray', '$url', auth => 'oauth2', oauth_application => 'astray')});
	ok(!eval { $cloud->consent(result_of(q{SELECT jira_oauth_authorize_url('astray')})); 1 }, 'an unknown redirect');
	like($@, qr/redirect_uri is not registered/, 'is refused in the browser');

	my $ended = $cloud->consent(result_of(q{SELECT jira_oauth_authorize_url('work')}));
	like($complete->($ended =~ s/code=[^&]*/code=S0me-other-code/r, 'work'), qr/42501: Jira answered 403.*\nDETAIL:  Invalid authorization code/,
		'a code that Atlassian does not know');
	unlike($complete->($ended =~ s/code=[^&]*/code=S0me-other-code/r, 'work'), qr/S0me/, 'is not shown');
	is($complete->($ended, 'work'), '', 'the right one still does');
	return;
}

sub other_sites
{
	my $elsewhere = { id => '99999999-8888-7777-6666-555555555555', url => 'https://handbook.atlassian.net' };

	$cloud->set_oauth(resources => [$elsewhere]);
	my $ended = $cloud->consent(result_of(q{SELECT jira_oauth_authorize_url('work')}));
	like(result_of("SELECT jira_oauth_complete('$ended', 'work')"),
		qr/28000: the consent is not for the site of connection "work"\nDETAIL:  It is for: https:\/\/handbook.atlassian.net.\nHINT:  Choose \Q$url\E/,
		'consent for another site');
	$cloud->set_oauth(resources => []);
	$ended = $cloud->consent(result_of(q{SELECT jira_oauth_authorize_url('work')}));
	like(result_of("SELECT jira_oauth_complete('$ended', 'work')"), qr/28000: .*\nDETAIL:  It is for: no site/, 'consent for none');
	$cloud->set_oauth(resources => undef);
	is(read_of('work'), 'OPS-1', 'the tokens from before serve on');
	return;
}

# A token without the scope is not renewed for that.
sub missing_scopes
{
	result_of(register($cloud, 'narrow', scopes => '{read:jira-work,offline_access}') . qq{;
		SELECT jira_create_connection('narrow', '$url', auth => 'oauth2', oauth_application => 'narrow')});
	consent_to($node, $cloud, 'narrow', extra_params => ['--username=owner']);
	my $before = $cloud->oauth_counts->{refreshes};

	is(read_of('narrow'), 'OPS-1', 'with a narrow consent it reads');
	my $error = result_of(q{SELECT jira_add_comment('OPS-1', 'narrow', connection => 'narrow')});
	like($error, qr/28000: .*\nDETAIL:  .*scope does not match.*\nHINT:  .*lacks a scope: jira_add_comment needs the scope write:jira-work/,
		'what it may not is refused with the scopes it needs');
	unlike($error, qr/may have been carried out/, 'and was certainly not done');
	is_deeply($cloud->oauth_counts->{refreshes}, $before, 'no token is renewed for that');
	return;
}

sub whose_applications
{
	my $missing = qr/42704: OAuth 2.0 application "(?:cloud app|none)" does not exist or is not yours/;
	my @calls = (
		q{SELECT jira_drop_oauth_application('%s')},
		qq{SELECT jira_create_connection('theirs', '$url', auth => 'oauth2', oauth_application => '%s')});

	for my $call (@calls)
	{
		like(result_of(sprintf($call, $_), 'other'), $missing, "for another admin, $_: $call") for 'cloud app', 'none';
		like(result_of(sprintf($call, 'cloud app'), 'guest'), qr/42501/, "for a user: $call");
	}
	is(result_of('SELECT count(*) FROM jira_spoke.oauth_application', 'other'), 0, 'another admin sees none');
	like(result_of('TABLE jira_spoke.oauth_application'), qr/42501/, 'the owner sees no secret either');
	like(result_of('SELECT name, client_id FROM jira_spoke.oauth_application'), qr/^cloud app\|demo-app$/m, 'but the rest');
	like(result_of(q{SELECT jira_drop_oauth_application('cloud app')}), qr/23503/, 'one that is used stays');

	# Its owner has it taken away: the connection does not use it any longer.
	$node->safe_psql('postgres', q{UPDATE jira_spoke.oauth_application SET owner = 'other'::regrole WHERE name = 'narrow';
		UPDATE jira_spoke.sign_in SET expires = now() WHERE alias = 'narrow'});
	like(read_of('narrow'), qr/42704: OAuth 2.0 application "narrow" does not exist or is not yours/, 'nobody renews with the application of another');
	$node->safe_psql('postgres', q{UPDATE jira_spoke.oauth_application SET owner = 'owner'::regrole WHERE name = 'narrow'});
	is(read_of('narrow'), 'OPS-1', 'the owner does');
	is(result_of(q{SELECT jira_drop_connection('narrow'), jira_drop_oauth_application('narrow')}), '|', 'what nobody uses goes');
	return;
}

sub whose_tokens
{
	my $hidden = qr/42704: connection "(?:work|none)" does not exist or you may not use it/;
	my @calls = (q{SELECT jira_oauth_authorize_url('%s')}, q{SELECT jira_oauth_complete('https://localhost/?state=x&code=y', '%s')});

	result_of(q{SELECT jira_grant_connection('work', 'guest')});
	is(read_of('work', 'guest'), 'OPS-1', 'a role that was granted the connection uses the tokens');
	like(read_of($_, 'stranger'), $hidden, "another does not: $_") for 'work', 'none';
	for my $call (@calls)
	{
		like(result_of(sprintf($call, $_), 'other'), $hidden, "another admin, $_: $call") for 'work', 'none';
		like(result_of(sprintf($call, 'work'), 'guest'), qr/42501: permission denied for function/, "who was granted it: $call");
	}
	result_of(q{SELECT jira_grant_connection('work', 'other')});
	like(result_of(sprintf($_, 'work'), 'other'), qr/42704: connection "work" does not exist or is not yours/, "an admin who was granted it: $_")
	  for @calls;
	like(result_of('TABLE jira_spoke.sign_in', $_), qr/42501/, "$_ sees no token") for qw(owner guest other);

	expire('work');
	is(read_of('work', 'guest'), 'OPS-1', 'who was granted it renews the tokens');
	result_of(q{SELECT jira_revoke_connection('work', 'guest')});
	like(read_of('work', 'guest'), $hidden, 'and no longer when that is revoked');
	return;
}

sub expire
{
	my ($alias) = @_;
	$node->safe_psql('postgres', "UPDATE jira_spoke.sign_in SET expires = now() WHERE alias = '$alias'");
	return;
}

sub parents_and_children
{
	my $generation = q{SELECT string_agg(alias || generation, ',') FROM jira_spoke.sign_in WHERE alias IN ('work', 'child')};
	my $before = $node->safe_psql('postgres', $generation);

	is(result_of(q{SELECT jira_create_connection('child', parent => 'work', api_version => 3)}), '', 'an alias below another');
	is(read_of('child'), 'OPS-1', 'uses its tokens');
	expire('work');
	is(read_of('child'), 'OPS-1', 'renews its tokens');
	my ($generation_before) = $before =~ /(\d+)/;
	is($node->safe_psql('postgres', $generation), 'work' . ($generation_before + 1), 'and has none of its own');
	consent_to($node, $cloud, 'child', extra_params => ['--username=owner']);
	is($node->safe_psql('postgres', $generation), 'work' . ($generation_before + 2), 'consent to it is consent to the parent');
	is(read_of('work'), 'OPS-1', 'which uses it');

	is(result_of(q{SELECT jira_alter_connection('child', url => 'https://example.net')}), '', 'one that leads elsewhere');
	like(read_of('child'), qr/(?:08001|28000|57014): /, 'does not get there with them');
	return;
}
