# A server that repeats the credential, in whatever form, does not make it
# visible in errors, headers and refusals; and what Jira says with success is
# returned as it is, even where a password is a word.  With SPOKE_FULL each form
# comes in all replies, otherwise in every third one.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::OAuth;
use JiraSpoke;
use MIME::Base64;
use PostgreSQL::Test::Utils;
use Test::More;

my $secret = 'Planted-"Q7%w8\\E9/r0+T1&y2';
my $jira = JiraSpoke::Jira->start;
my $server = JiraSpoke::Jira->start(deployment => 'server');
my $node = start_cluster('echoes', 'jira_spoke.max_retries = 0', 'log_min_messages = debug1',
	"jira_spoke.gateway_url = '" . $jira->url . q{'});

connect_to($node, $jira, 'basic', username => 'ann@example.com', secret => $secret);
connect_to($node, $server, 'bearer', auth => 'bearer', secret => $secret);
connect_to($node, $server, 'word', username => 'ann', secret => 'summary');

# How a server may write a text.
my %form = (
	'as it is' => sub { $_[0] },
	'with JSON escapes' => sub { join '', map { sprintf '\u%04x', ord } split //, $_[0] },
	'with some JSON escapes' => sub { my $i = 0; join '', map { $i++ % 3 ? /["\\]/ ? "\\$_" : $_ : sprintf '\u%04X', ord } split //, $_[0] },
	'with escaped slashes' => sub { $_[0] =~ s{(["\\/])}{\\$1}gr },
	'percent-encoded' => sub { join '', map { /\w/ ? $_ : sprintf '%%%02x', ord } split //, $_[0] },
	'percent-encoded all over' => sub { join '', map { sprintf '%%%02X', ord } split //, $_[0] },
	'percent-encoded with JSON escapes' => sub { join '', map { sprintf '\u0025%02X', ord } split //, $_[0] },
	'as HTML' => sub { join '', map { /\w/ ? $_ : sprintf '&#%d;', ord } split //, $_[0] },
	'as HTML in hexadecimal' => sub { join '', map { sprintf '&#x%x;', ord } split //, $_[0] });

# Any of these undone.
sub plain
{
	my ($text) = @_;

	$text =~ s/\\u([0-9a-fA-F]{4})/chr hex $1/ge for 1 .. 2;
	$text =~ s/&#x([0-9a-fA-F]+);/chr hex $1/ge;
	$text =~ s/&#(\d+);/chr $1/ge;
	my $without = $text =~ s/%([0-9a-fA-F]{2})/chr hex $1/ger;
	return join "\n", $text, $without, map { s/\\(.)/$1/gr } $text, $without;
}

my $turn = 0;

for my $alias (qw(basic bearer))
{
	my $sent = $alias eq 'bearer' ? $secret : encode_base64("ann\@example.com:$secret", '');
	my $which = $alias eq 'bearer' ? $server : $jira;
	my %needle = ('the secret' => $secret, 'what is sent' => $sent, 'user and secret' => "ann\@example.com:$secret");

	for my $form (sort keys %form)
	{
		for my $needle (sort keys %needle)
		{
			my $echo = $form{$form}->($needle{$needle});
			my $shown = '';

			for my $reply (
				{ status => 400, content_type => 'application/json', body => qq({"errorMessages": ["no $echo"], "errors": {"$echo": "x"}}) },
				{ status => 400, content_type => 'application/json', body => '{"errorMessages": ["' . 'z' x 990 . qq($echo"]}) },
				{ status => 403, content_type => 'application/json', body => qq({"more": ["$echo", {"$echo": "$echo"}]}) },
				{ status => 401, content_type => 'text/html', body => "<html><title>$echo</title></html>" },
				{ status => 400, content_type => 'application/xml', body => '<status><message>' . $echo =~ s/&/&amp;/gr . '</message></status>' },
				{ status => 500, content_type => 'text/plain', body => "$echo no JSON" },
				{ status => 200, content_type => 'application/json', body => "[$echo" },
				{ status => 200, content_type => "text/$echo", body => 'x' },
				{ status => 302, headers => { Location => "https://evil.example/$echo" }, body => '' },
				{ status => 429, headers => { 'Retry-After' => $echo, 'X-Echo' => $echo }, body => '{}' })
			{
				next if $reply->{content_type} && $reply->{content_type} =~ m{text/.*["\\]};
				next if !$ENV{SPOKE_FULL} && $turn++ % 3;
				$which->fault(kind => 'status', %$reply);
				$shown .= all_messages($node, 'postgres', join '; ', "SET jira_spoke.connection = '$alias'",
					($reply->{status} == 200 ? () : q{SELECT status, headers, body FROM jira_request('GET', '/rest/api/2/myself')}),
					q{SELECT * FROM jira_lookup_issue('OPS-1')}, q{SELECT * FROM jira_test_connection()},
					q{SELECT key FROM jira_lookup_issues_stream('project = OPS')});
				$which->clear_faults;
			}
			like($shown, qr/\*{8}/, "$alias, $form: $needle is masked");
			my $found = index(plain($shown), $needle{$needle});
			is($found, -1, "$alias, $form: $needle is not shown")
			  or diag(substr plain($shown), $found > 200 ? $found - 200 : 0, 500);
			unlike(plain($shown), qr/Planted-/, "$alias, $form: nor the beginning of the secret");
		}
	}
}

# A password that is a word of the reply.
sub through_word
{
	my ($reply, $query) = @_;

	$server->fault(kind => 'status', content_type => 'application/json', %$reply);
	my $result = rows_or_error($node, "SET jira_spoke.connection = 'word'; $query");
	$server->clear_faults;
	return $result;
}
my $issue = encode_json({ id => '1', key => 'OPS-1', fields => { summary => 'the summary of "ann:summary"' } });
is(through_word({ status => 200, body => $issue }, q{SELECT summary FROM jira_lookup_issue('OPS-1')}),
	'the summary of "ann:summary"', 'a row is what Jira has, whatever the password is');
is(through_word({ status => 200, body => $issue }, q{SELECT body -> 'fields' FROM jira_request('GET', '/rest/api/2/issue/OPS-1')}),
	'{"summary": "the summary of \"ann:summary\""}', 'and so is a raw reply');
my $refusal = encode_json({ errorMessages => [], errors => { summary => 'The summary is wrong, not ann:summary.' } });
like(through_word({ status => 400, body => $refusal }, q{SELECT * FROM jira_lookup_issue('OPS-1')}),
	qr/DETAIL:  summary: The summary is wrong, not \*{11}\.$/m, 'an error keeps its words, but not user and password');
is(through_word({ status => 400, body => $refusal }, q{SELECT body -> 'errors' FROM jira_request('GET', '/rest/api/2/issue/OPS-1')}),
	'{"summary": "The summary is wrong, not ***********."}', 'as does a raw refusal');
my $header = 'Basic ' . encode_base64('ann:summary', '');
is(through_word({ status => 200, body => encode_json({ echo => $header }) }, q{SELECT body FROM jira_request('GET', '/rest/api/2/myself')}),
	'{"echo": "' . '*' x length($header) . '"}', 'an exact copy of the header is masked in any reply');

# A refresh token in a refusal, and one that is given again.
connect_oauth($node, $jira, 'work');
my $read = q{SELECT key FROM jira_lookup_issue('OPS-1', connection => 'work')};
is(rows_or_error($node, $read), 'OPS-1', 'signed in');
expire_tokens($node);
$jira->close_gate(path => '/oauth/token');
my ($out, $error) = ('', '');
my $session = IPC::Run::start([ 'psql', '-XAtq', '--set=VERBOSITY=verbose', '-d', $node->connstr('postgres'), '-c', $read ], '<', \undef, '>', \$out, '2>', \$error);
$jira->await_at_gate(1);
my ($refresh) = map { $_->{body} && $_->{body} =~ /"refresh_token": *"([^"]+)"/ ? $1 : () } $jira->requests;
$jira->open_gate;
$session->finish;
is($out, "OPS-1\n", 'a sign-in was renewed');
ok($refresh, 'with a refresh token that is known');
$jira->fault(kind => 'status', path => '/oauth/token', status => 200, content_type => 'application/json',
	body => encode_json({ access_token => 'no-token', expires_in => 1e300, refresh_token => 'Kept-as-it-is-0123456789' }));
for (1 .. 2)
{
	$jira->forget_requests;
	expire_tokens($node);
	rows_or_error($node, $read);
}
my ($again) = map { $_->{body} && $_->{body} =~ /"refresh_token": *"([^"]+)"/ ? $1 : () } $jira->requests;
is($again, 'Kept-as-it-is-0123456789', 'a refresh token that is given again is kept as it is');
$jira->clear_faults;
$jira->fault(kind => 'status', path => '/oauth/token', status => 400, content_type => 'application/json',
	body => '{"error": "invalid_grant", "error_description": "' . $form{'with JSON escapes'}->('Kept-as-it-is-0123456789') . '"}');
expire_tokens($node);
my $refused = rows_or_error($node, $read);
like($refused, qr/ERROR:  28000: .*\n.*\*{24}/, 'a refusal with the refresh token masks it');
unlike(plain($refused), qr/Kept-as/, 'so that it is not shown');
$node->stop;
my @logged = grep { !/statement: SELECT jira_create_connection/ && plain($_) =~ /Planted-"Q7|Kept-as-it/ } split /\n/, slurp_file($node->logfile);
is(join("\n", @logged), '', 'nothing was logged');
done_testing();
