# Replies that real Jiras gave, and what SQL makes of them.  The cases are in
# test/replay; see the README there.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Replay;
use Test::More;

my $root = $ENV{JIRA_SPOKE_SRC} // '.';
my $replay = JiraSpoke::Replay->new(start_cluster('replay'));

$replay->run_file($_) foreach JiraSpoke::ReplayFile->read_all("$root/test/replay");

done_testing();
