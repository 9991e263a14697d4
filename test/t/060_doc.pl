# doc/*.md is what "make doc" would write now: what it shows is true.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use POSIX qw(strftime);
use PostgreSQL::Test::Utils;
use Test::More;

my $source = $ENV{JIRA_SPOKE_SRC} // '.';
my $directory = PostgreSQL::Test::Utils::tempdir();

sub today { return strftime('%F', gmtime); }

# Writes the pages as they are now; returns whether that went well.
sub generate
{
	my @jira = map { JiraSpoke::Jira->start(deployment => $_) } qw(cloud server);
	my $node = start_cluster('doc');

	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	local $ENV{PGDATABASE} = 'postgres';
	return system($^X, "$source/test/doc/generate.pl", $directory, map { $_->url } @jira) == 0;
}

# The sample data is counted back from the day on which our Jira started.
my $day = today();
ok(generate(), 'the examples run');
foreach my $file (qw(actions.md examples.md))
{
	SKIP:
	{
		skip 'a day has ended meanwhile', 1 if today() ne $day;
		my $difference = `diff -u '$source/doc/$file' '$directory/$file' 2>&1`;
		is($difference, '', "doc/$file is fresh (else: make doc)");
	}
}

done_testing();
