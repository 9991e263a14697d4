# Times in JQL: whatever the time zones of session and Jira account, a query
# written with jira_jql() finds every issue that SQL would, and hardly more.  With
# SPOKE_FULL each zone meets each, otherwise half of them.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;

# Both sides of the date line, and three that change, one by half an hour.
my @zones = ('UTC', 'Europe/Paris', 'America/Los_Angeles', 'Pacific/Kiritimati', 'Pacific/Pago_Pago',
	'Australia/Lord_Howe');

# Changes of the offset (Paris, Los Angeles, Lord Howe; ahead and back) and midnights.
my @instants = map { "'$_'" } '2026-03-29 01:00:00.5+00', '2026-10-25 00:30:00+00', '2026-10-25 01:00:00+00', '2026-10-25 02:59:59.999+00',
  '2026-03-08 10:00:00+00', '2026-11-01 08:59:30.25+00', '2026-10-03 15:30:00+00', '2026-04-05 00:00:00+11', '2026-01-01 00:00:00+00',
  '2026-06-30 23:59:59.7-11';

# What a query finds compared with what SQL would, for each operator and instant.
my $compare = q{
SET jira_spoke.connection = 'zones';
CREATE FUNCTION pg_temp.is_wrong(op text, t timestamptz, widened interval) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	keys text[] := ARRAY(SELECT key FROM jira_lookup_issues_stream(jira_jql('project = OPS AND created ' || op || ' %s', t)));
	is_lost boolean;
BEGIN
	EXECUTE format('SELECT bool_or(key <> ALL ($1)) FROM truth WHERE created %s $2', op) INTO is_lost USING keys, t;
	RETURN is_lost OR EXISTS (SELECT FROM truth WHERE key = ANY (keys)
		AND CASE WHEN op IN ('>', '>=') THEN t - created ELSE created - t END > widened);
END $$;
CREATE FUNCTION pg_temp.changes_near(zone text, t timestamptz) RETURNS boolean
RETURN (t + interval '2 h 1 min') AT TIME ZONE zone - (t - interval '2 h 1 min') AT TIME ZONE zone <> interval '4 h 2 min';
};

