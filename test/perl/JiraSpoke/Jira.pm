# Our small Jira (test/jira), started for a test and stopped with it.
package JiraSpoke::Jira;

use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use HTTP::Tiny;
use parent 'JiraSpoke::Program';
use PostgreSQL::Test::Utils;
use Time::HiRes qw(usleep);

my %accounts = (
	cloud => [ 'demo@example.com', 'demo-token' ],
	server => [ 'demo', 'demo-password' ]);
my %applications = (
	cloud => [ 'demo-app', 'demo-app-secret' ],
	server => [ 'demo-link', 'demo-link-secret' ]);

# start(deployment => 'cloud', issues => N, max_page => N, context => '/jira',
# latency => MS, tls => [certificate, key], client_ca => file); see
# test/jira/README.md.
sub start
{
	my ($class, %options) = @_;
	my $self = bless { deployment => $options{deployment} // 'cloud' }, $class;
	my $root = $ENV{JIRA_SPOKE_SRC} // '.';
	my $base = $class->new_base('jira');
	my @command = ('python3', "$root/test/jira", '--deployment', $self->{deployment},
		'--port-file', "$base.port");

	for my $option (qw(issues max_page context latency server_version client_ca))
	{
		(my $flag = "--$option") =~ tr/_/-/;
		push @command, $flag, $options{$option} if defined $options{$option};
	}
	push @command, '--tls', @{ $options{tls} } if $options{tls};
	$self->{scheme} = $options{tls} ? 'https' : 'http';
	$self->{context} = $options{context} // '';
	$self->launch($base, @command);
	return $self;
}

sub deployment { return shift->{deployment}; }
sub username { return $accounts{ shift->{deployment} }[0]; }
sub secret { return $accounts{ shift->{deployment} }[1]; }
sub client_id { return $applications{ shift->{deployment} }[0]; }
sub client_secret { return $applications{ shift->{deployment} }[1]; }

sub url
{
	my $self = shift;
	return "$self->{scheme}://127.0.0.1:$self->{port}$self->{context}";
}

# A call of the control plane; returns the decoded answer.
sub control
{
	my ($self, $method, $path, $body) = @_;
	my %options = defined $body ? (content => encode_json($body)) : ();
	my $answer = HTTP::Tiny->new(verify_SSL => 0, timeout => $PostgreSQL::Test::Utils::timeout_default)
	  ->request($method, "$self->{scheme}://127.0.0.1:$self->{port}/_control/$path", \%options);

	die "$method $path: $answer->{status} $answer->{content}" unless $answer->{success};
	return length $answer->{content} ? decode_json($answer->{content}) : undef;
}

# What was requested since the last forget_requests().
sub requests { return @{ shift->control('GET', 'requests') }; }
sub forget_requests { return shift->control('DELETE', 'requests'); }

# The same as lines: "METHOD path".
sub request_lines { return map { "$_->{method} $_->{path}" } shift->requests; }

# Waits until so many have come whose line matches, if a pattern is given.
sub await_requests
{
	my ($self, $expected, $pattern) = @_;

	for (1 .. 50 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return if grep({ !$pattern || $_ =~ $pattern } $self->request_lines) >= $expected;
		usleep(20_000);
	}
	die "$expected requests did not come";
}

# What the last request that had a JSON body said.
sub last_body { return decode_json((grep { $_->{body} } shift->requests)[-1]{body}); }

# fault(kind => 'status', status => 503, times => 1, path => '*/search*')
sub fault { my ($self, %fault) = @_; return $self->control('POST', 'faults', \%fault); }
sub clear_faults { return shift->control('DELETE', 'faults'); }

# close_gate(path => '/oauth/token', carried_out => Cpanel::JSON::XS::true): holds what
# fits, or its answer, until open_gate().
sub close_gate { my ($self, %fault) = @_; return $self->fault(kind => 'gate', %fault); }
sub open_gate { return shift->control('DELETE', 'gate'); }

# Waits until so many requests are held.
sub await_at_gate
{
	my ($self, $expected) = @_;
	my $waiting;

	for (1 .. 50 * $PostgreSQL::Test::Utils::timeout_default)
	{
		$waiting = $self->control('GET', 'gate')->{waiting};
		return if $waiting == $expected;
		usleep(20_000);
	}
	die "$waiting requests are at the gate, not $expected";
}

# set_oauth(leeway => 0, uses => 2, deny => Cpanel::JSON::XS::true, revoke => 'families')
sub set_oauth { my ($self, %settings) = @_; return $self->control('POST', 'oauth', \%settings); }
sub oauth_counts { return shift->control('GET', 'oauth')->{counts}; }
sub oauth_families { return @{ shift->control('GET', 'oauth')->{families} }; }

# captcha(failures => 3), captcha(solved => Cpanel::JSON::XS::true)
sub captcha { my ($self, %settings) = @_; return $self->control('POST', 'captcha', \%settings); }

# set_sign_in(silent => Cpanel::JSON::XS::true, revoked => ['demo'])
sub set_sign_in { my ($self, %settings) = @_; return $self->control('POST', 'sign_in', \%settings); }

# How this Jira differs from others: set_oddities(basic_off => Cpanel::JSON::XS::true)
sub set_oddities { my ($self, %oddities) = @_; return $self->control('POST', 'oddities', \%oddities); }

# One more token of the first account: add_token('secret', [scopes], app => Cpanel::JSON::XS::true)
sub add_token
{
	my ($self, $secret, $scopes, %options) = @_;

	return $self->control('POST', 'token', { secret => $secret, scopes => $scopes, %options });
}

# Opens the address at which consent is asked for; returns the one that the
# browser is sent back to.
sub consent
{
	my ($self, $authorize_url) = @_;
	my $answer = HTTP::Tiny->new(timeout => $PostgreSQL::Test::Utils::timeout_default, max_redirect => 0)->get($authorize_url);

	die "$authorize_url: $answer->{status} $answer->{content}" unless $answer->{status} == 302;
	return $answer->{headers}{location};
}

1;
