# A condition on the field of changes has Cloud return the changes of that field alone, or
# those that were made together with them.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke;
use List::Util qw(sum0);
use PostgreSQL::Test::Utils;
use Test::More;

my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => 400) } qw(cloud server);
my $node = start_cluster('changes', 'jira_spoke.max_retries = 0', 'jit = off');

for my $deployment (sort keys %jira)
{
	$jira{$deployment}->control('POST', 'activity', { project => 'BULK' });
	connect_to($node, $jira{$deployment}, $deployment);
	$node->safe_psql('postgres', <<~"SQL");
		CREATE SERVER $deployment FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection '$deployment');
		CREATE SCHEMA $deployment;
		IMPORT FOREIGN SCHEMA jira LIMIT TO (issue_changes) FROM SERVER $deployment INTO $deployment;
		SELECT count(jira_update_issue('BULK-' || n, fields => jsonb_build_object('Story Points', n, 'Severity', 'Major', 'summary', 'New ' || n), connection => '$deployment')::text)
		FROM generate_series(1, 20) AS n;
		SQL
}

fields_travel();
what_does_not_travel();
refused_fields();
plans_say_what_is_asked();
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, 'nothing crashed');
done_testing();

# Rows of a query, what was asked for changes, and the bytes of the answers.
sub ask
{
	my ($deployment, $query) = @_;

	$jira{$deployment}->forget_requests;
	my ($status, $rows, $error) = $node->psql('postgres', "SET jira_spoke.connection = '$deployment'; SET search_path = $deployment, public; $query");
	my @asked = grep { $_->{path} =~ m{bulkfetch|/search} } $jira{$deployment}->requests;

	return ($status == 0 ? $rows : $error, [ map { decode_json($_->{body}) } grep { $_->{path} =~ /bulkfetch/ } @asked ], sum0(map { $_->{sent} } @asked));
}

