# Numbers that a server sends are kept within limits where they are read; limits
# that cost others something are raised by a superuser only.
use strict;
use warnings FATAL => 'all';

use Config;
use Cpanel::JSON::XS;
use JiraSpoke::Outbox;
use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $node = start_cluster('numbers', 'jira_spoke.max_retries = 0', q{jira_spoke.outbox_search_delay = '100ms'},
	q{jira_spoke.max_response_size_limit = '64kB'});
my $jira = JiraSpoke::Jira->start;
my $server = JiraSpoke::Jira->start(deployment => 'server');

connect_to($node, $jira);
connect_to($node, $server, 'server');
connect_to($node, $jira, 'large', options => '{"max_response_size": "1GB"}');

# --- Retry-After
my $asks = q{SELECT count(*) FROM jira_lookup_server()};
# libcurl knows no date after 2037 where a time_t has 32 bits.
my @far = ('2147483647', '9' x 30, 'Thu, 17 Dec 2037 07:28:00 GMT');
push @far, 'Wed, 21 Oct 300000 07:28:00 GMT', 'Wed, 21 Oct 2500 07:28:00 GMT' if $Config{ptrsize} == 8;
for my $far (@far)
{
	my $before = -s $node->logfile;

	$jira->fault(kind => 'rate_limit', retry_after => $far, method => 'POST', path => '*/issue');
	my $id = create($node, "later than $far");
	ok($node->poll_query_until('postgres', "SELECT attempts > 0 AND state <> 'sending' FROM jira_spoke.outbox WHERE id = $id"), "$far: refused");
	is($node->safe_psql('postgres', "SELECT next_attempt BETWEEN now() AND now() + interval '61 minutes' FROM jira_spoke.outbox WHERE id = $id"),
		't', "$far: the next attempt is within the hour");
	is($node->safe_psql('postgres', q{SELECT bool_and(until < now() + interval '61 minutes') FROM jira_spoke.outbox_pause}), 't', "$far: so is the end of the pause");
	is($node->safe_psql('postgres', 'SELECT count(*) > 0 FROM (SELECT * FROM jira_spoke.outbox) AS o'), 't', "$far: the outbox can be read");
	like(slurp_file($node->logfile, $before), qr/LOG: .*Retry-After of \d+ counts as 3600/, "$far: the log tells");
	$jira->clear_faults;
	$node->safe_psql('postgres', "SELECT jira_outbox_cancel($id)");
	$node->safe_psql('postgres', 'DELETE FROM jira_spoke.outbox_pause');
}
for my $none ('NaN', '-5', '1e9', 'Infinity', '', '0x10', '1.5', 'Wed, 21 Oct 1000 07:28:00 GMT')
{
	$jira->fault(kind => 'status', status => 429, headers => { 'Retry-After' => $none }, times => 2, path => '*/serverInfo', body => {});
	is(rows_or_error($node, "SET jira_spoke.max_retries = 2; SET jira_spoke.max_wait = '10ms'; $asks"), 1, "Retry-After '$none' is no delay");
	$jira->clear_faults;
}

# --- Numbers in documents
sub issue_with
{
	my ($fields, $columns) = @_;

	$jira->fault(kind => 'wrong_type', path => '*/issue/OPS-1', body => qq({"id": 1, "key": "OPS-1", "fields": {$fields}}));
	my $result = rows_or_error($node, "SELECT $columns FROM jira_lookup_issue('OPS-1'); SELECT 'alive'");
	$jira->clear_faults;
	return $result;
}
is(issue_with('"created": "300000-01-01T00:00:00.000+0000"', 'created'), "\nalive", 'a timestamp out of range is none');
is(issue_with('"created": 9223372036854775807', 'created'), "\nalive", 'nor are so many milliseconds');
is(issue_with('"customfield_1": [1e100000, -1e-100000, 1e308, 9223372036854775808, 123456789012345678901234567890]', q{fields -> 'customfield_1' -> 0, fields -> 'customfield_1' -> 3}),
	qq("1e100000"|"9223372036854775808"\nalive), 'numbers beyond any type are texts of their digits');
for my $page ('"startAt": 9223372036854775807', '"total": -9223372036854775808', '"total": 1e300', '"startAt": -1, "maxResults": 99999999999', '"total": 123456789012345678901234567890')
{
	$server->fault(kind => 'wrong_type', times => 1, path => '*/search', body => qq({$page, "issues": [{"id": "1", "key": "OPS-1", "fields": {}}]}));
	like(rows_or_error($node, q{SELECT key FROM jira_lookup_issues_stream('project = OPS', max_rows => 1, connection => 'server'); SELECT 'alive'}),
		qr/^OPS-1\nalive|ERROR:  08P01: /, "a page with $page");
	$server->clear_faults;
}
$jira->fault(kind => 'wrong_type', times => 1, path => '*/tenant_info', body => '{"cloudId": "' . 'x' x 5000 . '"}');
connect_to($node, $jira, 'gateway', scoped => 'true');
like(rows_or_error($node, q{SELECT * FROM jira_lookup_issue('OPS-1', connection => 'gateway')}), qr/ERROR:  08P01: .*does not tell its cloud id/,
	'a cloud id is not longer than it may be');
