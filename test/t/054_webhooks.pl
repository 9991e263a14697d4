# Webhooks by the three APIs that Jira has for them.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use Encode qw(decode);
use JiraSpoke::Outbox;
use JiraSpoke;
use Test::More;

my $cloud_id = '11111111-2222-3333-4444-555555555555';
my %jira = (
	cloud => JiraSpoke::Jira->start(deployment => 'cloud'),
	old => JiraSpoke::Jira->start(deployment => 'server', server_version => '9.12.4', context => '/jira'),
	new => JiraSpoke::Jira->start(deployment => 'server'));
my %address = (
	cloud => '/rest/webhooks/1.0/webhook',
	old => '/jira/rest/webhooks/1.0/webhook',
	new => '/rest/jira-webhook/1.0/webhooks',
	app => "/ex/jira/$cloud_id/rest/api/2/webhook");
my $node = start_cluster('webhooks');

connect_to($node, $jira{$_}, $_) foreach keys %jira;
connect_to($node, $jira{cloud}, 'app', auth => 'bearer', secret => 'demo-access',
	url => $jira{cloud}->url . "/ex/jira/$cloud_id");
$jira{app} = $jira{cloud};

# The requests since the last call, without those for the version.
sub requests
{
	my $connection = shift;
	my @requests = grep { $_->{path} !~ /serverInfo/ } $jira{$connection}->requests;

	$jira{$connection}->forget_requests;
	return @requests;
}

sub body
{
	my $request = shift;
	return Cpanel::JSON::XS->new->decode($request->{body});
}

my $subscription = q{'Łódź', 'https://example.com/hook', ARRAY['jira:issue_created', 'comment_created']};

# --- Administrators' webhooks.

for my $connection (qw(cloud old new))
{
	my $secret = $connection eq 'new' ? 'configuration' : 'secret';

	requests($connection);
	my $id = query_through($node, $connection,
		"SELECT jira_subscribe_webhook($subscription, 'project = OPS', 's3cr3t-s3cr3t', true)");
	like($id, qr/^\d+$/, "$connection: a webhook is made");
	my ($made) = requests($connection);
	is("$made->{method} $made->{path}", "POST $address{$connection}", "$connection: at the right address");
	is_deeply(body($made), {
			name => decode('UTF-8', 'Łódź'), url => 'https://example.com/hook', events => [ 'jira:issue_created', 'comment_created' ],
			filters => { 'issue-related-events-section' => 'project = OPS' }, excludeBody => Cpanel::JSON::XS::true,
			$secret => $connection eq 'new'
			? { SECRET => 's3cr3t-s3cr3t', FILTERS => 'project = OPS', EXCLUDE_BODY => 'true' }
			: 's3cr3t-s3cr3t' },
		"$connection: with what was given");
	is(query_through($node, $connection, 'SELECT id, name, url, events, enabled, expires FROM jira_lookup_webhooks()'),
		"$id|Łódź|https://example.com/hook|{jira:issue_created,comment_created}|t|", "$connection: it is listed");
	is(query_through($node, $connection, 'SELECT jql FROM jira_lookup_webhooks()'), 'project = OPS', "$connection: with its filter");
	unlike(query_through($node, $connection, 'SELECT w FROM jira_lookup_webhooks() AS w'), qr/s3cr3t/, "$connection: without its secret");

	requests($connection);
	query_through($node, $connection, "SELECT jira_update_webhook($id, enabled => false, jql => 'project = WEB')");
	is(join(' ', map { $_->{method} } requests($connection)), $connection eq 'new' ? 'GET PUT GET' : 'GET PUT',
		"$connection: an update merges");
	is(query_through($node, $connection, 'SELECT name, url, events, enabled FROM jira_lookup_webhooks()'),
		'Łódź|https://example.com/hook|{jira:issue_created,comment_created}|f',
		"$connection: what was not given is left alone");
	query_through($node, $connection, "SELECT jira_update_webhook($id, name => 'other', events => ARRAY['jira:issue_updated'])");
	is(query_through($node, $connection, 'SELECT name, url, events, enabled FROM jira_lookup_webhooks()'),
		'other|https://example.com/hook|{jira:issue_updated}|f', "$connection: and changes what was");
	query_through($node, $connection, "SELECT jira_unsubscribe_webhook($id)");
	is(query_through($node, $connection, 'SELECT count(*) FROM jira_lookup_webhooks()'), 0, "$connection: it is deleted");
	like(error_through($node, $connection, "SELECT jira_unsubscribe_webhook($id)"), qr/P0002/, "$connection: not twice");
	like(error_through($node, $connection, "SELECT jira_update_webhook($id, name => 'x')"), qr/P0002/,
		"$connection: what is not there cannot be changed");
	like(error_through($node, $connection, q{SELECT jira_subscribe_webhook('x', 'nowhere', ARRAY['jira:issue_created'])}),
		qr/22023/, "$connection: Jira's refusal is an error");
}

