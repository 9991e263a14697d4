# A look-up for each outer row: those of further rows are under way while the first ones
# are read.  The same rows and errors as one look-up after another, in no more requests.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::OAuth;
use JiraSpoke::Pushdown;
use Test::More;

my ($jira, $alias);
my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => 400) } qw(cloud server);
my $node = start_cluster('look_ups', 'jit = off', 'max_parallel_workers_per_gather = 0', "jira_spoke.gateway_url = '" . $jira{cloud}->url . "'");

connect_to($node, $jira{$_}, $_) for sort keys %jira;
for my $deployment (qw(cloud server))
{
	$jira{$deployment}->control('POST', 'activity', { project => 'BULK' });
	query_through($node, $deployment, "CREATE TABLE accounts_of_$deployment AS SELECT DISTINCT assignee AS account "
		  . q{FROM jira_lookup_issues_stream('project = OPS') WHERE assignee IS NOT NULL ORDER BY 1 LIMIT 5});
	query_through($node, $deployment, "SELECT jira_add_watcher('BULK-' || i, account) FROM generate_series(1, 40, 3) AS i, accounts_of_$deployment");
}
query_through($node, 'cloud', <<~'SQL');
	CREATE TABLE local AS SELECT 'BULK-' || i AS key, i AS n FROM generate_series(1, 40) AS i;
	CREATE TABLE repeated AS SELECT 'BULK-' || i % 7 + 1 AS key, i AS n FROM generate_series(1, 100) AS i;
	CREATE TABLE broken AS SELECT CASE i WHEN 5 THEN 'BULK-99999' WHEN 7 THEN 'a/b' WHEN 9 THEN NULL ELSE 'BULK-' || i END AS key, i AS n
		FROM generate_series(1, 20) AS i;
	CREATE TABLE project AS SELECT key, id FROM jira_lookup_projects_stream();
	CREATE TABLE board AS SELECT id FROM jira_lookup_boards_stream();
	CREATE TABLE sprint AS SELECT i::bigint AS id FROM generate_series(1, 8) AS i;
	CREATE TABLE own_groups AS SELECT name AS group_name FROM jira_lookup_groups_stream();
	ANALYZE;
	SQL

sub use_jira
{
	$alias = shift;
	$jira = $jira{$alias};
	return;
}

# The rows of a query or its error, the number of requests, and the notices.
sub run_query
{
	my ($rows, $messages, @requests) = run_through($node, $jira, $alias, @_);

	return ($rows, scalar @requests, $messages);
}

sub rows_of { return (run_query(@_))[0]; }

sub plan_of { return plan_through($node, $alias, @_); }

