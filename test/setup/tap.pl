#!/usr/bin/perl
# tap.pl COUNTS CULPRITS JOBS TEST...: runs TAP tests as prove does and shows the
# end of the logs of those that failed.  Writes how many tests passed, failed and
# were skipped to the file COUNTS, and a line for each failure to CULPRITS.
use strict;
use warnings;
use File::Basename;
use TAP::Harness;

my ($counts, $culprits, $jobs, @tests) = @ARGV;
my $harness = TAP::Harness->new({ jobs => $jobs, timer => 1 });
my %failures;    # of each program
$harness->callback(made_parser => sub {
	my ($parser, $job) = @_;
	$parser->callback(test => sub {
		my $test = shift;
		push @{ $failures{ $job->[0] } }, $test->as_string unless $test->is_ok;
	});
});
my $result = $harness->runtests(@tests);

my %parser = map { $_ => $result->parsers($_) } $result->descriptions;

# A program that dies, or runs another number of tests than it planned, has
# failed even when none of its tests has.
my @broken = grep { $parser{$_}->has_problems } sort keys %parser;
my $failed = $result->failed + grep { !$failures{$_} } @broken;
my $skipped = $result->skipped + grep { defined $_->skip_all } values %parser;

show_log($_) foreach @broken;

write_file($counts, join(' ', $result->passed - $result->skipped, $failed, $skipped));
write_file($culprits, map { tell_failures($_) } @broken);
exit($failed ? 1 : 0);

sub write_file
{
	my ($name, @lines) = @_;
	open(my $out, '>', $name) or die "$name: $!";
	print $out "$_\n" foreach @lines;
	close $out;
	return;
}

sub tell_failures
{
	my ($program) = @_;
	my @failures = @{ $failures{$program} // ['ended before its time'] };

	return map { basename($program) . ": $_" } @failures;
}

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
