# jira_spoke.stat_connection counts what the requests of all processes came to,
# shows it to those who may see it, and never a secret.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::Background;
use JiraSpoke::OAuth;
use JiraSpoke::Outbox;
use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $url = $jira->url;
my $node = start_cluster('statistics', "jira_spoke.gateway_url = '$url'");

connect_to($node, $jira, $_) for qw(work spare box);
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE clerk LOGIN IN ROLE jira_spoke_user;
CREATE ROLE chief LOGIN IN ROLE jira_spoke_admin;
CREATE ROLE stranger LOGIN;
CREATE ROLE watcher LOGIN IN ROLE pg_monitor;
SELECT jira_grant_connection('work', 'clerk');
SELECT jira_grant_connection('work', 'chief');
SQL

# Columns of an alias's row, for another session than those that were counted.
sub counted
{
	my ($alias, $columns, %options) = @_;

	return rows_or_error($node, "SELECT $columns FROM jira_spoke.stat_connection WHERE connection = '$alias'", %options);
}

sub ask { my ($alias) = @_; return query_error($node, server_query($alias)); }
sub reset_all { return $node->safe_psql('postgres', 'SELECT jira_stat_reset()'); }

my $numbers = 'requests, retries, errors_4xx, errors_5xx, throttled, timeouts';

every_process();
outcomes_of_requests();
quotas();
secrets();
who_sees_what();
who_resets_what();
status_of_the_outbox();
documented_queries();
ends();
little_room();
backend_alone();

$node->stop;
done_testing();

