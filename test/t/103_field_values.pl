# Values of fields reach Jira in the form that the field wants, whatever SQL type
# they had, by a call, a trigger or the outbox; and a refusal tells what Jira
# would have taken.  What Jira has that is no value, or no issue, ends no query
# that does not want it to.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::Outbox;
use JiraSpoke;
use Test::More;

my $node = start_cluster('values', 'jira_spoke.outbox_marker = none', "timezone = 'Pacific/Auckland'");
my $cloud = JiraSpoke::Jira->start;
my $server = JiraSpoke::Jira->start(deployment => 'server');
my $jira;

connect_to($node, $cloud);
connect_to($node, $server, 'server');

sends_what_fields_want();
writes_from_everywhere('demo', $cloud);
writes_from_everywhere('server', $server);
triggers_of_other_actions('demo', $cloud);
triggers_of_other_actions('server', $server);
knows_columns();
refuses_with_names('demo', $cloud);
refuses_with_names('server', $server);
refuses_what_cannot_be();
reads_what_is_no_value();
looks_up_what_is_missing('demo', $cloud);
looks_up_what_is_missing('server', $server);

done_testing();

# The fields of the issue that was created last.
sub last_fields
{
	my ($of) = @_;
	my $body = $of->last_body;

	return $body->{issueUpdates} ? $body->{issueUpdates}[-1]{fields} : $body->{fields};
}

# Fields of a Jira that accepts whatever comes.
sub sends_what_fields_want
{
	my $site = JiraSpoke::Jira->start;
	my @fields = (
		{ id => 'customfield_3', name => 'When', custom => Cpanel::JSON::XS::true, schema => { type => 'datetime' } },
		{ id => 'customfield_10016', name => 'Story Points', custom => Cpanel::JSON::XS::true, schema => { type => 'number' } },
		{ id => 'customfield_40', name => 'Tags', custom => Cpanel::JSON::XS::true, schema => { type => 'array', items => 'string' } });
	my %wanted = (customfield_3 => '2026-01-02T02:04:05.000+0000', customfield_10016 => 2, customfield_40 => ['10.1.1.1']);
	my $given = q{jsonb_build_object('When', '2026-01-02 03:04:05+01'::timestamptz, 'Story Points', '2', 'Tags', '10.1.1.1')};
	my $check = sub {
		my $fields = last_fields($site);

		is_deeply({ map { $_ => $fields->{$_} } keys %wanted }, \%wanted, "the fields: $_[0]");
		like((grep { $_->{path} =~ m{/issue} } $site->requests)[-1]{body}, qr/"customfield_10016":2[,}]/, 'a number is one');
		$site->forget_requests;
	};

	connect_to($node, $site, 'any');
	$site->fault(kind => 'status', status => 200, path => '*/field', body => \@fields);
	$site->fault(kind => 'status', status => 201, method => 'POST', path => '*/issue', body => { id => '10000', key => 'OPS-1' });
	query_through($node, 'any', "SELECT jira_create_issue('OPS', 'Bug', 'x', fields => $given)");
	$check->('a call');

	my $id = $node->safe_psql('postgres', "SELECT jira_enqueue('jira_create_issue', jsonb_build_object('project', 'OPS', 'issue_type', 'Bug', 'summary', 'x', 'fields', $given), 'any')");
	is(outcome($node, $id), 'done|1', 'an item is carried out') or diag item_error($node, $id);
	$check->('the outbox');

	for my $mode ('outbox', 'immediate')
	{
		$node->safe_psql('postgres', qq{
			CREATE TABLE $mode (id int PRIMARY KEY, at timestamptz, local timestamp, points text, tag inet);
			CREATE TRIGGER t AFTER INSERT ON $mode FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger(
				'{"project": "OPS", "issue_type": "Bug", "summary": "x", "fields": {"When": "{at}", "Story Points": "{points}", "Tags": "{tag}"}}',
				'{"connection": "any", "mode": "$mode"}');
			INSERT INTO $mode VALUES (1, '2026-01-02 03:04:05+01', NULL, '2', '10.1.1.1')});
		outcome($node, '(SELECT max(id) FROM jira_spoke.outbox)') if $mode eq 'outbox';
		$check->("a trigger, $mode");
	}

	# Without a zone it is a time of the session, not of the worker.
	$node->safe_psql('postgres', q{
		CREATE TABLE local (id int PRIMARY KEY, at timestamp);
		CREATE TRIGGER t AFTER INSERT ON local FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger(
			'{"project": "OPS", "issue_type": "Bug", "summary": "x", "fields": {"When": "{at}", "due": "{at}"}}', '{"connection": "any"}');
		SET TimeZone = 'America/New_York';
		INSERT INTO local VALUES (1, '2026-07-02 23:04:05.678')});
	outcome($node, '(SELECT max(id) FROM jira_spoke.outbox)');
	is_deeply([ @{ last_fields($site) }{qw(customfield_3 duedate)} ], [ '2026-07-03T03:04:05.678+0000', '2026-07-02' ],
		'a time without a zone, and its day');
	return;
}

