# The proxy of test/proxy, started for a test and stopped with it.
package JiraSpoke::Proxy;

use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use parent 'JiraSpoke::Program';
use PostgreSQL::Test::Utils;

# start(socks => 1, forward => PORT, status => 407, tls => [certificate, key],
# client_ca => FILE, old_tls => 1); see test/proxy/__main__.py.
sub start
{
	my ($class, %options) = @_;
	my $root = $ENV{JIRA_SPOKE_SRC} // '.';
	my $base = $class->new_base('proxy');
	my $self = bless { log => "$base.requests" }, $class;
	my @command = ('python3', "$root/test/proxy", "$base.port", $self->{log});

	for my $option (sort keys %options)
	{
		(my $flag = "--$option") =~ tr/_/-/;
		push @command, $flag, $option =~ /^(?:socks|old_tls)$/ ? ()
		  : ref $options{$option} ? @{ $options{$option} } : $options{$option};
	}
	$self->{scheme} = $options{socks} ? 'socks5h' : $options{tls} ? 'https' : 'http';
	append_to_file($self->{log}, '');
	$self->launch($base, @command);
	return $self;
}

sub url { my $self = shift; return "$self->{scheme}://127.0.0.1:$self->{port}"; }

# What it was asked for since the last forget_requests().
sub requests { return map { decode_json($_) } split /\n/, slurp_file(shift->{log}); }
sub forget_requests { my $self = shift; truncate $self->{log}, 0 or die $!; return; }

1;