sub every_process
{
	is(counted('work', 'count(*)'), 0, 'no row before the first request');
	is(ask('work'), '', 'a request') for 1 .. 3;
	is(counted('work', "database, $numbers, scope"), 'postgres|3|0|0|0|0|0|server', 'requests of other sessions count, for the whole server');
	is(counted('work', q{bytes_received > 3 * 200, milliseconds > 0, last_success >= stats_reset, last_success <= now(),
		last_error, last_error_at, quota_remaining, quota_resets_at}), 't|t|t|t||||', 'with bytes, time and the moment of success');

	$jira->forget_requests;
	is(outcome($node, create($node, 'counted', connection => 'box')), 'done|1', 'an item of the outbox');
	is(counted('box', 'requests, last_success IS NOT NULL'), scalar($jira->requests) . '|t', 'counts');

	connect_oauth($node, $jira, 'oauth');
	cmp_ok(counted('oauth', 'requests'), '==', 2, 'an exchange of a code and the look for the cloud id count');
	reset_all();
	expire_tokens($node);
	is(ask('oauth'), '', 'a request whose token a sign-in worker has renewed');
	is(counted('oauth', $numbers), '2|0|0|0|0|0', 'counts, and so does the renewal');
	reset_all();
	$jira->set_oauth(revoke => 'access_tokens');
	is(rows_or_error($node, q{SELECT key FROM jira_lookup_issue('OPS-1', connection => 'oauth')}), 'OPS-1', 'a request whose token was refused');
	is(counted('oauth', $numbers), '3|1|1|0|0|0', 'counts twice, and the renewal');

	$node->safe_psql('postgres', q{SELECT jira_alter_connection('work', options => '{"allowed_hosts": ["localhost"]}')});
	my $id = $node->safe_psql('postgres', q{SELECT jira_copy_attachment('OPS-1', 'a.txt', 'content', connection => 'work')});
	my $signed = $node->safe_psql('postgres', "SELECT headers ->> 'location'
		FROM jira_request('GET', '/rest/api/2/attachment/content/$id', connection => 'work')");
	reset_all();
	$jira->fault(kind => 'redirect', status => 303, location => $signed, path => '*/attachment/content/*', times => 1);
	$jira->forget_requests;
	is($node->safe_psql('postgres', "SELECT length(jira_attachment_content('$id', 'work'))"), 7, 'a file that is kept elsewhere');
	is(counted('work', 'requests, last_error'), scalar($jira->requests) . '|', 'is fetched with requests that count, and no error');
	return;
}

# After a fault: [its name, the fault, settings, the numbers, the last error, whether there was a success].
sub outcomes_of_requests
{
	my $status = sub { my ($code, %more) = @_; return { kind => 'status', status => $code, times => 1, %more } };
	my @cases = (
		[ 'a 429 that a retry mends', { kind => 'rate_limit', retry_after => 0, times => 1 }, '', '2|1|0|0|1|0', qr/^Jira answered 429 to jira_lookup_server: .+/, 't' ],
		[ 'a 503 that a retry mends', $status->(503, headers => { 'Retry-After' => '0' }), '', '2|1|0|1|0|0', qr/^Jira answered 503/, 't' ],
		[ 'a 429', { kind => 'rate_limit', retry_after => 0, times => 1 }, 'max_retries = 0', '1|0|0|0|1|0', qr/^Jira answered 429/, '' ],
		[ 'a 403', $status->(403, body => { errorMessages => ['not for you'] }), '', '1|0|1|0|0|0', qr/^Jira answered 403 to jira_lookup_server: not for you$/, '' ],
		[ 'a 400, after which Jira is asked who we are', $status->(400), '', '2|0|1|0|0|0', qr/^Jira answered 400/, 't' ],
		[ 'a 500', $status->(500), 'max_retries = 0', '1|0|0|1|0|0', qr/^Jira answered 500/, '' ],
		[ 'a page', { kind => 'html', status => 200, times => 1 }, '', '1|0|0|0|0|0', qr/^Jira's reply to jira_lookup_server is not what it should be$/, '' ],
		[ 'a redirect', { kind => 'redirect', location => '/secret?token=1', times => 1 }, '', '1|0|0|0|0|0', qr/^Jira answered jira_lookup_server with a redirect \(302\)$/, '' ],
		[ 'garbage', { kind => 'garbage', times => 1 }, 'max_retries = 0', '1|0|0|0|0|0', qr/^jira_lookup_server failed: /, '' ],
		[ 'silence', { kind => 'silence', times => 1 }, 'timeout = 100', '1|0|0|0|0|1', qr/^jira_lookup_server failed: Jira did not answer in time/, '' ]);

	foreach my $case (@cases)
	{
		my ($name, $fault, $setting, $expected, $error, $success) = @$case;
		reset_all();
		$jira->fault(%$fault);
		query_error($node, ($setting ? "SET jira_spoke.$setting; " : '') . server_query('work'));
		$jira->clear_faults;
		is(counted('work', $numbers), $expected, "$name: the numbers");
		like(counted('work', 'last_error'), $error, "$name: the error");
		is(counted('work', 'last_success >= last_error_at'), $success, "$name: when");
	}

	reset_all();
	like(query_error($node, q{SELECT key FROM jira_lookup_issue('OPS-99999', connection => 'work')}), qr/P0002/, 'an issue that is not there');
	is(counted('work', 'errors_4xx'), 1, 'is an error of Jira');
	unlike(counted('work', 'last_error'), qr/OPS-99999/, 'which does not name what was asked for');

	# Nothing holds a lock while it waits, and what was broken off counts as sent.
	reset_all();
	$jira->close_gate(path => '*/serverInfo');
	my $waiting = JiraSpoke::Background->start($node, server_query('work') . ";\n");
	$jira->await_at_gate(1);
	$node->safe_psql('postgres', 'SELECT pg_terminate_backend(' . $waiting->waiting_pid . ')');
	$jira->open_gate;
	$jira->clear_faults;
	$waiting->finish;
	is(counted('work', "$numbers, last_success, last_error"), '1|0|0|0|0|0||', 'a session that is terminated has sent a request');
	is(ask('work'), '', 'another session');
	is(counted('work', $numbers), '2|0|0|0|0|0', 'goes on counting');
	return;
}

sub quotas
{
	my $in = sub { my ($least, $most) = @_; return "quota_resets_at BETWEEN last_success + interval '$least' AND last_success + interval '$most'" };
	my $none = 'quota_resets_at IS NULL';
	my $moment = $node->safe_psql('postgres', q{SELECT to_char(now() AT TIME ZONE 'UTC' + interval '2 hours', 'YYYY-MM-DD"T"HH24:MI"Z"')});
	my $second = $node->safe_psql('postgres', q{SELECT to_char(now() AT TIME ZONE 'UTC' + interval '2 hours', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')});
	my $epoch = $node->safe_psql('postgres', q{SELECT extract(epoch FROM now() + interval '2 hours')::bigint});
	my $two_hours = $in->('118 min', '121 min');
	my @cases = (
		[ 'of a burst', { 'X-RateLimit-Remaining' => '349', 'X-RateLimit-Reset' => $moment }, 349, $two_hours ],
		[ 'with seconds', { 'X-RateLimit-Remaining' => '1', 'X-RateLimit-Reset' => $second }, 1, $two_hours ],
		[ 'as a number', { 'X-RateLimit-Remaining' => '1', 'X-RateLimit-Reset' => $epoch }, 1, $two_hours ],
		[ 'of Data Center', { 'X-RateLimit-Remaining' => '7', 'X-RateLimit-Interval-Seconds' => '60' }, 7, $in->('59 s', '61 s') ],
		[ 'without an end', { 'X-RateLimit-Remaining' => '5' }, 5, $none ],
		[ 'in points', { 'RateLimit' => '"global-app-quota";r=123;t=600', 'X-RateLimit-Remaining' => '349' }, 123, $in->('599 s', '601 s') ],
		[ 'in spaced points', { 'RateLimit' => '"global-app-quota"; r=123; t=600' }, 123, $in->('599 s', '601 s') ],
		[ 'the nearest of several', { 'RateLimit' => '"a";r=500;t=10, "b";r=40;t=600, "c";t=5' }, 40, $in->('599 s', '601 s') ],
		[ 'with plenty left', { 'RateLimit' => '"a";t=600' }, '', $in->('599 s', '601 s') ],
		[ 'announced', { 'Beta-RateLimit' => '"tenant-app-quota";r=17842;t=2107' }, 17842, $in->('2106 s', '2108 s') ],
		[ 'of an announced burst', { 'X-Beta-RateLimit-Remaining' => '3', 'X-Beta-RateLimit-Reset' => $moment }, 3, $two_hours ],
		[ 'too large for bigint', { 'X-RateLimit-Remaining' => '9' x 30, 'X-RateLimit-Reset' => '9' x 30 }, '9223372036854775807', $in->('365 days', '367 days') ],
		[ 'long ago', { 'X-RateLimit-Remaining' => '1', 'X-RateLimit-Reset' => '1999-01-01T00:00Z' }, 1, $in->('-1 s', '1 s') ],
		[ 'negative', { 'RateLimit' => '"a";r=-5;t=-7' }, '', $none ],
		[ 'that is none', { 'X-RateLimit-Remaining' => 'many', 'X-RateLimit-Reset' => '2026-99-99T99:99Z' }, '', $none ],
		[ 'cut short', { 'X-RateLimit-Remaining' => '', 'X-RateLimit-Reset' => '2026-' }, '', $none ],
		[ 'of nothing', { 'RateLimit' => ';;;,,,r=;=,"' }, '', $none ]);

	foreach my $case (@cases)
	{
		my ($name, $headers, $remaining, $when) = @$case;
		reset_all();
		$jira->fault(kind => 'status', status => 200, body => {}, headers => $headers, times => 1);
		is(query_error($node, q{SELECT jira_request('GET', '/rest/api/2/serverInfo', connection => 'work')}), '', "a quota $name is no error");
		is(counted('work', "quota_remaining, $when"), "$remaining|t", "a quota $name: what is left, and until when");
	}
	is(ask('work'), '', 'a reply that tells nothing');
	$jira->fault(kind => 'status', status => 200, body => {}, headers => { 'X-RateLimit-Remaining' => '12' }, times => 1);
	query_error($node, q{SELECT jira_request('GET', '/rest/api/2/serverInfo', connection => 'work')});
	is(ask('work'), '', 'a reply that tells nothing');
	is(counted('work', 'quota_remaining'), 12, 'leaves what was told before');
	return;
}

sub secrets
{
	my $secret = $jira->secret;
	my $fail = sub {
		my ($body, %more) = @_;
		reset_all();
		$jira->fault(kind => 'status', status => 400, body => $body, times => 1, %more);
		ask('work');
		return counted('work', 'last_error');
	};

	like($fail->({ errorMessages => ["you sent $secret, did you"] }), qr/: you sent \*+, did you$/, 'a secret in an error is masked');
	unlike($fail->("you sent $secret", content_type => 'text/plain'), qr/\Q$secret\E/, 'and in one that is not JSON');
	my $escaped = join '', map { sprintf '\u%04x', ord } split //, $secret;
	unlike($fail->(qq({"errorMessages": ["you sent $escaped"]}), content_type => 'application/json'), qr/\Q$secret\E/, 'and in one that is escaped');

	$fail->({ errorMessages => [ "\x{20ac}" x 900 ] });
	is(counted('work', q{octet_length(last_error) BETWEEN 505 AND 511, last_error ~ ('^Jira answered 400 to jira_lookup_server: ' || chr(8364) || '+$')}), 't|t',
		'a long error is cut between characters');

	# What is no reply to a request for tokens may hold tokens.
	reset_all();
	expire_tokens($node);
	$jira->fault(kind => 'wrong_type', content_type => 'text/html', body => '<title>refresh-token-of-somebody</title>', path => '/oauth/token', times => 1);
	like(ask('oauth'), qr/08P01/, 'a page instead of tokens');
	is(counted('oauth', 'last_error'), q{Jira's reply to signing in with OAuth 2.0 is not what it should be}, 'is not quoted');
	return;
}

sub who_sees_what
{
	reset_all();
	$node->safe_psql('postgres', 'CREATE DATABASE second');
	$node->safe_psql('second', 'CREATE EXTENSION jira_spoke');
	connect_to($node, $jira, $_, dbname => 'second') for qw(work elsewhere);
	$node->safe_psql('second', server_query($_)) for qw(work elsewhere);
	is(ask($_), '', "a request through $_") for qw(work spare);

	my $list = q{SELECT string_agg(database || '.' || connection, ' ' ORDER BY database, connection)
		FROM jira_spoke.stat_connection WHERE connection IN ('work', 'spare', 'elsewhere')};
	my $all = 'postgres.spare postgres.work second.elsewhere second.work';
	is(rows_or_sqlstate($node, 'clerk', $list), 'postgres.work', 'a role sees the connections that it may use');
	is(rows_or_sqlstate($node, 'clerk', $list, dbname => 'second'), '', 'of this database');
	is(rows_or_sqlstate($node, 'watcher', $list), $all, 'pg_monitor sees all');
	is(rows_or_sqlstate($node, 'watcher', $list, dbname => 'second'), $all, 'from any database');
	is(rows_or_sqlstate($node, 'watcher', 'SELECT count(*) FROM jira_spoke.alias'), '42501', 'but no more of them');
	is(rows_or_sqlstate($node, 'stranger', $list), '42501', 'nobody else sees anything');
	is(rows_or_sqlstate($node, 'stranger', 'SELECT jira_spoke.stat_get_connections()'), '42501', 'nor by the function');
	is(rows_or_sqlstate($node, 'clerk', 'SELECT count(*) FROM jira_spoke.stat_get_connections()'), 1, 'which shows a role no more than the view');

	# A view of one's own shows what its caller may see.
	$node->safe_psql('postgres', 'CREATE VIEW mine AS SELECT * FROM jira_spoke.stat_connection; GRANT SELECT ON mine TO clerk');
	is(rows_or_sqlstate($node, 'clerk', 'SELECT string_agg(connection, chr(32)) FROM mine'), 'work', 'nor does a view of a superuser');
	return;
}

# The queries for exporters that the documentation has work, and need no more than
# pg_monitor.
sub documented_queries
{
	my $page = slurp_file(($ENV{JIRA_SPOKE_SRC} // '.') . '/test/doc/monitoring.md');
	my @queries;
	push @queries, $2 while $page =~ /^( +)query: \|\n((?:\1 +\S.*\n)+)/mg;

	cmp_ok(scalar @queries, '==', 4, 'the documentation has queries for exporters');
	unlike(rows_or_error($node, $_, role => 'watcher'), qr/ERROR|^$/, 'one of them gives rows to pg_monitor') foreach @queries;

	# An exporter refuses two rows with the same labels.
	$node->safe_psql('postgres', q{INSERT INTO jira_spoke.outbox (connection, action, arguments, role, home)
		VALUES ('refused', 'jira_add_comment', '{"issue": "OPS-1", "body": "x"}', 'clerk'::regrole, 1)});
	for my $query (grep { /outbox_status/ } @queries)
	{
		my ($database) = $query =~ /current_database\(\) AS (\w+)/;

		is(rows_or_error($node, "SELECT count(*) - count(DISTINCT ($database, connection, home)), bool_or(NOT home::boolean AND pending = 1) FROM ($query) AS q", role => 'watcher'),
			'0|t', 'items of a copy have rows of their own');
	}
	$node->safe_psql('postgres', 'DELETE FROM jira_spoke.outbox WHERE home = 1');
	return;
}

sub who_resets_what
{
	my $sum = sub { return $node->safe_psql('postgres', q{SELECT string_agg(concat_ws('.', database, connection, requests), ' ' ORDER BY database, connection)
		FROM jira_spoke.stat_connection WHERE connection IN ('work', 'spare', 'elsewhere')}) };

	is(rows_or_sqlstate($node, 'clerk', 'SELECT jira_stat_reset()'), '42501', 'a user resets nothing');
	is(rows_or_sqlstate($node, 'watcher', 'SELECT jira_stat_reset()'), '42501', 'nor does who watches');
	is(rows_or_sqlstate($node, 'chief', q{SELECT jira_stat_reset('spare')}), '42704', 'nor an administrator what is not theirs');
	is(rows_or_sqlstate($node, 'chief', q{SELECT jira_stat_reset('no such')}), '42704', 'which is told as what does not exist');
	is($sum->(), 'postgres.spare.1 postgres.work.1 second.elsewhere.1 second.work.1', 'all is there');
	is(rows_or_sqlstate($node, 'chief', 'SELECT jira_stat_reset()'), '', 'an administrator resets');
	is($sum->(), 'postgres.spare.1 postgres.work.0 second.elsewhere.1 second.work.1', 'the connections that they may use');
	is($node->safe_psql('postgres', q{SELECT jira_stat_reset('spare')}), '', 'a superuser resets one');
	is($sum->(), 'postgres.spare.0 postgres.work.0 second.elsewhere.1 second.work.1', 'of this database');
	is(counted('spare', q{stats_reset > now() - interval '1 hour', last_success, milliseconds}), 't||0', 'and since when it counts is told');
	reset_all();
	is($sum->(), 'postgres.spare.0 postgres.work.0 second.elsewhere.0 second.work.0', 'or all');
	return;
}

# Who watches the server sees how many items wait, and nothing of what is in them.
sub status_of_the_outbox
{
	my $status = q{SELECT connection, pending + sending, failed, paused_because FROM jira_spoke.outbox_status WHERE connection = 'refused'};

	connect_to($node, $jira, 'refused', secret => 'wrong');
	$node->safe_psql('postgres', q{SELECT jira_grant_connection('refused', 'clerk')});
	my $id = enqueue($node, 'jira_add_comment', { issue => 'OPS-7', body => 'for nobody else' }, connection => 'refused', role => 'clerk');
	ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM jira_spoke.outbox_pause WHERE connection = 'refused'}), 'an item whose connection is refused');

	like(rows_or_sqlstate($node, 'clerk', $status), qr/^refused\|1\|0\|.*OPS-7/, 'its role sees it counted, and why it waits');
	is(rows_or_sqlstate($node, 'watcher', $status), 'refused|1|0|', 'pg_monitor sees it counted');
	is(rows_or_sqlstate($node, 'chief', $status), '', 'another role does not');
	is(rows_or_sqlstate($node, 'stranger', $status), '42501', 'nor does anybody else');
	is(rows_or_sqlstate($node, 'watcher', "SELECT count(*) FROM jira_spoke.$_"), '42501', "pg_monitor does not read $_") for qw(outbox outbox_pause);

	# Nor does one who may use the outbox for items of their own.
	$node->safe_psql('postgres', 'GRANT pg_monitor TO chief');
	is(rows_or_sqlstate($node, 'chief', $status), 'refused|1|0|', 'a user who watches sees it counted');
	is(rows_or_sqlstate($node, 'chief', 'SELECT count(*) FROM jira_spoke.outbox'), 0, 'and no item of another role');
	unlike(all_messages($node, 'watcher', 'SELECT * FROM jira_spoke.outbox_status'), qr/OPS-7|for nobody/, 'nothing shows the arguments');
	$node->safe_psql('postgres', 'REVOKE pg_monitor FROM chief');
	return;
}

sub ends
{
	$jira->fault(kind => 'status', status => 400, times => 1);
	ask('spare');
	is($node->safe_psql('postgres', q{SELECT jira_drop_connection('spare'); SELECT count(*) FROM jira_spoke.stat_connection WHERE connection = 'spare'}), "\n0",
		'what was counted of an alias goes with it');
	connect_to($node, $jira, 'spare');
	is(counted('spare', 'requests, last_error'), '', 'and is not that of another one of its name');

	$node->safe_psql('postgres', 'DROP DATABASE second');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM jira_spoke.stat_connection WHERE database = 'second'}), 0, 'the rows of a database go with it');
	return;
}

# Requests through aliases of these names, in one session.
sub ask_through
{
	my @aliases = @_;
	my $list = join ',', map { "'$_'" } @aliases;

	return $node->safe_psql('postgres', "SELECT count(jira_create_connection(a, parent => 'work')) FROM unnest(ARRAY[$list]) AS a;
		SELECT count(*) FROM unnest(ARRAY[$list]) AS a, jira_lookup_server(a)");
}

sub little_room
{
	my $common = sub { return $node->safe_psql('postgres', 'SELECT requests FROM jira_spoke.stat_connection WHERE database IS NULL AND connection IS NULL') };

	reset_all();
	ask_through('n' x 127, 'l' x 128, "\xc3\xa9" x 70);
	is(counted('n' x 127, 'requests'), 1, 'a name of 127 bytes has a row of its own');
	is($common->(), 2, 'longer ones have one together');

	my $most = $node->safe_psql('postgres', 'SHOW server_version_num') >= 170000 ? 256 : 64;
	my @many = map { "many $_" } 1 .. $most;
	ask_through(@many);
	my $own = $node->safe_psql('postgres', q{SELECT count(*) FROM jira_spoke.stat_connection WHERE connection IS NOT NULL});
	is($own, $most - 1, "$most rows are the most there are");
	is($common->() - 2, $node->safe_psql('postgres', "SELECT $most - count(*) FROM jira_spoke.stat_connection WHERE connection LIKE 'many %'"),
		'and nothing is lost for it');
	is(rows_or_sqlstate($node, 'clerk', 'SELECT count(*) FROM jira_spoke.stat_connection WHERE connection IS NULL'), 0, 'what others have asked is nothing to a user');
	$node->safe_psql('postgres', q{SELECT count(jira_drop_connection(name)) FROM jira_spoke.alias WHERE name LIKE 'many %'});
	is($node->safe_psql('postgres', q{SELECT count(*) FROM jira_spoke.stat_connection WHERE connection LIKE 'many %'}), 0, 'aliases that are dropped make room');
	return;
}

# Where the server has no memory to spare each session counts for itself.
sub backend_alone
{
	my $preloaded = start_cluster('preloaded', "shared_preload_libraries = 'jira_spoke'");
	my $exhaust = 'SELECT count(pg_advisory_xact_lock(i)) FROM generate_series(1, 10000000) AS i';

	connect_to($preloaded, $jira, 'work');
	like(query_error($preloaded, $exhaust), qr/53200/, 'no memory is left');
	is(query_error($preloaded, server_query('work')), '', 'a request then');
	is($preloaded->safe_psql('postgres', 'SELECT requests, scope FROM jira_spoke.stat_connection'), '1|server', 'counts for all in memory that was reserved');
	$preloaded->stop;

	$node->restart;
	like(query_error($node, $exhaust), qr/53200/, 'no memory is left');
	is(query_error($node, server_query('work')), '', 'a request does not need any');

	# A few kB may be left, which no lock could use.
	like(query_error($node, q{SELECT jira_enqueue('jira_delete_issue', '{"issue": "OPS-1"}', connection => 'work')}),
		qr/^$|53200: no shared memory is left for the workers of the Jira outbox\nHINT:  Add jira_spoke to shared_preload_libraries/, 'the outbox has what it needs, or says so');

  SKIP:
	{
		skip 'this server has named segments', 3 if $node->safe_psql('postgres', 'SHOW server_version_num') >= 170000;
		is($node->safe_psql('postgres', server_query('work') . "; SELECT requests, scope FROM jira_spoke.stat_connection"), "1\n1|backend", 'a session counts for itself');
		is(counted('work', 'count(*)'), 0, 'which no other sees');
		is($node->safe_psql('postgres', server_query('work') . "; SELECT jira_stat_reset('work'); SELECT requests FROM jira_spoke.stat_connection"), "1\n\n0", 'and resets for itself');
	}
	return;
}
