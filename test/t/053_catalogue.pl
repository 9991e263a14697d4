# The catalogue of actions: what it shows, and the refusals that come from it.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;

my $cloud_id = '11111111-2222-3333-4444-555555555555';
my $cloud = JiraSpoke::Jira->start(deployment => 'cloud');
my $oldest = JiraSpoke::Jira->start(deployment => 'server', server_version => '8.22.6');
my $old = JiraSpoke::Jira->start(deployment => 'server', server_version => '9.12.4');
my $new = JiraSpoke::Jira->start(deployment => 'server');
my $gateway = $cloud->url;
my $node = start_cluster('catalogue', "jira_spoke.gateway_url = '$gateway'");

connect_to($node, $cloud, 'cloud');
connect_to($node, $oldest, 'oldest');
connect_to($node, $old, 'old');
connect_to($node, $new, 'new');
connect_to($node, $cloud, 'scoped', scoped => 'true', cloud_id => $cloud_id);
connect_to($node, $cloud, 'app', auth => 'bearer', secret => 'demo-access', url => "$gateway/ex/jira/$cloud_id");

# What must be refused without a request, and how.
sub refused_at_once
{
	my ($query, $expected, $what, %options) = @_;

	$_->forget_requests foreach $cloud, $oldest, $old, $new;
	my $error = query_error($node, $query);
	my @requests = grep { $_->{path} !~ /serverInfo/ } map { $_->requests } $cloud, $oldest, $old, $new;
	like($error, qr/0A000.*$expected/s, $what);
	is(scalar @requests, 0, "$what: nothing is asked of Jira");
	return;
}

# --- The view.