# Issues every few seconds, minutes and hours around the instants, in the project OPS.
sub spread_issues
{
	my ($node, $jira) = @_;

	$node->safe_psql('postgres', 'CREATE TABLE IF NOT EXISTS truth (key text, created timestamptz); TRUNCATE truth');
	my @times = split /\n/, $node->safe_psql('postgres', sprintf(q{
		SELECT to_char((t + d * '1 ms'::interval) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS+00:00')
		FROM unnest(ARRAY[%s]::timestamptz[]) AS t,
			 unnest(ARRAY[-7000000, -60001, -700, -1, 0, 1, 400, 999, 59000, 3600000]) AS d ORDER BY t, d}, join ', ', @instants));
	my $number = 1;
	my @rows;

	for my $time (@times)
	{
		my $key = 'OPS-' . $number++;
		$jira->control('POST', 'issues', { key => $key, created => $time });
		push @rows, "('$key', '$time')";
	}
	$node->safe_psql('postgres', 'INSERT INTO truth VALUES ' . join ', ', @rows);
	return $number - 1;
}

# The combinations of session zone, operator and instant that are wrong.  What is
# later than a full minute may be kept as that minute, so > goes to the one before.
sub failures
{
	my ($node, $widened, @session_zones) = @_;
	my $instants = join ', ', @instants;
	my $query = $compare;

	$query .= qq{SET timezone = '$_';
		SELECT concat_ws(' ', '$_', op, t)
		FROM unnest(ARRAY[$instants]::timestamptz[]) AS t, unnest(ARRAY['>=', '>', '<=', '<']) AS op
		WHERE pg_temp.is_wrong(op, t, $widened + CASE op WHEN '>' THEN '1 s' ELSE '0 s' END::interval);\n} for @session_zones;
	return $node->safe_psql('postgres', $query);
}

my $second = "interval '1 s'";

for my $deployment ('cloud', 'server')
{
	my $jira = JiraSpoke::Jira->start(deployment => $deployment);
	my $node = start_cluster("zones_$deployment");

	connect_to($node, $jira, 'zones');
	is(spread_issues($node, $jira), 100, "$deployment: there are issues around each instant");

	is(audit_failures($node, 'jira_lookup_audit_logs_stream' . ($deployment eq 'server' ? '_server10' : '')),
		'', "$deployment: ranges of the audit log are those of SQL");

	for my $place (0 .. $#zones)
	{
		my $zone = $zones[$place];
		my @session_zones = $ENV{SPOKE_FULL} ? @zones : @zones[ $place, $place - 1, $place - 3 ];
		my $minute = "CASE WHEN pg_temp.changes_near('$zone', t) THEN '2 h 1 min' ELSE '1 min' END::interval";

		$jira->control('POST', 'account', { login => 'demo', time_zone => $zone });
		for my $seconds (Cpanel::JSON::XS::false, Cpanel::JSON::XS::true)
		{
			my $index = $seconds ? 'an index of seconds' : 'an exact index';

			$jira->control('POST', 'search', { epoch => Cpanel::JSON::XS::true, seconds => $seconds });
			is(failures($node, $second, @session_zones), '', "$deployment, account in $zone, $index: never fewer, and of a second more at most");
			$jira->control('POST', 'search', { epoch => Cpanel::JSON::XS::false });
			is(failures($node, $minute, @session_zones), '', "$deployment, account in $zone, $index, milliseconds refused: of a minute more at most");
		}
	}
}

# The ranges of audit logs have the zone with them.
sub audit_failures
{
	my ($node, $function) = @_;
	my $query = "SET jira_spoke.connection = 'zones'; CREATE TEMP TABLE entry AS SELECT created FROM $function(); CREATE TEMP TABLE bound AS SELECT created FROM entry ORDER BY 1 OFFSET 2 LIMIT 3;
		SELECT 'the log has too few entries' WHERE (SELECT count(DISTINCT created) FROM bound) < 2;";

	$query .= qq{SET timezone = '$_';
		SELECT concat_ws(' ', '$_', a.created, b.created) FROM bound AS a, bound AS b
		WHERE (SELECT count(*) FROM $function(a.created + '500 us', b.created + '500 us'))
			<> (SELECT count(*) FROM entry AS e WHERE e.created BETWEEN a.created AND b.created)
			AND a.created <= b.created;\n} for @zones;
	return $node->safe_psql('postgres', $query);
}

# What is asked of Jira, and what is said.
my $jira = JiraSpoke::Jira->start;
my $node = start_cluster('forms');
connect_to($node, $jira);

my $search = q{SELECT count(*) > 0 FROM jira_lookup_issues_stream(jira_jql('created >= %s', '2000-01-01 12:00:30+00'::timestamptz)) };

sub jql_of
{
	my ($request) = @_;
	my %query = map { @$_ } @{ $request->{query} };

	return 'myself' if $request->{path} =~ /myself/;
	return $query{jql} // decode_json($request->{body} || '{}')->{jql} // ();
}

# The messages of statements, and the JQL that they have sent.
sub asked
{
	my ($query) = @_;

	$jira->forget_requests;
	my $messages = all_messages($node, 'postgres', $query);
	return ($messages, map { jql_of($_) } $jira->requests);
}

my ($messages, @jql) = asked($search);
is_deeply(\@jql, ['created >= 946728030000'], 'milliseconds are asked for, once');
unlike($messages, qr/NOTICE/, 'and nothing is said');

$jira->control('POST', 'search', { epoch => Cpanel::JSON::XS::false });
($messages, @jql) = asked("$search; $search; SELECT jira_count_issues(jira_jql('created >= %s', '2000-01-01 12:00:30+00'::timestamptz)) > 0");
is_deeply(\@jql, [ 'created >= 946728030000', 'myself', ('created >= "2000-01-01 13:00"') x 3 ],
	'where they are refused, minutes in the zone of the account are, from then on at once');
is(() = $messages =~ /NOTICE: .*Jira refuses times in JQL/g, 1, 'which is said once');
like($messages, qr/^t\n.*^t\n.*^t\n/ms, 'and the issues are found');

for my $query (q{SELECT jira_count_issues(jira_jql('created >= %s', '2000-01-01 12:00:30+00'::timestamptz)) > 0},
	q{SELECT count(*) > 0 FROM jira_lookup_stories_stream(jql => jira_jql('created >= %s', '2000-01-01 12:00:30+00'::timestamptz))},
	q{SELECT count(*) > 0 FROM jira_lookup_sprint_issues_stream((SELECT id FROM jira_lookup_sprints_by_board(1) LIMIT 1), jira_jql('created >= %s', '2000-01-01 12:00:30+00'::timestamptz))})
{
	($messages, @jql) = asked($query);
	like($jql[-1], qr/created >= "2000-01-01 13:00"/, "asked again: $query");
	like($messages, qr/^t$/m, 'and answered');
}

($messages, @jql) = asked(q{SELECT key FROM jira_lookup_issues_stream(jira_jql('created >= %s AND nothing = 1', now()))});
like($messages, qr/Field 'nothing' does not exist/, 'what else is wrong with a query is told');
unlike($messages, qr/NOTICE/, 'and nothing of times');

($messages, @jql) = asked(q{SELECT key FROM jira_lookup_issues_stream('created >= "2024-01-01 10:00" AND cf[10016] < 12 AND "x 123456789012" = 123456789012')});
is(@jql, 1, 'a query without milliseconds as a bound is not asked again');

# The account has no zone: anything between -14 and +14 hours is possible.
$jira->control('POST', 'account', { login => 'demo' });
($messages, @jql) = asked(q{SELECT count(*) > 0 FROM jira_lookup_issues_stream(jira_jql('created >= %s AND NOT created > %s', '2000-01-01 12:00:30+00'::timestamptz, '2040-01-01 12:00+00'::timestamptz))});
is($jql[-1], 'created >= "1999-12-31 22:00" AND NOT created > "2040-01-02 02:00"', 'without a zone the bounds go far');
like($messages, qr/The time zone of the Jira account is not known/, 'which is said');

done_testing();
