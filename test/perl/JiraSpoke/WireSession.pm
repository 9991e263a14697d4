# One psql, given statements and read from without waiting: its output is read
# when the caller's select() finds it readable.
package JiraSpoke::WireSession;

use strict;
use warnings FATAL => 'all';

use IPC::Open3;

my $end = '--- end of case ---';

# What psql prints is what a file of test/wire expects: see its README.
my $greeting = q(
\set VERBOSITY verbose
\pset null NULL
);

sub new
{
	my ($class, $connection_string) = @_;
	my $self = bless { buffer => '' }, $class;
	local $ENV{PGOPTIONS} = '-c timezone=UTC -c datestyle=ISO -c client_min_messages=notice';
	local $ENV{PGCLIENTENCODING} = 'UTF8';

	# Without a handle of its own, standard error joins standard output.
	$self->{pid} = open3($self->{input}, $self->{output}, undef,
		'psql', '--no-psqlrc', '--quiet', '--tuples-only', '--no-align', $connection_string);
	$self->{input}->autoflush(1);
	print { $self->{input} } $greeting;
	return $self;
}

sub handle { return shift->{output}; }

# Gives psql something to do; finished() tells when it is done.
sub say
{
	my ($self, $sql) = @_;

	print { $self->{input} } "$sql\n\\echo $end\n";
	return;
}

# To be called when the handle is readable.
sub ready
{
	my $self = shift;

	sysread $self->{output}, $self->{buffer}, 65536, length $self->{buffer}
	  or die "psql has ended: $self->{buffer}";
	return;
}

# The lines printed for what was said last, undef as long as it is at work.
sub finished
{
	my $self = shift;

	return undef unless $self->{buffer} =~ s/^(.*?)\Q$end\E\n//s;
	my @lines = grep { !/^LOCATION: / } split /\n/, $1;
	s/^([A-Z]+):  (?=\S)/$1: / for @lines;
	return \@lines;
}

sub stop
{
	my $self = shift;

	close $self->{input};
	waitpid $self->{pid}, 0;
	return;
}

1;
