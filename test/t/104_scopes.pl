# Tokens of exactly the scopes that the catalogue says, classic and granular: every
# action works with them, also where it makes requests beside its own, and a
# refusal names the scopes of the request that was refused.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::WireFile;
use JiraSpoke;
use Test::More;

my $cloud_id = '11111111-2222-3333-4444-555555555555';
my $root = $ENV{JIRA_SPOKE_SRC} // '.';
my $jira = JiraSpoke::Jira->start;
my $gateway = $jira->url;
my $node = start_cluster('scopes', 'jira_spoke.max_retries = 0', "jira_spoke.gateway_url = '$gateway'");
my $site = "$gateway/ex/jira/$cloud_id";

connect_to($node, $jira, 'token', scoped => 'true', cloud_id => $cloud_id, secret => 'exact');
connect_to($node, $jira, 'app', auth => 'bearer', url => $site, secret => 'exact');
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE document (id integer PRIMARY KEY, content bytea, name text);
INSERT INTO document VALUES (1);
SQL

# The simplest call of each action, as the file of test/wire has it first.
my %calls = map { $_->{action} => [ $_->{cases}[0]{sql} ] } grep { $_->{name} =~ /-cloud2?$/ } JiraSpoke::WireFile->read_all("$root/test/wire");

$calls{jira_copy_issue_attachment_to_record} = [];
$calls{jira_refresh_webhooks} = ['SELECT jira_refresh_webhooks()'];
$calls{jira_report_personal_data} = [q{SELECT * FROM jira_report_personal_data('[{"accountId": "5b10a2844c20165700ede21g", "updatedAt": "2026-01-02T03:04:05.000Z"}]')}];
$calls{jira_subscribe_webhook} = [q{SELECT jira_subscribe_webhook('x', 'https://db.example.com/hook', ARRAY['jira:issue_created'], 'project = OPS')}];

# Calls that make more requests than the action's own.
my %more = (
	jira_lookup_issue => [q{SELECT fields FROM jira_lookup_issue('OPS-1', ARRAY['Severity'])}],
	jira_lookup_issues_stream => [
		q{SELECT fields FROM jira_lookup_issues_stream('project = OPS', ARRAY['Severity'], 3)},
		"SELECT key FROM jira_lookup_issues_stream('project = OPS AND summary !~ \"" . 'x' x 8000 . "\"', max_rows => 2)" ],
	jira_lookup_comments_stream => [q{SELECT count(*) FROM jira_lookup_comments_stream('project = BULK')}],
	jira_lookup_worklogs_stream => [
		q{SELECT count(*) FROM jira_lookup_worklogs_stream('project = BULK')},
		q{SELECT count(*) FROM jira_lookup_worklogs_stream('project = BULK', '2020-01-01')} ],
	jira_lookup_changes_stream => [q{SELECT count(*) FROM jira_lookup_changes_stream('project = BULK', ARRAY['summary'])}],
	jira_lookup_sprint_issues_stream => [q{SELECT fields FROM jira_lookup_sprint_issues_stream(8, fields => ARRAY['Severity'])}],
	jira_create_issue => [q{SELECT jira_create_issue('OPS', 'Bug', 'x', fields => '{"Severity": "Minor"}')}],
	jira_update_issue => [q{SELECT jira_update_issue('OPS-1', fields => '{"Severity": "Minor"}')}],
	jira_do_transition => [q{SELECT jira_do_transition('OPS-1', name) FROM jira_lookup_transitions('OPS-1', 'all') LIMIT 1}],
	jira_create_story => [q{SELECT jira_create_story('WEB', 'x', story_points => 3, sprint => 8)}],
	jira_update_story => [q{SELECT jira_update_story('WEB-1', story_points => 3)}, q{SELECT jira_update_story('10100', story_points => 3)}],
	jira_lookup_stories_stream => [q{SELECT key, story_points, sprint FROM jira_lookup_stories_stream('WEB', max_rows => 3)}],
	jira_copy_attachment => [q{SELECT jira_copy_attachment('OPS-1', 'large.bin', decode(repeat('00', 1100000), 'hex'))}],
	jira_copy_issue_attachment_to_record =>
	  [q{SELECT jira_copy_issue_attachment_to_record('10000', 'document', '{"id": 1}', 'content', 'name')}]);

