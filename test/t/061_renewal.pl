# Access tokens are renewed in time and once, in every kind of transaction, and
# it is clear what is wrong when that fails.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::OAuth;
use Test::More;
use Time::HiRes qw(time);

my $jira = JiraSpoke::Jira->start(issues => 500);
my $url = $jira->url;
my $node = start_cluster('renewal', 'jira_spoke.max_retries = 0', "jira_spoke.gateway_url = '$url'");
my $read = q{SELECT key FROM jira_lookup_issue('OPS-1', connection => 'work')};
my $prompt = q{Open the address that jira_oauth_authorize_url\('work'\) returns in a browser};
my $error;

connect_oauth($node, $jira, 'work');
connect_oauth($node, $jira, 'spare');

before_it_expires();
after_a_refusal();
by_one_of_many();
in_every_kind_of_transaction();
revoked_grants();
odd_lifetimes();
failing_servers();
at_an_address_of_its_own();

$node->stop;
done_testing();

sub before_it_expires
{
	is(refreshes($jira, sub { is(rows_or_error($node, $read), 'OPS-1', 'a token that is good') }), 0, 'is not renewed');
	expire_tokens($node, '2 min');
	is(refreshes($jira, sub { is(rows_or_error($node, $read), 'OPS-1', 'one that is good for two minutes') }), 0, 'is not renewed');
	expire_tokens($node, '50 s');
	is(refreshes($jira, sub { is(rows_or_error($node, $read), 'OPS-1', 'one that is about to expire') }), 1, 'is renewed');
	is(refreshes($jira, sub { is(rows_or_error($node, "$read; $read") , "OPS-1\nOPS-1", 'and the next calls') }), 0, 'use the new one');
	return;
}

sub end_tokens { return $jira->set_oauth(revoke => 'access_tokens'); }

