# A leak checker watches a server process while it streams, stops early, fails
# and is cancelled: nothing that we, libcurl or jansson allocated is lost, and no
# byte is used that should not be.
#
# The server's own memory contexts are arenas to valgrind, so only what has a
# frame of ours counts.
use strict;
use warnings FATAL => 'all';

use IPC::Run;
use JiraSpoke;
use JiraSpoke::Background;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

plan skip_all => why_no_valgrind() if why_no_valgrind();

my $jira = JiraSpoke::Jira->start(issues => 250);
my $node = start_cluster('leaks', 'autovacuum = off', 'jit = off');
my $logs = "$PostgreSQL::Test::Utils::tmp_check/valgrind";
my $ours = qr/jira_spoke\.so|libcurl|libjansson/;

connect_to($node, $jira);
$node->safe_psql('postgres', q{CREATE SERVER work FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'demo'); CREATE SCHEMA work});
$node->stop;
mkdir $logs or die "$logs: $!";

# --- The same cluster again, every process of it under valgrind.

my $output = '';
my $server = IPC::Run::start(
	[ 'valgrind', '--quiet', '--leak-check=full', '--show-leak-kinds=all', '--num-callers=40',
		'--log-file=' . "$logs/%p", $node->installed_command('postgres'), '-D', $node->data_dir ],
	'<', '/dev/null', '>', \$output, '2>&1');

wait_until_ready();

sub wait_until_ready
{
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		# psql may end before it has read the statement: IPC::Run dies of that.
		my ($status) = eval { $node->psql('postgres', 'SELECT 1') };

		return if defined $status && $status == 0;
		$server->pump_nb;
		usleep(100_000);
	}
	die "the server does not start under valgrind: $output";
}

# --- What a session does with reads and writes, well and badly.

my @work = (
	q{SELECT count(key), count(summary), count(fields) FROM jira_lookup_issues_stream('project = BULK')},
	q{SELECT key FROM jira_lookup_issues_stream('project = BULK') LIMIT 3},
	q{SELECT count(*) FROM jira_lookup_issues_stream('project = BULK') WITH ORDINALITY},
	q{SELECT (jira_lookup_issues_stream('project = BULK')).key LIMIT 3},
	q{SELECT count(labels) FROM jira_lookup_issues((SELECT array_agg('BULK-' || n) FROM generate_series(1, 250) AS n))},
	q{SELECT key, labels FROM jira_lookup_issues((SELECT array_agg('BULK-' || n) FROM generate_series(1, 250) AS n)) LIMIT 1},
	q{SELECT 1 / (length(key) - 7) FROM jira_lookup_issues_stream('project = BULK ORDER BY key')},
	q{SELECT * FROM jira_lookup_issues_stream('no JQL at all')},
	q{SELECT * FROM jira_lookup_issue('BULK-1')},
	q{SELECT * FROM jira_lookup_issue('BULK-99999')},
	q{SELECT jira_add_comment('BULK-1', 'a comment')},
	q{BEGIN; DECLARE c CURSOR FOR SELECT summary FROM jira_lookup_issues_stream('project = BULK'); MOVE 3 FROM c; SAVEPOINT s},
	q{DECLARE d CURSOR FOR SELECT summary FROM jira_lookup_issues_stream('project = BULK'); MOVE 3 FROM d; ROLLBACK TO s},
	q{MOVE 3 FROM c; ROLLBACK},
	q{SELECT jira_test_connection()},
	q{SELECT count(*) FROM jira_lookup_issues_stream('project = BULK') WHERE status IN ('Done', 'Nope') AND created > now() - interval '1 year'},
	q{SELECT summary FROM jira_lookup_issues_stream('project = BULK') WHERE priority = 'High' ORDER BY updated DESC LIMIT 3},
	q{SELECT count(i.summary) FROM generate_series(1, 150) AS n LEFT JOIN jira_lookup_issues_stream('project = BULK') AS i ON i.key = 'BULK-' || n},
	q{SELECT count(i.summary) FROM generate_series(1, 150) AS n, LATERAL jira_lookup_issue('BULK-' || n) AS i},
	q{SELECT count(t.name) FROM generate_series(1, 60) AS n, LATERAL jira_lookup_transitions('BULK-' || n) AS t},
	q{BEGIN; DECLARE e CURSOR FOR SELECT t.name FROM generate_series(1, 60) AS n, LATERAL jira_lookup_transitions('BULK-' || n) AS t; MOVE 30 FROM e; CLOSE e; COMMIT},
	q{SELECT count(t.name) FROM generate_series(240, 260) AS n, LATERAL jira_lookup_transitions('BULK-' || n) AS t},
	q{IMPORT FOREIGN SCHEMA jira FROM SERVER work INTO work},
	q{SELECT count(severity), count(i.*) FROM work.issues AS i WHERE project = 'OPS' AND effort_in_days > 1},
	q{SELECT count(o.summary) FROM work.issue_links AS l JOIN work.issues AS o ON o.key = l.other_issue},
	q{SELECT count(*), count(author_name) FROM work.issue_changes WHERE project = 'OPS'},
	q{SELECT count(*) FROM work.issue_comments WHERE jql = 'project = WEB'},
	q{SELECT v.name, count(*) FROM work.versions AS v JOIN work.issues AS i ON v.name = ANY (i.fix_versions) GROUP BY v.name},
	q{SELECT * FROM work.sprints WHERE board = 1 LIMIT 1},
	q{SELECT count(*) FROM jira_request_stream('/rest/api/2/project/search')},
	q{ANALYZE work.issues; SELECT * FROM jira_refresh_columns('work.issues'); DROP SCHEMA work CASCADE; CREATE SCHEMA work},
);