# A Jira that is strict.
sub writes_from_everywhere
{
	my ($alias, $site) = @_;
	my $account = $alias eq 'demo' ? '5b10a2844c20165700ede202' : 'ekaterina';
	my $given = qq{jsonb_build_object('Begins at', '2026-01-02 03:04:05.678+01'::timestamptz, 'effort in days', '2.5', 'Story Points', 3,
		'tags', 7, 'customfield_10037', 1, 'Target start', '2026-07-02 03:04+00'::timestamptz, 'Approvers', '$account',
		'labels', 2026, 'components', 'Checkout', 'due', '2026-03-04'::date, 'fix_versions', ARRAY['4.0'])};

	my $read = q{SELECT concat_ws('|', fields->>'customfield_10039', fields->>'customfield_10031', fields->>'customfield_10016',
		fields->>'customfield_10040', fields->>'customfield_10037', fields->>'customfield_10041', jsonb_array_length(fields->'customfield_10042'),
		labels, components, due, fix_versions) FROM jira_lookup_issue(%s)};
	my $wanted = '2026-01-02T02:04:05.678+0000|2.5|3|["7"]|1|2026-07-02|1|{2026}|{Checkout}|2026-03-04|{4.0}';

	is(query_through($node, $alias, "SET timezone = 'UTC'; " . sprintf $read, "(SELECT jira_create_issue('WEB', 'Bug', 'x', fields => $given))"), $wanted,
		"$alias: a call writes what each field wants");
	my $id = $node->safe_psql('postgres', "SET timezone = 'UTC'; SELECT jira_enqueue('jira_create_issue', jsonb_build_object('project', 'WEB', 'issue_type', 'Bug', 'summary', 'x', 'fields', $given), '$alias')");
	is(outcome($node, $id), 'done|1', "$alias: so does the outbox") or diag item_error($node, $id);
	is(query_through($node, $alias, sprintf $read, "'" . item($node, $id, 'result') . "'"), $wanted, "$alias: and it writes the same");

	my $key = query_through($node, $alias, q{SELECT jira_create_issue('WEB', 'Bug', 'x')});
	query_through($node, $alias, qq{SELECT jira_update_issue('$key', update => jsonb_build_object('Tags', '[{"add": 5}, {"add": "b"}]'::jsonb,
		'Begins at', jsonb_build_array(jsonb_build_object('set', '2026-01-02 03:04:05.678+01'::timestamptz))))});
	is(query_through($node, $alias, qq{SELECT fields->>'customfield_10040', fields->>'customfield_10039' FROM jira_lookup_issue('$key')}),
		'["5", "b"]|2026-01-02T02:04:05.678+0000', "$alias: operations, too");

	# By id, a number is sent as it is first, since most fields of which one knows the id want one.
	for my $value ([ 'customfield_10037', '42', '42' ], [ 'customfield_10037', 'true', 'true' ], [ 'customfield_10040', '42', '["42"]' ],
		[ 'customfield_10032', '0', qr/Option/ ])
	{
		my ($field, $given_value, $stored) = @$value;
		my $made = rows_or_error($node, qq{SET jira_spoke.connection = '$alias'; SELECT fields->>'$field' FROM jira_lookup_issue(
			(SELECT jira_create_issue('WEB', 'Bug', 'x', fields => '{"$field": $given_value}')))});
		ref $stored ? like($made, $stored, "$alias: $field takes no $given_value") : is($made, $stored, "$alias: $field takes $given_value");
	}
	return;
}

