# On a standby server tokens are used as long as they are good; the primary
# renews them.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::OAuth;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $server = JiraSpoke::Jira->start(deployment => 'server', context => '/jira');
my $url = $jira->url;
my $primary = start_primary('primary', "jira_spoke.gateway_url = '$url'", 'jira_spoke.max_retries = 0');
my $count = q{SELECT count(*) > 0 FROM jira_lookup_issues_stream('project = OPS', connection => '%s')};

connect_to($primary, $jira, 'basic');
connect_to($primary, $server, 'bearer', auth => 'bearer', username => 'demo', secret => 'demo-pat');
connect_oauth($primary, $jira, 'work');

my $standby = start_standby($primary, 'standby');

tokens_are_used();
tokens_are_not_renewed();
promoted();

$standby->stop;
done_testing();

sub finds_issues { return rows_or_error($standby, sprintf $count, $_[0]); }

# What the primary changes, as the standby sees it.
sub change
{
	my ($statement) = @_;

	$primary->safe_psql('postgres', $statement);
	$primary->wait_for_catchup($standby);
	return;
}

sub token_requests
{
	return scalar grep { $_->{path} eq '/oauth/token' } $jira->requests;
}

sub tokens_are_used
{
	is(rows_or_error($standby, 'SELECT pg_is_in_recovery()'), 't', 'a standby');
	is(finds_issues($_), 't', "reads through a connection: $_") for qw(basic bearer work);
	is(rows_or_error($standby, q{SELECT ok FROM jira_test_connection('work')}), 't', 'tests it');
	is(rows_or_error($standby, q{SELECT count(*) FROM jira_lookup_issues('{OPS-1,OPS-2}', connection => 'work')}), 2, 'reads many at a time');
	like(rows_or_error($standby, q{SELECT jira_add_comment('OPS-1', 'x', connection => 'work')}), qr/25006: /, 'writes nothing');
	like(rows_or_error($standby, q{SELECT jira_oauth_authorize_url('work')}), qr/25006: /, 'takes no consent');

	# What is too near to the end for the primary is used to the end here.
	change(q{UPDATE jira_spoke.sign_in SET obtained = now() - interval '59 min', expires = now() + interval '55 s'});
	is(finds_issues('work'), 't', 'a token that is good for less than a minute is used');
	return;
}

sub tokens_are_not_renewed
{
	my $refused = qr/25006: the sign-in of connection "work" cannot be renewed on a standby server\nHINT:  Use the connection on the primary server/;

	change(q{UPDATE jira_spoke.sign_in SET expires = now()});
	$jira->forget_requests;
	like(finds_issues('work'), $refused, 'one that has expired is not');
	is(scalar(() = $jira->requests), 0, 'and nothing is asked');

	is($primary->safe_psql('postgres', sprintf $count, 'work'), 't', 'the primary renews it');
	$primary->wait_for_catchup($standby);
	is(finds_issues('work'), 't', 'and the standby has it');

	$jira->set_oauth(revoke => 'access_tokens');
	my $before = token_requests();
	like(finds_issues('work'), $refused, 'one that Jira refuses is not renewed either');
	is(token_requests(), $before, 'nor asked for');
	is($primary->safe_psql('postgres', sprintf $count, 'work'), 't', 'the primary renews it');
	$primary->wait_for_catchup($standby);
	is(finds_issues('work'), 't', 'and the standby has it');
	return;
}

sub promoted
{
	change(q{UPDATE jira_spoke.sign_in SET expires = now()});
	$primary->stop;
	$standby->promote;
	is(finds_issues('work'), 't', 'after promotion it renews tokens itself');
	is($jira->oauth_counts->{refreshes}{revoked}, 0, 'no family was revoked');
	return;
}
