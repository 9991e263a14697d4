# Fields by name, and their values as a person writes them.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke;
use Test::More;

my $node = start_cluster('fields');
my $person = '557058:7c1d2e3f-0a4b-4c5d-8e6f-012345678903';
my ($jira, $alias);

# The body of the last request that had one.
sub body_of
{
	$jira->forget_requests;
	query_through($node, $alias, $_[0]);
	return $jira->last_body;
}

sub fields_of
{
	my ($fields) = @_;
	my $given = $node->safe_psql('postgres', qq{SELECT quote_literal(\$json\$$fields\$json\$)});

	return body_of("SELECT jira_create_issue('WEB', 'Bug', 'x', fields => $given)")->{fields};
}

sub try_deployment
{
	my ($deployment, $version) = @_;
	my $cloud = $deployment eq 'cloud';

	$alias = "$deployment$version";
	connect_to($node, $jira, $alias, api_version => $version);

	names_of_writes();
	names_of_reads();
	values_of_system_fields($cloud, $version);
	values_of_custom_fields($cloud, $version);
	updates($cloud);
	conflicts();
	return;
}

sub names_of_writes
{
	my $create = q{SELECT jira_create_issue('WEB', 'Bug', 'x', fields =>};

	is_deeply(requests_through($node, $jira, $alias, qq{$create '{"labels": ["a"], "duedate": "2027-01-02", "customfield_10031": 2}')}),
		['POST issue'], "$alias: ids are not looked up");
	is_deeply(requests_through($node, $jira, $alias, qq{$create '{"Story Points": 5}'); $create '{"effort IN days": 2}')}),
		[ 'GET field', 'POST issue', 'POST issue' ], "$alias: names are looked up once");
	is(query_through($node, $alias, qq{SELECT fields->>'customfield_10031' FROM jira_lookup_issue((
			$create '{"EFFORT in Days": 2.5, "Due date": "2027-01-02"}')), ARRAY['customfield_10031'])}),
		'2.5', "$alias: a name in another case");

	like(error_through($node, $alias, qq{$create '{"No such field": 1}')}),
		qr/42703.*"No such field".*HINT:.*jira_lookup_fields/s, "$alias: a name that is none");
	like(error_through($node, $alias, qq{$create '{"Customer": "x"}')}),
		qr/42702.*"Customer".*DETAIL:.*customfield_10037.*customfield_10038/s,
		"$alias: a name that two fields have");
	like(error_through($node, $alias, qq{$create '["x"]')}), qr/22023.*JSON object/, "$alias: an array of fields");
	like(error_through($node, $alias, qq{$create 'null')}), qr/22023.*JSON object/, "$alias: null for fields");

	my $field = '{"kind": "status", "status": 403, "path": "*/field"}';
	$jira->control('POST', 'faults', decode_json($field));
	is_deeply(requests_through($node, $jira, $alias, qq{$create '{"customfield_10037": "x"}'); $create '{"customfield_10037": "y"}')}),
		[ 'GET field', 'POST issue', 'POST issue' ],
		"$alias: an account that must not read fields writes them by id");
	like(error_through($node, $alias, qq{$create '{"Story Points": 5}')}), qr/42501.*jira_lookup_fields/s, "$alias: but not by name");
	$jira->clear_faults;
	return;
}

sub names_of_reads
{
	my $read = q{SELECT count(fields) FROM jira_lookup_issue('WEB-9', };

	is_deeply(requests_through($node, $jira, $alias, qq{$read ARRAY['summary', '*navigable', '-comment', 'customfield_10016'])}),
		['GET issue/WEB-9'], "$alias: reads do not look ids up");
	is_deeply(requests_through($node, $jira, $alias, qq{$read NULL)}), ['GET issue/WEB-9'], "$alias: nor nothing");
	is_deeply(requests_through($node, $jira, $alias, qq{$read ARRAY['Story Points', NULL, 'Due Date']); $read ARRAY['story points'])}),
		[ 'GET field', 'GET issue/WEB-9', 'GET issue/WEB-9' ], "$alias: reads look names up once");

	for my $call (
		q{jira_lookup_issue('WEB-9', ARRAY['story POINTS'])},
		q{jira_lookup_issues(ARRAY['WEB-9'], ARRAY['story POINTS'])},
		q{jira_lookup_issues_stream('key = WEB-9', ARRAY['story POINTS'])},
		q{jira_lookup_sprint_issues_stream(7, fields => ARRAY['story POINTS'], max_rows => 1)},
		q{jira_lookup_stories_stream('WEB', fields => ARRAY['story POINTS'], max_rows => 1)})
	{
		is(query_through($node, $alias, "SELECT string_agg(name, ',') FROM $call AS i, jsonb_object_keys(i.fields) AS name"),
			'customfield_10016', "$alias: $call");
	}
	is_deeply([ map { s{^.* .*/}{}r } @{ requests_through($node, $jira, $alias,
			q{SELECT count(fields) FROM jira_lookup_sprint_issues_stream(7, fields => ARRAY['sprint', 'flagged'])}) } ],
		['issue'], "$alias: the fields of Jira Software's own reads");
	is(query_through($node, $alias, q{SELECT fields ? 'customfield_10020' FROM jira_lookup_issue('WEB-9', ARRAY['sprint'])}), 't',
		"$alias: elsewhere they are names");
	unlike(query_through($node, $alias, q{SELECT fields FROM jira_lookup_issue('WEB-9', ARRAY['-Story Points'])}),
		qr/customfield_10016/, "$alias: all fields but one");
	like(query_through($node, $alias, q{SELECT fields FROM jira_lookup_issue('WEB-9', ARRAY['-Story Points'])}),
		qr/customfield_10031/, "$alias: and the others");
	like(error_through($node, $alias, qq{$read ARRAY['Nonsense'])}), qr/42703.*jira_lookup_fields/s, "$alias: no field of the name");
	like(error_through($node, $alias, qq{$read ARRAY['CUSTOMER'])}), qr/42702.*customfield_10038/s, "$alias: two of the name");
	like(query_through($node, $alias, q{EXPLAIN SELECT fields FROM jira_lookup_issue('WEB-9', ARRAY['Nonsense', NULL])}),
		qr/Fields: .*Nonsense/, "$alias: EXPLAIN asks nobody");
	return;
}

