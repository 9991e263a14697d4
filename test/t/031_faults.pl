# Whatever goes wrong on the way, every action ends in a clear error, or in its
# result where the fault is harmless; the session works afterwards; no secret
# shows; time and memory stay bounded.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
use MIME::Base64 qw(encode_base64);
use Test::More;

# Nothing is repeated here, and nothing waited for (032_retries.pl does that).
my $node = start_cluster('faults',
	'jira_spoke.max_retries = 0', 'jira_spoke.max_response_size = 1MB');

# No single call may take longer (ms), nor make the server process grow by more
# (kB) than a few times the largest reply.
my $slowest = 15_000;
my $growth = 24 * 1024;

my %call = (
	jira_lookup_issues_stream => q{FROM jira_lookup_issues_stream('project = OPS ORDER BY key', max_rows => 3) AS i WHERE i.fields IS NOT NULL},
	jira_lookup_issue => q{FROM jira_lookup_issue('OPS-1') AS i WHERE i.fields IS NOT NULL},
	jira_lookup_issues => q{FROM jira_lookup_issues(ARRAY['OPS-1', 'OPS-2']) AS i WHERE i.fields IS NOT NULL},
	jira_lookup_server => q{FROM jira_lookup_server() WHERE raw IS NOT NULL},
	jira_count_issues => q{WHERE jira_count_issues('project = OPS') > 0},
	jira_create_issue => q{WHERE jira_create_issue('OPS', 'Bug', 'A fault') IS NOT NULL},
	jira_add_comment => q{WHERE jira_add_comment('OPS-1', 'A fault') IS NOT NULL});
my @actions = sort keys %call;
my %writes = map { $_ => 1 } qw(jira_create_issue jira_add_comment);

