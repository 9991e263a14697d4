# The setting jira_spoke.allowed_hosts: which hosts connections, proxies and OAuth
# 2.0 applications may name, when they are stored and whenever they are used.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $other = JiraSpoke::Jira->start;
my $node = start_cluster('hosts', 'jira_spoke.max_retries = 0', "jira_spoke.gateway_url = '" . $other->url . "'");
my ($port, $other_port) = ($jira->port, $other->port);

$node->safe_psql('postgres', 'CREATE ROLE admin LOGIN IN ROLE jira_spoke_admin');
sub as_admin { my ($query) = @_; return rows_or_sqlstate($node, 'admin', $query); }

my $sign_in = q{'demo@example.com', 'demo-token'};
my $application = q{jira_create_oauth_application('%s', 'id', 'secret', 'https://localhost/callback', authorize_url => '%s', token_url => '%s')};

# Stored while any host may be named.
is(as_admin("SELECT $_"), '', "without the setting: $_") for
  "jira_create_connection('right', '" . $jira->url . "', $sign_in)", "jira_create_connection('wrong', '" . $other->url . "', $sign_in)",
  "jira_create_connection('proxied', '" . $jira->url . qq{', $sign_in, options => '{"proxy": "http://127.0.0.1:$other_port"}')},
  sprintf($application, 'app', $other->url . '/authorize', $other->url . '/oauth/token'),
  "jira_create_connection('consenting', '" . $jira->url . "', auth => 'oauth2', oauth_application => 'app')",
  "jira_create_connection('scoped', 'https://team.atlassian.net', $sign_in, scoped => true, cloud_id => '11111111-2222-3333-4444-555555555555')";

change_settings($node, allowed_hosts => "127.0.0.1:$port, *.atlassian.net,JIRA.example.com , [2001:db8::1]:8443");

# Used: nothing goes to a host that is not allowed.
is(as_admin(q{SELECT ok FROM jira_test_connection('right')}), 't', 'a host that is allowed is used');
$_->forget_requests for $jira, $other;
for my $alias (qw(wrong proxied))
{
	like(query_error($node, "SELECT account FROM jira_lookup_authenticated_user('$alias')", role => 'admin'),
		qr/42501: +host "127\.0\.0\.1:$other_port" may not be used.*HINT: .*allowed_hosts/s, "one that is not is refused: $alias");
}
is(as_admin(q{SELECT jira_oauth_authorize_url('consenting')}), '42501', 'so is that of an application');
like(as_admin(q{SELECT problem FROM jira_test_connection('wrong')}), qr/may not be used.*allowed_hosts/, 'a test tells the reason');
is(scalar($other->request_lines), 0, 'nothing was sent there');
is(as_admin(q{SELECT ok FROM jira_test_connection('scoped')}), 't', 'the gateway is the choice of a superuser');

# Stored.
my %hosts = (
	'https://team.atlassian.net' => '', 'https://a.b.ATLASSIAN.net:8443' => '', 'https://atlassian.net' => '42501',
	'https://evilatlassian.net' => '42501', 'https://team.atlassian.net.evil.example' => '42501', 'https://jira.example.com' => '',
	'https://jira.example.com:444/jira' => '', 'https://sub.jira.example.com' => '42501', "http://localhost:$port" => '42501',
	"http://127.0.0.1:$other_port" => '42501', "http://127.1:$other_port" => '42501', 'https://169.254.169.254' => '42501', 'https://[2001:db8::1]:8443' => '',
	'https://[2001:db8::1]' => '42501', 'https://[2001:db8::2]:8443' => '42501');
for my $url (sort keys %hosts)
{
	my $expected = $hosts{$url};

	is(as_admin("SELECT jira_create_connection('new', '$url', $sign_in)"), $expected, "a connection to $url");
	is(as_admin("SELECT jira_alter_connection('new', url => '$url', secret => 'x')"), $expected, 'or changed to it') if $expected eq '';
	is(as_admin("SELECT jira_alter_connection('right', url => '$url', secret => 'x')"), $expected, 'or changed to it') if $expected ne '';
	as_admin(q{SELECT jira_drop_connection('new')});
	is(as_admin('SELECT ' . sprintf($application, 'new', $url, 'https://team.atlassian.net')), $expected, 'an application that sends the browser there');
	as_admin(q{SELECT jira_drop_oauth_application('new')});
	is(as_admin('SELECT ' . sprintf($application, 'new', 'https://team.atlassian.net', $url)), $expected, 'or gets tokens there');
	as_admin(q{SELECT jira_drop_oauth_application('new')});
}
is(as_admin(qq{SELECT jira_alter_connection('right', options => '{"proxy": "$_"}')}), '42501', "a proxy: $_")
  for 'http://proxy.example.com:3128', 'socks5h://169.254.169.254:80', "http://127.0.0.1:$other_port";
is(as_admin(q{SELECT jira_alter_connection('right', options => '{"proxy": "http://jira.example.com:3128"}'), jira_alter_connection('right', options => '{"proxy": null}')}),
	'|', 'one that is allowed');

# An item of the outbox waits until the host is allowed again.
{
	my $allowed = "127.0.0.1:$port, *.atlassian.net,JIRA.example.com , [2001:db8::1]:8443";
	my $id = $node->safe_psql('postgres', q{SET ROLE admin; SELECT jira_enqueue('jira_add_comment', '{"issue": "OPS-1", "body": "x"}', 'right', not_before => now() + '1 h')});

	change_settings($node, allowed_hosts => '*.atlassian.net');
	$node->safe_psql('postgres', "SELECT jira_outbox_retry($id)");
	ok(await_error($node, $id, 'may not be used'), 'an item tells what it waits for');
	is(item($node, $id, 'state'), 'pending', 'and waits');
	change_settings($node, allowed_hosts => $allowed);
	$node->safe_psql('postgres', "SELECT jira_outbox_retry($id)");
	is(outcome($node, $id, 'state'), 'done', 'until it is allowed');
}

# What is not allowed can be cleared up, and its secrets sealed.
is(as_admin(q{SELECT jira_rotate_key()}), 0, 'the key can be changed');
is(as_admin(q{SELECT jira_drop_connection('wrong'), jira_drop_connection('consenting'), jira_drop_oauth_application('app')}), '||', 'they can be dropped');

# A superuser's, for a session, too.
is(as_admin(q{SELECT jira_quote(1); SET jira_spoke.allowed_hosts = ''}), '42501', 'an administrator cannot change it');
is(rows_or_sqlstate($node, 'postgres', q{SELECT jira_quote(1); SET jira_spoke.allowed_hosts = ''; SELECT ok FROM jira_test_connection('right')}), "1\nt", 'a superuser can');
is(as_admin(q{SET jira_spoke.allowed_hosts = ''; SELECT account FROM jira_lookup_authenticated_user('proxied')}), '42501', 'not before the library is loaded either');

$node->stop;
done_testing();