for my $connection (qw(old new))
{
	my $kept = query_through($node, $connection, "SELECT jira_subscribe_webhook($subscription, 'project = OPS')");
	query_through($node, $connection, "SELECT jira_update_webhook($kept, name => 'x')");
	is(query_through($node, $connection, 'SELECT jql FROM jira_lookup_webhooks()'), 'project = OPS',
		"$connection: a filter outlives an update");
	query_through($node, $connection, "SELECT jira_unsubscribe_webhook($kept)");
}

# Data Center looks for the JQL in the configuration, in "filters" too, or nowhere.
$jira{new}->set_oddities(webhook_filters => 'both');
my $old_form = query_through($node, 'new', "SELECT jira_subscribe_webhook($subscription, 'project = OPS')");
is(query_through($node, 'new', 'SELECT jql FROM jira_lookup_webhooks()'), 'project = OPS', 'a filter in either form');
$jira{new}->set_oddities(webhook_filters => 'none');
like(error_through($node, 'new', "SELECT jira_update_webhook($old_form, jql => 'project = WEB')"),
	qr/08P01.*did not take the JQL.*gets the events of all issues/s, 'a filter that an update lost');
query_through($node, 'new', "SELECT jira_unsubscribe_webhook($old_form)");
like(error_through($node, 'new', "SELECT jira_subscribe_webhook($subscription, 'project = OPS')"),
	qr/08P01.*did not take the JQL.*was removed again/s, 'a filter that Jira does not take');
is(query_through($node, 'new', 'SELECT count(*) FROM jira_lookup_webhooks()'), 0, 'leaves no webhook behind');
my $unfiltered = enqueue($node, 'jira_subscribe_webhook', { name => 'x', url => 'https://example.com/hook',
	events => ['jira:issue_created'], jql => 'project = OPS' }, connection => 'new');
is(outcome($node, $unfiltered), 'failed|1', 'nor does the outbox believe it');
like(item_error($node, $unfiltered), qr/did not take the JQL.*gets the events of all issues.*jira_unsubscribe_webhook/s, 'and says what to do');
query_through($node, 'new', 'SELECT jira_unsubscribe_webhook(id) FROM jira_lookup_webhooks()');
$jira{new}->set_oddities(webhook_filters => 'configuration');

my $blind = query_through($node, 'new', "SELECT jira_subscribe_webhook($subscription)");
my (undef, undef, $warning) = $node->psql('postgres', "SELECT jira_update_webhook($blind, name => 'x', connection => 'new')");
like($warning, qr/WARNING.*does not tell the JQL/, 'a filter that Jira does not tell is warned about');

like(error_through($node, 'cloud', "BEGIN READ ONLY; SELECT jira_subscribe_webhook($subscription)"), qr/25006/,
	'not in a read-only transaction');

# --- Secrets stay secret.

for my $connection (qw(cloud new))
{
	$jira{$connection}->fault(kind => 'status', status => 400, method => 'POST',
		body => { errorMessages => ['no: s3cr3t-s3cr3t'] });
	my $error = error_through($node, $connection, "SELECT jira_subscribe_webhook($subscription, secret => 's3cr3t-s3cr3t')");
	like($error, qr/22023.*no: \*+/s, "$connection: a reply that repeats the secret");
	unlike($error, qr/s3cr3t/, "$connection: is shown without it");
	$jira{$connection}->clear_faults;
}

# --- An app's webhooks.

requests('app');
my @ids = map { query_through($node, 'app', "SELECT jira_subscribe_webhook($subscription, 'project = $_')") } qw(OPS WEB);
my ($made) = requests('app');
is("$made->{method} $made->{path}", "POST $address{app}", 'app: the address is that of apps');
is_deeply(body($made), { url => 'https://example.com/hook', webhooks => [
			{ events => [ 'jira:issue_created', 'comment_created' ], jqlFilter => 'project = OPS' } ] },
	'app: a list of one');
is(query_through($node, 'app', q{SELECT id, name, url, events, jql, enabled,
		expires BETWEEN now() + '29 days' AND now() + '31 days' FROM jira_lookup_webhooks() ORDER BY id}),
	join("\n", map { "$ids[$_]||https://example.com/hook|{jira:issue_created,comment_created}|project = "
			  . (qw(OPS WEB))[$_] . '||t' } 0, 1), 'app: dates as number and as text');
