# Every action on the wire: the requests it makes, byte for byte, and what it
# makes of the replies.  The cases are in test/wire; see the README there.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Wire;
use Test::More;

my $root = $ENV{JIRA_SPOKE_SRC} // '.';
my $node = start_cluster('wire', 'jira_spoke.pushdown = off');
my $wire = JiraSpoke::Wire->new($node);
my @files = JiraSpoke::WireFile->read_all("$root/test/wire");

# What goes through a connection has a wire, and must be here for both
# deployments: for one that lacks the action, with the error that says so.
my @actions = split /\n/, $node->safe_psql('postgres', q{
	SELECT p.proname
	FROM pg_depend AS d
	JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'jira_spoke'
	JOIN pg_proc AS p ON p.oid = d.objid AND p.pronamespace = e.extnamespace
	WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	  AND p.proargnames[p.pronargs] = 'connection'
	  AND p.proname NOT LIKE 'jira\_oauth\_%'    -- signing in is no request of this Jira
	  AND p.proname <> 'jira_stat_reset'    -- asks nothing of Jira
	ORDER BY p.proname});
my %runs;

foreach my $file (@files)
{
	$runs{ $file->{action} }{"$file->{deployment} v$_"} = 1 foreach @{ $file->{versions} };
}
foreach my $action (@actions)
{
	my @missing = grep { !$runs{$action}{$_} } 'cloud v2', 'cloud v3', 'server v2';
	is("@missing", '', "$action has wire files");
}
my %known = map { $_ => 1 } @actions;
is_deeply([ grep { !$known{$_} } sort keys %runs ], [], 'every wire file is about an action');

$wire->run_file($_) foreach @files;

done_testing();
