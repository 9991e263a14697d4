# Rows of lists are read from their bytes, and those that are unusual through a
# tree, which costs many times as much: both give the same, whatever Jira sends,
# and what is no JSON is refused by both.
use strict;
use warnings FATAL => 'all';

use Config;
use IPC::Run;
use JiraSpoke;
use Test::More;

my $node = start_cluster('row_reader', 'jira_spoke.max_retries = 0', 'jit = off');
my $jira = JiraSpoke::Jira->start;

# The name of a member is never escaped, so that this one makes a row unusual.
my $unusual = '"\u006fdd": 0';

my @values = ('null', 'true', 'false', '{}', '[]', '[ ]', '""', '"plain"', '"a \" \\\\ \/ \b \f \n \r \t"', '"\u00e4\u20AC \ud83d\ude00"', '"\u0000"', '"a\u0000"', '"\ud83d"',
	"\"\x{e4} \x{142} \x{8a9e}\"", '12', '-12', '0', '-0', '-0.0', '1.0', '5.50', '100.00', '0.10', '1e2', '1E-7', '1e22', '123456789012345.5', '0.12345678901234567', '2147483648', '-2147483648',
	'999999999999999999', '9223372036854775807', '9223372036854775808', '123456789012345678901234567890', '1e400', 'NaN', '-Infinity',
	'"12"', '"-12"', '"012"', '"+12"', '"12 "', '"12.50"', '"1e3"', '"2147483648"', '"99999999999999999999"', '"true"', '"f"',
	'["x"]', '[ "x" , "y\n" ]', '["x", null]', '[null]', '["x", 1, true, {"a": 1}]', '[["x"]]', '[{"name": "x"}, {"name": null}, {}, 7]', '{"name": "x"}', '{"a": 1, "a": {"b": [1.0, {}]}}',
	'{"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}]}',
	map { qq("$_") } '2024-05-31T14:00:00.000+0000', '2024-05-31T14:00:00+01:00', '2024-05-31T14:00:00Z', '2024-02-29T23:59:59.999999-1130', '2023-02-29T00:00:00Z', '2024-05-31T24:00:00Z',
	'2024-05-31T14:00:60Z', '2024-05-31T14:00Z', '2024-05-31T14:00:00', '2024-05-31 14:00:00Z', '2024-05-31T14:00:00.1234567Z', '2024-05-31T14:00:00.Z', '2024-05-31T14:00:00+16:00', '2024-05-31T14:00:00+01',
	'0000-05-31T14:00:00Z', '0001-01-01T00:00:00+00:00', '9999-12-31T23:59:59-15:59', '2024-13-01T00:00:00Z', '2024-05-31', '2023-02-29', '0044-03-15', '2024-05-31x', '2024-5-31', 'infinity', 'now');

# Rows with a value, and what is asked for them.
my %lists = (
	issues => [ '*/search/jql', '{"issues": [%s], "isLast": true}', q{SELECT i FROM jira_lookup_issues_stream('project = OPS') AS i},
		'"id": %s, "key": "A-1", "other": %s, "fields": {"summary": %s, "description": %s, "created": %s, "duedate": %s, "labels": %s, "components": %s, "status": {"name": %s, "statusCategory": %s}, "priority": %s}' ],
	stories => [ '*/search/jql', '{"issues": [%s], "isLast": true}', q{SELECT i FROM jira_lookup_stories_stream('OPS') AS i},
		'"id": "1", "fields": {"customfield_10016": %s, "customfield_10020": [{"id": %s, "name": %s}]}' ],
	sprints => [ '*/sprint', '{"values": [%s], "isLast": true}', q{SELECT (id, name, board, started, completed, raw - 'odd') FROM jira_lookup_sprints_by_board(1)},
		'"id": %s, "name": %s, "originBoardId": %s, "activatedDate": %s, "startDate": "2024-05-31T14:00:00Z", "completeDate": %s' ],
	projects => [ '*/project/search', '{"values": [%s], "isLast": true}', q{SELECT (id, name, archived, lead_name, raw - 'odd') FROM jira_lookup_projects_stream()},
		'"id": %s, "name": %s, "archived": %s, "lead": {"displayName": %s}, "more": [%s]' ]);