# Changes, transitions and sprints, with times of a session that is elsewhere than the worker.
sub triggers_of_other_actions
{
	my ($alias, $site) = @_;
	my $fields = q{"fields": {"Begins at": "{at}", "due": "{local}"}};
	my %sent = (customfield_10039 => '2026-01-02T02:04:05.678+0000', duedate => '2026-07-02');
	my @actions = (
		[ 'jira_create_sprint', q{{"name": "s", "board": 1, "start_date": "{at}", "end_date": "{local}"}},
			{ name => 's', originBoardId => 1, startDate => '2026-01-02T02:04:05.678Z', endDate => '2026-07-03T03:04:05.678Z' } ],
		[ 'jira_update_issue', qq{{"issue": "WEB-9", $fields}}, { fields => {%sent} } ],
		[ 'jira_update_story', qq{{"issue": "WEB-9", "story_points": "{points}", $fields}}, { fields => { %sent, customfield_10016 => 2.5 } } ],
		[ 'jira_do_transition', qq{{"issue": "WEB-9", "transition": "11", $fields}}, { transition => { id => '11' }, fields => {%sent} } ]);

	for my $action (@actions)
	{
		my ($function, $template, $body) = @$action;

		$site->forget_requests;
		$node->safe_psql('postgres', qq{
			CREATE TABLE changed (id int PRIMARY KEY, at timestamptz, local timestamp, points text);
			CREATE TRIGGER t AFTER INSERT ON changed FOR EACH ROW EXECUTE FUNCTION jira_action_trigger('$function', '$template', '{"connection": "$alias"}');
			SET timezone = 'America/New_York';
			INSERT INTO changed VALUES (1, '2026-01-02 03:04:05.678+01', '2026-07-02 23:04:05.678', '2.5');
			DROP TABLE changed});
		outcome($node, '(SELECT max(id) FROM jira_spoke.outbox)');
		my ($write) = grep { $_->{method} ne 'GET' } $site->requests;
		is_deeply(decode_json($write->{body}), $body, "$alias: a trigger of $function sends what each field wants");
	}
	return;
}

sub knows_columns
{
	my $create = q{SELECT jira_create_issue('WEB', 'Bug', 'x', fields =>};

	is_deeply(requests_through($node, $cloud, 'demo', qq{$create '{"due": "2026-03-01", "fix_versions": "4.0"}')}), ['POST issue'],
		'names of our columns are not looked up');
	is(query_through($node, 'demo', qq{SELECT due, fix_versions, fields ->> 'duedate' FROM jira_lookup_issue(($create '{"due": "2026-03-01", "fix_versions": "4.0", "story_points": "5"}')), ARRAY['due', 'fix_versions', 'issue_type'])}),
		'2026-03-01|{4.0}|2026-03-01', 'they are known in writes and reads');
	like(error_through($node, 'demo', qq{$create '{"due": null, "duedate": null}')}), qr/22023.*"duedate" twice/, 'a field twice, once as a column');
	return;
}

