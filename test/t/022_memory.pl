# However many issues pass, a stream takes the memory of one page, or of the replies
# that are under way at the same time; and scans that are abandoned leave nothing
# behind: no memory, no socket, no context.  SPOKE_STORM=full reads more issues.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use Test::More;

plan skip_all => 'needs /proc' unless -r '/proc/self/status';

my $many_issues = ($ENV{SPOKE_STORM} // '') eq 'full' ? 100_000 : 30_000;
my $jira = JiraSpoke::Jira->start(issues => 10_000);

# Loading the compiler takes 25 MB of its own.
my $node = start_cluster('memory', 'jit = off');

connect_to($node, $jira);

# What the process itself can see of its memory (kB) and of its files; what it
# remembers of a Jira is to stay.
$node->safe_psql('postgres', <<~'SQL');
	CREATE FUNCTION status(text) RETURNS integer LANGUAGE sql AS $$
		SELECT (regexp_match(pg_read_file('/proc/self/status'), $1 || ':\s+(\d+) kB'))[1]::integer
	$$;
	CREATE FUNCTION files() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM pg_ls_dir('/proc/self/fd') $$;
	CREATE FUNCTION contexts() RETURNS bigint LANGUAGE sql AS $$
		SELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'Jira%' AND name <> 'Jira site'
	$$;

	-- Four ways to leave a scan, so often each.
	CREATE PROCEDURE abandon(times integer) LANGUAGE plpgsql AS $$
	DECLARE
		issue record;
		issues refcursor;
	BEGIN
		FOR n IN 1 .. times LOOP
			PERFORM FROM (SELECT summary FROM jira_lookup_issues_stream('project = BULK') LIMIT 1) AS i;

			OPEN issues FOR SELECT summary FROM jira_lookup_issues_stream('project = BULK');
			FETCH issues INTO issue;
			CLOSE issues;

			FOR issue IN SELECT summary FROM jira_lookup_issues_stream('project = BULK') LOOP
				EXIT;
			END LOOP;

			BEGIN
				PERFORM 1 / (length(key) - 7) FROM jira_lookup_issues_stream('project = BULK ORDER BY key');
			EXCEPTION WHEN division_by_zero THEN
			END;
		END LOOP;
	END $$;

	-- The first of three batches is read, the others are under way.
	CREATE PROCEDURE abandon_batches(times integer) LANGUAGE plpgsql AS $$
	DECLARE
		keys text[] := (SELECT array_agg('BULK-' || n) FROM generate_series(1, 250) AS n);
		issue record;
	BEGIN
		FOR n IN 1 .. times LOOP
			FOR issue IN SELECT key, labels FROM jira_lookup_issues(keys) LOOP
				EXIT;
			END LOOP;
		END LOOP;
	END $$;
	SQL

# Runs the steps of a session; those that SELECT give a number each.
sub session
{
	return split /\n/, $node->safe_psql('postgres', join ";\n", @_);
}

my $every_column = q{SELECT count(key), max(length(summary || description)), count(labels), max(created),
	max(length(fields::text)) FROM jira_lookup_issues_stream('project = BULK')};
my $forget_peak = q{COPY (SELECT 5) TO '/proc/self/clear_refs'};
my $peak = q{SELECT status('VmHWM')};

# --- A stream of all issues with its widest columns.

sub peak_of_stream
{
	my ($issues, $query, @settings) = @_;

	$jira->control('POST', 'reset', { issues => $issues });
	my ($fresh, $first, $idle, $rows, $top) = session($peak,
		q{SELECT count(summary) FROM jira_lookup_issues_stream('key = BULK-1')},
		@settings, $forget_peak, $peak, $query, $peak);

	like($rows, qr/^$issues\|/, "$issues issues: they came");
	note sprintf '%d issues: %.1f MB above idle, %.1f MB above a backend that has not used the extension',
	  $issues, ($top - $idle) / 1024, ($top - $fresh) / 1024;
	return $top - $idle;
}

my @page_by_page = ($every_column, 'SET jira_spoke.parallel_requests = 1');
my $small = peak_of_stream(1000, @page_by_page);
my $large = peak_of_stream(10_000, @page_by_page);

cmp_ok($large, '<', 8 * 1024, '10,000 issues: less than 8 MB above idle');
cmp_ok($large - $small, '<', 1024, 'ten times the issues, no more memory');

# --- The same, and one of small columns, with several requests at a time: an answer
# comes so late that the others wait for it, which takes the most memory.

sub peak_at_once
{
	my ($issues, $query) = @_;

	$jira->fault(kind => 'latency', path => '*/bulkfetch', ms => 4000, skip => 1, times => 1);
	return peak_of_stream($issues, $query);
}

my $small_columns = q{SELECT count(key), count(summary), count(status), count(priority), count(assignee), count(reporter),
	max(created), max(updated), max(due) FROM jira_lookup_issues_stream('project = BULK')};
my $small_at_once = peak_at_once(5000, $small_columns);
my $large_at_once = peak_at_once(5000, $every_column);

cmp_ok(peak_at_once(30_000, $every_column) - $large_at_once, '<', 8 * 1024, 'six times the large issues, at most 8 MB more');
cmp_ok(peak_at_once($many_issues, $small_columns) - $small_at_once, '<', 8 * 1024, "$many_issues issues, at most 8 MB more than for 5,000");

# --- Scans that are abandoned: 2,000 after the memory has settled.

$jira->control('POST', 'reset', { issues => 250 });
$jira->forget_requests;

my $state = q{SELECT status('VmRSS'); SELECT files(); SELECT contexts()};
my ($rss_before, $files_before, $contexts_before, $rss, $files, $contexts) = session(
	'SET jira_spoke.page_size = 10', 'CALL abandon(50)', 'CALL abandon_batches(5)', $state,
	'CALL abandon(500)', 'CALL abandon_batches(50)', $state);

# Four requests a round, and of every three batches at least the one that was read.
cmp_ok(scalar $jira->requests, '>=', 4 * 550 + 55, 'every scan was begun');
cmp_ok($rss - $rss_before, '<', 1024, '2,000 abandoned scans: ' . ($rss - $rss_before) . ' kB more');

# Of the connections to Jira, up to jira_spoke.parallel_requests stay open.
cmp_ok($files, '<=', $files_before + 16, 'no file or socket more');
is($contexts, 0, 'no memory context');

# Rounds of one query: what a round leaves would stay until the query ends.
my $round = q{SELECT count(*) FROM generate_series(1, %d) AS n,
	LATERAL (SELECT key FROM jira_lookup_issues_stream('project = BULK AND summary !~ "nothing ' || n || '"') LIMIT 1) AS i};
my ($some, $top_of_some, $many, $top_of_many) = session(sprintf($round, 100), $peak, sprintf($round, 1000), $peak);

is($many, 1000, 'a thousand rounds in one query');
cmp_ok($top_of_many - $top_of_some, '<', 1024, 'take no more memory than a hundred');

# The contexts are there while a scan is open, or the test could not fail.
my ($open) = session('BEGIN',
	q{DECLARE c CURSOR FOR SELECT key FROM jira_lookup_issues_stream('project = BULK')},
	'MOVE 1 FROM c', 'SELECT contexts()');
cmp_ok($open, '>', 0, 'a scan that is open has contexts');

my ($left) = session('BEGIN', 'SAVEPOINT s',
	q{DECLARE c CURSOR FOR SELECT key FROM jira_lookup_issues_stream('project = BULK')},
	'MOVE 1 FROM c', 'ROLLBACK TO s', 'SELECT contexts()');
is($left, 0, 'a savepoint rolled back frees a cursor declared after it');

# An error that is a result leaves nothing in the transaction.
$node->safe_psql('postgres', q{SELECT jira_create_connection('silent', 'https://jira.example.com', 'nobody')});
my $fail = q{DO $$ BEGIN FOR i IN 1 .. %d LOOP PERFORM FROM jira_test_connection('silent'); END LOOP; END $$};
my $kept = q{SELECT sum(used_bytes) FROM pg_backend_memory_contexts WHERE name IN ('TopTransactionContext', 'CurTransactionContext')};
my ($kept_by_few, $kept_by_many, $is_wrong) = session('BEGIN', sprintf($fail, 10), $kept, sprintf($fail, 1000), $kept,
	q{SELECT problem IS NOT NULL FROM jira_test_connection('silent')});

is($is_wrong, 't', 'a test that fails');
cmp_ok($kept_by_many - $kept_by_few, '<', 8 * 1024, 'a thousand of them leave nothing until the end of the transaction');

done_testing();