# Members of an issue in every arrangement.
my @issues = ('"fields": {"summary": "a", "summary": "b"}', '"fields": {"summary": "a"}, "fields": {"labels": ["x"]}', '"fields": {"status": {"name": "a"}, "status": "b"}',
	'"fields": {"status": {"name": "a"}, "status": {"name": null}}', '"fields": []', '"fields": [{"summary": "a"}]', '"fields": null', '"fields": {"status": [{"name": "a"}]}',
	"\n\t\"fields\" :\r\n{ \"summary\"\t: \"a\" ,\n\"labels\" : [ ] }\n", '"fields": {"": 1, "Summary": "a", "summaries": "b"}', '"names": {"summary": "x"}, "fields": {"summary": "a"}', '"names": null',
	'"changelog": {"total": 0}', '"key": {"key": "a"}', '"id": 1');

my @malformed = ('"a": 01', '"a": 1.', '"a": .5', '"a": +1', '"a": -', '"a": 1e', '"a": tru', '"a": truex', '"a": "x"y', '"a": "\x"', '"a": "\u00g0"', "\"a\": \"\x01\"", "\"a\": \"\n\"", '"a" 1', '"a": ', '"a": 1,', ',"a": 1',
	'a: 1', "'a': 1", '"a": 1 "b": 2', '"a": [1,]', '"a": [1 2]', '"a": [,1]', '"a": {"b"}', '"\u0000": 1', '"a": nan', "\"a\": 1\x0c");

connect_to($node, $jira);
reads_the_same($_) for sort keys %lists;
refuses_what_is_no_json();
reads_in_other_encodings();
takes_few_instructions();
done_testing();