# A reply that is cut, one that is no JSON, and one that never comes.
$jira->fault(kind => 'cut_body', times => 1, path => '*/search*', skip => 20);
my (undef, $out) = $node->psql('postgres', join(";\n", @work, q{SELECT 'the end'}), on_error_stop => 0);
like($out, qr/^the end\z/m, 'what fails does not end the session');
$jira->clear_faults;
my @faults = qw(cut_body truncated garbage html deep);
$jira->fault(kind => $_, times => 1, path => '*/search*') for @faults;
$jira->close_gate(path => '*/search*');
my $failing = JiraSpoke::Background->start($node, "SELECT * FROM jira_lookup_issues_stream('project = OPS');\n" x (@faults + 1));
$jira->await_at_gate(1);
$node->safe_psql('postgres', q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query ~ 'project = OPS' AND pid <> pg_backend_pid()});
my (undef, $error) = $failing->finish;
is(scalar(() = $error =~ /ERROR:  (?:08006|08P01|54000|57014): /g), @faults + 1, 'each fails');
$jira->open_gate;
is($node->safe_psql('postgres', q{SELECT count(*) FROM jira_lookup_issues_stream('project = BULK')}),
	250, 'the server works under valgrind');

system_or_bail('pg_ctl', '-D', $node->data_dir, '-m', 'fast', '-w', '-t', $PostgreSQL::Test::Utils::timeout_default, 'stop');
$server->finish;

# --- What valgrind has to say: records apart by an empty comment line.

my @records = map { split /^==\d+== *\n/m } map { slurp_file($_) } glob "$logs/*";
my @about_us = grep { $_ =~ $ours } @records;
my @lost = grep { /definitely lost|indirectly lost/ } @about_us;
my @misused = grep { /Invalid (?:read|write|free)|uninitialised|Mismatched|overlap/ } @about_us;

# Sessions are kept for the next call, so they are there at the end.
ok((grep { /still reachable/ && /session_borrow/ } @about_us), 'valgrind sees what we allocate');
is(scalar @lost, 0, 'nothing is lost') or diag join "\n", @lost;
is(scalar @misused, 0, 'nothing is misused') or diag join "\n", @misused;

done_testing();