sub after_a_refusal
{
	end_tokens();
	is(refreshes($jira, sub { is(rows_or_error($node, $read), 'OPS-1', 'a read whose token ended early') }), 1, 'is repeated with a new one');
	is($node->safe_psql('postgres', q{SELECT jira_count_issues('project = OPS', 'work') > 0}), 't', 'which stays good');

	my $comments = sub { my ($issue) = grep { $_->{key} eq 'OPS-2' } @{ $jira->control('GET', 'issues?project=OPS') }; return $issue->{comments} };
	my $before = $comments->();
	end_tokens();
	is(refreshes($jira, sub { like(rows_or_error($node, q{SELECT jira_add_comment('OPS-2', 'once', connection => 'work')}), qr/^\d+$/, 'a write') }), 1, 'takes one too');
	is($comments->(), $before + 1, 'and is carried out once');

	end_tokens();
	$jira->fault(kind => 'status', status => 500, path => '/oauth/token', times => 1);
	$error = rows_or_error($node, q{SELECT jira_add_comment('OPS-2', 'once', connection => 'work')});
	like($error, qr/58000: Jira answered 500 to signing in with OAuth 2.0/, 'a write that gets no new token fails');
	unlike($error, qr/may have been carried out/, 'and was certainly not carried out');
	is($comments->(), $before + 1, 'nor was it');

	is(rows_or_error($node, $read), 'OPS-1', 'the next call works');
	is(refreshes($jira, sub {
		my $file = $node->basedir . '/ended';
		my $port = $jira->port;
		my $revoke = qq{python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$port/_control/oauth', b'{\\"revoke\\": \\"access_tokens\\"}')"};
		is(rows_or_error($node, qq{SET jira_spoke.page_size = 50; BEGIN;
			DECLARE c CURSOR FOR SELECT key FROM jira_lookup_issues_stream('project = BULK', connection => 'work');
			MOVE 75 IN c;
			COPY (SELECT 1) TO PROGRAM \$\$$revoke\$\$;
			MOVE 1000 IN c;
			SELECT 'end'}), 'end', 'a stream whose token ends on the way');
	}), 1, 'goes on with another');
	is(rows_or_error($node, q{SET jira_spoke.page_size = 50; SELECT count(*), count(DISTINCT key) FROM jira_lookup_issues_stream('project = BULK', connection => 'work')}),
		'500|500', 'the rows of such a stream');

	my $many = q{SELECT count(DISTINCT key) FROM jira_lookup_issues((SELECT array_agg('BULK-' || g) FROM generate_series(1, 400) AS g), connection => 'work') WHERE labels IS NOT NULL};
	end_tokens();
	is(refreshes($jira, sub { is(rows_or_error($node, "SET jira_spoke.parallel_requests = 4; $many"), 400, 'requests at the same time of one call') }), 1, 'share a new one');
	$jira->set_oauth(uses => 2);
	end_tokens();
	rows_or_error($node, $read);
	$jira->set_oauth(uses => undef);
	is(refreshes($jira, sub { is(rows_or_error($node, "SET jira_spoke.parallel_requests = 4; $many"), 400, 'also when some were answered with the old one') }), 1, 'and share it');
	return;
}

sub by_one_of_many
{
	for my $how ([ 'expires', sub { expire_tokens($node) } ], [ 'is refused', \&end_tokens ])
	{
		$how->[1]->();
		is(refreshes($jira, sub {
			$jira->close_gate(path => '/oauth/token');
			my @sessions = map { JiraSpoke::Background->start($node, "$read;\n") } 1 .. 12;
			$jira->await_at_gate(1);
			ok($node->poll_query_until('postgres', q{SELECT count(*) = 11 FROM pg_stat_activity WHERE wait_event = 'advisory'}),
				"twelve sessions whose token $how->[0]: the others wait");
			$jira->open_gate;
			is(join(',', map { join '', $_->finish } @sessions), join(',', ("OPS-1\n") x 12), 'all are answered');
		}), 1, 'one has asked for a new one');
	}
	return;
}

sub in_every_kind_of_transaction
{
	my $kept = sub { return refreshes($jira, sub { is(rows_or_error($node, $read), 'OPS-1', 'afterwards') }); };

	for my $mode ('READ ONLY', 'ISOLATION LEVEL REPEATABLE READ', 'ISOLATION LEVEL SERIALIZABLE',
		'ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE')
	{
		expire_tokens($node);
		is(refreshes($jira, sub { is(rows_or_error($node, "BEGIN $mode; SELECT 1; $read; $read; ROLLBACK"), "1\nOPS-1\nOPS-1", "$mode, rolled back") }), 1, 'one refresh');
		is($kept->(), 0, 'the token was kept');
	}
	expire_tokens($node);
	is(refreshes($jira, sub { is(rows_or_error($node, "BEGIN; SAVEPOINT a; $read; ROLLBACK TO a; $read; COMMIT"), "OPS-1\nOPS-1", 'a subtransaction that rolls back') }), 1, 'one refresh');
	expire_tokens($node);
	is(refreshes($jira, sub { is(rows_or_error($node, qq{
		DO \$\$ DECLARE answer text; BEGIN
			FOR i IN 1 .. 3 LOOP
				BEGIN $read INTO answer; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END;
			END LOOP;
		END \$\$;}), '', 'blocks with EXCEPTION') }), 1, 'one refresh');
	is($kept->(), 0, 'the token was kept');
	expire_tokens($node);
	$jira->fault(kind => 'status', status => 500, path => '/oauth/token', times => 2);
	is(refreshes($jira, sub { is(rows_or_error($node, qq{
		CREATE FUNCTION stubborn() RETURNS text LANGUAGE plpgsql AS \$\$ DECLARE answer text; BEGIN
			FOR i IN 1 .. 3 LOOP
				BEGIN $read INTO answer; RETURN i || answer; EXCEPTION WHEN system_error THEN NULL; END;
			END LOOP;
		END \$\$;
		SELECT stubborn()}), '3OPS-1', 'a block that tries again') }), 1, 'gets there');
	return;
}

sub revoked_grants
{
	$jira->set_oauth(revoke => 'families');
	$error = rows_or_error($node, $read);
	like($error, qr/28000: connection "work" needs a new consent to sign in to Jira\nDETAIL:  .*Unknown or invalid refresh token.*\nHINT:  $prompt/,
		'a grant that was taken back');
	$jira->forget_requests;
	is(rows_or_error($node, $read), $error, 'later calls say the same');
	is(scalar(grep { $_->{path} =~ /oauth/ } $jira->requests), 0, 'and ask nobody');
	like(rows_or_error($node, q{SELECT sign_in_problem FROM jira_connections() WHERE alias = 'work'}), qr/^Unknown or invalid refresh token/, 'jira_connections() has it');
	consent_to($node, $jira, 'work');
	is(rows_or_error($node, $read), 'OPS-1', 'consent mends it');
	is(rows_or_error($node, q{SELECT sign_in_problem IS NULL FROM jira_connections() WHERE alias = 'work'}), 't', 'which jira_connections() has, too');
	consent_to($node, $jira, 'spare');
	return;
}

# With whatever lifetime a token comes, it is used and replaced in its turn.
sub odd_lifetimes
{
	for my $lifetime (qw(1e300 -1e300 0 -5 1e-9 99999999999 null "3600" []))
	{
		expire_tokens($node);
		$jira->fault(kind => 'status', status => 200, content_type => 'application/json', path => '/oauth/token', times => 1,
			body => qq({"access_token": "no-token-of-Jira", "expires_in": $lifetime}));
		is(refreshes($jira, sub { is(rows_or_error($node, $read), 'OPS-1', "a token that says it lives $lifetime") }), 1, 'is replaced when Jira refuses it');
	}
	$jira->fault(kind => 'status', status => 200, content_type => 'application/json', path => '/oauth/token', times => 1,
		body => '{"access_token": "no-token-of-Jira", "expires_in": 1e300}');
	$jira->fault(kind => 'html', status => 503, path => '*/issue/OPS-1', times => 1);
	expire_tokens($node);
	like(rows_or_error($node, $read), qr/08006: /, 'a token for ever');
	is(rows_or_error($node, q{SELECT token_expires BETWEEN now() AND now() + interval '1 year 2 days' FROM jira_connections() WHERE alias = 'work'}),
		't', 'is believed for a year');
	is(rows_or_error($node, $read), 'OPS-1', 'and replaced, too');
	return;
}

# Nothing of them is shown: what they were sent, and what they might have sent.
sub failing_servers
{
	my @ways = (
		[ { kind => 'status', status => 500 }, qr/58000: Jira answered 500 to signing in with OAuth 2.0/ ],
		[ { kind => 'status', status => 503, headers => { 'Retry-After' => 1 } }, qr/08006: Jira answered 503/ ],
		[ { kind => 'rate_limit', retry_after => 1 }, qr/53400: Jira answered 429/ ],
		[ { kind => 'html', status => 200 }, qr/08P01: what answered a request for tokens did not send any/ ],
		[ { kind => 'html', status => 403 }, qr/42501: Jira answered 403/ ],
		[ { kind => 'empty', status => 200 }, qr/08P01: / ],
		[ { kind => 'redirect', location => 'https://example.net/', status => 302 }, qr/08P01: / ],
		[ { kind => 'deep' }, qr/54000: / ],
		[ { kind => 'gzip_bomb' }, qr/54000: / ],
		[ { kind => 'endless_body' }, qr/54000: / ],
		[ { kind => 'silence' }, qr/57014: .*did not answer in time/ ],
		[ { kind => 'cut_before' }, qr/08006: / ],
		[ { kind => 'garbage' }, qr/08P01: |08006: / ],
		[ { kind => 'cut_after' }, qr/08006: /, 'replayed' ],
		[ { kind => 'cut_body' }, qr/08006: /, 'replayed' ],
		[ { kind => 'truncated' }, qr/08P01: /, 'replayed' ],
		[ { kind => 'status', status => 200, content_type => 'application/json', body => '{}' }, qr/08P01: / ],
		[ { kind => 'status', status => 200, content_type => 'application/json', body => '[]' }, qr/08P01: / ],
		[ { kind => 'status', status => 200, content_type => 'application/json', body => '{"access_token": ""}' }, qr/08P01: / ],
		[ { kind => 'status', status => 200, content_type => 'application/json', body => '{"access_token": "a\nb"}' }, qr/08P01: / ],
		[ { kind => 'status', status => 200, content_type => 'application/json', body => '{"access_token": 7, "expires_in": 1}' }, qr/08P01: / ],
		[ { kind => 'status', status => 401, content_type => 'application/json', body => '{"error": "access_denied", "error_description": "Unauthorized"}' },
			qr/28000: Jira answered 401 to signing in with OAuth 2.0\nDETAIL:  Unauthorized/ ]);

	for my $way (@ways)
	{
		my ($fault, $expected, $outcome) = @$way;
		my $name = "a token endpoint with $fault->{kind}" . ($fault->{status} ? " $fault->{status}" : '');

		expire_tokens($node);
		$jira->fault(%$fault, path => '/oauth/token', times => 1);
		my $before = $jira->oauth_counts->{refreshes};
		my $timeout = $fault->{kind} eq 'silence' ? '2s' : '10min';
		my $start = time;
		$error = rows_or_error($node, "SET jira_spoke.timeout = '$timeout'; SET jira_spoke.max_response_size = '1MB'; $read");
		cmp_ok(time - $start, '<', 50, "$name: fails soon");
		like($error, qr/ERROR:  $expected/, "$name: and clearly");
		unlike($error, qr/demo-app-secret|[\w-]{41,}|eyJ/, "$name: shows no secret");
		$jira->clear_faults;
		is(rows_or_error($node, $read), 'OPS-1', "$name: the next call works");
		my $after = $jira->oauth_counts->{refreshes};
		is($after->{ $outcome // 'fresh' }, $before->{ $outcome // 'fresh' } + 1, "$name: after a refresh");
	}
	is_deeply([ map { $_->{revoked} ? 1 : 0 } ($jira->oauth_families)[-2, -1] ], [ 0, 0 ], 'no family was revoked by all that');
	return;
}

# Some authorization servers renew tokens elsewhere than they give the first ones.
sub at_an_address_of_its_own
{
	connect_oauth($node, $jira, 'apart', refresh_url => "$url/oauth/refresh");
	$jira->forget_requests;
	expire_tokens($node);
	is(refreshes($jira, sub { is(rows_or_error($node, $read =~ s/work/apart/r), 'OPS-1', 'with a refresh URL') }), 1, 'tokens are renewed');
	is(join(' ', grep { /oauth/ } $jira->request_lines), 'POST /oauth/refresh', 'there');
	is($node->safe_psql('postgres', q{SELECT refresh_url IS NULL FROM jira_spoke.oauth_application WHERE name = 'app of work'}), 't', 'others have none');
	like(query_error($node, register($jira, 'strange', refresh_url => 'https://elsewhere.example/refresh')),
		qr/22023: argument "refresh_url" must have the host of "token_url"\nDETAIL:  The client secret/, 'it is not on another host');
	return;
}