SKIP:
{
	my $file = ($ENV{JIRA_SPOKE_CHECKOUT} // '.') . '/../shared/actions.tsv';
	skip 'no actions.tsv at hand', 1 unless -r $file;
	my (undef, @expected) = split /\n/, slurp_file($file);
	is($node->safe_psql('postgres', q{SELECT array_to_string(ARRAY[category, action, function, deployments,
			array_to_string(auth_limits, ' '), array_to_string(classic_scopes, ' '),
			array_to_string(granular_scopes, ' ')], E'\t') FROM jira_spoke.action ORDER BY function}),
		join("\n", map { $_->[1] } sort { $a->[0] cmp $b->[0] } map { [ (split /\t/)[2], $_ ] } @expected),
		'the view shows the actions as they are known');
}

is($node->safe_psql('postgres', q{SELECT cloud_requests, server_requests FROM jira_spoke.action WHERE function = 'jira_lookup_webhooks'}),
	'{"GET /rest/webhooks/1.0/webhook","GET /rest/api/{v}/webhook"}|'
	  . '{"GET /rest/webhooks/1.0/webhook","GET /rest/jira-webhook/1.0/webhooks?limit=1000"}',
	'requests are told, with the alternatives');
is($node->safe_psql('postgres', q{SELECT count(*) FROM jira_spoke.action WHERE function IN ('jira_count_issues', 'jira_lookup_issues')}),
	0, 'functions beside the actions do not appear');
is($node->safe_psql('postgres', 'SELECT count(*) FROM jira_spoke.check_actions()'), 0, 'tables and SQL agree');

$node->safe_psql('postgres', 'CREATE ROLE plain; CREATE ROLE someone IN ROLE jira_spoke_user');
is($node->safe_psql('postgres', 'SET ROLE someone; SELECT count(*) > 0 FROM jira_spoke.action'), 't', 'users may read it');
like(query_error($node, 'SET ROLE plain; SELECT * FROM jira_spoke.action'), qr/42501/, 'others may not');

# --- Scopes.

is($node->safe_psql('postgres', q{SELECT kind, scope FROM jira_required_scopes(ARRAY['jira_lookup_watchers', 'jira_add_watcher'])}),
	join("\n", 'classic|read:jira-work', 'classic|write:jira-work',
		map { "granular|$_:jira" } qw(read:avatar read:issue.watcher read:user write:issue.watcher)),
	'scopes of some functions');
is($node->safe_psql('postgres', 'SELECT count(*) = count(DISTINCT (kind, scope)) AND count(*) > 40 FROM jira_required_scopes()'),
	't', 'scopes of all actions, each once');
is($node->safe_psql('postgres', q{SELECT scope FROM jira_required_scopes(ARRAY['jira_report_personal_data'])}),
	'report:personal-data', 'scopes of a function beside the catalogue');
like(query_error($node, q{SELECT * FROM jira_required_scopes(ARRAY['jira_add_watcher', 'jira_nothing'])}),
	qr/42883.*'jira_nothing'/s, 'an unknown function is an error');

# --- Refusals before anything is sent.

refused_at_once("SELECT * FROM jira_lookup_projects('cloud')", 'not available on Jira Cloud.*It needs Jira Server',
	'an action of Server on Cloud');
refused_at_once("SELECT * FROM jira_lookup_groups_stream('new')", 'not available on Jira Server.*It needs Jira Cloud',
	'an action of Cloud on Server');
refused_at_once("SELECT * FROM jira_lookup_audit_logs_stream(connection => 'new')",
	'not available on Jira Server and Data Center 10.*It needs Jira Cloud or .* up to version 9',
	'the old audit log on 10');
refused_at_once("SELECT jira_create_user('a\@b.example', ARRAY['jira-software'], connection => 'scoped')",
	'not possible with a scoped token.*has no scopes', 'a new user with a scoped token');
refused_at_once("SELECT jira_create_user('a\@b.example', ARRAY['jira-software'], connection => 'app')",
	'not possible with OAuth 2.0.*API token', 'a new user with OAuth');
refused_at_once("SELECT * FROM jira_lookup_webhooks('scoped')", 'not possible with a scoped token',
	'webhooks with a scoped token');
refused_at_once(q{SELECT * FROM jira_report_personal_data('[]', 'cloud')},
	'not available on Jira Cloud without OAuth 2.0.*It needs Jira Cloud with OAuth 2.0', 'the report without OAuth');

is($node->safe_psql('postgres', "SELECT count(*) > 0 FROM jira_lookup_audit_logs_stream_server10(connection => '$_')"),
	't', "the new audit log on $_")
  foreach qw(new old oldest);
$new->forget_requests;
$node->safe_psql('postgres', "SELECT count(*) FROM jira_lookup_webhooks('new'); SELECT count(*) FROM jira_lookup_webhooks('new')");
is(scalar(grep { $_->{path} =~ /serverInfo/ } $new->requests), 1, 'the version is asked for once per session');
is($node->safe_psql('postgres', "SELECT count(*) > 0 FROM jira_lookup_audit_logs_stream(connection => 'old')"), 't', 'the old one on 9');
is($node->safe_psql('postgres', "SELECT count(*) > 0 FROM jira_lookup_audit_logs_stream(connection => 'cloud')"), 't', 'and on Cloud');

# --- Refusals by Jira.

$cloud->fault(kind => 'status', status => 401, path => '*/watchers',
	body => { code => 401, message => 'Unauthorized; scope does not match' });
my $error = query_error($node, q{SELECT jira_add_watcher('OPS-1', 'x', 'scoped')});
like($error, qr/28000.*needs the scope write:jira-work, or the scope write:issue\.watcher:jira\./s,
	'a missing scope is named');
unlike($error, qr/Check the user name/, 'and the credential is not doubted');
like(query_error($node, q{SELECT jira_add_watcher('OPS-1', 'x', 'cloud')}), qr/jira_required_scopes/,
	'a connection that should not have scopes is told where to look');
$cloud->clear_faults;
$cloud->fault(kind => 'status', status => 403, path => '*/comment', body => { errorMessages => ['No.'] });
like(query_error($node, q{SELECT jira_add_comment('OPS-1', 'x', connection => 'scoped')}),
	qr/42501.*needs the permission\. Its token needs the scope write:jira-work, or the scopes read:comment:jira, /s,
	'scopes are named where permission is denied');
unlike(query_error($node, q{SELECT jira_add_comment('OPS-1', 'x', connection => 'cloud')}), qr/scope/,
	'but not where the token has none');
$cloud->clear_faults;

# --- The newest action.

my ($active, $gone) = split /\n/, $node->safe_psql('postgres',
	"SELECT account FROM jira_lookup_users_stream('cloud') WHERE account_type = 'atlassian' ORDER BY NOT active, account LIMIT 1");
is($node->safe_psql('postgres', qq{SELECT account, status FROM jira_report_personal_data(
		'[{"accountId": "$active", "updatedAt": "2026-01-01T00:00:00.000Z"},
		  {"accountId": "nobody", "updatedAt": "2026-01-01T00:00:00.000Z"}]', 'app')}),
	'nobody|closed', 'accounts to act on are told');
is($node->safe_psql('postgres', qq{SELECT count(*) FROM jira_report_personal_data(
		'[{"accountId": "$active", "updatedAt": "2026-01-01T00:00:00.000Z"}]', 'app')}),
	0, 'nothing to do is no row');

done_testing();