# What a call ends in: an SQLSTATE, with a pattern for the rest of the error;
# or 'rows'.  Exceptions are named by action, or by "deployment action".
my @faults = (
	[ 'a page instead of an answer', { kind => 'html' }, '08P01',
		qr/DETAIL:  An HTML page came instead of JSON, titled: Log in\./ ],
	[ 'a page that is called JSON', { kind => 'wrong_type', body => '<html><b>no</b></html>' }, '08P01',
		qr/invalid token near/ ],
	[ 'a refusal as a page', { kind => 'html', status => 403 }, '42501',
		qr/DETAIL:  An HTML page came instead of JSON, titled: Log in\.\nHINT/ ],
	[ 'a refusal as a page that is called text',
		{ kind => 'status', status => 502, content_type => 'text/plain', body => '<html><h1>no' }, '08006',
		qr/DETAIL:  An HTML page came instead of JSON\.\nHINT/ ],
	[ 'an empty body', { kind => 'empty' }, '08P01', qr/DETAIL:  It (?:is empty|has no "\w+")\./ ],
	[ 'an empty refusal', { kind => 'empty', status => 500 }, '58000', qr/Jira answered 500 to jira_/ ],
	[ 'a redirect to log in', { kind => 'redirect', location => '/login.jsp?os_destination=x' }, '28000',
		qr/to a page to log in\nDETAIL:  It points to \/login\.jsp\.\nHINT/ ],
	[ 'a redirect to another host', { kind => 'redirect', status => 307, location => 'http://127.0.0.2:1/x' },
		'08P01', qr/redirect \(307\)\nDETAIL:  It points to http:\/\/127\.0\.0\.2:1\/x\.\nHINT/ ],
	[ 'half of the JSON', { kind => 'truncated' }, '08P01', qr/DETAIL: .*\(line \d+, column \d+\)/ ],
	[ 'half of the body', { kind => 'cut_body' }, '08006', qr/broke off/ ],
	[ 'a connection cut before', { kind => 'cut_before' }, '08006', qr/broke off/ ],
	[ 'a connection cut after', { kind => 'cut_after' }, '08006', qr/broke off/ ],
	[ 'no HTTP at all', { kind => 'garbage' }, '08P01', qr/does not speak HTTP/ ],
	[ 'silence', { kind => 'silence' }, '57014', qr/did not answer in time/ ],
	[ 'a body without end', { kind => 'endless_body' }, '54000', qr/too large\nDETAIL.*\nHINT:.*max_response_size/ ],
	[ 'headers without end', { kind => 'endless_headers' }, '54000', qr/too large/ ],
	[ '200 MB in a small gzip', { kind => 'gzip_bomb' }, '54000', qr/too large/ ],
	[ 'nesting without end', { kind => 'deep' }, '54000', qr/nested deeper than 128 levels\.\nHINT/ ],
	[ 'nesting beyond our limit', { kind => 'wrong_type', body => '[' x 200 . ']' x 200 }, '54000',
		qr/nested deeper than 128 levels/ ],
	[ 'values without end in few bytes', { kind => 'repeat', before => '[', part => '{},', after => '{}]', size => 1_000_000 }, '54000',
		qr/too large\nDETAIL:  The values of its 976 kB would take more than \d+ MB of memory\.\nHINT:  .*max_response_size/ ],
	[ 'headers without number', { kind => 'many_headers' }, '54000', qr/too large/ ],
	[ 'another content type', { kind => 'wrong_type' }, '08P01',
		qr/DETAIL:  Its content type is "text\/plain;charset=UTF-8" instead of JSON/ ],
	[ 'text instead of JSON', { kind => 'wrong_type', body => 'hello' }, '08P01', qr/invalid token near 'hello'/ ],
	[ 'JSON of another kind', { kind => 'wrong_type', body => '[[1], {"key": 7}, null]' }, '08P01',
		qr/Jira's reply to|jira_/, ],
	[ 'a string instead of an object', { kind => 'wrong_type', body => '"hello"' }, '08P01', qr/Jira's reply to/ ],
	[ 'U+0000', { kind => 'nul' }, 'rows' ],
	[ 'bytes that are not UTF-8', { kind => 'invalid_utf8' }, '08P01', qr/unable to decode byte 0xff/,
		'cloud jira_count_issues' => 'rows' ],
	[ 'a malformed number beside one beyond any type', { kind => 'wrong_type', body => '[1e400, 1E-1e400]' },
		'08P01', qr/expected near 'e'/ ],
	[ 'numbers beyond any type', { kind => 'huge_number' }, 'rows' ],
	[ 'ids as numbers', { kind => 'id_as_number' }, 'rows' ],
	[ 'a late answer', { kind => 'latency', ms => 100 }, 'rows' ],
	[ 'an answer in pieces', { kind => 'slow_body', ms => 1, chunk => 1000 }, 'rows' ],
	[ 'a sign-in that was not accepted',
		{ kind => 'status', status => 200, body => {}, headers => { 'X-Seraph-LoginReason' => 'AUTHENTICATED_FAILED' } },
		'28000', qr/did not accept the user name or the secret\nHINT/ ],
	[ 'a CAPTCHA',
		{ kind => 'status', status => 401, body => {},
			headers => { 'X-Authentication-Denied-Reason' => 'CAPTCHA_CHALLENGE; login-url=/login.jsp' } },
		'28000', qr/CAPTCHA to be solved\n(?:DETAIL:  .*left alone.*\n)?HINT/ ],
	[ 'a rate limit', { kind => 'rate_limit', retry_after => 7 }, '53400', qr/DETAIL:  .*Rate limit exceeded.*\nHINT/ ],
	[ 'an unknown status', { kind => 'status', status => 299, content_type => 'text/css' }, '08P01', qr/Jira's reply|jira_/ ]);

# Refusals in Jira's own words: status, SQLSTATE, hint.
my $words = { errorMessages => [ 'It is odd.', 'Very.' ], errors => { summary => 'You must specify it.' } };
for my $refusal (
	[ 400, '22023' ], [ 401, '28000', qr/secret/ ], [ 403, '42501', qr/permission/ ],
	[ 404, 'P0002', qr/may not see it/ ], [ 409, '40001', qr/try again|look it up/, jira_create_issue => '23505' ], [ 410, '0A000', qr/server type/ ],
	[ 413, '54000' ], [ 415, '0A000' ], [ 422, '22023' ], [ 429, '53400', qr/max_retries/ ],
	[ 500, '58000' ], [ 502, '08006', qr/not available/ ], [ 503, '08006', qr/not available/ ])
{
	my ($status, $state, $hint, @except) = @$refusal;

	push @faults, [ "status $status", { kind => 'status', status => $status, body => $words }, $state,
		qr/Jira answered $status to jira_\w+.*\nDETAIL:  It is odd\. Very\. summary: You must specify it\./ ];
	$faults[-1][3] = qr/$faults[-1][3]\nHINT:  .*$hint/ if $hint;
	push @{ $faults[-1] }, @except;
}

for my $deployment (qw(cloud server))
{
	my $jira = JiraSpoke::Jira->start(deployment => $deployment);

	connect_to($node, $jira, $deployment);
	meets($jira, @$_) for @faults, repeats_the_secret($jira);
	keeps_odd_values($jira);
	$jira->stop;
}

$node->stop;
done_testing();

# What a curious or hostile server could do to bring a secret into messages: as
# it is, in headers, and with an escape that only the JSON parser resolves.
sub repeats_the_secret
{
	my $jira = shift;
	my $basic = encode_base64($jira->username . ':' . $jira->secret, '');
	my $escaped = $jira->secret =~ s/-/\\u002d/r;

	return (
		[ 'a refusal with the secret', { kind => 'status', status => 400, body => qq({"errorMessages": ["$escaped $basic"]}) },
			'22023', qr/DETAIL:  \*+ \*+(?:\. The JQL is: .*)?$/m ],
		[ 'a page with the secret', { kind => 'status', status => 200, body => $jira->secret }, '08P01', qr/invalid token near '\*+'/ ],
		[ 'a redirect with the secret', { kind => 'redirect', location => '/' . $jira->secret }, '08P01', qr/\*\*\*/ ],
		[ 'a content type with the secret', { kind => 'status', status => 200, body => 'x', content_type => "text/$basic" },
			'08P01', qr/"text\/\*+"/ ]);
}

# What was harmless above arrives in full: U+0000 as the replacement character,
# every digit of a number (1e400 too), ids as text.
sub keeps_odd_values
{
	my $jira = shift;
	my $read = sub {
		my ($kind, $columns) = @_;

		$jira->clear_faults;
		$jira->fault(kind => $kind);
		return $node->safe_psql('postgres',
			"SELECT $columns FROM jira_lookup_issue('OPS-1', connection => '" . $jira->deployment . "')");
	};
	my $name = $jira->deployment;

	is($read->('nul', q{summary = U&'a\FFFDb', fields ->> 'summary' = U&'a\FFFDb'}), 't|t', "$name: U+0000 is replaced");
	is($read->('huge_number', q{(fields ->> 'customfield_10016')::numeric = 1e400, fields ->> 'customfield_10031'}),
		't|' . '1234567890' x 4, "$name: huge numbers keep their digits");
	is($read->('id_as_number', q{id ~ '^\d+$', key}), 't|OPS-1', "$name: an id as a number is text");
	return;
}

# All actions in one session, with a marker before each in both outputs.
sub run_actions
{
	my ($jira, $timeout) = @_;
	my $memory = q{SELECT '@memory', substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)');};
	my $script = "SET jira_spoke.connection = '" . $jira->deployment . "';\n"
	  . "SET jira_spoke.timeout = '$timeout';\n$memory\n\\timing on\n";

	for my $action (@actions)
	{
		$script .= "\\warn \@action $action\n\\echo \@action $action\nSELECT 'rows' $call{$action} LIMIT 1;\nSELECT 'alive';\n";
	}
	return JiraSpoke::Background->start($node, "$script\\timing off\n\\echo \@action\n$memory\n")->finish;
}

# A CAPTCHA stops all calls of the connection, until it is changed.
sub end_block
{
	my $jira = shift;

	$node->safe_psql('postgres', sprintf q{SELECT jira_alter_connection('%s', username => '%s')},
		$jira->deployment, $jira->username);
	return;
}

sub meets
{
	my ($jira, $what, $fault, $expected, $pattern, %except) = @_;
	my $name = $jira->deployment . ", $what";

	$jira->clear_faults;
	$jira->fault(%$fault);
	end_block($jira);
	my ($out, $error) = run_actions($jira, $fault->{kind} eq 'silence' ? '500ms' : '10s');
	my %result = $out =~ /^\@action (\w+)\n(.*?)(?=^\@action)/msg;
	my %error = "$error\@action" =~ /^\@action (\w+)\n(.*?)(?=^?\@action)/msg;

	for my $action (@actions)
	{
		my $wanted = $except{ $jira->deployment . " $action" } // $except{$action} // $expected;

		if ($wanted eq 'rows')
		{
			is($error{$action}, '', "$name: $action does not mind");
			like($result{$action}, qr/^rows\n.*^alive\n/ms, "$name: $action has its result");
			next;
		}
		is(state_of($error{$action}), $wanted, "$name: $action fails with the right SQLSTATE")
		  or diag($error{$action});
		like($error{$action}, $pattern, "$name: $action says what is wrong");
		like($error{$action}, context_of($jira, $action), "$name: $action says where");
		like($result{$action}, qr/\A(?:Time:.*\n)?alive\n/, "$name: the session works after $action");
	}
	stays_bounded($name, $out);
	unlike("$out$error", secrets_of($jira), "$name: no secret shows");
	unlike($error, qr/<(?!stdin>)\w+>/, "$name: no HTML in messages") unless $what =~ /called JSON/;
	return;
}

sub state_of { return (shift =~ /^psql:<stdin>:\d+: (?:ERROR|FATAL):  (\w{5}): /m)[0] // 'none'; }

sub context_of
{
	my ($jira, $action) = @_;
	my $connection = $jira->deployment;

	return qr/CONTEXT:  (?:.*\n)*?.*Jira action $action through connection "$connection"/;
}

sub secrets_of
{
	my $jira = shift;
	my $basic = encode_base64($jira->username . ':' . $jira->secret, '');
	my $secret = $jira->secret;

	return qr/\Q$secret\E|\Q$basic\E/;
}

sub stays_bounded
{
	my ($name, $out) = @_;
	my ($slow) = sort { $b <=> $a } $out =~ /^Time: ([\d.]+) ms/mg;
	my ($before, $after) = $out =~ /^\@memory\|(\d+)$/mg;

	cmp_ok($slow, '<', $slowest, "$name: the slowest call");
	cmp_ok($after - $before, '<', $growth, "$name: memory");
	note("$name: at most $slow ms, " . ($after - $before) . ' kB more');
	return;
}