# The rows of a query that gets these, each in a line.
sub lines_of
{
	my ($list, $rows, %options) = @_;
	my ($path, $page, $query) = @{ $lists{$list} };

	$jira->clear_faults;
	$jira->fault(kind => 'wrong_type', path => $path, body => sprintf $page, join ",\n", @$rows);
	return split /\n/, rows_or_error($node, "SET client_min_messages = error; SELECT to_json(r::text) FROM ($query) AS t (r)", dbname => $options{dbname} // 'postgres');
}

# As bytes and as a tree.
sub is_the_same
{
	my ($list, $members, $names, %options) = @_;
	my @read = lines_of($list, [ map { ("{$_}", "{$_, $unusual}") } @$members ], %options);
	my $of = $options{dbname} // 'postgres';

	is(scalar @read, 2 * @$members, "$of, $list: all rows are read") or return diag join "\n", splice @read, 0, 10;
	is($read[ 2 * $_ ], $read[ 2 * $_ + 1 ], "$of, $list: " . $names->[$_] =~ s/[^ -~]/?/gr) for 0 .. $#$members;
	return;
}

sub with_value
{
	my ($list, $value) = @_;

	return $lists{$list}[3] =~ s/%s/$value/gr;
}

sub reads_the_same
{
	my $list = shift;

	is_the_same($list, [ map { with_value($list, $_) } @values ], \@values);
	is_the_same($list, \@issues, \@issues) if $list eq 'issues';
	return;
}

# Whether the member is wanted or not, and whatever follows.
sub refuses_what_is_no_json
{
	for my $member (@malformed)
	{
		for my $row ("{$member}", qq({"key": "A-1", "other": {$member}}), qq({"fields": {"summary": "x", $member}}))
		{
			like((lines_of('issues', [ '{"key": "A-1"}', $row ]))[0], qr/ERROR:  08P01: /, "refused: $row");
		}
	}
	like((lines_of('issues', [ '{"key": "A-1", "other": ' . '[' x 128 . ']' x 128 . '}' ]))[0], qr/ERROR:  54000: /, 'what is nested too deep is refused');
	is(scalar lines_of('issues', [ '{"key": "A-1", "other": ' . '[' x 127 . ']' x 127 . '}' ]), 1, 'and what is not is read');
	like((lines_of('issues', [ '{"key": "A-1"} {"key": "A-2"}' ]))[0], qr/ERROR:  08P01: /, 'two rows without a comma');
	return;
}

sub reads_in_other_encodings
{
	my @texts = ('"plain"', "\"\xe4 \\u00df \\n\"", "[\"\xe4\", \"\\u00e4\\u0000x\"]", "{\"\xe4\": \"\xe4\", \"b\": [\"\\u00e4\"]}");

	for my $encoding ('LATIN1', 'SQL_ASCII')
	{
		my $database = lc $encoding;

		# LATIN1 has no U+FFFD.
		my @held = grep { $encoding ne 'LATIN1' || !/0000/ } @texts;

		$node->safe_psql('postgres', "CREATE DATABASE $database ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
		$node->safe_psql($database, 'CREATE EXTENSION jira_spoke');
		connect_to($node, $jira, undef, dbname => $database);
		is_the_same('issues', [ map { with_value('issues', $_) } @held ], \@held, dbname => $database);
		like(join('', lines_of('issues', [ '{' . with_value('issues', "\"\\u0142 \x{8a9e}\"") . '}' ], dbname => $database)),
			$encoding eq 'LATIN1' ? qr/ERROR:  22P05: / : qr/^"\(/, "$database: what it may lack");
	}
	return;
}

# Of a single-user backend that reads so many rows of an issue; with the columns the issue has fields.
sub instructions_of
{
	my ($rows, @columns) = @_;
	my $fields = ',"fields":' . '{"summary":"The invoice shows the wrong total","status":{"name":"In Progress","id":"10001","statusCategory":{"id":4,"key":"indeterminate"}},'
	  . '"priority":{"name":"High","id":"2"},"issuetype":{"id":"10002","name":"Task","subtask":false},"assignee":{"accountId":"5b10a2844c20165700ede202","displayName":"Ekaterina Volkova","active":true},'
	  . '"labels":["billing","customer"],"created":"2026-05-31T14:00:00.000+0000","updated":"2026-06-01T09:30:12.345+0000"}';
	$fields = '' unless @columns;
	my $issues = join ',', map { qq({"id":"$_","key":"BULK-$_","self":"https://example.atlassian.net/rest/api/3/issue/$_"$fields}) } 1 .. $rows;
	my $counts = join ', ', map { "count($_)" } 'key', @columns;
	my $query = "SELECT 'rows ' || count(*), $counts FROM jira_lookup_issues_stream('project = OPS')\n";
	my ($out, $error);

	$jira->clear_faults;
	$jira->fault(kind => 'wrong_type', path => '*/search/jql', body => qq({"issues":[$issues],"isLast":true}));
	IPC::Run::run([ 'valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', $node->installed_command('postgres'), '--single', '-D', $node->data_dir, 'postgres' ],
		'<', \$query, '>', \$out, '2>', \$error);
	like($out, qr/"rows $rows"/, "$rows rows are read") or diag $error;
	return $error =~ /Collected : (\d+)/ ? $1 : 0;
}

sub is_cheap
{
	my ($name, $most, @columns) = @_;
	my $few = instructions_of(100, @columns);
	my $row = int((instructions_of(400, @columns) - $few) / 300);

	return cmp_ok($row, '<', $most, "a row with $name takes few instructions: $row");
}

# With trees it would be twice as many, at the least.
sub takes_few_instructions
{
  SKIP:
	{
		skip why_no_valgrind(), 2 if why_no_valgrind();
		skip 'a server with assertions takes many more', 2 if $node->safe_psql('postgres', 'SHOW debug_assertions') eq 'on';
		skip 'a processor of 32 bits takes more for numbers of 64', 2 if $Config{ptrsize} < 8;
		$node->stop;
		is_cheap('ten columns', 40_000, qw(summary status priority issue_type assignee assignee_name labels created updated));
		is_cheap('the key', 5_000);
	}
	return;
}
