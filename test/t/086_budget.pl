# Whatever a server sends, and whoever reads it: no process takes more memory
# than four times jira_spoke.max_response_size and 64 MB.  With SPOKE_FULL each
# document comes in all sizes, otherwise in one of them.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::OAuth;
use JiraSpoke::Outbox;
use PostgreSQL::Test::Utils;
use Test::More;

my $megabyte = 1024 * 1024;
my $largest = 16;    # MB, and the most that a process may take:
my $bound = 4 * $largest + 64;
my $jira = JiraSpoke::Jira->start;
my $node = start_cluster('budget', 'jira_spoke.max_retries = 0', "jira_spoke.max_response_size = '${largest}MB'",
	q{jira_spoke.gateway_url = '} . $jira->url . q{'}, 'shared_buffers = 16MB', 'work_mem = 4MB');

connect_to($node, $jira);
connect_to($node, $jira, 'gateway', secret => 'demo-scoped-token', scoped => 'true');
connect_oauth($node, $jira, 'work');

# What a document is full of; one that is accepted up to its largest size shows
# more than one that is refused, so there are sizes below the limit, too.
my %shape = (
	'empty objects' => [ '[', '{},', '{}]' ],
	'empty arrays' => [ '[', '[],', '[]]' ],
	'arrays in arrays' => [ '[', '[[[[]]]],', '[]]' ],
	'many tiny keys' => [ '{', '"@":1,', '"":1}' ],
	'objects of one key' => [ '[', '{"a":1},', '{}]' ],
	'digits' => [ '[', '1,', '1]' ],
	'numbers with exponents' => [ '[', '1e308,', '1]' ],
	'numbers beyond any type' => [ '[', '9e999,', '1]' ],
	'nulls' => [ '[', 'null,', 'null]' ],
	'empty strings' => [ '[', '"",', '""]' ],
	'one string' => [ '"', 'x', '"' ],
	'escapes' => [ '"', '\u0041', '"' ],
	'characters that are escaped again' => [ '"', '\u0001', '"' ],
	'U+0000' => [ '"', '\u0000', '"' ],
	'strings of a kilobyte' => [ '[', '"' . 'y' x 1021 . '",', '""]' ],
	'nothing but spaces' => [ '[', ' ', '9e999]' ],
	'brackets' => [ '', '[', '' ],
	'an issue of Jira' => [ '[', '{"id":"10000","key":"OPS-1","fields":{"summary":"A summary of the usual length","customfield_10011":null,"labels":["a","b"],"votes":{"votes":0}}},', '{}]' ],
	'no JSON' => [ 'x', '"', '' ]);

# Who reads it: the path that is answered, what is around the document, the
# query, and whether all of its result is sent.
my %consumer = (
	'jira_request' => [ '*/myself', '%s', q{SELECT status, headers, body FROM jira_request('GET', '/rest/api/3/myself')} ],
	'jira_request, refused' => [ '*/myself', '%s', q{SELECT status, headers, body FROM jira_request('GET', '/rest/api/3/myself')}, 418 ],
	'a row of a page' => [ '*/search/jql', '{"issues":[{"id":"1","key":"OPS-1","fields":{"customfield_1":%s,"summary":"s"}}]}',
		q{SELECT * FROM jira_lookup_issues_stream('project = OPS')} ],
	'the rest of a page' => [ '*/search/jql', '{"issues":[{"id":"1","key":"OPS-1","fields":{}}],"names":%s}',
		q{SELECT * FROM jira_lookup_issues_stream('project = OPS')} ],
	'a page of a function that is called' => [ '*/search/jql', '{"issues":[{"id":"1","key":"OPS-1","fields":{"customfield_1":%s}}]}',
		q{SELECT jira_lookup_issues_stream('project = OPS')} ],
	'a single document' => [ '*/issue/OPS-1', '{"id":"1","key":"OPS-1","fields":{"customfield_1":%s,"description":"d"}}',
		q{SELECT * FROM jira_lookup_issue('OPS-1')} ],
	'a value' => [ '*/comment', '{"id":%s}', q{SELECT jira_add_comment('OPS-1', 'x')} ],
	'a refusal' => [ '*/issue/OPS-1', '{"errorMessages":%s}', q{SELECT * FROM jira_lookup_issue('OPS-1')}, 400 ],
	'the description of an attachment' => [ '*/attachment/1', '{"filename":"x","more":%s}',
		q{SELECT * FROM jira_request('GET', '/rest/api/3/attachment/1')} ],
	'the refusal of a file' => [ '*/attachment/content/1', '{"errorMessages":%s}', q{SELECT jira_attachment_content('1')}, 404 ],
	'the fields of Jira' => [ '*/field', '[{"id":"customfield_1","name":"x","more":%s}]',
		q{SELECT * FROM jira_lookup_issues_stream('project = OPS', fields => '{x}', max_rows => 1)} ],
	'tokens' => [ '/oauth/token', '{"access_token":"x","more":%s}', \&complete ],
	'a refusal of tokens' => [ '/oauth/token', '{"error":"invalid_grant","more":%s}', \&complete, 400 ],
	'the sites of a token' => [ '*/accessible-resources', '[{"id":"x","url":"https://example.com","more":%s}]', \&complete ],
	'the cloud id' => [ '*/tenant_info', '{"cloudId":%s}', q{SELECT * FROM jira_lookup_issue('OPS-1', connection => 'gateway')} ]);

