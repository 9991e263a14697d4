# Stories: estimate, epic and sprint in fields that differ from Jira to Jira.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke;
use Test::More;

my $node = start_cluster('stories');
my $greenhopper = 'com.pyxis.greenhopper.jira';
my $float = 'com.atlassian.jira.plugin.system.customfieldtypes:float';
my ($jira, $alias, $cloud);

# Has Jira say that it has these custom fields: [id, name, type, ...].
sub pretend_fields
{
	my @fields = map { { id => "customfield_$_->[0]", name => $_->[1], custom => Cpanel::JSON::XS::true,
		schema => { type => 'number', custom => $_->[2] }, %{ $_->[3] // {} } } } @_;

	$jira->clear_faults;
	$jira->fault(kind => 'wrong_type', path => '*/field', body => encode_json(\@fields));
	return;
}

# Has the next search find one story with these fields.
sub pretend_story
{
	my ($fields) = @_;

	$jira->fault(kind => 'wrong_type', path => '*/search*', times => 1, body => encode_json({
		startAt => 0, total => 1, issues => [ { id => '1', key => 'WEB-1', fields => $fields } ] }));
	return;
}

sub writes
{
	my $search = $cloud ? 'search/jql' : 'search';

	is_deeply(requests_through($node, $jira, $alias, q{SELECT jira_create_story('WEB', 'plain')}), ['POST issue'], "$alias: a plain story");
	my $key = query_through($node, $alias, q{SELECT jira_create_story('WEB', 'A story', E'as a\n\nuser', 5, 'WEB-1', 7,
		fields => '{"Severity": "Minor", "labels": ["x"]}')});
	is(query_through($node, $alias, qq{SELECT issue_type, summary, description, story_points, epic, sprint_id, sprint, labels
		FROM jira_lookup_stories_stream('WEB', 'key = $key')}),
		"Story|A story|as a\n\nuser|5|WEB-1|7|WEB Sprint 24|{x}", "$alias: a story with everything");

	is_deeply(requests_through($node, $jira, $alias, qq{SELECT jira_update_story('$key', story_points => 8);
		SELECT jira_update_story(lower('$key'), sprint => 8, epic => 'WEB-2')}),
		[ 'GET field', "PUT issue/$key", 'PUT issue/' . lc $key ], "$alias: fields are looked for once");
	is(query_through($node, $alias, qq{SELECT story_points, epic, sprint_id FROM jira_lookup_stories_stream('WEB', 'key = $key')}),
		'8|WEB-2|8', "$alias: a changed story");
	query_through($node, $alias, qq{SELECT jira_update_story('$key', fields => '{"story points": null}')});
	is(query_through($node, $alias, qq{SELECT story_points, summary FROM jira_lookup_stories_stream('WEB', 'key = $key')}),
		'|A story', "$alias: cleared points");

	like(error_through($node, $alias, qq{SELECT jira_update_story('$key', story_points => 1, fields => '{"Story Points": 2}')}),
		qr/22023.*customfield_10016/, "$alias: points twice");
	like(error_through($node, $alias, q{SELECT jira_create_story('WEB', 'x', epic => 'WEB-1', fields => '}
			. ($cloud ? '{"parent": "WEB-2"}' : '{"epic link": "WEB-2"}') . q{')}),
		qr/22023.*another argument/, "$alias: an epic twice");
	return;
}

sub reads
{
	my $search = $cloud ? 'search/jql' : 'search';
	my $jql = sub { query_through($node, $alias, $_[0]); return $jira->last_body->{jql} };

	is_deeply(requests_through($node, $jira, $alias, q{SELECT key, summary FROM jira_lookup_stories_stream('WEB') LIMIT 3}),
		["POST $search"], "$alias: plain columns take no look at the fields");
	is_deeply(requests_through($node, $jira, $alias, q{SELECT key, story_points, epic, sprint, sprint_id FROM jira_lookup_stories_stream('WEB') LIMIT 3}),
		[ 'GET field', "POST $search" ], "$alias: a story's columns take one");
	is_deeply([ sort @{ $jira->last_body->{fields} } ],
		[ sort qw(customfield_10016 customfield_10020), $cloud ? 'parent' : 'customfield_10014' ],
		"$alias: and only their fields come");
	is_deeply(requests_through($node, $jira, $alias, q{SELECT epic FROM jira_lookup_stories_stream('WEB') LIMIT 3}),
		$cloud ? ["POST $search"] : [ 'GET field', "POST $search" ], "$alias: the epic of a story");
	$jira->forget_requests;
	cmp_ok(query_through($node, $alias, q{SET jira_spoke.page_size = 10; SELECT count(story_points + sprint_id) FROM jira_lookup_stories_stream()}), '>', 10,
		"$alias: points and sprints of all stories");
	is(scalar(grep { $_->{path} =~ /field$/ } $jira->requests), 1, "$alias: one look for all of them");

	is($jql->(q{SELECT key FROM jira_lookup_stories_stream() LIMIT 1}), 'issuetype = Story ORDER BY key',
		"$alias: all stories");
	is($jql->(q{SELECT key FROM jira_lookup_stories_stream(jql => E' \r\n order  by created') LIMIT 1}),
		'issuetype = Story order  by created', "$alias: an order alone");
	is($jql->(q{SELECT key FROM jira_lookup_stories_stream('WEB', 'a = 1 OR summary ~ "x order by y" ORDER BY key')
			WHERE false OR key = '?'} =~ s/a = 1/priority = High/r),
		'issuetype = Story AND project = "WEB" AND (priority = High OR summary ~ "x order by y" ) ORDER BY key',
		"$alias: an order in quotes is none");
	my $project = query_through($node, $alias, q{SELECT id FROM jira_lookup_project('WEB')});
	cmp_ok(query_through($node, $alias, qq{SELECT count(*) FROM jira_lookup_stories_stream('$project')}), '>', 5, "$alias: a project by id");
	like($jira->last_body->{jql}, qr/project = $project /, "$alias: is a number in JQL");
	return;
}

sub other_names
{
	is(query_through($node, $alias, q{SELECT DISTINCT issue_type FROM jira_lookup_stories_stream('WEB', issue_type => 'Task')}), 'Task',
		"$alias: stories by another name");
	like(query_through($node, $alias, q{SELECT jira_create_story('WEB', 'x', issue_type => 'Task')}), qr/^WEB-/, "$alias: are made, too");
	like(query_through($node, $alias, q{SELECT jira_create_story('WEB', 'x', fields => '{"Issue type": "Bug"}')}), qr/^WEB-/,
		"$alias: or by the field");
	like(error_through($node, $alias, q{SELECT jira_create_story('WEB', 'x', issue_type => 'Task', fields => '{"issuetype": "Bug"}')}),
		qr/22023.*contradicts/, "$alias: but not by both");

	$jira->fault(kind => 'status', status => 400, method => 'POST', times => 1, path => '*/issue',
		content_type => 'application/json',
		body => '{"errorMessages": [], "errors": {"issuetype": "Specify a valid issue type"}}');
	like(error_through($node, $alias, q{SELECT jira_create_story('WEB', 'x')}), qr/22023.*HINT:.*"issue_type"/s, "$alias: a hint for writes");
	$jira->fault(kind => 'status', status => 400, method => 'POST', times => 1, path => '*/search*',
		content_type => 'application/json',
		body => q({"errorMessages": ["The value 'Story' does not exist for the field 'issuetype'."]}));
	like(error_through($node, $alias, q{SELECT * FROM jira_lookup_stories_stream('WEB')}), qr/22023.*HINT:.*"issue_type"/s,
		"$alias: a hint for reads");
	unlike(error_through($node, $alias, q{SELECT * FROM jira_lookup_stories_stream('WEB', 'issuetype = Silly')}), qr/"issue_type"/,
		"$alias: no hint for what the user said");
	unlike(error_through($node, $alias, q{SELECT jira_create_story('WEB', 'x', fields => '{"priority": "Silly"}')}), qr/"issue_type"/,
		"$alias: no hint for other refusals");
	return;
}

# Names of sprints may hold whatever the text around them does.
sub old_sprints
{
	my $read = q{SELECT sprint_id, sprint FROM jira_lookup_stories_stream('WEB')};
	my $start = 'com.atlassian.greenhopper.service.sprint.Sprint@1f';
	my @cases = (
		[ 'an object', '7|Seven', { id => 7, name => 'Seven', state => 'active' } ],
		[ 'commas and brackets', '7|A, [b], c=d', "$start\[id=7,rapidViewId=1,state=ACTIVE,name=A, [b], c=d,startDate=<null>]" ],
		[ 'a goal after the name', '7|Seven', "$start\[id=7,rapidViewId=1,state=ACTIVE,name=Seven,goal=go, on,startDate=<null>]" ],
		[ 'another order', '7|Seven]', "$start\[completeDate=<null>,rapidViewId=1,goal=a,id=7,state=FUTURE,name=Seven]]" ],
		[ 'no name', '7|', "$start\[id=7,state=ACTIVE,name=<null>,sequence=1]" ],
		[ 'nothing', '|', undef ],
		[ 'some text', '|', 'surprise' ],
		[ 'the open one of several', '8|Eight', "$start\[id=7,state=CLOSED,name=Seven,sequence=7]",
			"$start\[id=8,state=ACTIVE,name=Eight,sequence=8]", "$start\[id=9,state=CLOSED,name=Nine,sequence=9]", undef ],
		[ 'the last one that was', '9|Nine', undef, { id => 8, name => 'Eight', state => 'closed' },
			{ id => 9, name => 'Nine', state => 'closed' } ]);

	for my $case (@cases)
	{
		my ($name, $expected, @sprints) = @$case;

		pretend_story({ customfield_10020 => \@sprints });
		is(query_through($node, $alias, $read), $expected, "$alias: a sprint with $name");
	}
	return;
}

sub missing_fields
{
	pretend_fields([ 10040, 'Velocity', $float ], [ 10041, 'Story Points', 'x:other' ]);
	like(error_through($node, $alias, q{SELECT jira_create_story('WEB', 'x', story_points => 1)}),
		qr/42703.*points of a story.*HINT:.*"fields"/s, "$alias: points that were renamed");
	like(error_through($node, $alias, q{SELECT jira_create_story('WEB', 'x', sprint => 1)}), qr/42703.*sprint of a story/s,
		"$alias: no sprints");
	like(error_through($node, $alias, q{SELECT jira_create_story('WEB', 'x', epic => 'WEB-1')}), qr/42703.*epic of a story/s,
		"$alias: no epics") unless $cloud;
	$jira->forget_requests;
	error_through($node, $alias, q{SELECT jira_create_story('WEB', 'x', fields => '{"Velocity": 1}')});
	is($jira->last_body->{fields}{customfield_10040}, 1, "$alias: by their new name they are found");
	is(query_through($node, $alias, q{SELECT story_points IS NULL, sprint IS NULL FROM jira_lookup_stories_stream('WEB') LIMIT 1}), 't|t',
		"$alias: columns without a field are null");

	pretend_fields([ 10040, 'Story Points', $float ], [ 10041, 'story points', $float ]);
	like(error_through($node, $alias, q{SELECT jira_create_story('WEB', 'x', story_points => 1)}),
		qr/42702.*DETAIL:.*customfield_10040.*customfield_10041.*HINT:.*"fields"/s, "$alias: two of the name");
	pretend_story({ customfield_10040 => undef, customfield_10041 => 3 });
	is(query_through($node, $alias, q{SELECT story_points FROM jira_lookup_stories_stream('WEB')}), '3', "$alias: the one that has points is read");

	pretend_fields([ 10040, 'Punkte', $float, { untranslatedName => 'Story points' } ]);
	$jira->forget_requests;
	error_through($node, $alias, q{SELECT jira_create_story('WEB', 'x', story_points => 1)});
	is($jira->last_body->{fields}{customfield_10040}, 1, "$alias: a translated name");
	$jira->clear_faults;
	return;
}

# Cloud has both kinds of projects side by side.
sub team_managed
{
	my $update = q{SELECT jira_update_story(%s, story_points => 1)};
	my $sent = sub {
		$jira->forget_requests;
		error_through($node, $alias, sprintf $update, $_[0]);
		return join ' ', keys %{ $jira->last_body->{fields} };
	};

	pretend_fields([ 10016, 'Story point estimate', "$greenhopper:jsw-story-points" ], [ 10026, 'Story Points', $float ]);
	is($sent->("'WEB-9'"), 'customfield_10026', "$alias: points of a company-managed project");
	my $id = query_through($node, $alias, q{SELECT id FROM jira_lookup_issue('WEB-9')});
	is($sent->("'$id'"), 'customfield_10026', "$alias: also by the issue's id");
	$jira->fault(kind => 'wrong_type', path => '*/project/WEB', body => '{"key": "WEB", "style": "next-gen"}');
	is($sent->("'web-9'"), 'customfield_10016', "$alias: points of a team-managed project");
	is_deeply([ map { $_->{path} =~ s{^.*/rest/api/\d/}{}r } $jira->requests ], [ qw(field project/WEB issue/web-9) ],
		"$alias: it takes a look at the project");
	error_through($node, $alias, q{SELECT jira_create_story('WEB', 'x', story_points => 1)});
	is($jira->last_body->{fields}{customfield_10016}, 1, "$alias: a new story of it");
	pretend_story({ customfield_10016 => 5, customfield_10026 => undef });
	is(query_through($node, $alias, q{SELECT story_points FROM jira_lookup_stories_stream('WEB')}), '5', "$alias: points are read from either");
	unlike(error_through($node, $alias, q{SELECT jira_create_story('../x', 'x', story_points => 1)}), qr/server closed/, "$alias: an odd project");

	pretend_fields([ 10016, 'Story point estimate', "$greenhopper:jsw-story-points" ]);
	is_deeply(requests_through($node, $jira, $alias, q{SELECT jira_update_story('WEB-9', story_points => 1)}), [ 'GET field', 'PUT issue/WEB-9' ],
		"$alias: with one kind of field, the project does not matter");
	$jira->clear_faults;
	return;
}

for my $deployment (qw(cloud server))
{
	$cloud = $deployment eq 'cloud';
	$jira = JiraSpoke::Jira->start(deployment => $deployment, context => $cloud ? undef : '/jira');
	for my $version ($cloud ? (2, 3) : 2)
	{
		$alias = "$deployment$version";
		connect_to($node, $jira, $alias, api_version => $version);
		writes();
		reads();
		other_names();
		old_sprints();
		missing_fields();
		team_managed() if $cloud;
	}
}

done_testing();