sub is_ahead { return like(plan_of(@_[ 1 .. $#_ ]), qr/Calls at a Time/, "$alias, $_[0]: calls are made ahead"); }
sub is_not_ahead { return unlike(plan_of(@_[ 1 .. $#_ ]), qr/Calls at a Time/, "$alias, $_[0]: no calls ahead"); }

# What EXPLAIN ANALYZE says of the join.
sub analyzed
{
	my ($query, @settings) = @_;
	my $node_of_plan = decode_json(rows_of("EXPLAIN (ANALYZE, FORMAT JSON, COSTS off) $query", @settings))->[0]{Plan};

	$node_of_plan = $node_of_plan->{Plans}[0] while ($node_of_plan->{'Custom Plan Provider'} // '') ne 'JiraKeyJoin';
	return $node_of_plan;
}

# The query has the rows that it has without pushdown, in order, in no more requests.
sub is_same
{
	my ($name, $query, @settings) = @_;
	my ($expected, $most) = run_query($query, @settings, 'jira_spoke.pushdown = off');
	my ($rows, $taken, $notices) = run_query($query, @settings);

	like($expected, qr/^(?!failed)./, "$alias, $name: there are rows without pushdown");
	is($rows, $expected, "$alias, $name: the same with it");
	cmp_ok($taken, '<=', $most, "$alias, $name: no more requests");
	is($notices, '', "$alias, $name: no notice");
	is_ahead($name, $query, @settings);
	return;
}

# --- Every kind of look-up.

my @look_ups = (
	[ 'watchers', 'SELECT l.n, w.account, w.name FROM local AS l, LATERAL jira_lookup_watchers(l.key) AS w' ],
	[ 'transitions', 'SELECT l.n, t.id, t.name, t.to_status FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t' ],
	[ 'the latest comment', 'SELECT l.n, c.id, c.body FROM local AS l, LATERAL jira_lookup_latest_comment_on_issue(l.key) AS c' ],
	[ 'the latest attachment', 'SELECT l.n, a.id, a.filename FROM local AS l, LATERAL jira_lookup_latest_attachment_on_issue(l.key) AS a' ],
	[ 'editable fields', 'SELECT l.n, f.field_id, f.required FROM local AS l, LATERAL jira_get_editable_fields(l.key) AS f WHERE l.n < 20' ],
	[ 'issues with what they expand', q{SELECT l.n, i.summary, i.fields -> 'names' FROM local AS l, LATERAL jira_lookup_issue(l.key, expand => '{names}') AS i WHERE l.n < 20} ],
	[ 'issues with fields', q{SELECT l.n, i.summary, i.fields FROM local AS l, LATERAL jira_lookup_issue(l.key, fields => '{summary}') AS i WHERE l.n < 20} ],
	[ 'projects', 'SELECT p.key, q.name, q.lead FROM project AS p, LATERAL jira_lookup_project(p.key) AS q' ],
	[ 'versions', 'SELECT p.key, v.id, v.name FROM project AS p, LATERAL jira_lookup_versions(p.key) AS v' ],
	[ 'components', 'SELECT p.key, c.id, c.name FROM project AS p, LATERAL jira_lookup_components(p.key) AS c' ],
	[ 'statuses', 'SELECT p.key, s.issue_type, s.status FROM project AS p, LATERAL jira_lookup_issue_type_statuses_by_project(p.id) AS s' ],
	[ 'issue types', 'SELECT p.key, t.id, t.name FROM project AS p, LATERAL jira_get_issue_types(p.key) AS t' ],
	[ 'sprints', 'SELECT s.id, t.name, t.started FROM sprint AS s, LATERAL jira_lookup_sprint(s.id) AS t' ],
	[ 'sprints of boards', q{SELECT b.id, s.id, s.name FROM board AS b, LATERAL jira_lookup_sprints_by_board(b.id, '{closed,active}') AS s} ],
	[ 'issues of sprints', 'SELECT s.id, i.key, i.summary FROM sprint AS s, LATERAL jira_lookup_sprint_issues_stream(s.id) AS i' ],
	[ 'searches', q{SELECT p.key, i.key, i.summary FROM project AS p, LATERAL jira_lookup_issues_stream(format('project = %s ORDER BY key', p.key)) AS i} ],
	[ 'some of each search', q{SELECT p.key, i.key FROM project AS p, LATERAL jira_lookup_issues_stream(format('project = %s ORDER BY key', p.key), max_rows => 3) AS i} ],
	[ 'groups of accounts', 'SELECT a.account, g.name FROM ACCOUNTS AS a, LATERAL jira_lookup_group_memberships_for_user(a.account) AS g' ],
	[ 'members of groups', 'SELECT g.group_name, u.account FROM own_groups AS g, LATERAL jira_lookup_users_by_group_name_stream(g.group_name) AS u' ],
	[ 'projects that are looked for', q{SELECT p.key, q.name FROM project AS p, LATERAL jira_lookup_projects_stream(p.key) AS q} ],
	[ 'a left join', 'SELECT l.n, c.body FROM local AS l LEFT JOIN LATERAL jira_lookup_latest_comment_on_issue(l.key) AS c ON true' ],
	[ 'a left join with a condition', q{SELECT l.n, t.name FROM local AS l LEFT JOIN LATERAL jira_lookup_transitions(l.key) AS t ON t.to_status = 'Done' AND l.n % 2 = 0} ],
	[ 'a left join and a filter', q{SELECT l.n, t.name FROM local AS l LEFT JOIN LATERAL jira_lookup_transitions(l.key) AS t ON t.to_status = 'Done' WHERE COALESCE(t.name, '') <> 'x'} ],
	[ 'a sub-query', q{SELECT l.n, t.n FROM local AS l, LATERAL (SELECT upper(name) AS n FROM jira_lookup_transitions(l.key) WHERE to_status = 'Done') AS t} ],
	[ 'whole rows', 'SELECT l.n, w FROM local AS l, LATERAL jira_lookup_watchers(l.key) AS w' ],
	[ 'keys that come again', 'SELECT l.n, t.name FROM repeated AS l, LATERAL jira_lookup_transitions(l.key) AS t' ],
	[ 'expressions', q{SELECT l.n, t.name FROM local AS l, LATERAL jira_lookup_transitions('BULK-' || l.n + 1) AS t} ],
	[ 'two look-ups', 'SELECT l.n, t.name, c.body FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t, LATERAL jira_lookup_latest_comment_on_issue(l.key) AS c' ],
	[ 'look-ups for rows of Jira', q{SELECT i.key, w.account FROM jira_lookup_issues_stream('project = OPS AND created > -30d ORDER BY key') AS i, LATERAL jira_lookup_watchers(i.key) AS w} ],
	[ 'look-ups for a sub-query', q{SELECT i.key, w.account FROM (SELECT key FROM jira_lookup_issues_stream('project = OPS ORDER BY key') LIMIT 10) AS i, LATERAL jira_lookup_watchers(i.key) AS w} ],
);

for my $deployment (qw(cloud server))
{
	use_jira($deployment);
	is_same($_->[0], $_->[1] =~ s{ACCOUNTS}{accounts_of_$alias}r) for grep { $alias eq 'cloud' || $_->[1] !~ /projects_stream/ } @look_ups;
}

# Each of the values once, and the rows in the order of the outer rows.
use_jira('cloud');
my $watchers = 'SELECT l.n, w.account FROM local AS l, LATERAL jira_lookup_watchers(l.key) AS w';
my $transitions = 'SELECT l.n, t.name FROM repeated AS l, LATERAL jira_lookup_transitions(l.key) AS t';

is((run_query($transitions))[1], 7, 'a request for each of the keys');
is((run_query($transitions, 'enable_memoize = off'))[1], 7, 'also where the server would not remember them');
is(rows_of("SELECT array_agg(n) = array_agg(n ORDER BY n) FROM ($watchers OFFSET 0) AS x"), 't', 'in the order of the outer rows');

# --- How many are under way.

my $explained = analyzed($watchers);
is_deeply([ @$explained{ 'Calls at a Time', 'Calls', 'Requests', 'Most Requests at a Time' } ], [ 16, 40, 40, 16 ], 'EXPLAIN ANALYZE');
is($explained->{'Argument issue'}, 'key', 'EXPLAIN: the argument');
is(analyzed($watchers, 'jira_spoke.parallel_requests = 5')->{'Most Requests at a Time'}, 5, 'a smaller number');
is(analyzed($transitions)->{Calls}, 7, 'EXPLAIN ANALYZE: calls are those of different keys');
is_not_ahead('one request at a time', $watchers, 'jira_spoke.parallel_requests = 1');
is_not_ahead('no pushdown', $watchers, 'jira_spoke.pushdown = off');
is_not_ahead('no scan', $watchers, 'jira_spoke.enable_scan = off');

# Jira accepts the credential of the session, which may have several calls under way from then on.
my $sign_in = 'SELECT FROM jira_lookup_projects_stream() OFFSET 1000';

# Holds all requests of a query until so many have come; no further ones do.
sub held
{
	my ($query, $expected, $before) = @_;

	$before //= $sign_in;

	$jira->forget_requests;
	$jira->close_gate(path => '*/issue/*');
	my $session = JiraSpoke::Background->start($node, "SET jira_spoke.connection = '$alias'; $before; $query;\n");
	$jira->await_at_gate($expected);
	$node->safe_psql('postgres', 'SELECT pg_sleep(0.3)');
	my $held = $jira->control('GET', 'gate')->{waiting};
	$jira->open_gate;
	my ($out, $messages) = $session->finish;
	return $messages eq '' ? $held : $messages;
}

is(held("SELECT count(*) FROM ($watchers) AS x", 16), 16, '16 requests are under way before the first reply');
is(held("SELECT count(*) FROM ($watchers) AS x", 1, 'SELECT 1'), 1, 'one while Jira has not accepted the credential');
is(held("SET jira_spoke.parallel_requests = 3; SELECT count(*) FROM ($watchers) AS x", 3), 3, '3 if the setting says so');
is(held("SELECT * FROM ($watchers LIMIT 100) AS x", 1), 1, 'one if the query may stop early');
is(held("SELECT count(*) FROM ($transitions) AS x", 7), 7, 'as many as there are different keys');
connect_to($node, $jira, 'paced', options => '{"requests_per_second": 100}');
is(held("SELECT count(*) FROM ($watchers) AS x", 1, "SET jira_spoke.connection = 'paced'; $sign_in"), 1, 'one on a connection that has a pace of its own');

# --- Queries that stop early.

my $all = $watchers =~ s/local/local/r;
my $each = 'SELECT l.n, t.name FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t';

sub takes_at_most
{
	my ($name, $most, $query, @settings) = @_;
	my ($rows, $taken) = run_query($query, @settings);

	unlike($rows, qr/^failed/, "$name: there are rows");
	cmp_ok($taken, '<=', $most, "$name: at most $most requests, $taken");
	return;
}

takes_at_most('LIMIT 1', 1, "$each LIMIT 1");
takes_at_most('a cursor that fetches a row', 1, "BEGIN; DECLARE c CURSOR FOR $each; FETCH 1 FROM c; COMMIT");
takes_at_most('EXISTS', 1, "SELECT EXISTS ($each)");
my ($rows_of_three) = run_query("SELECT count(*) FROM ($each) AS x WHERE n <= 3");
takes_at_most('three rows of forty', 6, "$each LIMIT $rows_of_three");

# Needless calls: fewer than two for each one that was needed before the last, and than may be under way.
for my $needed (1, 2, 3, 4, 6, 9, 12, 20, 30)
{
	my $needless = $needed == 1 ? 0 : 2 * ($needed - 1) - 1;

	takes_at_most("rows of $needed calls", $needed + ($needless < 15 ? $needless : 15), "SELECT l.n FROM local AS l LEFT JOIN LATERAL jira_lookup_transitions(l.key) AS t ON t.name = 'x' LIMIT $needed");
	takes_at_most("$needed calls of a query that reads all", $needed + 15, "BEGIN; DECLARE c CURSOR FOR SELECT l.n FROM local AS l LEFT JOIN LATERAL jira_lookup_transitions(l.key) AS t ON t.name = 'x'; FETCH $needed FROM c; COMMIT",
		'cursor_tuple_fraction = 1');
}
takes_at_most('a sub-query that is looked at until a row is found', 24,
	"SELECT l.n FROM local AS l WHERE l.n <= 3 AND EXISTS (SELECT FROM local AS m, LATERAL jira_lookup_transitions(m.key) AS t WHERE m.n % 10 = l.n % 10)");
is(rows_of("$each LIMIT 50"), rows_of("$each LIMIT 50", 'jira_spoke.pushdown = off'), 'LIMIT: the same rows');

# --- Errors come when their row is reached, and not before.

my @broken = (
	[ 'a missing issue', 'n < 7' ], [ 'a key with a slash', 'n > 5' ], [ 'no key', 'n > 7' ], [ 'no key at first', 'n >= 9' ],
	[ 'a slash at first', 'n >= 7' ], [ 'a missing issue at first', 'n >= 5' ]);

for my $deployment (qw(cloud server))
{
	use_jira($deployment);
	for my $case (@broken)
	{
		my ($name, $where) = @$case;
		my $query = "SELECT l.n, t.name FROM broken AS l, LATERAL jira_lookup_transitions(l.key) AS t WHERE l.$where";
		my ($expected) = run_query($query, 'jira_spoke.pushdown = off');

		like($expected, qr/^failed: .*ERROR/, "$alias, $name: an error without pushdown");
		is(rows_of($query), $expected, "$alias, $name: the same with it");
		is_ahead($name, $query);
	}
	my $query = 'SELECT l.n, t.name FROM broken AS l, LATERAL jira_lookup_transitions(l.key) AS t';
	my $cursor = "BEGIN; DECLARE c CURSOR FOR $query; MOVE 9 FROM c; SELECT 'so far'; MOVE ALL FROM c";

	for my $tuples ('cursor_tuple_fraction = 1', 'cursor_tuple_fraction = 0.1')
	{
		my ($expected) = run_query($cursor, $tuples, 'jira_spoke.pushdown = off');

		is(rows_of($cursor, $tuples), $expected, "$alias, $tuples: the error of a row that is reached later");
		unlike(rows_of("BEGIN; DECLARE c CURSOR FOR $query; MOVE 9 FROM c; COMMIT", $tuples), qr/failed/, "$alias, $tuples: none of a row that is not reached");
		is_ahead("a cursor, $tuples", $query, $tuples);
	}
	for my $connection ('none', 'away')
	{
		$node->safe_psql('postgres', q{SELECT jira_create_connection('away', 'http://127.0.0.1:1', 'x', 'y')}) if $connection eq 'away' && $alias eq 'cloud';
		my $elsewhere = "SELECT l.n, t.name FROM local AS l, LATERAL jira_lookup_transitions(l.key, connection => '$connection') AS t";
		my ($expected) = run_query($elsewhere, 'jira_spoke.pushdown = off', 'jira_spoke.max_retries = 0');

		is(rows_of($elsewhere, 'jira_spoke.max_retries = 0') =~ s/after \d+ ms/after a while/r, $expected =~ s/after \d+ ms/after a while/r,
			"$alias: the error of connection $connection");
	}
}

# A reply that does not come is no error for a row that is not reached.
use_jira('cloud');
$jira->fault(kind => 'cut_before', path => '*/BULK-9/transitions');
takes_at_most('a broken reply that is not needed', 17,
	"BEGIN; DECLARE c CURSOR FOR $each; MOVE 3 FROM c; COMMIT", 'cursor_tuple_fraction = 1', 'jira_spoke.max_retries = 0');
like(rows_of($each, 'jira_spoke.max_retries = 0'), qr/^failed: .*BULK-9/, 'a broken reply that is needed');
$jira->clear_faults;

# What passes is tried again.
for my $fault ([ kind => 'status', status => 503 ], [ kind => 'rate_limit', retry_after => 1 ], [ kind => 'cut_before' ])
{
	my ($expected) = run_query($each, 'jira_spoke.pushdown = off');

	$jira->fault(@$fault, times => 5, path => '*/transitions');
	is(rows_of("$sign_in; $each"), $expected, "$fault->[1]: the same rows");
	$jira->clear_faults;
}

# The error of a reply that does not come within the time is the same, and so is the row.
sub is_same_but_for_the_time
{
	my ($name, $query, @settings) = @_;
	my ($expected, $rows) = map { rows_of($query, @settings, $_) =~ s/\b\d+ m\w*s\b/some time/gr } 'jira_spoke.pushdown = off', 'jira_spoke.pushdown = on';

	is($rows, $expected, "$alias, $name: the same as without pushdown");
	return $rows;
}

for my $deployment (qw(cloud server))
{
	my @settings = ('jira_spoke.timeout = 500', 'jira_spoke.max_retries = 0', 'cursor_tuple_fraction = 1');

	use_jira($deployment);
	$jira->fault(kind => 'silence', path => '*/BULK-9/transitions');
	like(is_same_but_for_the_time('a reply that never comes', $each, @settings), qr/^failed: .*BULK-9/, 'which names the issue');
	like(is_same_but_for_the_time('one that is overdue before its row is reached',
			"BEGIN; DECLARE c CURSOR FOR $each; MOVE 2 FROM c; SELECT pg_sleep(1); MOVE ALL FROM c", @settings), qr/^failed: .*BULK-9/, 'which names the issue, too');
	$jira->clear_faults;
	is_same_but_for_the_time('a session that is slow',
		"BEGIN; DECLARE c CURSOR FOR $each; FETCH 3 FROM c; SELECT pg_sleep(1); FETCH ALL FROM c; COMMIT", @settings);
}

# --- Signing in.

# A credential that is wrong is tried as often as by one call.
use_jira('server');
connect_to($node, $jira, 'wrong', secret => 'not it');
for my $setting (qw(off on))
{
	my ($error, $taken) = run_query("SET jira_spoke.connection = 'wrong'; $each", "jira_spoke.pushdown = $setting");

	like($error, qr/^failed: .*28000/, "pushdown $setting: a wrong password");
	is($taken, 1, "pushdown $setting: is tried once");
}

# A CAPTCHA while calls are under way.
my $captcha = sub {
	my ($query, @settings) = @_;

	$jira->fault(kind => 'status', status => 403, body => {}, path => '*/BULK-9/transitions', times => 1,
		headers => { 'X-Authentication-Denied-Reason' => 'CAPTCHA_CHALLENGE; login-url=/login.jsp' });
	my $rows = rows_of($query, @settings);
	$jira->clear_faults;
	$node->safe_psql('postgres', "SELECT jira_test_connection('$alias')");
	return $rows;
};
like($captcha->($each), qr/^failed: .*28000: jira_lookup_transitions of "BULK-9" failed: Jira wants a CAPTCHA/, 'a CAPTCHA: the error');
is($captcha->($each), $captcha->($each, 'jira_spoke.pushdown = off'), 'a CAPTCHA: the same without pushdown');
is($captcha->("$each LIMIT 8"), rows_of("$each LIMIT 8"), 'a CAPTCHA for a row that is not reached');

# An access token that ends while calls are under way is renewed once.
use_jira('cloud');
connect_oauth($node, $jira, 'work');
my $port = $jira->port;
my $end_tokens = qq{COPY (SELECT 1) TO PROGRAM \$\$python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$port/_control/oauth', b'{\\"revoke\\": \\"access_tokens\\"}')"\$\$};
my $until_the_end = "SET jira_spoke.connection = 'work'; BEGIN; DECLARE c CURSOR FOR $each; FETCH 3 FROM c; $end_tokens; FETCH ALL FROM c; COMMIT";
is(refreshes($jira, sub { is(rows_of($until_the_end, 'cursor_tuple_fraction = 1'), rows_of($each), 'look-ups go on with a new token') }), 1, 'which was asked for once');
$jira->set_oauth(revoke => 'access_tokens');
is(refreshes($jira, sub { is(rows_of("SET jira_spoke.connection = 'work'; $each"), rows_of($each), 'a token that has ended before') }), 1, 'is renewed once, too');
$jira->fault(kind => 'status', status => 500, path => '/oauth/token');
is(rows_of($until_the_end, 'jira_spoke.max_retries = 0', 'cursor_tuple_fraction = 1'),
	rows_of($until_the_end, 'jira_spoke.max_retries = 0', 'jira_spoke.pushdown = off'), 'the error if there is no new token');
$jira->clear_faults;

# --- Replies that do not fit beside each other.

my $large = q{SELECT l.n, i.key, i.fields FROM local AS l, LATERAL jira_lookup_issues_stream(format('project = BULK AND key >= BULK-%s AND key < BULK-%s', l.n * 4, l.n * 4 + 40)) AS i};
my $sum = "SELECT count(*), md5(string_agg(x::text, '|')) FROM ($large) AS x";
my ($expected) = run_query($sum, 'jira_spoke.pushdown = off', 'jira_spoke.max_response_size = 250');

like($expected, qr/^1\d\d\d\|/, 'replies of nearly the size that is allowed');
is(rows_of($sum, 'jira_spoke.max_response_size = 250'), $expected, 'the same rows where they do not fit beside each other');
is(rows_of($sum), $expected, 'the same rows where they do');
$explained = analyzed($large, 'jira_spoke.max_response_size = 250');
is($explained->{'Actual Rows'}, 1600, 'EXPLAIN ANALYZE: replies that do not fit');
cmp_ok($explained->{Requests}, '>', 40, 'some of them are asked for again');
cmp_ok($explained->{Requests}, '<', 80, 'but not all');

# --- Calls that are not made ahead: they may be different when their row is reached, or fail.

$node->safe_psql('postgres', <<~'SQL');
	CREATE SEQUENCE numbers;
	CREATE FUNCTION note(text) RETURNS text LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN $1; END';
	SQL
is_not_ahead('an argument that changes', q{SELECT t.name FROM local AS l, LATERAL jira_lookup_transitions(l.key || floor(random())) AS t});
is_not_ahead('outer rows of a volatile function', q{SELECT t.name FROM (SELECT note(key) AS key FROM local OFFSET 0) AS l, LATERAL jira_lookup_transitions(l.key) AS t});
is_not_ahead('outer rows of a volatile function in WITH', q{WITH l AS MATERIALIZED (SELECT note(key) AS key FROM local) SELECT t.name FROM l, LATERAL jira_lookup_transitions(l.key) AS t});
is_not_ahead('a volatile function for each row', q{SELECT note(t.name) FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t});
is_not_ahead('a write for each row', q{SELECT jira_add_comment(l.key, t.name) FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t});
is_not_ahead('a write in a sub-plan', q{SELECT (SELECT jira_add_comment(l.key, 'x')) FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t});
is_not_ahead('a write above', q{SELECT jira_add_comment(x.key, 'x') FROM (SELECT l.key FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t OFFSET 0) AS x});
is_not_ahead('a number of a sequence', q{SELECT nextval('numbers') FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t});
is_not_ahead('a connection for each row', q{SELECT t.name FROM local AS l, LATERAL jira_lookup_transitions('OPS-1', connection => CASE WHEN l.n > 0 THEN 'cloud' END) AS t});
is_not_ahead('two arguments', q{SELECT s.name FROM board AS b, LATERAL jira_lookup_sprints_by_board(b.id, ARRAY[CASE WHEN b.id > 0 THEN 'closed' END]) AS s});
is_not_ahead('a limit for each row', q{SELECT i.key FROM local AS l, LATERAL jira_lookup_issues_stream('project = BULK', max_rows => l.n) AS i});
is_not_ahead('a search with conditions that Jira can look for',
	q{SELECT i.key FROM project AS p, LATERAL jira_lookup_issues_stream(format('project = %s', p.key)) AS i WHERE i.status = 'Done'});
is_not_ahead('a sub-plan', q{SELECT t.name FROM local AS l, LATERAL jira_lookup_transitions((SELECT max(key) FROM local AS m WHERE m.n = l.n)) AS t});
is_not_ahead('a read that asks before', q{SELECT f.name FROM project AS p, LATERAL jira_get_creatable_fields(p.key) AS f});
is_not_ahead('an expression that may fail, where the query may stop',
	q{SELECT s.name FROM local AS l, LATERAL jira_lookup_sprint(10 / (20 - l.n)) AS s LIMIT 1});
is_not_ahead('a write that is made once', q{SELECT (SELECT jira_add_comment('BULK-1', 'x')), t.name FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t});
$node->safe_psql('postgres', 'CREATE TABLE noted (n integer, note text)');
is_not_ahead('INSERT', q{INSERT INTO noted SELECT l.n, t.name FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t});
is_not_ahead('UPDATE', q{UPDATE noted SET note = t.name FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t WHERE l.n = noted.n});
is_not_ahead('INSERT of a sub-query', q{INSERT INTO noted SELECT x.n, x.name FROM (SELECT l.n, t.name FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t OFFSET 0) AS x});
is_not_ahead('INSERT in WITH', q{WITH x AS (INSERT INTO noted VALUES (1, 'x') RETURNING n) SELECT t.name, x.n FROM x, local AS l, LATERAL jira_lookup_transitions(l.key) AS t});
is_not_ahead('FOR UPDATE', q{SELECT t.name FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t FOR UPDATE OF l});
is_not_ahead('FOR SHARE in a sub-query', q{SELECT t.name FROM (SELECT * FROM local FOR SHARE) AS l, LATERAL jira_lookup_transitions(l.key) AS t});
is_ahead('CREATE TABLE AS', q{CREATE TABLE made AS SELECT t.name FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t});

# A trigger that writes to Jira, for each row about the issue of the next one.
$node->safe_psql('postgres', <<~'SQL');
	CREATE FUNCTION comment_on_next() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			PERFORM jira_add_comment('BULK-' || NEW.n + 1, current_setting('jira_spoke.pushdown') || NEW.n);
			RETURN NEW;
		END $$;
	CREATE TRIGGER comment_on_next BEFORE INSERT ON noted FOR EACH ROW EXECUTE FUNCTION comment_on_next();
	SQL
for my $setting (qw(off on))
{
	is(rows_of(q{WITH x AS (INSERT INTO noted SELECT n, c.body FROM generate_series(301, 320) AS n LEFT JOIN LATERAL jira_lookup_latest_comment_on_issue('BULK-' || n) AS c ON true RETURNING *) }
			  . "SELECT count(*) FROM x WHERE note = '$setting' || n - 1", "jira_spoke.pushdown = $setting"), 19, "pushdown $setting: look-ups see what a trigger wrote");
}

# A write between the rows of a cursor.
my $comments = q{SELECT n, c.body FROM generate_series(331, 370) AS n LEFT JOIN LATERAL jira_lookup_latest_comment_on_issue('BULK-' || n) AS c ON true};
like(rows_of("BEGIN; DECLARE c CURSOR FOR $comments; MOVE 11 FROM c; SELECT jira_add_comment('BULK-343', 'later') > ''; FETCH ALL FROM c; COMMIT", 'cursor_tuple_fraction = 1'),
	qr/^343\|later$/m, 'look-ups see what the session wrote since the last row');
is_ahead('a cursor', $comments);
is_ahead('now()', q{SELECT t.name, now() FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t});

# --- Rescans, parameters, prepared statements, cursors.

is_same('a rescan with other outer rows',
	'SELECT g, s.* FROM generate_series(1, 4) AS g, LATERAL (SELECT count(t.name) FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t WHERE l.n % 4 = g % 4 OFFSET 0) AS s');
is_same('a rescan with another argument',
	q{SELECT g, s.* FROM unnest('{closed,active,closed}'::text[]) AS g, LATERAL (SELECT count(t.name) FROM board AS b, LATERAL jira_lookup_sprints_by_board(b.id, ARRAY[g]) AS t OFFSET 0) AS s},
	'enable_memoize = off');
my $stops = 'SELECT g, s.* FROM generate_series(1, 3) AS g, LATERAL (SELECT l.n, t.name FROM local AS l, LATERAL jira_lookup_transitions(l.key) AS t WHERE l.n > g LIMIT 7) AS s';
is(rows_of($stops), rows_of($stops, 'jira_spoke.pushdown = off'), 'a rescan that stops early: the same rows');
takes_at_most('a rescan that stops early', 18, $stops);
my $executions = join '; ', map { "EXECUTE p($_)" } 3, 17, 9, 0, 12, 40, 7;

for my $mode (qw(auto force_generic_plan force_custom_plan))
{
	my $prepared = "PREPARE p (integer) AS SELECT l.n, t.name FROM local AS l LEFT JOIN LATERAL jira_lookup_transitions(l.key) AS t ON t.to_status = 'Done' WHERE l.n < \$1; $executions";

	is(rows_of($prepared, "plan_cache_mode = $mode"), rows_of($prepared, "plan_cache_mode = $mode", 'jira_spoke.pushdown = off'), "a prepared statement, $mode");
}
my $scroll = "BEGIN; DECLARE c SCROLL CURSOR FOR $each; FETCH 40 FROM c; FETCH BACKWARD 20 FROM c; FETCH LAST FROM c; COMMIT";
is(rows_of($scroll), rows_of($scroll, 'jira_spoke.pushdown = off'), 'a SCROLL cursor');

# A cursor goes on with what is set by then.
my $server_alias = "SET jira_spoke.connection = 'server'";
my $moved = "BEGIN; DECLARE c CURSOR FOR SELECT l.n, w.account FROM local AS l, LATERAL jira_lookup_watchers(l.key) AS w; FETCH 5 FROM c; $server_alias; FETCH ALL FROM c; COMMIT";
is(rows_of($moved, 'cursor_tuple_fraction = 1'), rows_of($moved, 'cursor_tuple_fraction = 1', 'jira_spoke.pushdown = off'), 'a cursor after another connection was set');
$node->safe_psql('postgres', q{CREATE ROLE guest; GRANT jira_spoke_user TO guest; GRANT SELECT ON local TO guest});
like(rows_of("BEGIN; DECLARE c CURSOR FOR $each; FETCH 1 FROM c; SET LOCAL ROLE guest; FETCH ALL FROM c", 'cursor_tuple_fraction = 1'),
	qr/failed: .*connection "cloud" does not exist or you may not use it/s, 'a cursor that goes on as another role');

# --- Memory, cancelling.

$node->safe_psql('postgres', q{CREATE TABLE long AS SELECT 'BULK-' || i % 390 + 1 AS key, repeat('x', 2000) AS filler, i AS n FROM generate_series(1, 2000) AS i; ANALYZE long});
my $use = q{SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts WHERE name LIKE 'Jira%'};
my $memory = rows_of('BEGIN; DECLARE c CURSOR FOR SELECT l.filler, f.field_id, f.raw FROM long AS l, LATERAL jira_get_editable_fields(l.key) AS f; '
	  . "MOVE 1000 FROM c; $use; MOVE 3000 FROM c; $use; MOVE 3000 FROM c; $use; COMMIT", "work_mem = '64kB'", 'cursor_tuple_fraction = 1');
my ($early, $later, $last) = split /\n/, $memory;
cmp_ok($last, '<', $early + 300, "memory does not grow: $early, $later, $last kB");

# A call with more rows than are to be kept.
is_same('more rows than are kept', q{SELECT p.key, i.key FROM (VALUES ('BULK'), ('OPS'), ('BULK')) AS p (key), LATERAL jira_lookup_issues_stream(format('project = %s ORDER BY key', p.key)) AS i},
	"work_mem = '64kB'", 'enable_memoize = off');

$jira->close_gate(path => '*/transitions');
my $session = JiraSpoke::Background->start($node, "SET jira_spoke.connection = 'cloud'; $sign_in; SELECT count(*) FROM ($each) AS x;\n$use;\n");
$jira->await_at_gate(16);
$node->safe_psql('postgres', 'SELECT pg_cancel_backend(' . $session->waiting_pid . ')');
my ($out, $messages) = $session->finish;
$jira->open_gate;
like($messages, qr/ERROR:  57014/, 'look-ups can be cancelled');
cmp_ok($out, '<', 200, 'and leave nothing');

# What a session holds after a query, and after others that do not come to their end.
my $held = "SELECT count(*) FROM pg_ls_dir('/proc/self/fd'); $use";
my $closed = "BEGIN; DECLARE c CURSOR FOR $each; MOVE 3 FROM c; CLOSE c; COMMIT; BEGIN; DECLARE c CURSOR FOR $each; MOVE 3 FROM c; ROLLBACK; SELECT FROM ($each LIMIT 30) AS x OFFSET 100;";
my ($files, $kilobytes, $files_after, $kilobytes_after) = split /\n/, rows_of("SELECT FROM ($each) AS x OFFSET 1000; $held; " . "$closed " x 5 . $held, 'cursor_tuple_fraction = 1');
cmp_ok($files_after, '<=', $files, 'queries that are left leave no open files');
cmp_ok($kilobytes_after, '<=', $kilobytes + 50, 'nor memory');

done_testing();