my $turn = 0;

for my $name (sort keys %consumer)
{
	my $most = 0;
	my %states;

	for my $shape (sort keys %shape)
	{
		# The limit itself, and what is about to be refused.
		my @parts = $name eq 'jira_request' || $name eq 'a row of a page' ? (1.1, 0.97, 0.5, 0.25, 0.12, 0.06, 0.03, 0.015) : (0.97, 0.06, 0.015);

		for my $part ($ENV{SPOKE_FULL} ? @parts : $parts[ $turn++ % @parts ])
		{
			my ($memory, $state) = peak($name, $shape, int($part * $largest * $megabyte));

			$states{$state}++;
			cmp_ok($memory, '<', $bound, sprintf '%s of %s, %.1f MB: %d MB, %s', $name, $shape, $part * $largest, $memory, $state);
			$most = $memory if $memory > $most;
		}
	}
	ok(!grep({ !/^(?:none|54000|08P01|22|P0002|28000|42703|55000)/ } keys %states), "$name: each ends well") or diag(explain(\%states));
	note("$name: at most $most MB of $bound");
}

# The worker of the outbox stays for a while, so that its size can be read.
for my $shape ('empty objects', 'an issue of Jira', 'one string', 'empty strings')
{
	for my $reply (
		[ '{"issues":%s,"errors":[]}', 201, 0.97 ], [ '{"issues":%s,"errors":[]}', 201, 0.015 ],
		[ '{"issues":[],"errors":[{"status":99999999,"failedElementNumber":0,"elementErrors":%s}]}', 400, 0.97 ],
		[ '{"issues":[],"errors":[{"status":99999999,"failedElementNumber":0,"elementErrors":%s}]}', 400, 0.015 ])
	{
		my ($around, $status, $size) = @$reply;
		my ($before, $part, $after) = @{ $shape{$shape} };
		my ($start, $end) = $around =~ /^(.*)%s(.*)$/;

		$jira->clear_faults;
		$jira->fault(kind => 'repeat', path => '*/issue/bulk', before => "$start$before", part => $part, after => "$after$end",
			size => int($size * $largest * $megabyte), status => $status);
		$node->safe_psql('postgres', q{SELECT jira_enqueue('jira_create_issue', jsonb_build_object('project', 'OPS', 'issue_type', 'Bug', 'summary', s)) FROM generate_series(1, 3) AS s});
		ok($node->poll_query_until('postgres', q{SELECT NOT EXISTS (SELECT FROM jira_spoke.outbox WHERE attempts = 0 OR state = 'sending')}), "$shape: the worker goes on");
		my $memory = $node->safe_psql('postgres', <<'SQL');
SELECT max(substring(pg_read_file(format('/proc/%s/status', pid), 0, 100000, true) FROM 'VmHWM:\s+(\d+)')::int) / 1024
FROM pg_stat_activity WHERE backend_type LIKE 'jira_spoke%'
SQL
		cmp_ok($memory, '<', $bound, "$shape in a reply to a bulk request: $memory MB") if $memory ne '';
		$node->safe_psql('postgres', 'DELETE FROM jira_spoke.outbox');
	}
}

$node->stop;
done_testing();

# The statement that asks for tokens, after the consent of a person.
sub complete
{
	my $url = $jira->consent($node->safe_psql('postgres', q{SELECT jira_oauth_authorize_url('work')}));

	return "SELECT jira_oauth_complete('$url', 'work')";
}

# The largest size of the process that asks, in MB, and the SQLSTATE it ends with.
sub peak
{
	my ($name, $shape, $size) = @_;
	my ($path, $around, $query, $status) = @{ $consumer{$name} };
	my ($before, $part, $after) = @{ $shape{$shape} };
	my ($start, $end) = $around =~ /^(.*)%s(.*)$/;

	$jira->clear_faults;
	$query = $query->() if ref $query;
	$jira->fault(kind => 'repeat', path => $path, before => "$start$before", part => $part, after => "$after$end",
		size => $size, status => $status // 200, $shape eq 'no JSON' && $around eq '%s' ? (content_type => 'text/plain') : ());
	my ($out, $error) = ('', '');
	IPC::Run::run([ 'psql', '-XAtq', '--set=VERBOSITY=sqlstate', '-d', $node->connstr('postgres'), '-f', '-' ], '<',
		\"\\o /dev/null\n$query;\n\\o\nSELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\\s+(\\d+)');\n",
		'>', \$out, '2>', \$error);
	return ($out / 1024, $error =~ /(?:ERROR|FATAL):  (\w{5})/ ? $1 : 'none');
}