like(error_through($node, 'app', q{SELECT jira_subscribe_webhook('x', 'https://example.com/', ARRAY['nonsense'], 'project = OPS')}),
	qr/22023.*Jira refused the webhook.*nonsense/s, 'app: an error inside a success is one');
like(error_through($node, 'app', "SELECT jira_subscribe_webhook($subscription)"), qr/22004.*"jql"/s, 'app: the JQL is needed');
like(error_through($node, 'app', "SELECT jira_subscribe_webhook($subscription, 'project = OPS', 's3cr3t')"),
	qr/0A000.*"secret"/s, 'app: a secret is refused');
like(error_through($node, 'app', "SELECT jira_update_webhook($ids[0], name => 'x')"), qr/0A000.*OAuth/s, 'app: no update');
requests('app');
query_through($node, 'app', "SELECT jira_unsubscribe_webhook($ids[0])");
my ($gone) = requests('app');
is("$gone->{method} $gone->{path}", "DELETE $address{app}", 'app: deleted by a list');
is_deeply(body($gone), { webhookIds => [ $ids[0] + 0 ] }, 'app: of ids');
is(query_through($node, 'app', 'SELECT id FROM jira_lookup_webhooks()'), $ids[1], 'app: the other one is left');

# --- They expire, unless they are renewed.

my $renewals = q{FROM jira_spoke.outbox WHERE action = 'jira_refresh_webhooks'};
my ($renewal) = $node->safe_psql('postgres', "SELECT id $renewals AND connection = 'app'
	AND state = 'pending' AND next_attempt BETWEEN now() + '19 days' AND now() + '21 days'");
like($renewal, qr/^\d+$/, 'app: one renewal is in the outbox, however many webhooks there are');
is($node->safe_psql('postgres', "SELECT count(*) $renewals"), 1, 'and none for administrators');
requests('app');
is(query_through($node, 'app', q{SELECT jira_refresh_webhooks() BETWEEN now() + '29 days' AND now() + '31 days'}), 't', 'app: renewed by hand');
my (undef, $renewed) = requests('app');
is("$renewed->{method} $renewed->{path}", "PUT $address{app}/refresh", 'app: by a request for all');
is_deeply(body($renewed), { webhookIds => [ $ids[1] + 0 ] }, 'app: that there are');
is($node->safe_psql('postgres', "SELECT count(*) $renewals"), 1, 'app: that leaves the renewal as it is');

$node->safe_psql('postgres', "SELECT jira_outbox_retry($renewal)");
is(outcome($node, $renewal, q{state, result::timestamptz BETWEEN now() + '29 days' AND now() + '31 days'}), 'done|t', 'app: renewed by the worker');
($renewed) = grep { $_->{method} eq 'PUT' } requests('app');
is_deeply(body($renewed), { webhookIds => [ $ids[1] + 0 ] }, 'app: likewise');
my $next = $node->safe_psql('postgres', "SELECT id $renewals AND state = 'pending' AND next_attempt > now() + '19 days'");
isnt($next, '', 'app: which will do so again');

query_through($node, 'app', "SELECT jira_unsubscribe_webhook($ids[1])");
$node->safe_psql('postgres', "SELECT jira_outbox_retry($next)");
is(outcome($node, $next, 'state, result IS NULL, error'), 'done|t|the app of connection "app" has no webhooks.', 'app: until there is none left');
is($node->safe_psql('postgres', "SELECT count(*) $renewals AND state = 'pending'"), 0, 'app: then it ends');

my $subscribe = $node->safe_psql('postgres', q{SELECT jira_enqueue('jira_subscribe_webhook', '{"name": "x", "url": "https://example.com/hook",
	"events": ["jira:issue_created"], "jql": "project = OPS"}', 'app')});
is(outcome($node, $subscribe, 'state'), 'done', 'app: a webhook made by the worker');
is($node->safe_psql('postgres', "SELECT count(*) $renewals AND state = 'pending'"), 1, 'app: is renewed, too');
$node->safe_psql('postgres', "UPDATE jira_spoke.outbox SET state = 'cancelled', finished_at = now() WHERE state = 'pending'");
my (undef, $id, $told) = $node->psql('postgres', "CREATE ROLE maker; GRANT jira_spoke_reader TO maker; SELECT jira_grant_connection('app', 'maker');
	GRANT EXECUTE ON FUNCTION jira_subscribe_webhook TO maker; SET ROLE maker; SELECT jira_subscribe_webhook($subscription, 'project = OPS', connection => 'app')");
like($id, qr/^\n*\d+$/, 'app: one who may not call the renewal makes a webhook');
like($told, qr/WARNING:  jira_refresh_webhooks could not be put into the Jira outbox: permission denied.*\n.*Call it within 20 days/, 'and is told that it expires');

done_testing();