$jira->clear_faults;

# A deep list in front of many lines.
my $text = join '\n', ('x') x 2000;
my $adf = qq({"type": "paragraph", "content": [{"type": "text", "text": "$text"}]});
$adf = qq({"type": "orderedList", "attrs": {"order": 1234567890123456}, "content": [{"type": "listItem", "content": [$adf]}]}) for 1 .. 25;
$node->safe_psql('postgres', q{ALTER SYSTEM SET jira_spoke.max_response_size_limit = '64MB'});
reload_settings($node);
cmp_ok(issue_with(qq("description": {"type": "doc", "version": 1, "content": [$adf]}), 'length(description)') =~ s/\n.*//sr,
	'<', 1_200_000, 'indentation does not make a small document a large text');

# --- Who may raise what
$node->safe_psql('postgres', q{ALTER SYSTEM RESET jira_spoke.max_response_size_limit});
reload_settings($node);
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE guest LOGIN IN ROLE jira_spoke_user;
SELECT jira_grant_connection(alias, 'guest') FROM jira_connections();
SET ROLE guest;
SELECT jira_use_connection('demo');
SQL
$jira->fault(kind => 'repeat', path => '*/issue/OPS-1', before => '{"id":"1","key":"OPS-1","fields":{}', part => ' ', after => '}', size => 100 * 1024);
my $read = q{SELECT key FROM jira_lookup_issue('OPS-1')};
is(rows_or_sqlstate($node, 'guest', $read), '54000', 'a reply beyond the limit of the superuser is refused');
is(rows_or_sqlstate($node, 'guest', "SET jira_spoke.max_response_size = '1GB'; $read"), '54000', 'whatever a role sets');
is(rows_or_sqlstate($node, 'guest', "SET jira_spoke.connection = 'large'; $read"), '54000', 'or the option of a connection');
is(rows_or_sqlstate($node, 'guest', "SET jira_spoke.max_response_size_limit = '1GB'; $read"), '54000', 'a role cannot raise the limit before the library is loaded');
is(rows_or_sqlstate($node, 'guest', "SELECT jira_quote('x'); SET jira_spoke.max_response_size_limit = '1GB'"), '42501', 'nor later');
like(query_error($node, $read), qr/HINT:  .*jira_spoke\.max_response_size_limit is the most/, 'the hint tells of it');
is(rows_or_error($node, "SET jira_spoke.max_response_size_limit = '1MB'; $read"), 'OPS-1', 'a superuser can');
is(rows_or_sqlstate($node, 'postgres', "SET jira_spoke.max_response_size_limit = '1MB'; SET jira_spoke.max_response_size = '10kB'; $read"),
	'54000', 'a role can lower its own');

# --- Replies that are together too large
$jira->clear_faults;
sub issues_query
{
	my ($kilobytes, $last) = @_;
	my $keys = join ',', map { "OPS-$_" } 1 .. $last;

	return "SET jira_spoke.max_response_size_limit = '1MB'; SET jira_spoke.max_response_size = $kilobytes;
		SELECT count(*) FROM jira_lookup_issues('{$keys}') AS i WHERE i.fields IS NOT NULL";
}

# In one reply, which jira_lookup_issues() would divide.
sub issues_within
{
	my ($kilobytes, $last) = @_;
	my $keys = join ',', map { qq("OPS-$_") } 1 .. $last;

	return rows_or_error($node, qq{SET jira_spoke.max_response_size_limit = '1MB'; SET jira_spoke.max_response_size = $kilobytes;
		SELECT jsonb_array_length(r.body -> 'issues') FROM jira_request('POST', '/rest/api/2/issue/bulkfetch',
			body => '{"fields": ["*navigable"], "issueIdsOrKeys": [$keys]}') AS r});
}

my ($refused, $enough) = (1, 1024);
while ($enough - $refused > 1)
{
	my $between = int(($refused + $enough) / 2);

	(issues_within($between, 100) eq '100' ? $enough : $refused) = $between;
}
cmp_ok($refused, '>', 10, "a reply of $enough kB is accepted, not one kB less");

# The first reply comes last, when the second one has taken its room.  Each is
# asked for on a connection of its own, so the second request may overtake.
sub batches { return grep { $_->{path} =~ /bulkfetch/ } $jira->requests; }
sub read_in_two
{
	my ($out, $error) = ('', '');

	$jira->forget_requests;
	$jira->close_gate(path => '*/bulkfetch', times => 1);
	my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', issues_query($enough, 105) ],
		'<', \undef, '>', \$out, '2>', \$error);
	$jira->await_at_gate(1);
	$jira->await_requests(2, qr/bulkfetch/);
	for (1 .. 50 * $PostgreSQL::Test::Utils::timeout_default)
	{
		last if grep { $_->{sent} } batches();
		usleep(20_000);
	}
	$jira->open_gate;
	$session->finish;
	return "$out$error";
}

my ($out, @asked);
do
{
	$out = read_in_two();
	@asked = batches();
} while $asked[0]{body} !~ /"OPS-1"/;
is($out, "105\n", 'replies that are together too large come one after the other');
is(scalar @asked, 4, 'both are asked for again');

$node->stop;
done_testing();
