# What Jira turns away for now is asked again, as often and as late as the
# settings and Jira allow; a write only when it certainly was not carried out,
# and with a warning in its error when it may have been.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::Stall;
use POSIX qw(strftime);
use Test::More;

my $node = start_cluster('retries');
my $jira = JiraSpoke::Jira->start;
my $doubt = qr/CONTEXT:  .*The request may have been carried out: look in Jira before you repeat it\./;

my $moment = qr/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00/;

my $read = q{SELECT count(*) FROM jira_lookup_issues_stream('project = OPS', max_rows => 2)};
my $write = q{SELECT jira_add_comment('OPS-1', 'once') IS NOT NULL};

connect_to($node, $jira);
connect_to($node, $jira, 'refused', url => 'http://127.0.0.1:' . closed_port());
connect_to($node, $jira, 'mute', url => 'https://127.0.0.1:' . mute_port());

# What is asked; the faults in its way; settings; how it ends: rows or a
# pattern of the error; how many requests reach Jira; how many milliseconds it
# takes at least; whether it may have been carried out; how many milliseconds it
# takes at most, if not as many as usual.
my @cases = (
	[ 'a read after 429', $read, [ { kind => 'rate_limit', retry_after => 1, times => 1 } ], '', 2, 2, 1000 ],
	[ 'a write after 429', $write, [ { kind => 'rate_limit', retry_after => 1, times => 1 } ], '', 't', 2, 1000 ],
	[ 'two refusals without a delay', $read, [ { kind => 'rate_limit', times => 2 } ], '', 2, 3, 1050 ],
	[ 'a delay of nothing', $read, [ { kind => 'rate_limit', retry_after => 0, times => 6 } ],
		q{jira_spoke.max_retries = 6; SET jira_spoke.max_wait = '100ms'}, 2, 7, 600 ],
	[ 'a delay of nothing, twice', $read, [ { kind => 'rate_limit', retry_after => 0, times => 2 } ], '', 2, 3, 1050 ],
	[ 'a read after 503', $read, [ refusal(503, 'Retry-After' => '1') ], '', 2, 2, 1000 ],
	[ 'a read after 503 without a delay', $read, [ refusal(503) ], '', 2, 2, 350 ],
	[ 'a delay that is no delay', $read, [ refusal(503, 'Retry-After' => 'soon') ], '', 2, 2, 350 ],
	[ 'a date in the past', $read, [ { %{ refusal(429, 'Retry-After' => http_date(time - 60)) }, times => 6 } ],
		q{jira_spoke.max_retries = 6; SET jira_spoke.max_wait = '100ms'}, 2, 7, 600 ],
	[ 'retries used up', $read, [ { kind => 'rate_limit', retry_after => 0 } ], 'jira_spoke.max_retries = 2',
		qr/ERROR:  53400: /, 3, 0 ],
	[ 'retries used up by a write', $write, [ { kind => 'rate_limit', retry_after => 0 } ], 'jira_spoke.max_retries = 2',
		qr/ERROR:  53400: /, 3, 0, 0 ],
	[ 'no retries', $read, [ { kind => 'rate_limit', retry_after => 0 } ], 'jira_spoke.max_retries = 0',
		qr/ERROR:  53400: /, 1, 0 ],
	[ 'our own delays stay below max_wait', $read, [ { kind => 'rate_limit', times => 6 } ],
		q{jira_spoke.max_wait = '100ms'; SET jira_spoke.max_retries = 6}, 2, 7, 600 ],
	[ 'a delay beyond max_wait', $read, [ { kind => 'rate_limit', retry_after => 3600 } ], '',
		qr/ERROR:  53400: .*\nDETAIL:  .*Jira asks to wait 3600 seconds\.\nHINT:  .*max_wait/, 1, 0 ],
	[ 'a delay beyond any number', $read, [ { kind => 'rate_limit', retry_after => '9' x 30 } ], '',
		qr/ERROR:  53400: .*\nDETAIL:  .*Jira asks to wait 9{30} seconds\./, 1, 0 ],
	[ 'a date beyond max_wait', $write, [ refusal(429, 'Retry-After' => http_date(time + 7200)) ], '',
		qr/ERROR:  53400: .*\nDETAIL:  .*Jira asks to wait until \w{3}, .* GMT\.\nHINT/, 1, 0, 0 ],
	[ 'a date beyond any number', $read, [ refusal(429, 'Retry-After' => 'Wed, 21 Oct 300000000 07:28:00 GMT') ], '',
		qr/ERROR:  53400: .*\nDETAIL:  .*Jira asks to wait until Wed, 21 Oct 300000000 /, 1, 0 ],
	[ 'a quota that is used up', $read, [ { kind => 'rate_limit', reason => 'jira-quota-tenant-based', reset => 7200 } ], '',
		qr/ERROR:  53400: .*\nDETAIL:  .*Jira gives the reason "jira-quota-tenant-based"\. The limit is lifted at $moment\.\nHINT:  The quota of this app/, 1, 0 ],
	[ 'a quota that says nothing of its end', $read, [ { kind => 'rate_limit', reason => 'jira-quota-global-based' } ], q{jira_spoke.max_wait = 0},
		qr/DETAIL:  .*"jira-quota-global-based"\. The limit is lifted at \d{4}-\d\d-\d\d \d\d:00:00/, 1, 0 ],
	[ 'a quota in RateLimit', $write, [ { kind => 'rate_limit', reason => 'jira-quota-global-based',
		headers => { RateLimit => '"global-app-quota";r=0;t=1200, "burst";t=1' } } ], '', qr/DETAIL:  .*lifted at $moment\./, 1, 0, 0 ],
	[ 'a quota in Beta-RateLimit', $read, [ { kind => 'rate_limit', reason => 'jira-cost-based',
		headers => { 'Beta-RateLimit' => '"global-app-quota";r=0;t=1200' } } ], '', qr/DETAIL:  .*"jira-cost-based"\. .*lifted at $moment\./, 1, 0 ],
	[ 'a burst beside a quota', $read, [ { kind => 'rate_limit', times => 1, headers => { RateLimit => '"global-app-quota";r=7;t=1200' } } ], '', 2, 2, 350 ],
	[ 'a limit of an issue', $write, [ { kind => 'rate_limit', reason => 'jira-per-issue-on-write', retry_after => 3600 } ], '',
		qr/HINT:  Jira takes 20 writes in 2 seconds, and 100 in 30 seconds, to one issue\./, 1, 0, 0 ],
	[ 'the end of a limit is waited for', $read, [ { kind => 'rate_limit', times => 1, headers => { 'X-RateLimit-Reset' => time + 1 } } ], '', 2, 2, 1000 ],
	[ 'a limit that has ended', $read, [ { kind => 'rate_limit', times => 1, headers => { 'X-RateLimit-Reset' => '2020-01-01T00:00Z' } } ], '', 2, 2, 1000 ],
	[ 'a read beyond max_wait after 503', $read, [ refusal(503, 'Retry-After' => '3600') ], '',
		qr/ERROR:  08006: .*\nDETAIL:  .*Jira asks to wait 3600 seconds\./, 1, 0 ],
	[ 'a write after 503', $write, [ refusal(503, 'Retry-After' => '0') ], '', qr/ERROR:  08006: /, 1, 0, 1 ],
	[ 'a write after 500', $write, [ refusal(500) ], '', qr/ERROR:  58000: /, 1, 0, 1 ],
	[ 'a write after 502', $write, [ refusal(502) ], '', qr/ERROR:  08006: /, 1, 0, 1 ],
	(map { [ "a read after $_", $read, [ refusal($_) ], '', 2, 2, 350 ] } 500, 502, 504),
	[ 'a read after 500 with a delay', $read, [ refusal(500, 'Retry-After' => '1') ], '', 2, 2, 1000 ],
	[ 'a read with half an answer', $read, [ { kind => 'cut_body', times => 1 } ], '', 2, 2, 350 ],
	[ 'a read with half of the JSON', $read, [ { kind => 'truncated', times => 1 } ], '', 2, 2, 350 ],
	[ 'a read with half of the JSON again and again', $read, [ { kind => 'truncated' } ], 'jira_spoke.max_retries = 2', qr/ERROR:  08P01: /, 3, 1050 ],
	[ 'a write with half of the JSON', $write, [ { kind => 'truncated', times => 1 } ], '', qr/ERROR:  08P01: /, 1, 0, 1 ],
	# On a connection that was idle, libcurl does so by itself, once and at once.
	(map { [ "a read with $_", $read, [ { kind => $_, times => 2 } ], '', 2, 3, 350 ] } qw(cut_before cut_after)),
	[ 'a read that is cut again and again', $read, [ { kind => 'cut_body' } ], 'jira_spoke.max_retries = 2', qr/ERROR:  08006: /, 3, 1050 ],
	[ 'a read after one mishap after the other', $read, [ refusal(502), { kind => 'cut_body', times => 1 }, refusal(500) ], '', 2, 4, 2450 ],
	[ 'a read that fails for good', $read, [ { %{ refusal(500) }, times => 4 } ], q{jira_spoke.max_wait = '50ms'}, qr/ERROR:  58000: /, 4, 150 ],
	[ 'a read that fails at once', $read, [ refusal(500) ], 'jira_spoke.max_retries = 0', qr/ERROR:  58000: /, 1, 0 ],
	[ 'a write that is wrong', $write, [ refusal(400) ], '', qr/ERROR:  22023: /, 1, 0, 0 ],
	[ 'a write that is forbidden', $write, [ refusal(403) ], '', qr/ERROR:  42501: /, 1, 0, 0 ],
	[ 'a write cut off', $write, [ { kind => 'cut_after', times => 1 } ], '', qr/ERROR:  08006: /, 1, 0, 1 ],
	[ 'a write cut off before', $write, [ { kind => 'cut_before', times => 1 } ], '', qr/ERROR:  08006: /, 1, 0, 1 ],
	[ 'a write with half an answer', $write, [ { kind => 'cut_body', times => 1 } ], '', qr/ERROR:  08006: /, 1, 0, 1 ],
	[ 'a write with an odd answer', $write, [ { kind => 'html', times => 1 } ], '',
		qr/ERROR:  08P01: .*\n.*\nHINT:  It was probably carried out/, 1, 0, 1 ],
	[ 'a write sent to log in', $write, [ { kind => 'redirect', location => '/login', times => 1 } ], '',
		qr/ERROR:  28000: /, 1, 0, 0 ],
	[ 'a write in silence', $write, [ { kind => 'silence', times => 1 } ], 'jira_spoke.timeout = 1000',
		qr/ERROR:  57014: jira_add_comment of "OPS-1" failed: Jira did not answer in time/, 1, 1000, 1 ],
	[ 'a read in silence', $read, [ { kind => 'silence', times => 1 } ], 'jira_spoke.timeout = 1000',
		qr/ERROR:  57014: /, 1, 1000 ],
	[ 'a write cancelled in silence', $write, [ { kind => 'silence', times => 1 } ], 'statement_timeout = 1000',
		qr/ERROR:  57014: canceling statement due to statement timeout/, 1, 1000, 1 ],
	[ 'a write cancelled between two tries', $write, [ { kind => 'rate_limit', retry_after => 5 } ],
		'statement_timeout = 1000', qr/ERROR:  57014: canceling statement/, 1, 1000, 0 ],
	[ 'a read of a closed port', $read, [], q{jira_spoke.connection = 'refused'; SET jira_spoke.max_wait = '400ms'},
		qr/ERROR:  08001: .*could not reach Jira\n/, 0, 1150 ],
	[ 'a write to a closed port', $write, [], q{jira_spoke.connection = 'refused'},
		qr/ERROR:  08001: .*could not reach Jira\n/, 0, 2450, 0 ],
	[ 'a closed port at once', $write, [], q{jira_spoke.connection = 'refused'; SET jira_spoke.max_retries = 0},
		qr/ERROR:  08001: /, 0, 0, 0, 2400 ],
	[ 'a write to a port that says nothing', $write, [],
		q{jira_spoke.connection = 'mute'; SET jira_spoke.connect_timeout = 500},
		qr/ERROR:  08001: .*could not reach Jira in time\n.*\nHINT:  .*connect_timeout/, 0, 500, 0, 8000 ]);

