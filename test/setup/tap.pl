#!/usr/bin/perl
# tap.pl COUNTS JOBS TEST...: runs TAP tests as prove does, shows the end of the
# logs of those that failed, and writes how many tests passed, failed and were
# skipped to the file COUNTS.
use strict;
use warnings;
use File::Basename;
use TAP::Harness;

my ($counts, $jobs, @tests) = @ARGV;
my $harness = TAP::Harness->new({ jobs => $jobs });
my $result = $harness->runtests(@tests);

my %parser = map { $_ => $result->parsers($_) } $result->descriptions;

# A program that dies, or runs another number of tests than it planned, has
# failed even when none of its tests has.
my @broken = grep { $parser{$_}->has_problems } sort keys %parser;
my $failed = $result->failed || @broken;
my $skipped = $result->skipped + grep { defined $_->skip_all } values %parser;

show_log($_) foreach @broken;

open(my $out, '>', $counts) or die "$counts: $!";
print $out join(' ', $result->passed - $result->skipped, $failed, $skipped), "\n";
close $out;
exit($failed ? 1 : 0);

# PostgreSQL::Test::Utils keeps what a test wrote under this name.
sub show_log
{
	my $name = basename(shift, '.pl');
	open(my $log, '<', "$ENV{TESTLOGDIR}/regress_log_$name") or return;
	my @lines = <$log>;
	splice(@lines, 0, -30) if @lines > 30;
	print "\n--- end of the log of $name\n", @lines, "\n";
	return;
}
