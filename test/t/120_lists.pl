# Tables whose rows are those of a list, or of the list below each member of another
# one: rows, requests, parents that conditions name, and parents that Jira refuses.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use HTTP::Tiny;
use JiraSpoke;
use MIME::Base64 qw(encode_base64);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_cluster('lists', 'jira_spoke.max_retries = 0');
my %jira = (
	cloud => JiraSpoke::Jira->start(deployment => 'cloud'),
	server => JiraSpoke::Jira->start(deployment => 'server', server_version => '11.3.8'));
my %api = (cloud => '/rest/api/3', server => '/rest/api/2');
my $agile = '/rest/agile/1.0';

for my $deployment (sort keys %jira)
{
	connect_to($node, $jira{$deployment}, $deployment);
	$node->safe_psql('postgres', <<~"SQL");
		CREATE SERVER $deployment FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection '$deployment');
		CREATE SCHEMA $deployment;
		IMPORT FOREIGN SCHEMA jira FROM SERVER $deployment INTO $deployment OPTIONS (custom_fields 'none');
		SQL
	make_boards($deployment);
}
$node->safe_psql('postgres', q{CREATE TABLE local AS SELECT * FROM (VALUES ('WEB', 1), ('nope', 99), ('OPS', 2)) AS l (project, board); ANALYZE local});

for my $deployment (sort keys %jira)
{
	plain_lists($deployment);
	versions_and_components($deployment);
	sprints($deployment);
	project_roles($deployment);
	field_options($deployment);
	group_members($deployment);
	users($deployment);
	epics($deployment);
	stops_early($deployment);
	refused_parents($deployment);
	requests_of_lists($deployment);
}
readers();
tables_of_an_old_site();
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, 'nothing crashed');
done_testing();

# What the small Jira answers to anybody: its state.
sub ask
{
	my ($deployment, $path, $method, $body) = @_;
	my $jira = $jira{$deployment};
	my $answer = HTTP::Tiny->new->request($method // 'GET', $jira->url . $path, {
		headers => { 'Content-Type' => 'application/json',
			Authorization => 'Basic ' . encode_base64($jira->username . ':' . $jira->secret, '') },
		$body ? (content => encode_json($body)) : () });

	die "$path: $answer->{status} $answer->{content}" unless $answer->{success};
	return length $answer->{content} ? decode_json($answer->{content}) : undef;
}

sub projects
{
	my ($deployment) = @_;
	my $found = ask($deployment, "$api{$deployment}/project" . ($deployment eq 'cloud' ? '/search' : ''));

	return ref $found eq 'HASH' ? @{ $found->{values} } : @$found;
}

# Enough for 50 boards, each with a sprint.
sub make_boards
{
	my ($deployment) = @_;
	my $filter = ask($deployment, "$api{$deployment}/filter", 'POST', { name => 'Mine', jql => 'project = WEB' });

	for my $number (4 .. 50)
	{
		my $board = ask($deployment, "$agile/board", 'POST',
			{ name => "Board $number", type => 'scrum', filterId => 0 + $filter->{id} });
		ask($deployment, "$agile/sprint", 'POST', { name => "Of $number", originBoardId => $board->{id} });
	}
	return;
}

# A row as psql shows it.
sub line
{
	return join '|', map { !defined $_ ? '' : Cpanel::JSON::XS::is_bool($_) ? ($_ ? 't' : 'f') : encode($_) } @_;
}

sub encode { my ($text) = @_; utf8::encode($text); return $text; }

# Rows in no order, the requests that they took but for the version, and what psql says beside.
sub table
{
	my ($deployment, $query) = @_;
	my ($out, $error);

	$jira{$deployment}->forget_requests;
	$node->psql('postgres', "SET search_path = $deployment, public; $query", stdout => \$out, stderr => \$error);
	my @lines = grep { !/serverInfo/ } map { s{ .*?/rest/}{ }r =~ s{api/\d/}{}r } $jira{$deployment}->request_lines;
	return ([ sort split /\n/, $out ], \@lines, $error);
}

sub rows_are
{
	my ($deployment, $query, $expected, $requests, $name) = @_;
	my ($rows, $lines, $error) = table($deployment, $query);

	is($error, '', "$deployment, $name: no word");
	is_deeply($rows, [ sort @$expected ], "$deployment, $name: rows") or diag(explain($rows));
	is(scalar @$lines, $requests, "$deployment, $name: requests") or diag(join "\n", @$lines);
	return;
}