sub refuses_with_names
{
	my ($alias, $site) = @_;
	my $create = q{SELECT jira_create_issue('WEB', 'Bug', 'x', };
	my $user = $alias eq 'demo' ? 'takes the account ID of a user' : 'takes the user name of a user';

	like(error_through($node, $alias, qq{$create fields => '{"Severity": "Huge"}')}),
		qr/22023.*DETAIL:  Severity \(customfield_10032\): .*HINT:  Field "Severity" takes: "\w+", /s, "$alias: an option");
	like(error_through($node, $alias, qq{$create fields => '{"customfield_10032": {"value": "Huge"}}')}),
		qr/DETAIL:  Severity \(customfield_10032\): .*HINT:  Field "Severity" takes: "\w+", /s, "$alias: of a field that was given by id");
	like(error_through($node, $alias, qq{$create fields => '{"Affected areas": ["x"], "Location": "Atlantis"}')}),
		qr/HINT: (?=.*Field "Affected areas" takes: ").*Field "Location" takes: "\w+" \("/s, "$alias: options of two fields, and those below");
	like(error_through($node, $alias, qq{$create priority => 'Urgent')}), qr/DETAIL:  priority: .*HINT:  Field "priority" takes: "Highest", "High"/s, "$alias: a priority");
	like(error_through($node, $alias, qq{$create fields => '{"fix_versions": "99"}')}), qr/HINT:  Field "fixVersions" takes: .*"4.0"/s, "$alias: a version");
	like(error_through($node, $alias, q{SELECT jira_create_issue('WEB', 'Incident', 'x')}), qr/HINT:  Field "issuetype" takes: .*"Bug"/s, "$alias: an issue type");
	like(error_through($node, $alias, qq{$create assignee => 'Dana Moreau')}), qr/HINT:  Field "assignee" $user.*jira_lookup_users_stream_by_name/s, "$alias: a user");
	like(error_through($node, $alias, qq{$create fields => '{"Approvers": "Dana Moreau"}')}), qr/Approvers \(customfield_10042\).*Field "Approvers" $user/s, "$alias: one of several users");
	like(error_through($node, $alias, q{SELECT jira_update_issue('WEB-9', fields => '{"Severity": "Huge", "priority": "Urgent"}')}),
		qr/HINT: (?=.*Field "Severity" takes: ).*Field "priority" takes: /s, "$alias: an update");

	my $key = query_through($node, $alias, q{SELECT jira_create_issue('WEB', 'Bug', 'x')});
	like(error_through($node, $alias, qq{SELECT jira_do_transition('$key', 'Close', resolution => 'Whatever')}),
		qr/HINT:  Field "resolution" takes: .*"Duplicate"/s, "$alias: a transition");

	like(error_through($node, $alias, q{SELECT jira_update_issue('WEB-9', fields => '{"Story Points": "many"}')}),
		qr/22023.*DETAIL:  Story Points \(customfield_10016\): /s, "$alias: a number that is none");

	# What is asked for a hint may fail; the refusal is told all the same.
	$site->fault(kind => 'status', status => 503, path => '*/createmeta/*');
	like(error_through($node, $alias, qq{SET jira_spoke.max_retries = 0; $create priority => 'Urgent')}), qr/22023.*DETAIL:  priority: /s, "$alias: without metadata");
	$site->clear_faults;

	$site->fault(kind => 'status', status => 503, path => '*/field');
	like(error_through($node, $alias, qq{SET jira_spoke.max_retries = 0; $create fields => '{"customfield_10016": true}')}),
		qr/22023.*DETAIL:  customfield_10016: /s, "$alias: without names");
	$site->clear_faults;
	like(error_through($node, $alias, q{SELECT jira_assign_issue('WEB-9', 'Dana Moreau')}), qr/HINT:  Field "assignee" $user/s, "$alias: an assignee");

	# Single items, and several in one request.
	my @ids = split /\n/, $node->safe_psql('postgres', qq{SELECT jira_enqueue('jira_create_issue', jsonb_build_object('project', 'WEB', 'issue_type', 'Bug',
		'summary', 'x', 'fields', f), '$alias', group_key => f::text) FROM unnest(ARRAY['{"Severity": "Huge"}', '{"Severity": "Immense"}', '{"priority": "Urgent"}']::jsonb[]) AS f});
	for my $i (0 .. 2)
	{
		is(outcome($node, $ids[$i]), 'failed|1', "$alias: an item that Jira refuses has failed");
		like(item_error($node, $ids[$i]), $i == 2 ? qr/priority: .*Field "priority" takes: "Highest"/ :
			  qr/Severity \(customfield_10032\): .*Field "Severity" takes: "/, "$alias: and says what Jira would take");
	}
	my $one = enqueue($node, 'jira_update_issue', { issue => 'WEB-9', fields => { Severity => 'Huge' } }, connection => $alias);
	outcome($node, $one);
	like(item_error($node, $one), qr/Severity \(customfield_10032\): .*Field "Severity" takes: "/, "$alias: an update says so, too");
	return;
}

# Before anything is sent.
sub refuses_what_cannot_be
{
	my $create = q{SELECT jira_create_issue('WEB', 'Bug', 'x', fields =>};

	like(error_through($node, 'demo', qq{$create '{"Begins at": "one day"}')}), qr/22007.*CONTEXT:  value of field "Begins at"/s, 'a time that is none');
	like(error_through($node, 'demo', qq{$create '{"due": "someday"}')}), qr/22007.*CONTEXT:  value of field "duedate"/s, 'a date that is none');
	like(error_through($node, 'demo', qq{$create '{"Begins at": "infinity"}')}), qr/22008.*value of field "Begins at"/s, 'a time that Jira cannot have');
	like(error_through($node, 'demo', qq{$create '{"fix_versions": 4.5}')}), qr/22023.*name.*HINT:  Give the name as a text.*"fixVersions"/s, 'a name as a number with fractions');
	like(error_through($node, 'demo', qq{$create '{"Story Points": "0.1234567890123456789"}')}), qr/22003.*value of field "Story Points"/s, 'a number that would be rounded');
	return;
}