sub values_of_system_fields
{
	my ($cloud, $version) = @_;
	my $user = $cloud ? { id => $person } : { name => 'liwei' };
	my $account = (values %$user)[0];
	my $fields = fields_of(encode_json({
		priority => 'High', components => ['Checkout'], fixVersions => [ '4.0', { name => '3.2' } ],
		versions => '3.0', assignee => $account, reporter => $user, labels => [ 'a', 'b' ],
		duedate => '2027-01-02', environment => "one\n\ntwo" }));

	is_deeply($fields->{priority}, { name => 'High' }, "$alias: a priority");
	is_deeply($fields->{components}, [ { name => 'Checkout' } ], "$alias: components");
	is_deeply($fields->{fixVersions}, [ { name => '4.0' }, { name => '3.2' } ], "$alias: versions");
	is_deeply($fields->{versions}, [ { name => '3.0' } ], "$alias: one version");
	is_deeply([ @$fields{qw(assignee reporter)} ], [ $user, $user ], "$alias: users");
	is_deeply($fields->{labels}, [ 'a', 'b' ], "$alias: labels");
	is($fields->{duedate}, '2027-01-02', "$alias: a date");
	is($version == 3 ? $fields->{environment}{type} : $fields->{environment},
		$version == 3 ? 'doc' : "one\n\ntwo", "$alias: a text");
	is_deeply(fields_of('{"Priority": "2", "duedate": null, "assignee": null}'),
		{ project => { key => 'WEB' }, issuetype => { name => 'Bug' }, summary => 'x',
			priority => { id => '2' }, duedate => undef, assignee => undef },
		"$alias: digits are an id, null stays null");
	if ($version == 3)
	{
		my $document = '{"type": "doc", "version": 1, "content": []}';
		is_deeply(fields_of(qq({"description": $document}))->{description}, decode_json($document),
			"$alias: a document stays one");
	}

	my $key = query_through($node, $alias, q{SELECT jira_create_issue('WEB', 'Bug', 'x')});
	is(body_of(qq{SELECT jira_do_transition('$key', 'Close', fields => '{"Resolution": "Duplicate"}')})
		->{fields}{resolution}{name}, 'Duplicate', "$alias: a transition");
	is(query_through($node, $alias, "SELECT resolution FROM jira_lookup_issue('$key')"), 'Duplicate', "$alias: and its effect");
	return;
}

