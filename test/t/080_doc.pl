# doc/*.md is what "make doc" would write now: what it shows is true.
use strict;
use warnings FATAL => 'all';

use File::Basename qw(basename);
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
my %pages = map { basename($_) => 1 } glob "$source/doc/*.md $directory/*.md";
foreach my $file (sort keys %pages)
{
	SKIP:
	{
		skip 'a day has ended meanwhile', 1 if today() ne $day;
		skip "$file needs contrib", 1
		  if $file eq 'administration.md' && installed_modules('postgres_fdw', 'dblink') < 2;
		my $difference = `diff -u '$source/doc/$file' '$directory/$file' 2>&1`;
		is($difference, '', "doc/$file is fresh (else: make doc)");
	}
}

# The texts in the sources, those that go on in the next literal joined.
sub texts_of_sources
{
	my $text = join '', map { slurp_file($_) } glob "$source/src/*.c $source/src/*/*.c";

	$text =~ s/"\s*\n\s*"//g;
	$text =~ s/\\"/"/g;
	return $text;
}

# The table of messages has what the library says: each of its parts.
my $texts = texts_of_sources();
my @messages = slurp_file("$source/doc/connections.md") =~ /^\| `([^`]+)` \| (?:\w{5})? ?\|/mg;
cmp_ok(scalar @messages, '>=', 30, 'doc/connections.md tells what messages mean');
foreach my $message (@messages)
{
	my @unknown = grep { index($texts, $_) < 0 } grep { /\w/ } split /\.\.\.|: (?=it)/, $message;
	is("@unknown", '', "there is a message: $message");
}

done_testing();