# The rows are those without the condition in the request.  Returns the fields that were asked for, and the share of the bytes.
sub same_rows
{
	my ($deployment, $condition, $source) = @_;
	my $query = 'SELECT issue, change_id, at, author, field, field_id, from_value, from_text, to_value, to_text FROM '
	  . ($source // 'issue_changes') . " WHERE $condition ORDER BY change_id, field_id, field, to_text";
	my ($rows, $asked, $bytes) = ask($deployment, $query);
	my ($expected, $all, $all_bytes) = ask($deployment, "SET jira_spoke.pushdown = off; $query");

	is($rows, $expected, "$deployment, $condition: " . (() = $rows =~ /^\S+-\d+\|/mg) . " rows, $bytes bytes instead of $all_bytes");
	cmp_ok(scalar(@$asked), q{<=}, scalar(@$all), "$deployment, by no more requests for changes");
	is(scalar(grep { $_->{fieldIds} } @$all), 0, "$deployment, unless the setting turns it off") unless $source;
	return (join(' ', map { $_->{fieldIds} ? '[' . join(',', sort @{ $_->{fieldIds} }) . ']' : 'all' } @$asked), $bytes / ($all_bytes || 1), $rows);
}

sub fields_travel
{
	my %travels = (
		q{field_id = 'status'} => '[status]',
		q{field_id = 'summary'} => '[summary]',
		q{'customfield_10016' = field_id} => '[customfield_10016]',
		q{field_id IN ('summary', 'customfield_10032', 'summary')} => '[customfield_10032,summary]',
		q{field_id IN ('labels', 'status') AND field_id IN ('status', 'summary')} => undef,
		q{field_id IN ('status', 'assignee') AND at > now() - interval '1 year' AND project = 'BULK'} => '[assignee,status]',
		q{field_id = ANY (ARRAY['status', NULL])} => '[status]',
		q{field_id = (SELECT 'resolution')} => '[resolution]');

	for my $condition (sort keys %travels)
	{
		my ($fields) = same_rows('cloud', $condition);

		if (defined $travels{$condition}) { is($fields =~ s/(\[\S+\])( \g1)+/$1/r, $travels{$condition}, 'Cloud looks for them'); }
		else { like($fields, qr/^\[(?:labels,status|status,summary)\]/, 'Cloud looks for one of them'); }
		($fields) = same_rows('server', $condition);
		is($fields, '', 'Data Center is not asked for fields');
	}
	my (undef, $share, $rows) = same_rows('cloud', q{field_id = 'customfield_10016'});
	cmp_ok($share, '<', 0.3, 'what is not wanted does not travel');
	like($rows, qr/^BULK-20\|.*Story Points/m, 'what is does');
	my ($fields) = same_rows('cloud', q{field_id = 'status'}, q{jira_lookup_changes_stream('project = BULK')});
	is($fields, '[status]', 'of the function, too');
	($fields) = same_rows('cloud', q{field_id = 'status'}, q{jira_lookup_changes_stream('project = BULK', ARRAY['summary', 'Summary', 'summary'])});
	is($fields, '[summary]', 'which may say itself what is asked for');
	my $prepared = q{SET plan_cache_mode = force_generic_plan; PREPARE p (text) AS SELECT count(*) FROM issue_changes WHERE field_id = $1;
		EXECUTE p ('summary'); EXECUTE p (NULL); EXECUTE p ('nothing')};
	my ($counts, $asked) = ask('cloud', $prepared);
	is($counts, (ask('cloud', "SET jira_spoke.pushdown = off; $prepared"))[0], 'parameters');
	is(join(' ', map { $_->{fieldIds} ? "@{ $_->{fieldIds} }" : 'all' } @$asked) =~ s/\b(\w+)( \g1)+/$1/gr, 'summary all', 'of a field that there is, of none, of one that there is not');
	my $rescans = q{SELECT f, n FROM (VALUES ('status'), ('summary'), (NULL), ('priority'), ('summary')) AS v (f),
		LATERAL (SELECT count(*) AS n FROM issue_changes WHERE field_id = v.f OFFSET 0) AS c ORDER BY 1};
	is((ask('cloud', $rescans))[0], (ask('cloud', "SET jira_spoke.pushdown = off; $rescans"))[0], 'values one after another');
	return;
}

# More than Jira takes, fields that it does not know, and what is no list of fields.
sub what_does_not_travel
{
	my $many = join ', ', map { "'$_'" } qw(status summary priority assignee reporter labels resolution description duedate parent environment);

	for my $condition ("field_id IN ($many)", q{field_id = 'customfield_99999'}, q{field_id = 'Status'}, q{field_id = ''}, q{field = 'status'}, q{field_id <> 'status'},
		q{field_id IN ('status', 'nothing')}, q{field_id IS NOT NULL}, q{field_id = 'status' OR author IS NULL}, q{field_id LIKE 'stat%'}, q{field_id = 'status' COLLATE "C" OR field_id = 'summary'})
	{
		my ($fields) = same_rows('cloud', $condition);
		unlike($fields, qr/\[/, 'all changes are asked for');
	}
	return;
}

# What Jira refuses is asked for without the fields.
sub refused_fields
{
	my $refusal = { kind => 'status', status => 400, path => '/rest/api/*changelog/bulkfetch', times => 1, content_type => 'application/json',
		body => '{"errorMessages": ["The field is not known."]}' };

	$jira{cloud}->fault(%$refusal);
	my ($rows, $asked) = ask('cloud', q{SELECT count(*) FROM issue_changes WHERE field_id = 'status'});
	is($rows, (ask('cloud', q{SET jira_spoke.pushdown = off; SELECT count(*) FROM issue_changes WHERE field_id = 'status'}))[0], 'rows after a refusal');
	is(scalar(grep { !$_->{fieldIds} } @$asked) >= 1, 1, 'all changes were asked for');
	$jira{cloud}->clear_faults;
	$jira{cloud}->fault(%$refusal, times => 9);
	like((ask('cloud', q{SELECT count(*) FROM issue_changes WHERE field_id = 'status'}))[0], qr/The field is not known/, 'a refusal of all is an error');
	$jira{cloud}->clear_faults;
	$jira{cloud}->fault(%$refusal);
	like((ask('cloud', q{SELECT count(*) FROM jira_lookup_changes_stream('project = BULK', ARRAY['status'])}))[0], qr/The field is not known/, 'of fields that the call names, too');
	$jira{cloud}->clear_faults;
	return;
}

sub plans_say_what_is_asked
{
	my $explain = sub { return (ask('cloud', "EXPLAIN (COSTS OFF) SELECT issue FROM issue_changes WHERE $_[0]"))[0]; };

	like($explain->(q{field_id IN ('status', 'summary') AND issue = 'BULK-1'}),
		qr/Conditions in JQL: key = 'BULK-1'::text\n\s+Conditions on Items: field_id in '\{status,summary\}'::text\[\]\n/, 'EXPLAIN');
	like($explain->(q{field = 'status'}), qr/Checked Here Only: .*\(column\)/, 'a name may have been that of another field');
	return;
}
