# Secrets are used and never seen: not in what a query returns, not in errors,
# plans, statistics, dumps or views, nor in the server's log, whatever is logged.
use strict;
use warnings FATAL => 'all';

use IPC::Run;
use JiraSpoke;
use MIME::Base64;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $server = JiraSpoke::Jira->start(deployment => 'server', context => '/jira');
my ($url, $server_url) = ($jira->url, $server->url);

# Two that Jira accepts, two that it does not.
my %alias = (
	basic => [ $url, 'demo@example.com', 'demo-token', 'basic', 'cloud' ],
	bearer => [ $server_url, undef, 'demo-pat', 'bearer', 'server' ],
	refused_basic => [ $url, 'ann@example.com', 'Planted-Q7w8E9r0T1y2', 'basic', 'cloud' ],
	refused_bearer => [ $server_url, undef, 'Planted-M5n6B7v8C9x0', 'bearer', 'server' ]);

my $typo = 'Mistyped-P0o9I8u7Y6t5';

# Everything that gives a secret away.
my @needles = map {
	my (undef, $user, $secret) = @$_;
	my $pair = ($user // '') . ":$secret";

	($secret, encode_base64($secret, ''), encode_base64($pair, ''), unpack('H*', $secret), scalar reverse $secret);
} values %alias, [ undef, 'ann', $typo ];
my $needle = join '|', map { quotemeta } @needles;

my @preload = installed_modules(qw(auto_explain pg_stat_statements));
my $node = start_cluster('secrets',
	"shared_preload_libraries = '" . join(',', @preload) . "'",
	'log_statement = all', 'log_duration = on', 'log_min_messages = debug5', 'log_min_error_statement = debug5',
	'log_error_verbosity = verbose', 'log_parameter_max_length_on_error = -1',
	'debug_print_plan = on',
	map { "auto_explain.$_" } 'log_min_duration = 0', 'log_analyze = on', 'log_verbose = on',
	'log_nested_statements = on', 'log_settings = on');

# Stored by sessions that log nothing.
{
	local $ENV{PGOPTIONS} = join ' ', map { "-c $_" } 'log_statement=none', 'log_duration=off',
	  'log_min_messages=panic', 'log_min_error_statement=panic', 'debug_print_plan=off',
	  'auto_explain.log_min_duration=-1';

	$node->safe_psql('postgres', <<'SQL');
CREATE ROLE nobody LOGIN;
CREATE ROLE owner LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE guest LOGIN IN ROLE jira_spoke_user;
CREATE ROLE reader LOGIN IN ROLE pg_read_all_data, pg_monitor;
CREATE ROLE backup LOGIN BYPASSRLS IN ROLE pg_read_all_data, jira_spoke_user;
GRANT CREATE ON SCHEMA public TO owner, guest, reader, backup;
SQL
	for my $name (sort keys %alias)
	{
		my ($to, $user, $secret, $auth, $type) = @{ $alias{$name} };
		my $username = defined $user ? "'$user'" : 'NULL';

		$node->safe_psql('postgres', <<"SQL");
SET ROLE owner;
SELECT jira_create_connection('$name', '$to', $username, '$secret', '$auth', '$type');
SELECT jira_grant_connection('$name', 'guest');
SQL
	}
}

# One that cannot be stored: the statement has it as a literal, and the server
# logs statements that fail.
{
	local $ENV{PGOPTIONS} = join ' ', map { "-c $_" } 'log_statement=none', 'log_duration=off',
	  'log_min_messages=warning', 'log_min_error_statement=error', 'debug_print_plan=off',
	  'auto_explain.log_min_duration=-1';
	my $call = "jira_create_connection('typo', 'https://example.net?', 'ann', '$typo')";

	for my $query ("SELECT $call", "DO \$\$ BEGIN PERFORM $call; END \$\$",
		"SELECT jira_alter_connection('typo', secret => '$typo')")
	{
		like(query_error($node, $query), qr/22023|42704/, 'a connection that cannot be stored');
	}
	$call =~ s/net\?/net/;
	is($node->safe_psql('postgres', "SELECT $call, (SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid())"),
		'|jira_create_connection', 'the statement that stores one is not shown while it runs');
}

my %shown;    # what each role got to see, all of it

# Runs a query as a role and keeps everything that it was told.
sub see_as
{
	my ($role, $query, %options) = @_;
	my $messages = all_messages($node, $role, $query, %options);

	$shown{$role} .= "$query\n$messages\n";
	return $messages;
}

# Used and misused, on every alias.
my @reads = (
	'SELECT * FROM jira_test_connection()',
	'SELECT * FROM jira_lookup_server()',
	q{SELECT count(*) FROM jira_lookup_issues_stream('project = OPS')},
	q{SELECT key FROM jira_lookup_issues('{OPS-1,OPS-2}')},
	q{SELECT * FROM jira_lookup_issue('OPS-99999')},
	q{SELECT * FROM jira_lookup_issue('../x')},
	q{SELECT jira_count_issues('this = no jql')},
	q{SELECT jira_add_comment('OPS-1', 'x', '{"type": "nonsense"}')},
	q{SELECT jira_create_issue('NOPE', 'Bug', 'x')},
	q{SELECT * FROM jira_request('GET', '/rest/api/2/myself')},
	q{SELECT * FROM jira_request('GET', '/no/such/place')},
	q{SELECT * FROM jira_request('DELETE', '/rest/api/2/issue/OPS-99999', '{"a": "b"}', '{"c": "d"}')},
	q{SELECT jira_create_connection('child', parent => current_setting('jira_spoke.connection'))},
	q{EXPLAIN (VERBOSE) SELECT * FROM jira_lookup_issues_stream('project = OPS')},
	q{EXPLAIN (ANALYZE, VERBOSE, BUFFERS, SETTINGS, FORMAT JSON) SELECT * FROM jira_lookup_issues_stream('project = OPS') LIMIT 3},
	q{EXPLAIN (ANALYZE, VERBOSE) SELECT jira_count_issues('')},
	q{EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM jira_connections()},
	q{PREPARE p(text) AS SELECT * FROM jira_lookup_issue($1); EXECUTE p('OPS-1'); EXPLAIN (ANALYZE, VERBOSE) EXECUTE p('OPS-2'); EXECUTE p('x y')},
	q{BEGIN; DECLARE c CURSOR FOR SELECT * FROM jira_lookup_issues_stream(''); FETCH 2 FROM c; TABLE pg_cursors; TABLE pg_prepared_statements},
	q{DO $$ BEGIN PERFORM jira_lookup_issue('NOPE-1'); EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', SQLERRM; RAISE; END $$},
	q{SET debug_discard_caches = 0; SELECT * FROM jira_connections()},
	q{SHOW ALL; TABLE pg_settings},
	q{SET jira_spoke.timeout = 1; SELECT count(*) FROM jira_lookup_server()});

for my $name (sort keys %alias)
{
	for my $query (@reads)
	{
		see_as($_, "SET jira_spoke.connection = '$name'; $query") for qw(guest owner postgres);
	}
}
like($shown{guest}, qr/Custom Scan \(JiraScan\)/, 'plans were seen');
like($shown{guest}, qr/accountId|account_id/i, 'sign-in was used');

# What Jira says back may hold what it was sent: as it came, as base64, in
# headers, in every kind of error.
for my $name (sort keys %alias)
{
	my ($to, $user, $secret, $auth) = @{ $alias{$name} };
	my $sent = $auth eq 'bearer' ? $secret : encode_base64("$user:$secret", '');
	my $scheme = $auth eq 'bearer' ? 'Bearer' : 'Basic';
	my $which = $to eq $url ? $jira : $server;
	my $echo = "SET jira_spoke.connection = '$name'; SET jira_spoke.max_retries = 0; ";

	# Only what this alias sent: Jira's memory holds the others' secrets too.
	$which->forget_requests;
	see_as('guest', "$echo SELECT * FROM jira_test_connection()");
	like($which->control('GET', 'requests')->[-1]{headers}{authorization} // '', qr/^(Basic|Bearer) /, "$name: was sent");
	like(see_as('guest', "$echo SELECT * FROM jira_request('GET', '/_control/requests')"), qr/authorization.*\*{6}/is,
		"$name: what Jira was sent comes back without the secret");
	for my $reply (
		{ status => 200, content_type => 'application/json', body => qq({"a": "$scheme $sent", "$scheme $sent": ["x$scheme $sent"]}) },
		{ status => 418, content_type => 'application/json', body => qq({"a": "$secret", "$sent": ["x$sent"]}) },
		{ status => 418, content_type => 'text/plain', body => "you are $sent and $secret" },
		{ status => 200, headers => { 'X-Echo' => "Basic $sent", 'X-Secret' => $secret }, body => '{}' },
		{ status => 400, content_type => 'application/json', body => qq({"errorMessages": ["bad $secret"], "errors": {"$sent": "$secret"}}) },
		{ status => 401, content_type => 'text/html', body => "<html><title>$secret $sent</title></html>" },
		{ status => 403, content_type => 'text/plain', body => "$sent$secret$secret" },
		{ status => 500, content_type => 'application/json', body => qq({"message": "$sent"}) },
		{ status => 418, content_type => 'application/json', body => qq({"broken": "$secret" "$sent") },
		{ status => 200, content_type => "text/$secret", body => 'x' },
		{ status => 302, headers => { Location => "https://evil.example/$sent/$secret" }, body => '' })
	{
		$which->fault(kind => 'status', %$reply);
		see_as('guest', "$echo $_") for
		  q{SELECT * FROM jira_request('GET', '/rest/api/2/myself')},
		  q{SELECT * FROM jira_lookup_issue('OPS-1')},
		  q{SELECT * FROM jira_test_connection()},
		  q{SELECT jira_add_comment('OPS-1', 'x')};
		$which->clear_faults;
	}
	for my $kind (qw(html empty garbage cut_before cut_after cut_body truncated deep endless_headers))
	{
		$which->fault(kind => $kind);
		see_as('guest', "$echo SELECT * FROM jira_lookup_issue('OPS-1')");
		$which->clear_faults;
	}
}

# While a request is under way, others look at the session.
{
	$jira->fault(kind => 'silence');
	my ($out, $error) = ('', '');
	my $session = IPC::Run::start([ 'psql', '-XAtq', '-U', 'guest', '-d', $node->connstr('postgres'),
		'-c', "SELECT count(*) FROM jira_lookup_server('basic')" ], '<', \undef, '>', \$out, '2>', \$error);
	ok($node->poll_query_until('postgres',
		q{SELECT count(*) = 1 FROM pg_stat_activity WHERE usename = 'guest' AND wait_event_type = 'Extension'}), 'a session waits');
	like(see_as('reader', 'TABLE pg_stat_activity; TABLE pg_locks'), qr/jira_lookup_server/, 'the session is seen');
	see_as('postgres', q{SELECT pg_log_backend_memory_contexts(pid) FROM pg_stat_activity WHERE usename = 'guest'});
	see_as('postgres', q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'guest'});
	$session->finish;
	like($error, qr/canceling/, 'and ended');
	$shown{guest} .= "$out$error";
	$jira->clear_faults;
}

# The tables, from every side.
my @looks = (
	'TABLE jira_spoke.credential', 'COPY jira_spoke.credential TO STDOUT',
	'COPY (TABLE jira_spoke.credential) TO STDOUT', 'COPY jira_spoke.credential TO STDOUT (FORMAT binary)',
	'SELECT secret::text, length(secret::text), md5(secret::text) FROM jira_spoke.credential',
	'SELECT secret::bytea FROM jira_spoke.credential', 'SELECT credential FROM jira_spoke.credential',
	'SELECT to_jsonb(c), row_to_json(c), ROW(c.*), ARRAY[c.secret], format(\'%s\', secret) FROM jira_spoke.credential AS c',
	'SELECT jira_quote(secret), record_send(c) FROM jira_spoke.credential AS c',
	'SELECT string_agg(secret::text, \'\') FROM jira_spoke.credential',
	q{SELECT jira_spoke.secret_out(secret) FROM jira_spoke.credential},
	q{SELECT * FROM jira_spoke.credential WHERE secret::text LIKE 'demo%'},
	'SELECT * FROM jira_spoke.credential FOR UPDATE', 'UPDATE jira_spoke.credential SET alias = alias RETURNING *',
	'DELETE FROM jira_spoke.credential RETURNING *',
	q{INSERT INTO jira_spoke.credential SELECT 'x', origin, secret FROM jira_spoke.credential RETURNING *},
	'SET row_security = off; TABLE jira_spoke.credential; TABLE jira_spoke.alias',
	'CREATE TABLE copied AS TABLE jira_spoke.credential; TABLE copied; DROP TABLE copied',
	'CREATE TEMP TABLE copied (LIKE jira_spoke.credential INCLUDING ALL); TABLE copied',
	'CREATE VIEW looks AS TABLE jira_spoke.credential; TABLE looks; DROP VIEW looks',
	'CREATE MATERIALIZED VIEW looks AS TABLE jira_spoke.credential; TABLE looks; DROP MATERIALIZED VIEW looks',
	'CREATE TABLE heir () INHERITS (jira_spoke.credential)', 'CREATE INDEX ON jira_spoke.credential (origin)',
	'CREATE TABLE r (a text REFERENCES jira_spoke.credential)', 'CREATE STATISTICS s ON alias, secret FROM jira_spoke.credential',
	'CREATE POLICY open ON jira_spoke.credential USING (true)', 'ALTER TABLE jira_spoke.credential DISABLE ROW LEVEL SECURITY',
	'ALTER TABLE jira_spoke.credential ALTER secret TYPE text', 'CREATE CAST (jira_spoke.secret AS bytea) WITHOUT FUNCTION',
	'CREATE RULE r AS ON INSERT TO jira_spoke.credential DO ALSO SELECT 1', 'GRANT SELECT ON jira_spoke.credential TO PUBLIC',
	'ANALYZE jira_spoke.credential',
	q{SELECT * FROM pg_stats WHERE schemaname = 'jira_spoke'},
	q{SELECT * FROM pg_statistic WHERE starelid = 'jira_spoke.credential'::regclass},
	q{SELECT query_to_xml('TABLE jira_spoke.credential', true, true, '')}, q{SELECT table_to_xml('jira_spoke.credential', true, true, '')},
	q{SELECT pg_read_binary_file(pg_relation_filepath('jira_spoke.credential'))},
	'TABLE pg_backend_memory_contexts', 'TABLE pg_stat_activity', 'TABLE pg_file_settings',
	q{SELECT * FROM pg_stat_get_activity(NULL)}, 'SELECT * FROM pg_stat_statements',
	q{SELECT jira_spoke.secret_in('x')}, 'LOCK TABLE jira_spoke.credential');
$node->safe_psql('postgres', 'CREATE EXTENSION pg_stat_statements') if grep { /statements/ } @preload;
$node->safe_psql('postgres', 'ANALYZE');
for my $role (qw(nobody guest owner reader backup))
{
	see_as($role, $_) for @looks;
}
my $sealed = qr/\\x01[0-9a-f]{72,}/;
like($shown{backup}, qr/\|$sealed$/m, 'who bypasses row level security sees sealed texts');

# A view that a superuser makes shows no more, nor does the table to an owner
# that is no superuser and has lifted the security.
$node->safe_psql('postgres', <<'SQL');
CREATE VIEW handed_out AS SELECT *, origin AS text FROM jira_spoke.credential;
GRANT SELECT ON handed_out TO PUBLIC;
SQL
like(see_as('nobody', 'TABLE handed_out'), $sealed, 'a superuser who hands out the table hands out sealed texts');
$node->safe_psql('postgres', <<'SQL');
ALTER TABLE jira_spoke.alias OWNER TO owner;
ALTER TABLE jira_spoke.connection OWNER TO owner;
ALTER TABLE jira_spoke.credential OWNER TO owner;
GRANT USAGE ON SCHEMA jira_spoke TO owner;
SQL
see_as('owner', $_) for @looks;
like(see_as('owner', q{SELECT ok FROM jira_test_connection('basic')}), qr/^t$/m, 'the extension works for such an owner');
like(see_as('owner', 'ALTER TABLE jira_spoke.credential NO FORCE ROW LEVEL SECURITY; TABLE jira_spoke.credential'),
	$sealed, 'who sees sealed texts, too');

# Dumps.
my ($dump, $complaint);
for my $role (qw(nobody guest owner reader backup postgres))
{
	IPC::Run::run([ 'pg_dump', '-U', $role, '-d', $node->connstr('postgres') ], '>', \$dump, '2>', \$complaint);
	$shown{"dump of $role"} .= "$dump$complaint";
	IPC::Run::run([ 'pg_dump', '-U', $role, '-t', 'jira_spoke.*', '-d', $node->connstr('postgres') ], '>', \$dump, '2>', \$complaint);
	$shown{"dump of $role"} .= "$dump$complaint";
}
like($shown{'dump of postgres'}, qr/CREATE EXTENSION/, 'a superuser can dump');

# Nothing gave anything away.
for my $role (sort keys %shown)
{
	my @found = grep { /$needle/ } split /\n/, $shown{$role};

	is(scalar @found, 0, "no secret was shown: $role") or diag(map { substr($_, 0, 300) . "\n" } @found[ 0 .. ($#found > 4 ? 4 : $#found) ]);
}
my $log = slurp_file($node->logfile);
my @logged = grep { /$needle/ } split /\n/, $log;
is(scalar @logged, 0, 'no secret was logged') or diag(map { substr($_, 0, 300) . "\n" } @logged[ 0 .. ($#logged > 4 ? 4 : $#logged) ]);
like($log, qr/DEBUG:.*PORTAL|DEBUG:  00000: StartTransaction|DEBUG:  .*CommitTransaction/, 'though everything was logged');
like($log, qr/Query Text: /, 'plans too') if grep { /explain/ } @preload;

$node->stop;
done_testing();
