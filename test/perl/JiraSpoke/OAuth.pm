# Signs connections in to our small Jira with OAuth 2.0.
package JiraSpoke::OAuth;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);

our @EXPORT = qw(redirect_url register consent_to connect_oauth expire_tokens refreshes);

my $redirect = 'https://localhost/callback';
my %endpoints = (
	cloud => [ '/authorize', '/oauth/token' ],
	server => [ '/rest/oauth2/latest/authorize', '/rest/oauth2/latest/token' ]);

sub redirect_url { return $redirect; }

# The call that registers an application of our Jira; arguments that are given
# replace the usual ones, undef leaves one out.
sub register
{
	my ($jira, $name, %options) = @_;
	my ($authorize, $token) = map { $jira->url . $_ } @{ $endpoints{ $jira->deployment } };
	my %given = (
		client_id => $jira->client_id,
		client_secret => $jira->client_secret,
		redirect_url => $redirect,
		authorize_url => $authorize,
		token_url => $token,
		$jira->deployment eq 'server' ? (scopes => '{WRITE}') : (),
		%options);

	return "SELECT jira_create_oauth_application('$name', "
	  . join(', ', map { "$_ => '$given{$_}'" } grep { defined $given{$_} } sort keys %given) . ')';
}

# Somebody consents, through the browser; options are those of psql.
sub consent_to
{
	my ($node, $jira, $alias, %options) = @_;
	my $asked = $node->safe_psql('postgres', "SELECT jira_oauth_authorize_url('$alias')", %options);
	my $ended = $jira->consent($asked);

	return $node->safe_psql('postgres', "SELECT jira_oauth_complete('$ended', '$alias')", %options);
}

# An application, an alias that uses it, and consent.
sub connect_oauth
{
	my ($node, $jira, $alias, %options) = @_;
	my $url = $jira->url;
	my $type = $jira->deployment;

	$node->safe_psql('postgres', register($jira, "app of $alias", %options) . <<"SQL");
;
SELECT jira_create_connection('$alias', '$url', auth => 'oauth2', server_type => '$type', oauth_application => 'app of $alias');
SQL
	return consent_to($node, $jira, $alias);
}

# Has all tokens expire in "left", an hour after they were obtained.
sub expire_tokens
{
	my ($node, $left) = @_;

	$left //= '0 s';
	$node->safe_psql('postgres', "UPDATE jira_spoke.sign_in SET obtained = now() - interval '1 h' + interval '$left',
		expires = now() + interval '$left'");
	return;
}

# Runs what needs a token and returns how many refreshes our Jira granted, or, if
# it saw refreshes of a kind that should not happen, which kinds.
sub refreshes
{
	my ($jira, $test) = @_;
	my %before = %{ $jira->oauth_counts->{refreshes} };

	$test->();
	my %after = %{ $jira->oauth_counts->{refreshes} };
	my @odd = grep { $after{$_} != $before{$_} } qw(replayed revoked refused);

	return @odd ? "also @odd" : $after{fresh} - $before{fresh};
}

1;