sub plain_lists
{
	my ($deployment) = @_;
	my $cloud = $deployment eq 'cloud';
	my $lists = sub { my ($path) = @_; return @{ ask($deployment, "$api{$deployment}/$path") } };
	my $page = sub { my ($path, $list) = @_; return @{ ask($deployment, $path)->{ $list // 'values' } } };
	my @dashboards = $page->("$api{$deployment}/dashboard?maxResults=1000", 'dashboards');
	my @workflows = $cloud ? $page->("$api{cloud}/workflows/search") : $lists->('workflow');

	rows_are($deployment, 'SELECT id, name, description, category FROM statuses',
		[ map { line(@$_{qw(id name description)}, $_->{statusCategory}{key}) } $lists->('status') ], 1, 'statuses');
	rows_are($deployment, 'SELECT id, name, description FROM resolutions',
		[ map { line(@$_{qw(id name description)}) } $lists->('resolution') ], 1, 'resolutions');
	rows_are($deployment, 'SELECT id, name, subtask, hierarchy_level FROM issue_types',
		[ map { line(@$_{qw(id name subtask hierarchyLevel)}) } $lists->('issuetype') ], 1, 'issue types');
	rows_are($deployment, 'SELECT id, name, inward, outward FROM link_types',
		[ map { line(@$_{qw(id name inward outward)}) } $page->("$api{$deployment}/issueLinkType", 'issueLinkTypes') ], 1, 'link types');
	rows_are($deployment, 'SELECT id, name, type, project FROM boards',
		[ map { line(@$_{qw(id name type)}, $_->{location}{projectKey}) } $page->("$agile/board") ], 1, 'boards');
	rows_are($deployment, 'SELECT id, name, owner, owner_name, description FROM dashboards',
		[ map { line(@$_{qw(id name)}, @{ $_->{owner} }{qw(accountId displayName)}, $_->{description}) } @dashboards ], 1, 'dashboards');
	rows_are($deployment, 'SELECT id, name, description FROM workflows',
		[ map { line(@$_{qw(id name description)}) } @workflows ], 1, 'workflows');
	$jira{$deployment}->fault(kind => 'status', status => 404, path => '*/issueLinkType', times => 1,
		body => '{"errorMessages": ["Issue linking is currently disabled."], "errors": {}}', content_type => 'application/json');
	rows_are($deployment, 'SELECT * FROM link_types', [], 2, 'link types without links, if Jira knows who asks');
	rows_are($deployment, 'SELECT name, owner_name, jql FROM filters',
		[ map { line($_->{name}, $_->{owner}{displayName}, $_->{jql}) } $page->("$api{cloud}/filter/search?expand=owner,jql") ], 1, 'filters')
	  if $cloud;
	is($node->safe_psql('postgres', "SELECT to_regclass('$deployment.filters') IS NOT NULL"), $cloud ? 't' : 'f', "$deployment, table of filters");
	rows_are($deployment, 'SELECT account, active FROM users', [ map { line(@$_{qw(name active)}) } $page->("$api{server}/user/list") ], 1, 'users')
	  unless $cloud;
	return;
}

sub versions_and_components
{
	my ($deployment) = @_;
	my @projects = projects($deployment);
	my %versions = map { $_->{key} => ask($deployment, "$api{$deployment}/project/$_->{key}/versions") } @projects;
	my %components = map { $_->{key} => ask($deployment, "$api{$deployment}/project/$_->{key}/components") } @projects;
	my $version = sub { my ($key) = @_; return map { line($_->{id}, $key, @$_{qw(name released archived startDate releaseDate)}) } @{ $versions{$key} } };
	my $component = sub { my ($key) = @_; return map { line(@$_{qw(id project name)}) } @{ $components{$key} } };
	my $select = 'SELECT id, project, name, released, archived, start_date, release_date FROM versions';

	rows_are($deployment, $select, [ map { $version->($_) } sort keys %versions ], 1 + @projects, 'versions');
	rows_are($deployment, 'SELECT id, project, name FROM components', [ map { $component->($_) } sort keys %components ], 1 + @projects, 'components');
	rows_are($deployment, "$select WHERE project = 'WEB'", [ $version->('WEB') ], 1, 'versions of one');
	rows_are($deployment, "$select WHERE project IN ('WEB', 'OPS', 'WEB')", [ map { $version->($_) } qw(WEB OPS) ], 2, 'of some');
	rows_are($deployment, "$select WHERE project = ANY (ARRAY['WEB', NULL])", [ $version->('WEB') ], 1, 'of a list with NULL');
	rows_are($deployment, "PREPARE p(text) AS $select WHERE project = \$1; SET plan_cache_mode = force_generic_plan; EXECUTE p('MOB'); EXECUTE p(NULL)",
		[ $version->('MOB') ], 1, 'of a parameter');
	rows_are($deployment, "PREPARE p(text[]) AS $select WHERE project = ANY (\$1); SET plan_cache_mode = force_generic_plan; EXECUTE p(NULL); EXECUTE p('{MOB}')",
		[ $version->('MOB') ], 1, 'of a list that is NULL');
	rows_are($deployment, 'SELECT l.board, v.name FROM local AS l, LATERAL (SELECT name FROM versions WHERE project = l.project LIMIT 1) AS v',
		[ "1|$versions{WEB}[0]{name}", "2|$versions{OPS}[0]{name}" ], 3, 'LATERAL');
	rows_are($deployment, 'SELECT l.board, v.name FROM local AS l JOIN versions AS v USING (project)',
		[ (map { line(1, $_->{name}) } @{ $versions{WEB} }), map { line(2, $_->{name}) } @{ $versions{OPS} } ], 3, 'a join');
	rows_are($deployment, "$select WHERE project = 'web'", [], 1, 'another case');
	rows_are($deployment, "$select WHERE project = '$versions{WEB}[0]{projectId}'", [], 1, 'an id is no key');
	rows_are($deployment, "$select WHERE project = '../WEB' OR project = 'x/y'", [], 1 + @projects, 'what no key can be, with OR');
	rows_are($deployment, "$select WHERE project = '../serverInfo'", [], 0, 'what no key can be');
	rows_are($deployment, "$select WHERE project = lower('WEB') || id", [], 1 + @projects, 'a condition with columns');
	rows_are($deployment, "$select WHERE project = ANY (SELECT 'WEB')", [ $version->('WEB') ], 1, 'a sub-query');
	rows_are($deployment, "$select WHERE project = (SELECT 'WEB'::text)", [ $version->('WEB') ], 1, 'a scalar sub-query');
	rows_are($deployment, "$select WHERE project = 'WEB'::name AND project = 'WEB'::varchar", [ $version->('WEB') ], 1, 'texts of other types');
	rows_are($deployment, "$select WHERE project = ANY ('{}')", [], 0, 'none');
	rows_are($deployment, "SET jira_spoke.pushdown = off; $select WHERE project = 'WEB'", [ $version->('WEB') ], 1 + @projects, 'without pushdown');
	rows_are($deployment, "SELECT name FROM jira_lookup_versions('WEB', '$deployment')", [ map { line($_->{name}) } @{ $versions{WEB} } ], 1, 'the function');
	like($node->safe_psql('postgres', "EXPLAIN (COSTS OFF) SELECT * FROM $deployment.versions WHERE project = 'WEB'"), qr/Lists: where project is in \{WEB\}/, "$deployment, EXPLAIN");
	like($node->safe_psql('postgres', "EXPLAIN (COSTS OFF) SELECT * FROM $deployment.versions"), qr/Lists: of each project/, "$deployment, EXPLAIN without a condition");

	rows_are($deployment, "SET jira_spoke.parallel_requests = 1; $select", [ map { $version->($_) } sort keys %versions ], 1 + @projects, 'one request at a time');
	$node->safe_psql('postgres', "DROP VIEW IF EXISTS named; CREATE VIEW named WITH (security_barrier) AS SELECT name, project FROM $deployment.versions WHERE project = 'MOB'");
	rows_are($deployment, 'SELECT name FROM named WHERE length(project) = 3', [ map { line($_->{name}) } @{ $versions{MOB} } ], 1, 'a view');

	# Of many that are named the list is read.
	my $many = join ', ', map { "'P$_'" } 1 .. 101;
	rows_are($deployment, "$select WHERE project IN ($many, 'WEB')", [ $version->('WEB') ], 2, 'many names');
	return;
}

sub sprints
{
	my ($deployment) = @_;
	my @boards = grep { $_->{type} ne 'kanban' } @{ ask($deployment, "$agile/board")->{values} };
	my %of = map { $_->{id} => ask($deployment, "$agile/board/$_->{id}/sprint")->{values} } @boards;
	my $lines = sub { return map { line(@$_{qw(id name state originBoardId)}) } map { @{ $of{$_} } } @_ };

	is(scalar @boards, 49, "$deployment, boards with sprints");
	rows_are($deployment, 'SELECT id, name, state, board FROM sprints', [ $lines->(keys %of) ], 50, 'sprints');
	rows_are($deployment, 'SELECT id, name, state, board FROM sprints WHERE board = 1', [ $lines->(1) ], 1, 'of a board');
	rows_are($deployment, 'SELECT id, name, state, board FROM sprints WHERE board IN (1, 2)', [ $lines->(1, 2) ], 2, 'of two');
	rows_are($deployment, 'SELECT id, name, state, board FROM sprints WHERE board = 3', [], 2, 'of a kanban board, whose kind is asked for');
	rows_are($deployment, 'SELECT id, name, state, board FROM sprints WHERE board = 999', [], 51, 'of a board that is gone, others may show them');

	# Boards may show sprints of others, also of one that is gone.
	my $gone = (sort { $a <=> $b } keys %of)[-1];
	my $last = $of{$gone}[0];
	ask($deployment, "$agile/sprint/$last->{id}", 'POST', $_)
	  for { state => 'active', startDate => '2026-01-01T00:00:00.000Z', endDate => '2026-01-15T00:00:00.000Z' }, { state => 'closed' };
	$last->{state} = 'closed';
	$jira{$deployment}->set_oddities(shared_sprints => { 1 => [ map { $_->{id} } @{ $of{2} }, @{ $of{$gone} } ], 2 => [ map { $_->{id} } @{ $of{1} } ] });
	rows_are($deployment, 'SELECT id, name, state, board FROM sprints', [ $lines->(keys %of) ], 50, 'each once');
	rows_are($deployment, 'SELECT id, name, state, board FROM sprints WHERE board = 2', [ $lines->(2) ], 1, 'those of the board alone');
	ask($deployment, "$agile/board/$gone", 'DELETE');
	rows_are($deployment, 'SELECT id, name, state, board FROM sprints', [ $lines->(keys %of) ], 49, 'with those of a board that is gone');
	rows_are($deployment, "SELECT id, name, state, board FROM sprints WHERE board = $gone", [ $lines->($gone) ], 50, 'these alone');
	like($node->safe_psql('postgres', "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM $deployment.sprints"), qr/Most Requests at a Time: 16/, "$deployment, lists are asked for together");
	return;
}

sub project_roles
{
	my ($deployment) = @_;
	my $cloud = $deployment eq 'cloud';
	my (%expected, $roles);

	for my $project (projects($deployment))
	{
		for my $address (values %{ ask($deployment, "$api{$deployment}/project/$project->{key}/role") })
		{
			my $role = ask($deployment, "$api{$deployment}/project/$project->{key}/role/" . $address =~ s{.*/}{}r);

			$roles++;
			push @{ $expected{ $project->{key} } }, map { line($project->{key}, @$role{qw(id name)},
					$_->{actorGroup} ? ('group', $_->{actorGroup}{name}) : ('user', $_->{actorUser}{ $cloud ? 'accountId' : 'name' }),
					$_->{displayName}) } @{ $role->{actors} };
		}
	}
	my $select = 'SELECT project, role_id, role, actor_type, actor, actor_name FROM project_roles';

	rows_are($deployment, $select, [ map { @$_ } values %expected ], 1 + keys(%expected) + $roles, 'project roles');
	rows_are($deployment, "$select WHERE project = 'WEB'", $expected{WEB}, 3, 'roles of a project');
	rows_are($deployment, "SELECT project, role_id, role, actor_type, actor, actor_name FROM jira_lookup_project_roles('WEB', '$deployment')", $expected{WEB}, 3, 'the function');
	return;
}

sub field_options
{
	my ($deployment) = @_;
	my %names = (customfield_10032 => 'Severity', customfield_10033 => 'Affected areas', customfield_10034 => 'Location');
	my %expected;

	for my $context (0 .. 3)
	{
		my $field = qw(customfield_10032 customfield_10033 customfield_10033 customfield_10034)[$context];
		push @{ $expected{$field} }, map { line($field, $names{$field}, @$_{qw(id value disabled)}) }
		  @{ ask('cloud', "$api{cloud}/field/$field/context/" . (10000 + $context) . '/option')->{values} };
	}
	my $select = 'SELECT field_id, field, option_id, value, disabled FROM field_options';
	my $cloud = $deployment eq 'cloud';

	rows_are($deployment, $select, [ map { @$_ } values %expected ], $cloud ? 1 + 3 + 4 : 1 + 3, 'field options');
	rows_are($deployment, "$select WHERE field_id = 'customfield_10033'", $expected{customfield_10033}, $cloud ? 1 + 1 + 2 : 1 + 1, 'options of a field');
	rows_are($deployment, "$select WHERE field_id = 'summary'", [], 1, 'of a field that has none');
	rows_are($deployment, "SELECT value FROM jira_lookup_field_options('customfield_10034', '$deployment')",
		[ map { (split /\|/)[3] } @{ $expected{customfield_10034} } ], $cloud ? 3 : 2, 'the function');
	return;
}

sub group_members
{
	my ($deployment) = @_;
	my $cloud = $deployment eq 'cloud';
	my @groups = map { $_->{name} } @{ ask('cloud', "$api{cloud}/group/bulk")->{values} };
	my %expected = map {
		my $group = $_;
		$group => [ map { line($group, @$_{ $cloud ? 'accountId' : 'name', 'displayName' }) }
			  @{ ask($deployment, "$api{$deployment}/group/member?groupname=" . encode($group) =~ s/([^\w-])/sprintf '%%%02X', ord $1/ger)->{values} } ]
	} @groups;
	my $select = 'SELECT group_name, account, name FROM group_members';

	rows_are($deployment, "$select WHERE group_name = 'developers'", $expected{developers}, $cloud ? 2 : 1, 'members of a group');
	rows_are($deployment, "$select WHERE group_name = 'nobody'", [], 1, 'of a group that does not exist');
	if ($cloud)
	{
		rows_are($deployment, $select, [ map { @$_ } values %expected ], 1 + @groups, 'group members');
		my ($id) = map { $_->{groupId} } grep { $_->{name} eq 'developers' } @{ ask('cloud', "$api{cloud}/group/bulk")->{values} };
		rows_are($deployment, "$select WHERE group_name = '$id'", [], 1, 'an id is no name');
	}
	else
	{
		like(query_error($node, "SELECT * FROM $deployment.group_members"), qr/0A000: .*no list of.*group_name/s, "$deployment, all groups are not listed");
	}
	return;
}

# A user whom a condition names is asked for alone; raw is what Jira returns then, and may have more members.
sub users
{
	my ($deployment) = @_;
	my $cloud = $deployment eq 'cloud';
	my %name = map { $_->{ $cloud ? 'accountId' : 'name' } => $_->{displayName} }
	  $cloud ? @{ ask('cloud', "$api{cloud}/users/search?maxResults=1000") } : @{ ask('server', "$api{server}/user/list")->{values} };
	my ($one, $other, $third) = sort keys %name;
	my $row = sub { return [ map { line($_, $name{$_}) } @_ ] };
	my $select = 'SELECT account, name FROM users';

	rows_are($deployment, "$select WHERE account = '$one'", $row->($one), 1, 'a user');
	like(join('', @{ (table($deployment, "$select WHERE account = '$one'"))[1] }), qr{^GET user$}, "$deployment, a user alone");
	rows_are($deployment, "$select WHERE account IN ('$one', 'nobody', NULL, '', '$other', repeat('x', 2000))", $row->($one, $other), 3, 'users');
	rows_are($deployment, "$select WHERE account IN ('a,b', 'a&b=c', 'a b%', '\u00e4', ' ')", [], 5, 'odd names');
	rows_are($deployment, "$select WHERE account = ANY ('{}')", [], 0, 'of no account');
	rows_are($deployment, "$select WHERE account = '$one' AND name = 'no such'", [], 1, 'another condition');
	rows_are($deployment, "$select WHERE account = '$one' OR name = ''", $row->($one), $cloud ? 2 : 1, 'an OR reads all');
	rows_are($deployment, "$select WHERE account = ANY (ARRAY(SELECT 'n' || i FROM generate_series(1, 101) AS i) || '$one'::text)", $row->($one), $cloud ? 2 : 1, 'many accounts');
	rows_are($deployment, "SELECT u.account, u.name FROM (VALUES ('$one'), ('$third'), ('nobody')) AS l (account) LEFT JOIN users AS u USING (account) ORDER BY 1",
		[ @{ $row->($one, $third) }, '|' ], 3, 'a join');
	rows_are($deployment, "SELECT count(*), count(DISTINCT account) FROM users", [ join '|', (scalar keys %name) x 2 ], $cloud ? 2 : 1, 'all users');
	like(join("\n", @{ (table($deployment, "EXPLAIN (COSTS off) $select WHERE account = '$one'"))[0] }), qr/Asked for One by One: account is in \{\Q$one\E\}/,
		"$deployment, EXPLAIN");

	# Some sites find a name in any case: the same user is one row.
	$jira{$deployment}->fault(kind => 'status', status => 200, path => '*/user', times => 2,
		body => { accountId => $one, name => $one, displayName => 'x', active => Cpanel::JSON::XS::true });
	rows_are($deployment, "$select WHERE account IN ('$one', upper('$one') || 'X')", [ line($one, 'x') ], 2, 'a user who is found twice');
	$jira{$deployment}->fault(kind => 'status', status => 403, path => '*/user', body => { errorMessages => ['You may not browse users.'] });
	like(query_error($node, "SELECT * FROM $deployment.users WHERE account = '$one'"), qr/42501: .*may not browse users/s, "$deployment, who may not see users gets an error");
	$jira{$deployment}->clear_faults;
	return;
}

sub epics
{
	my ($deployment) = @_;
	my @issues = @{ $jira{$deployment}->control('GET', 'issues') };
	my @expected = map { $_->{key} } grep { $_->{issuetype} eq 'Epic' } @issues;
	my ($type) = grep { $_->{name} eq 'Epic' } @{ ask($deployment, "$api{$deployment}/issuetype") };
	my ($rows, $lines) = table($deployment, 'SELECT key FROM epics');

	cmp_ok(scalar @expected, '>', 3, "$deployment, there are epics");
	is_deeply($rows, [ sort @expected ], "$deployment, epics");
	is(scalar(grep { /issuetype/ } @$lines), 1, "$deployment, the types are asked for once");
	($rows) = table($deployment, q{SELECT key, jql FROM epics WHERE jql = 'project = WEB ORDER BY key DESC'});
	is_deeply($rows, [ map { "$_|project = WEB ORDER BY key DESC" } sort grep { /^WEB-/ } @expected ], "$deployment, epics by JQL");
	($rows, $lines) = table($deployment, "SELECT key FROM epics WHERE key = '$expected[0]'");
	is_deeply($rows, [ $expected[0] ], "$deployment, one epic");

	# Whatever the type is called: a new session asks again.
	ask($deployment, "$api{$deployment}/issuetype/$type->{id}", 'PUT', { name => 'Saga' });
	($rows) = table($deployment, 'SELECT key FROM epics');
	is_deeply($rows, $deployment eq 'cloud' ? [ sort @expected ] : [], "$deployment, epics by another name");
	ask($deployment, "$api{$deployment}/issuetype/$type->{id}", 'PUT', { name => 'Epic' });
	return epics_without_a_type($deployment);
}

# On Data Center those are epics then that have a name as one.
sub epics_without_a_type
{
	my ($deployment) = @_;
	my %field = (id => 'customfield_10011', name => 'Epic Name', custom => Cpanel::JSON::XS::true,
		schema => { type => 'string', custom => 'com.pyxis.greenhopper.jira:gh-epic-label', customId => 10011 });
	my %replies = ('*/issuetype' => [ { id => '7', name => 'Saga', hierarchyLevel => 0 } ], '*/field' => [ \%field ],
		'*/search*' => { startAt => 0, maxResults => 50, total => 0, isLast => Cpanel::JSON::XS::true, issues => [] });

	$jira{$deployment}->fault(kind => 'status', status => 200, path => $_, content_type => 'application/json', body => encode_json($replies{$_}))
	  for sort keys %replies;
	my ($rows) = table($deployment, 'SELECT key FROM epics');
	my ($jql) = map { $_->[1] } grep { $_->[0] eq 'jql' } map { @{ $_->{query} } } $jira{$deployment}->requests;

	is($jql, ($deployment eq 'cloud' ? 'project is EMPTY' : 'cf[10011] is not EMPTY') . ' AND (project is not EMPTY)', "$deployment, epics of a site without such a type");
	$jira{$deployment}->clear_faults;
	return;
}

sub stops_early
{
	my ($deployment) = @_;
	my ($rows, $lines) = table($deployment, 'SELECT id FROM sprints LIMIT 1');

	is(scalar @$lines, 2, "$deployment, LIMIT: the boards, and the sprints of one");
	($rows, $lines) = table($deployment, 'SELECT EXISTS (SELECT FROM sprints)');
	is(scalar @$lines, 2, "$deployment, EXISTS");
	($rows, $lines) = table($deployment, 'SELECT name FROM sprints LIMIT 20');
	cmp_ok(scalar @$lines, '<', 12, "$deployment, LIMIT 20");

	$jira{$deployment}->close_gate(path => '*/sprint');
	$jira{$deployment}->forget_requests;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $session->query('SELECT pg_backend_pid()');
	$session->query_until(qr/asked/, "\\echo asked\nSELECT count(*) FROM $deployment.sprints;\n");
	$jira{$deployment}->await_at_gate(16);
	is($node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)"), 't', "$deployment, cancel");
	$session->query('SELECT 1');
	like($session->{stderr}, qr/canceling statement/, "$deployment, ends the read");
	$session->quit;
	$jira{$deployment}->open_gate;
	return;
}

# One that is gone or closed to the account: the others are read, with a word.
sub refused_parents
{
	my ($deployment) = @_;
	my $select = 'SELECT project, count(*) FROM versions GROUP BY 1';
	my ($whole) = table($deployment, $select);
	my $id = (grep { $_->{key} eq 'WEB' } projects($deployment))[0]{id};

	for my $status (403, 404)
	{
		$jira{$deployment}->fault(kind => 'status', status => $status, path => "*/project/$id", content_type => 'application/json',
			body => '{"errorMessages": ["You cannot see it."], "errors": {}}');
		my ($rows, $lines, $error) = table($deployment, $select);

		is_deeply($rows, [ grep { !/^WEB/ } @$whole ], "$deployment, $status: the others");
		like($error, qr/WARNING: .*jira_lookup_versions of "WEB" may be incomplete\nDETAIL: .*You cannot see it/, "$deployment, $status: with a word");
		$jira{$deployment}->clear_faults;
	}
	$jira{$deployment}->fault(kind => 'status', status => 403, path => '*/project/1*', content_type => 'application/json',
		body => '{"errorMessages": ["You cannot see it."], "errors": {}}');
	my ($rows, $lines, $error) = table($deployment, $select);
	is(scalar(() = $error =~ /WARNING/g), 1, "$deployment, of many refusals once");
	($rows, $lines, $error) = table($deployment, q{SELECT l.board, v.name FROM local AS l, LATERAL (SELECT name FROM versions WHERE project IN ('10000', '10001', l.project) LIMIT 1) AS v});
	is(scalar(() = $error =~ /WARNING/g), 1, "$deployment, of many refusals in a join once");
	$jira{$deployment}->clear_faults;
	my $list = $deployment eq 'cloud' ? '*/project/search' : '*/project';
	for my $wrong ('../x', '', undef, '1?x=y')
	{
		my @projects = ({ id => $wrong, key => 'WEB' });

		$jira{$deployment}->fault(kind => 'status', status => 200, path => $list, content_type => 'application/json',
			body => encode_json($deployment eq 'cloud' ? { startAt => 0, total => 1, isLast => Cpanel::JSON::XS::true, values => \@projects } : \@projects));
		like(query_error($node, "SELECT * FROM $deployment.versions"), qr/08P01: .*has no id/s, "$deployment, an id that is none: " . ($wrong // 'null'));
		$jira{$deployment}->clear_faults;
	}
	$jira{$deployment}->fault(kind => 'html', status => 404, path => "*/project/$id");
	($rows, $lines, $error) = table($deployment, $select);
	like($error, qr/ERROR/, "$deployment, a word that is not Jira's is an error");
	$jira{$deployment}->clear_faults;
	return;
}

# What a site lacks is left out by the import, and refused by who reads it anyway.
sub tables_of_an_old_site
{
	my $old = JiraSpoke::Jira->start(deployment => 'server', server_version => '9.12.0');
	my ($out, $error);

	connect_to($node, $old, 'old');
	$node->psql('postgres', <<~'SQL', stdout => \$out, stderr => \$error);
		CREATE SERVER old FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'old');
		CREATE SCHEMA old;
		IMPORT FOREIGN SCHEMA jira FROM SERVER old INTO old OPTIONS (custom_fields 'none');
		SQL
	is_deeply([ sort $error =~ /has no table "(\w+)"/g ], [qw(field_options filters groups users)], 'tables that an old site lacks');
	$node->safe_psql('postgres', q{CREATE FOREIGN TABLE old.field_options (value text) SERVER old});
	like(query_error($node, 'TABLE old.field_options'), qr/0A000: .*not available on Jira Server and Data Center 9/, 'reading one of them');
	return;
}

# Lists by any endpoint, as their replies tell.
sub requests_of_lists
{
	my ($deployment) = @_;
	my $cloud = $deployment eq 'cloud';
	my $stream = sub { my ($arguments) = @_; return "jira_request_stream($arguments, connection => '$deployment')" };
	my $v = $api{$deployment};
	my @boards = map { $_->{id} } @{ ask($deployment, "$agile/board")->{values} };
	my @users = map { $_->{ $cloud ? 'accountId' : 'name' } } $cloud ? @{ ask('cloud', "$v/users/search?maxResults=1000") } : @{ ask('server', "$v/user/list")->{values} };
	my @issues = map { $_->{key} } @{ $jira{$deployment}->control('GET', 'issues') };
	my $search = $cloud ? "$v/search/jql" : "$v/search";

	rows_are($deployment, "SELECT b ->> 'id' FROM " . $stream->("'$agile/board'") . ' AS b', [@boards], 1, 'a list');
	rows_are($deployment, "SELECT b ->> 'id' FROM " . $stream->(qq{'$agile/board', '{"maxResults": 20}'}) . ' AS b', [@boards], 3, 'pages with an offset');
	rows_are($deployment, "SELECT b ->> 'id' FROM " . $stream->(qq{'$agile/board', '{"maxResults": 20, "startAt": 30}'}) . ' AS b', [ @boards[ 30 .. $#boards ] ], 1, 'from one on');
	rows_are($deployment, "SELECT b ->> 'id' FROM " . $stream->(qq{'$agile/board', '{"maxResults": 20}'}) . ' AS b LIMIT 5', [ @boards[ 0 .. 4 ] ], 1, 'LIMIT');
	rows_are($deployment, "SELECT " . $stream->(qq{'$agile/board', '{"maxResults": 20}'}) . " ->> 'id' LIMIT 25", [ @boards[ 0 .. 24 ] ], 2, 'LIMIT in a target list');
	rows_are($deployment, "SELECT s ->> 'name' FROM " . $stream->("'$v/status', rows => ''") . ' AS s',
		[ map { line($_->{name}) } @{ ask($deployment, "$v/status") } ], 1, 'a bare list');
	rows_are($deployment, 'SELECT i ->> $$key$$ FROM ' . $stream->(qq{'$search', '{"jql": "project is not EMPTY", "fields": "key", "maxResults": 100}', 'issues'}) . ' AS i',
		[@issues], 4, $cloud ? 'pages with a token' : 'pages of a search');
	rows_are($deployment, 'SELECT i ->> $$key$$ FROM ' . $stream->(qq{'$search', rows => 'issues', method => 'post', body => '{"jql": "project is not EMPTY", "fields": ["key"], "maxResults": 100}'}) . ' AS i',
		[@issues], 4, 'pages of a POST');
	rows_are($deployment, 'SELECT d ->> $$name$$ FROM ' . $stream->(qq{'$v/dashboard', '{"maxResults": 2}', 'dashboards'}) . ' AS d',
		[ map { line($_->{name}) } @{ ask($deployment, "$v/dashboard")->{dashboards} } ], 2, 'addresses of pages');
	rows_are($deployment, 'SELECT l ->> $$worklogId$$ FROM ' . $stream->(qq{'$v/worklog/updated'}) . ' AS l',
		[ map { $_->{worklogId} } @{ ask($deployment, "$v/worklog/updated")->{values} } ], 1, 'addresses alone');
	rows_are($deployment, 'SELECT u ->> $$' . ($cloud ? 'accountId' : 'name') . '$$ FROM '
		. $stream->($cloud ? qq{'$v/users/search', '{"startAt": 0, "maxResults": 10}', ''} : qq{'$v/user/list', '{"maxResults": 10}'}) . ' AS u',
		[@users], $cloud ? int(@users / 10) + 2 : int((@users + 9) / 10), $cloud ? 'a bare list from its start on' : 'a cursor');
	like($node->safe_psql('postgres', 'EXPLAIN (COSTS OFF) SELECT 1 FROM ' . $stream->("'$agile/board'")), qr/JiraScan.*Argument path: \Q$agile\E\/board/s, "$deployment, EXPLAIN");
	is($node->safe_psql('postgres', 'CREATE TEMP TABLE own AS SELECT 1 AS id, NULL AS name; UPDATE own SET name = b ->> $$name$$ FROM ' . $stream->("'$agile/board'")
		. ' AS b WHERE b -> $$id$$ = to_jsonb(own.id); SELECT name FROM own'), 'WEB board', "$deployment, UPDATE ... FROM");

	my $first = $stream->(qq{'$agile/board', '{"maxResults": 20}'});
	for my $query ("SELECT b ->> 'id' FROM $first WITH ORDINALITY AS x (b, n) WHERE n <= 2", "SELECT b ->> 'id' FROM ROWS FROM ($first) AS b LIMIT 2",
		"SET jira_spoke.enable_scan = off; SELECT b ->> 'id' FROM $first AS b LIMIT 2", "SELECT row_to_json(x) -> 'b' ->> 'id' FROM (SELECT b FROM $first AS b LIMIT 2) AS x",
		"SELECT (SELECT b ->> 'id' FROM $first AS b WHERE b ->> 'id' = n::text) FROM generate_series(1, 2) AS n",
		"SELECT b ->> 'id' FROM generate_series(1, 1) AS n, LATERAL " . $stream->(qq{'$agile/board', jsonb_build_object('maxResults', 20 * n)}) . " AS b LIMIT 2")
	{
		is($node->safe_psql('postgres', $query), "1\n2", "$deployment, $query");
	}

	# Refusals, and results that do not go on.
	like(query_error($node, 'SELECT * FROM ' . $stream->("'$v/issue', method => 'POST', body => '{}'")), qr/22023: .*does not only read.*jira_request/s, "$deployment, a write");
	like(query_error($node, 'SELECT * FROM ' . $stream->("'$v/issue/WEB-1', method => 'DELETE'")), qr/22023: .*does not only read/, "$deployment, DELETE");
	like(query_error($node, 'SELECT * FROM ' . $stream->("'$v/status'")), qr/08P01: .*no list "values"/s, "$deployment, another member");
	like(query_error($node, 'SELECT * FROM ' . $stream->("'$v/../status'")), qr/22023: .*below the URL/, "$deployment, a path that leads elsewhere");
	like(query_error($node, 'SELECT * FROM ' . $stream->('NULL')), qr/22004: .*"path"/, "$deployment, no path");
	like(query_error($node, 'SELECT * FROM ' . $stream->("'$agile/board', '[]'")), qr/22023: .*"query" of jira_request_stream/, "$deployment, a query that is none");
	my %endless = (
		'{"values": [{"id": 1}, {"id": 2}], "isLast": false, "startAt": 0, "total": 9}' => "$agile/board",
		'{"values": [{"id": 1}], "isLast": false}' => "$agile/board",
		'{"values": [], "startAt": 0, "total": 9}' => "$agile/board",
		'{"values": [{"id": 1}], "nextPage": "http://elsewhere/x?since=3", "lastPage": false}' => "$v/worklog/updated",
		$cloud ? ('{"values": [{"id": 1}], "nextPageToken": "a"}' => $search) : ('{"values": [{"id": 1}], "nextCursor": 7}' => "$v/user/list"));

	for my $body (sort keys %endless)
	{
		$jira{$deployment}->fault(kind => 'status', status => 200, path => $endless{$body}, content_type => 'application/json', body => $body);
		like(query_error($node, 'SELECT * FROM ' . $stream->("'$endless{$body}'")), qr/08P01/, "$deployment, no end: $body");
		$jira{$deployment}->clear_faults;
	}
	return;
}

# Who may only read may read by any endpoint, and cannot write by any.
sub readers
{
	$node->safe_psql('postgres', q{CREATE ROLE some_reader LOGIN IN ROLE jira_spoke_reader; SELECT jira_grant_connection('cloud', 'some_reader', 'read')});
	my $count = sub {
		my ($call) = @_;
		return rows_or_sqlstate($node, 'some_reader', "BEGIN READ ONLY; SET LOCAL jira_spoke.connection = 'cloud'; SELECT count(*) > 0 FROM $call; COMMIT");
	};

	is($count->(q{jira_request_stream('/rest/api/3/search/jql', rows => 'issues', method => 'POST', body => '{"jql": "project = WEB"}')}), 't', 'a reader searches');
	is($count->(q{jira_request('POST', '/rest/api/3/search/approximate-count', body => '{"jql": "project = WEB"}')}), 't', 'a reader counts');
	is($count->(q{jira_request_stream('/rest/api/3/changelog/bulkfetch', rows => 'issueChangeLogs', method => 'POST', body => '{"issueIdsOrKeys": ["WEB-1"]}')}), 't', 'a reader fetches changes');
	is($count->(q{jira_request_stream('/rest/api/3/comment/list', method => 'POST', body => '{"ids": [10000]}')}), 't', 'a reader fetches comments');
	is($count->(q{jira_request_stream('/rest/api/3/worklog/list', rows => '', method => 'POST', body => '{"ids": [10000]}')}), 't', 'a reader fetches worklogs');
	is($count->(q{jira_request_stream('/rest/api/3/jql/match', rows => 'matches', method => 'POST', body => '{"issueIds": [10000], "jqls": ["project = WEB"]}')}), 't', 'a reader matches JQL');
	is($count->(q{jira_request_stream('/rest/api/3/jql/parse', '{"validation": "none"}', rows => 'queries', method => 'POST', body => '{"queries": ["project = WEB"]}')}), 't', 'a reader parses JQL');
	is($count->(q{jira_request_stream('/rest/api/3/issue/bulkfetch', rows => 'issues', method => 'POST', body => '{"issueIdsOrKeys": ["WEB-1"]}')}), 't', 'a reader fetches issues');
	is($count->(q{jira_request('POST', '/rest/api/3/issue', body => '{}')}), '25006', 'and writes nothing in a read-only transaction');
	is(rows_or_sqlstate($node, 'some_reader', q{SELECT * FROM jira_request('POST', '/rest/api/3/issue', body => '{}', connection => 'cloud')}), '42501', 'nor else');
	return;
}