ends_as_it_should(@$_) for @cases;
waits_for_a_date();
ends_when_cancelled('a write', $write, [ { kind => 'silence', times => 1 } ], 1);
ends_when_cancelled('a read', $read, [ { kind => 'silence', times => 1 } ], 0);
ends_when_cancelled('a write in its second try', $write,
	[ { kind => 'rate_limit', retry_after => 0, times => 1 }, { kind => 'silence', times => 1 } ], 1);

$node->stop;
done_testing();

sub refusal
{
	my ($status, %headers) = @_;

	return { kind => 'status', status => $status, headers => \%headers, times => 1,
		body => { errorMessages => ['Not now.'], errors => {} } };
}

sub http_date { return strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime(shift)); }

# Runs a statement with a stop-watch: output, error, milliseconds.
sub run_timed
{
	my ($statement, $set) = @_;
	my $script = "SELECT 1 FROM jira_lookup_server();\n" . ($set ? "SET $set;\n" : '') . "\\timing on\n$statement;\n";

	# The server information is fetched so that the connection is open already,
	# as it is in most sessions; that is one more request, not to be counted.
	my ($out, $error) = JiraSpoke::Background->start($node, $script)->finish;
	my ($ms) = $out =~ /^Time: ([\d.]+) ms/m;

	return ($out =~ s/^(?:1|Time: .*)\n//mgr, $error, $ms);
}

sub set_faults
{
	my ($statement, @faults) = @_;

	$jira->clear_faults;
	$jira->fault(%$_, path => $statement eq $read ? '*/search*' : '*/comment') for @faults;
	$jira->forget_requests;
	return;
}

# The requests of the statement itself.
sub calls { return grep { $_->{path} !~ /serverInfo/ } $jira->requests; }

sub tells_doubt
{
	my ($name, $error, $in_doubt) = @_;

	if ($in_doubt) { like($error, $doubt, "$name: may have been carried out"); }
	else { unlike($error, qr/may have been|probably/, "$name: no doubt"); }
	return;
}

# Unless a case has its own limit, what it tells apart differs by more than a
# slow machine may take: 20 seconds.
sub ends_as_it_should
{
	my ($name, $statement, $faults, $set, $end, $requests, $least, $in_doubt, $most) = @_;

	set_faults($statement, @$faults);
	my ($out, $error, $ms) = run_timed($statement, $set);

	if (ref $end) { like($error, $end, "$name: the error"); }
	else { is("$error$out", "$end\n", "$name: the result"); }
	is(scalar calls(), $requests, "$name: requests");
	cmp_ok($ms, '>=', $least, "$name: not too early");
	cmp_ok($ms, '<=', $most // 20_000, "$name: not too late");
	tells_doubt($name, $error, $in_doubt);
	note("$name: $ms ms");
	return;
}

# HTTP dates have whole seconds, so this one is between 1 and 2 seconds away.
sub waits_for_a_date
{
	my $date = time + 2;

	ends_as_it_should('a date to come', $read, [ refusal(429, 'Retry-After' => http_date($date)) ], '', 2, 2, 0);
	cmp_ok((calls())[1]{time}, '>=', $date, 'a date to come: not before it');
	return;
}

# By pg_cancel_backend, when the last request is under way.  Nothing is carried
# out twice when the user tries again.
sub ends_when_cancelled
{
	my ($what, $statement, $faults, $in_doubt) = @_;
	my $name = "$what, cancelled";

	set_faults($statement, @$faults);
	my $session = JiraSpoke::Background->start($node, "$statement;\n$statement;\n");

	$jira->await_requests(scalar @$faults);
	$node->safe_psql('postgres', 'SELECT pg_cancel_backend(' . $session->waiting_pid . ')');
	my ($out, $error) = $session->finish;
	like($error, qr/ERROR:  57014: canceling statement due to user request/, "$name: the error");
	tells_doubt($name, $error, $in_doubt);
	is($out, $statement eq $read ? "2\n" : "t\n", "$name: and the next one is carried out");
	is(scalar calls(), @$faults + 1, "$name: requests");
	return;
}