# Dates and numbers that are none, in the issues of one search.
sub reads_what_is_no_value
{
	my @values = ([ 'duedate', '"9223372036854775807"' ], [ 'duedate', '9223372036854775807' ], [ 'duedate', '""' ], [ 'duedate', '"2026-02-30"' ],
		[ 'duedate', '"infinity"' ], [ 'duedate', '"soon"' ], [ 'created', '"+20022-05-25T00:00:00.000+0000"' ], [ 'created', '""' ],
		[ 'created', '9223372036854775807' ], [ 'created', '-9223372036854775808' ], [ 'created', '"2026-01-01T25:00:00.000+0000"' ], [ 'created', '{"a": 1}' ],
		[ 'created', '"now"' ]);
	my $search = q{SELECT key, due, created FROM jira_lookup_issues_stream('key = WEB-1')};
	my $shown = sub {
		my ($field, $value, $query, $settings) = @_;

		$cloud->fault(kind => 'wrong_type', times => 1, path => '*/search/jql',
			body => qq({"issues": [{"key": "OPS-1", "fields": {"$field": $value}}, {"key": "OPS-2", "fields": {"duedate": "2026-01-02"}}], "isLast": true}));
		my $messages = all_messages($node, 'postgres', ($settings // '') . $query);
		$cloud->clear_faults;
		return $messages;
	};

	for my $case (@values)
	{
		my ($field, $value) = @$case;
		my $messages = $shown->($field, $value, $search);

		like($messages, qr/^OPS-1\|\|\nOPS-2\|2026-01-02\|$/m, "$field $value is NULL, and the query goes on");
		like($messages, qr/WARNING:  01000: field "$field" of "OPS-1" has no value of type /, 'with a warning');
		like($shown->($field, $value, $search, q{SET jira_spoke.invalid_values = error; }),
			qr/ERROR:  22007: field "$field" of "OPS-1" has no value of type .*HINT:  Set jira_spoke.invalid_values to "null"/s, 'or an error');
	}
	unlike($shown->('duedate', '"soon"', q{SELECT key FROM jira_lookup_issues_stream('key = WEB-1')}), qr/WARNING/, 'a column that is not read has no value to warn of');

	# Good ones in every form that Jira has.
	for my $value ('"2026-01-02T03:04:05.678+0000"', '"2026-01-02T03:04:05Z"', '"2026-01-02T04:04:05.678+01:00"', 1767323045678)
	{
		like($shown->('created', $value, q{SELECT key, created AT TIME ZONE 'UTC' FROM jira_lookup_issues_stream('key = WEB-1')}),
			qr/^OPS-1\|2026-01-02 03:04:05/m, "created $value");
	}
	for my $points (['"many"', ''], ['"NaN"', ''], ['"12.5"', '12.5'], ['1e400', '1'], ['"1e99999"', ''], ['true', ''])
	{
		my ($given, $read) = @$points;
		my $messages = $shown->('customfield_10016', $given, q{SELECT key, left(story_points::text, 4) FROM jira_lookup_stories_stream('WEB')});

		like($messages, qr/^OPS-1\|\Q$read\E/m, "a number that is $given");
		like($messages, $read eq '' ? qr/WARNING:  01000: field "customfield_10016" of "OPS-1"/ : qr/^OPS-2/m, 'is read or warned of');
	}

	# No more warnings than a person reads.
	my $issues = join ', ', map { qq({"key": "OPS-$_", "fields": {"duedate": "soon"}}) } 1 .. 50;
	$cloud->fault(kind => 'wrong_type', times => 1, path => '*/search/jql', body => qq({"issues": [$issues], "isLast": true}));
	my $messages = all_messages($node, 'postgres', q{SELECT count(*), count(due) FROM jira_lookup_issues_stream('key = WEB-1')});
	like($messages, qr/^50\|0$/m, 'a page of values that are none');
	is(() = $messages =~ /WARNING/g, 10, 'has ten warnings');
	is(() = $messages =~ /Further values/g, 1, 'the last of which says so');
	$cloud->clear_faults;
	$cloud->fault(kind => 'wrong_type', path => '*/issue/*', body => '{"key": "OPS-1", "fields": {"duedate": "soon"}}');
	$messages = all_messages($node, 'postgres', q{SET jira_spoke.pushdown = off; SELECT count(*), count(due) FROM generate_series(1, 20) AS n, LATERAL jira_lookup_issue('OPS-' || n); SELECT due FROM jira_lookup_issue('OPS-1')});
	like($messages, qr/^20\|0$/m, 'a join with values that are none');
	is(() = $messages =~ /WARNING/g, 11, 'has ten warnings, too, and the next statement its own');
	$cloud->clear_faults;
	return;
}

sub looks_up_what_is_missing
{
	my ($alias, $site) = @_;
	my $query = q{SELECT k, i.key FROM unnest(ARRAY['WEB-1', NULL, 'WEB-99999', 'NONE-1']) WITH ORDINALITY AS t (k, n)
		LEFT JOIN LATERAL jira_lookup_issue(k, ARRAY['summary'], missing_ok => true) AS i ON true ORDER BY n};

	is(query_through($node, $alias, $query), "WEB-1|WEB-1\n|\nWEB-99999|\nNONE-1|", "$alias: no row for a key that is missing or NULL");
	is(query_through($node, $alias, "SET jira_spoke.enable_scan = off; $query"), "WEB-1|WEB-1\n|\nWEB-99999|\nNONE-1|", "$alias: as a function, too");
	is(query_through($node, $alias, q{SELECT count(*) FROM (SELECT (jira_lookup_issue('WEB-99999', missing_ok => true)).key) AS s}), '0', "$alias: in a target list");
	is_deeply(requests_through($node, $site, $alias, q{SELECT * FROM jira_lookup_issue(NULL, missing_ok => true)}), [], "$alias: NULL is not asked for");
	like(error_through($node, $alias, q{SELECT * FROM jira_lookup_issue('WEB-99999', missing_ok => false)}), qr/P0002/, "$alias: else it is an error");
	like(error_through($node, $alias, q{SELECT * FROM jira_lookup_issue(NULL)}), qr/22004/, "$alias: as is NULL");
	like(error_through($node, $alias, q{SELECT * FROM jira_lookup_issue('a/b', missing_ok => true)}), qr/22023/, "$alias: and what cannot be a key");
	$site->fault(kind => 'status', status => 404, times => 1, path => '*/issue/*', content_type => 'text/html', body => '<html><title>Not here</title></html>');
	like(error_through($node, $alias, q{SELECT * FROM jira_lookup_issue('WEB-1', missing_ok => true)}), qr/P0002.*Not here/s, "$alias: a page that is not Jira's is no missing issue");
	$site->clear_faults;
	$site->set_sign_in(revoked => [ $site->username =~ s/@.*//r ]) if $alias eq 'server';
	like(error_through($node, $alias, q{SELECT * FROM jira_lookup_issue('WEB-99999', missing_ok => true)}), qr/28000/, "$alias: nor is one that the caller may not see") if $alias eq 'server';
	$site->set_sign_in(revoked => []) if $alias eq 'server';
	return;
}