# What the calls for BULK ask for beside the search.
my %beside = (
	jira_lookup_comments_stream => qr{issue/\d+/comment},
	jira_lookup_worklogs_stream => qr{issue/\d+/worklog|worklog/list},
	jira_lookup_changes_stream => qr{changelog/bulkfetch});

connect_to($node, $jira, 'all', scoped => 'true', cloud_id => $cloud_id, secret => 'demo-scoped-token');
every_action();
every_table();
names_what_was_refused();
long_jql();
stories_without_fields();
says_what_it_needs();

$node->stop;
done_testing();

sub query_lines { return map { [ split /\|/, $_, -1 ] } split /\n/, $node->safe_psql('postgres', shift); }

# Runs a statement with a token of these scopes on a Jira without a change; returns
# the errors, and the requests that were refused for a scope.
sub run_with
{
	my ($alias, $scopes, $sql) = @_;

	my $many = $sql =~ /BULK/;
	$jira->control('POST', 'reset', { issues => $many ? 60 : 0 });
	$jira->control('POST', 'activity', { project => 'BULK' }) if $many;    # more than an issue shows
	$jira->add_token('exact', [ split / /, $scopes ], app => $alias eq 'app' ? Cpanel::JSON::XS::true : Cpanel::JSON::XS::false);
	$jira->forget_requests;
	my (undef, $out, $error) = $node->psql('postgres', "SET jira_spoke.connection = '$alias'; " . $sql =~ s/\{url\}/$gateway/gr,
		extra_params => [ '--set=VERBOSITY=verbose' ]);
	my @refused = map { "$_->{method} $_->{path}" } grep { ($_->{status} // 0) == 401 } $jira->requests;
	return ($error, \@refused, $out);
}

# Of the actions that OAuth or a token with scopes may carry out.  Jira Software has
# no classic scopes: there its granular ones go with the classic ones of the rest.
sub every_action
{
	my @actions = query_lines(<<'SQL');
SELECT function, CASE WHEN auth_limits && ARRAY['not-scoped'] OR function = 'jira_report_personal_data' THEN 'app' ELSE 'token' END,
	(SELECT string_agg(DISTINCT scope, ' ') FROM jira_required_scopes(ARRAY[function]) WHERE kind = 'classic'),
	(SELECT string_agg(DISTINCT scope, ' ') FROM jira_required_scopes(ARRAY[function]) WHERE kind = 'granular'),
	CASE WHEN classic_scopes = '' THEN granular_scopes END
FROM (SELECT function, deployments, string_to_array(auth_limits, ' ') AS auth_limits, cloud_requests, classic_scopes, granular_scopes
	FROM jira_spoke.describe_actions()) AS a
WHERE deployments ~ 'cloud' AND cloud_requests <> '' AND cloud_requests !~ '^ '
	AND NOT coalesce(auth_limits, '{}') && ARRAY['not-oauth']
ORDER BY function
SQL

	cmp_ok(scalar @actions, '>', 45, 'actions of Cloud that take tokens with scopes');
	foreach my $action (@actions)
	{
		my ($function, $alias, $classic, $granular, $software) = @$action;
		ok($calls{$function} || $more{$function}, "$function has a call");
		my %sets = (classic => "$classic $software", $function eq 'jira_report_personal_data' ? () : (granular => $granular));

		foreach my $kind (sort keys %sets)
		{
			foreach my $sql (@{ $calls{$function} // [] }, @{ $more{$function} // [] })
			{
				my ($error, $refused) = run_with($alias, $sets{$kind}, $sql);
				my $name = "$function, $kind: " . substr($sql, 0, 80) =~ s/\s+/ /gr;

				is("@$refused", '', "$name: nothing is refused");
				unlike($error, qr/0A000|28000|42501|NOTICE|scope/, "$name: no word of scopes");
				cmp_ok(scalar $jira->requests, '>', 0, "$name: but Jira is asked");
				like(join("\n", $jira->request_lines), $beside{$function}, "$name: beside the search, too") if $sql =~ /BULK/;
			}
		}
	}
	return;
}

# A table is read with the scopes of these functions, of which the others have the lists of what it has lists of.
sub every_table
{
	my %functions = (
		(map { $_ => [qw(jira_lookup_issues_stream jira_lookup_fields)] } qw(issues stories)),
		epics => [qw(jira_lookup_issues_stream jira_lookup_fields jira_lookup_issue_types)],
		(map { ("issue_$_" => ["jira_lookup_${_}_stream"]) } qw(comments worklogs changes links)),
		(map { ("issue_$_" => ["jira_lookup_issue_${_}_stream"]) } qw(attachments sprints)),
		(map { ($_ => ["jira_lookup_${_}_stream"]) } qw(projects users groups boards filters dashboards workflows)),
		(map { ($_ => ["jira_lookup_$_"]) } qw(fields statuses resolutions issue_types link_types field_options)),
		priorities => ['jira_lookup_issue_priorities'],
		(map { ($_ => [ "jira_lookup_$_", 'jira_lookup_projects_stream' ]) } qw(versions components project_roles)),
		sprints => [qw(jira_lookup_sprints_by_board jira_lookup_boards_stream)],
		group_members => [qw(jira_lookup_users_by_group_name_stream jira_lookup_groups_stream)]);

	$node->safe_psql('postgres', <<'SQL');
CREATE SERVER everything FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'all');
CREATE SCHEMA tables;
IMPORT FOREIGN SCHEMA jira FROM SERVER everything INTO tables;
ALTER SERVER everything OPTIONS (SET connection 'token');
SQL
	my @tables = map { $_->[0] } query_lines(q{SELECT relname FROM pg_class WHERE relnamespace = 'tables'::regnamespace ORDER BY 1});
	is_deeply(\@tables, [ sort keys %functions ], 'the tables');
	for my $table (@tables)
	{
		my $list = join ', ', map { "'$_'" } @{ $functions{$table} };

		for my $kind (qw(classic granular))
		{
			my ($scopes) = map { $_->[0] } query_lines(<<~"SQL");
				SELECT string_agg(scope, ' ') FROM unnest(ARRAY[$list]) AS f, jira_required_scopes(ARRAY[f])
				WHERE kind = '$kind' OR NOT EXISTS (SELECT FROM jira_required_scopes(ARRAY[f]) WHERE kind = '$kind')
				SQL
			my ($error, $refused) = run_with('token', $scopes, "SELECT count(t) FROM tables.$table AS t");

			is("@$refused$error", '', "table $table, $kind");
			cmp_ok(scalar $jira->requests, '>', 0, "table $table, $kind: but Jira is asked");
		}
	}
	return;
}

# With the scopes of the action's own request alone.
sub names_what_was_refused
{
	my @cases = (
		[ 'jira_update_issue', 'write:issue:jira', 'jira_lookup_fields', 'read:field:jira, .*, to find fields by name' ],
		[ 'jira_do_transition', 'write:issue:jira write:issue.property:jira', 'jira_do_transition', 'read:issue\.transition:jira, .*, to find a transition by name' ],
		[ 'jira_create_story', 'write:jira-work', 'jira_lookup_fields', 'the scope read:jira-work, or .*, to find fields by name' ],
		[ 'jira_copy_issue_attachment_to_record', 'read:attachment:jira', 'jira_copy_issue_attachment_to_record',
			'read:application-role:jira, .*, to know the name and the type of a file' ]);

	foreach my $case (@cases)
	{
		my ($function, $scopes, $action, $needs) = @$case;
		my ($error) = run_with('token', $scopes, $more{$function}[0]);

		like($error, qr/28000: Jira answered 401 to $action\b.*\nDETAIL:  .*\nHINT:  The credential is right, but its token lacks a scope: $action needs .*$needs\./,
			"$function: the scopes of the refused request");
	}
	my ($error) = run_with('token', 'read:issue-details:jira read:audit-log:jira read:avatar:jira read:field-configuration:jira read:issue-meta:jira',
		$more{jira_lookup_issues_stream}[1]);
	like($error, qr/HINT:  .*read:field\.default-value:jira.*, for JQL of more than 8,000 characters\./, 'those of a POST instead of a GET');
	return;
}

# A GET up to 8,000 characters of the user's own JQL, whatever bytes they take, on Cloud.
sub long_jql
{
	my $search = sub { my ($filler, $count) = @_; return qq{SELECT key FROM jira_lookup_issues_stream('project = OPS AND summary !~ "' || repeat('$filler', $count) || '"', max_rows => 2)}; };
	my $frame = length 'project = OPS AND summary !~ ""';
	my $scopes = 'read:jira-work';

	for my $case ([ 'x', 8000 - $frame, 'GET' ], [ 'x', 8001 - $frame, 'POST' ], [ 'ü', 8000 - $frame, 'GET' ], [ 'ü', 8001 - $frame, 'POST' ])
	{
		my ($filler, $count, $method) = @$case;
		my ($error) = run_with('token', $scopes, $search->(@$case));
		is($error, '', "$count times $filler: is understood");
		is((($jira->request_lines)[0] // '') =~ s/ .*//r, $method, "$count times $filler: $method");
	}
	return;
}

# The search for stories may be allowed and the fields not: the rest of a row is there.
sub stories_without_fields
{
	my $scopes = 'read:issue-details:jira read:field.default-value:jira read:field.option:jira read:field:jira read:group:jira';
	my $read = q{SELECT count(key), count(story_points), count(sprint_id) FROM jira_lookup_stories_stream('WEB')};
	my ($error, undef, $out) = run_with('token', $scopes, $read);
	my ($rows, @located) = split /\|/, $out;

	cmp_ok($rows, '>', 10, 'stories without their fields');
	is("@located", '0 0', 'have no points and no sprint');
	like($error, qr/^psql:.*NOTICE:  00000: columns story_points, sprint_id of jira_lookup_stories_stream are null\nDETAIL:  .*\nHINT:  See jira_required_scopes\(ARRAY\['jira_lookup_stories_stream'\]\)/,
		'which is told');
	($error) = run_with('token', $scopes, q{SELECT count(s.sprint) FROM generate_series(1, 3) AS g, LATERAL jira_lookup_stories_stream('WEB', 'id > ' || g) AS s});
	is(() = ($error =~ /NOTICE/g), 1, 'once in a statement');
	($error, undef, $out) = run_with('token', $scopes, q{SELECT count(*) > 10 FROM (SELECT key, summary FROM jira_lookup_stories_stream('WEB')) AS s});
	is("$error$out", 't', 'and not where these columns are not wanted');
	return;
}

sub says_what_it_needs
{
	my $action = sub { my ($columns, $function) = @_; return $node->safe_psql('postgres', "SELECT $columns FROM jira_spoke.action WHERE function = '$function'"); };

	is($action->('any_scope, cardinality(classic_scopes), also_requests', 'jira_lookup_server'), 't|0|{}', 'any scope for the server');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM jira_spoke.action WHERE any_scope'), 1, 'and for nothing else');
	is($action->('also_requests, also_classic_scopes', 'jira_do_transition'),
		'{"GET /rest/api/{v}/issue/{issue}/transitions, to find a transition by name","GET /rest/api/{v}/field, to find fields by name"}|{read:jira-work}',
		'requests beside the own one, and their scopes');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM jira_spoke.action WHERE description IS NULL
		OR description <> (SELECT obj_description(oid, 'pg_proc') FROM pg_proc WHERE proname = function)}), 0, 'each action has a description');
	is($node->safe_psql('postgres', q{SELECT string_agg(scope, ' ') FROM jira_required_scopes(ARRAY['jira_update_issue']) WHERE kind = 'granular'}),
		'read:avatar:jira read:field-configuration:jira read:field:jira read:project-category:jira read:project:jira write:issue:jira',
		'the scopes to tick are those of all its requests');
	return;
}