sub values_of_custom_fields
{
	my ($cloud, $version) = @_;
	my $user = $cloud ? { id => $person } : { name => 'liwei' };
	my $account = (values %$user)[0];
	my $fields = fields_of(encode_json({
		Severity => 'Major', 'Affected areas' => [ 'Web', 'Mobile' ], Location => [ 'Asia', 'Osaka' ],
		Reviewer => $account, 'Owning group' => 'jira-software-users', Sprint => 7,
		'Acceptance criteria' => "* one", customfield_10037 => 'ACME' }));

	is_deeply($fields->{customfield_10032}, { value => 'Major' }, "$alias: a select");
	is_deeply($fields->{customfield_10033}, [ { value => 'Web' }, { value => 'Mobile' } ], "$alias: a multi-select");
	is_deeply($fields->{customfield_10034}, { value => 'Asia', child => { value => 'Osaka' } }, "$alias: a cascade");
	is_deeply($fields->{customfield_10035}, $user, "$alias: a user picker");
	is_deeply($fields->{customfield_10036}, { name => 'jira-software-users' }, "$alias: a group picker");
	is($fields->{customfield_10020}, 7, "$alias: a sprint");
	is($fields->{customfield_10037}, 'ACME', "$alias: a text field");
	is(ref $fields->{customfield_10030}, $version == 3 ? 'HASH' : '', "$alias: a text area");

	is_deeply(fields_of('{"customfield_10034": "Remote", "customfield_10033": "Web"}'),
		{ project => { key => 'WEB' }, issuetype => { name => 'Bug' }, summary => 'x',
			customfield_10034 => { value => 'Remote' }, customfield_10033 => [ { value => 'Web' } ] },
		"$alias: one of a cascade, one of a list");
	is_deeply(fields_of('{"Location": {"value": "Asia"}, "Affected areas": [{"id": "10200"}, "Mobile"], "Severity": null}'),
		{ project => { key => 'WEB' }, issuetype => { name => 'Bug' }, summary => 'x',
			customfield_10034 => { value => 'Asia' }, customfield_10032 => undef,
			customfield_10033 => [ { id => '10200' }, { value => 'Mobile' } ] },
		"$alias: objects are left alone");

	my $create = q{SELECT jira_create_issue('WEB', 'Bug', 'x', fields =>};
	is_deeply(requests_through($node, $jira, $alias, qq{$create '{"customfield_10032": "Minor"}'); $create '{"customfield_10033": ["Web"]}')}),
		[ 'GET field', 'POST issue', 'POST issue' ], "$alias: a text for a custom field takes one look");
	is_deeply(requests_through($node, $jira, $alias, qq{$create '{"customfield_10032": {"value": "Minor"}, "customfield_10016": 3, "customfield_10033": null}')}),
		['POST issue'], "$alias: other values take none");
	return;
}

sub updates
{
	my ($cloud) = @_;
	my $key = query_through($node, $alias, q{SELECT jira_create_issue('WEB', 'Bug', 'x', labels => ARRAY['a'])});
	my $body = body_of(qq{SELECT jira_update_issue('$key',
		fields => '{"Severity": "Minor"}',
		update => '{"Story Points": [{"set": 8}], "Components": [{"add": "Checkout"}],
			"labels": [{"remove": "a"}, {"add": "b"}], "Affected areas": [{"set": ["Web"]}],
			"Priority": [{"set": "Low"}]}')});

	is_deeply($body, {
		fields => { customfield_10032 => { value => 'Minor' } },
		update => {
			customfield_10016 => [ { set => 8 } ], components => [ { add => { name => 'Checkout' } } ],
			labels => [ { remove => 'a' }, { add => 'b' } ], customfield_10033 => [ { set => [ { value => 'Web' } ] } ],
			priority => [ { set => { name => 'Low' } } ] } }, "$alias: an update by names");
	is(query_through($node, $alias, "SELECT labels, components, priority FROM jira_lookup_issue('$key')"), '{b}|{Checkout}|Low',
		"$alias: and its effect");
	query_through($node, $alias, qq{SELECT jira_update_issue('$key', update => '{"comment": [{"add": "said so"}]}')});
	is(query_through($node, $alias, "SELECT body FROM jira_lookup_latest_comment_on_issue('$key')"), 'said so', "$alias: a comment");
	like(error_through($node, $alias, qq{SELECT jira_update_issue('$key', update => '{"Nonsense": [{"set": 1}]}')}),
		qr/42703.*"Nonsense"/, "$alias: an update of a field that is not there");
	query_through($node, $alias, qq{SELECT jira_update_issue('$key', fields => '{"Severity": null}')});
	is(query_through($node, $alias, "SELECT fields->'customfield_10032' FROM jira_lookup_issue('$key', ARRAY['Severity'])"), 'null',
		"$alias: null clears");
	return;
}

sub conflicts
{
	my $create = q{SELECT jira_create_issue('WEB', 'Bug', 'x', };

	like(error_through($node, $alias, qq{$create fields => '{"summary": "y"}')}), qr/22023.*"fields".*contradicts/,
		"$alias: an argument and its field by id");
	like(error_through($node, $alias, qq{$create priority => 'Low', fields => '{"PRIORITY": "High"}')}), qr/22023.*"fields".*contradicts/,
		"$alias: an argument and its field by name");
	like(error_through($node, $alias, qq{$create fields => '{"Story Points": 1, "customfield_10016": 2}')}), qr/22023.*customfield_10016.*twice/,
		"$alias: a field twice");
	return;
}

for my $deployment (qw(cloud server))
{
	$jira = JiraSpoke::Jira->start(
		deployment => $deployment,
		context => $deployment eq 'server' ? '/jira' : undef);
	try_deployment($deployment, $_) for $deployment eq 'cloud' ? (2, 3) : 2;
}

done_testing();
