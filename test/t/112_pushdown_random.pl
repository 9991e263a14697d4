# Random queries of functions and of foreign tables find the same with conditions in JQL
# as without, on Jiras that differ in what they do with JQL.  SPOKE_QUERIES is their number; SPOKE_SEED makes the same
# queries again.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use Encode qw(encode_utf8);
use HTTP::Tiny;
use MIME::Base64 qw(encode_base64);

use JiraSpoke;
use JiraSpoke::RandomConditions;
use JiraSpoke::RandomQueries;
use JiraSpoke::RandomRun;
use List::Util qw(sum0);
use Test::More;

my $seed = $ENV{SPOKE_SEED} // 1;
my $number = $ENV{SPOKE_QUERIES} // 200;
my @zones = ('UTC', 'Europe/Paris', 'America/Los_Angeles', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Australia/Lord_Howe', 'Asia/Kolkata');

# What a Jira does, and the share of the queries that it gets.
my @jiras = (
	{ name => 'Cloud, version 3', deployment => 'cloud', version => 3 },
	{ name => 'Cloud, version 2', deployment => 'cloud', version => 2 },
	{ name => 'Cloud without milliseconds', deployment => 'cloud', version => 3, search => { epoch => Cpanel::JSON::XS::false, seconds => Cpanel::JSON::XS::true } },
	{ name => 'Cloud that is silent of what is unknown', deployment => 'cloud', version => 3, search => { unknown_keys => 'empty', unknown_accounts => 'empty', seconds => Cpanel::JSON::XS::true } },
	{ name => 'Cloud in German', deployment => 'cloud', version => 3, oddities => { translated => Cpanel::JSON::XS::true } },
	{ name => 'Cloud with hidden fields', deployment => 'cloud', version => 3,
		oddities => { hidden => { HR => [qw(priority assignee resolution labels duedate components)], BULK => [qw(resolutiondate reporter fixVersions)] } } },
	{ name => 'Cloud that cuts lists', deployment => 'cloud', version => 3, oddities => { list_limit => 2 } },
	{ name => 'Data Center', deployment => 'server', version => 2 },
	{ name => 'Data Center without milliseconds', deployment => 'server', version => 2, search => { epoch => Cpanel::JSON::XS::false, seconds => Cpanel::JSON::XS::true } },
	{ name => 'Data Center that warns', deployment => 'server', version => 2, oddities => { list_limit => 3, warnings => ['The value "x" does not exist.'] } });

# Nobody can narrow a search by time if this is what the account is told of itself.
my $lying = { name => 'Cloud that lies of the zone', deployment => 'cloud', version => 3, zone => 'America/Los_Angeles', only => ['moment'],
	search => { epoch => Cpanel::JSON::XS::false }, oddities => { told_zone => 'Asia/Tokyo' } };

my $node = start_cluster('random', 'jit = off');
my %jira = map { $_ => JiraSpoke::Jira->start(deployment => $_, issues => 40) } qw(cloud server);

connect_to($node, $jira{ $_->{deployment} }, $_->{name}, api_version => $_->{version}) for @jiras, $lying;

# --- The issues.

# A request that changes a Jira.
sub change
{
	my ($jira, $method, $path, $body) = @_;
	my $answer = HTTP::Tiny->new->request($method, $jira->url . "/rest/api/2/$path",
		{ content => encode_json($body), headers => { 'Content-Type' => 'application/json', Authorization => 'Basic ' . encode_base64($jira->username . ':' . $jira->secret, '') } });

	die "$method $path: $answer->{status} $answer->{content}" unless $answer->{success};
	return;
}

my @odd_labels = ('a"b', 'a\\b', 'it\'s', '(x)', '[x]', '10001', 'EMPTY', 'null', 'Unassigned', "\x{e9}t\x{e9}", "\x{c9}t\x{e9}", 'Ops', 'OPS', '%', '*', 'order');
my @odd_names = ('a "b"', 'a\\b', 'it\'s', ') OR (', '10000', '-5', 'EMPTY', 'null', 'Unresolved', "\x{c9}t\x{e9}", 'Database', 'order by', '3.2', 'x');

my @texts = ('Major', 'ACME', 'a "b"', 'it\'s', '3', '3.0', 'EMPTY', 'Ops');

# Each field of some issues.
sub set_custom_fields
{
	my ($jira) = @_;

	for my $place (1 .. 36)
	{
		my $hour = sprintf '%02d', $place % 24;

		change($jira, 'PUT', 'issue/' . ($place % 2 ? 'BULK-' : 'HR-') . $place, { fields => {
			$place % 3 ? (customfield_10032 => { value => (qw(Minor Major Critical))[ $place % 7 % 3 ] }) : (),
			$place % 4 ? (customfield_10031 => $place / 8 - 2) : (),
			$place % 5 ? (customfield_10016 => $place % 13) : (),
			$place % 3 ? (customfield_10037 => $texts[ $place % @texts ]) : (),
			$place % 4 ? (customfield_10039 => "2026-03-" . (28 + $place % 3) . "T$hour:59:59." . ($place % 2 ? '700' : '000') . '+0000') : (),
			$place % 3 ? (customfield_10041 => sprintf '2026-%02d-%02d', 1 + $place % 12, 1 + $place % 28) : () } });
	}
	return;
}

# Issues around midnights and changes of offsets, with names of every kind, and moved from one project to another.
sub make_odd_issues
{
	my ($jira) = @_;
	my @moments = map { my $day = $_; map { "2026-$day$_" } 'T00:00:00+00:00', 'T00:59:59.999+00:00', 'T01:00:00.5+00:00', 'T01:30:00+00:00', 'T09:59:30+00:00', 'T23:59:59.7+00:00', 'T10:00:00.001+00:00' } qw(03-29 10-25 03-08 11-01 01-01);

	for my $place (1 .. 35)
	{
		$jira->control('POST', 'issues', { key => "HR-$place", created => $moments[ $place - 1 ], updated => $moments[ 36 - $place - 1 ] });
	}
	for my $place (0 .. $#odd_names)
	{
		change($jira, 'POST', 'component', { name => $odd_names[$place], project => $place % 2 ? 'BULK' : 'HR' });
		change($jira, 'POST', 'version', { name => $odd_names[$place], project => $place % 2 ? 'BULK' : 'HR' });
		change($jira, 'PUT', 'issue/' . ($place % 2 ? 'BULK-' : 'HR-') . ($place + 1), { fields => {
			labels => [ @odd_labels[ $place, $place + 1 ] ], components => [ { name => $odd_names[$place] } ], fixVersions => [ { name => $odd_names[$place] } ] } });
	}
	set_custom_fields($jira);
	$jira->control('POST', 'issues', { key => $_, project => 'BULK' }) for qw(HR-39 HR-40 HR-45);
	return;
}

make_odd_issues($_) for values %jira;

# --- The queries.

# Makes the Jira what it is, and puts what it shows into tables; returns the values of each column.
sub prepare
{
	my ($given) = @_;
	my $jira = $jira{ $given->{deployment} };

	$jira->control('POST', 'search', { epoch => Cpanel::JSON::XS::true, seconds => Cpanel::JSON::XS::false, unknown_keys => 'refuse', unknown_accounts => 'refuse', %{ $given->{search} // {} } });
	$jira->set_oddities(translated => Cpanel::JSON::XS::false, hidden => {}, list_limit => 0, warnings => [], told_zone => '', %{ $given->{oddities} // {} });
	$jira->control('POST', 'account', { login => 'demo', time_zone => $given->{zone} // one_of(@zones) });
	$node->safe_psql('postgres', "SET client_min_messages = warning; SET jira_spoke.connection = '$given->{name}';" . random_setup('project in (HR, BULK)', $given->{name}));
	my $values = join ', ', map { "'$_', (SELECT json_agg(DISTINCT u) FROM seen, unnest($_) AS u)" } columns_of_kind('list');
	my $others = join ', ', map { "'$_', (SELECT json_agg(DISTINCT $_" . '::text' . ') FROM seen)' } columns_of_kind(qw(name issue account text moment day));

	my $custom_lists = join ', ', map { "'$_', (SELECT json_agg(DISTINCT u) FROM custom, unnest($_) AS u)" } custom_columns('list');
	my %custom = map { $_ => 1 } custom_columns(qw(name number moment day));
	my $custom = join ', ', map { "'$_', (SELECT json_agg(DISTINCT $_" . '::text' . ') FROM custom)' } sort keys %custom;

	my %seen = map { %{ decode_json($node->safe_psql('postgres', "SET timezone = 'UTC'; SELECT json_build_object($_)")) } } "$others, $values", "$custom, $custom_lists";

	return { map { $_ => $seen{$_} // [] } keys %seen };
}

# How many searches have been asked for more than the JQL of the queries.
sub narrowed
{
	my ($jira) = @_;
	my @asked = map { my %query = map { @$_ } @{ $_->{query} }; $query{jql} // () } $jira->requests;

	return scalar grep { / AND \(/ } @asked;
}

# How many searches a query has, at the most: those of each execution.
sub reads_of
{
	my ($query) = @_;
	my @statements = @{ $query->{statements} };
	my $sources = () = "@statements" =~ /jira_lookup_\w+_stream|\bsite\.\w+|\bissues\b|\bguarded\b|\bdoubled\b/g;
	my $doubled = () = "@statements" =~ /\bdoubled\b/g;

	return ($sources + $doubled) * (grep({ /^EXECUTE/ } @statements) || 1);
}

# The differences of so many queries as texts, and what came.
sub differences
{
	my ($given, $count) = @_;
	my $seen = { %{ prepare($given) }, $given->{only} ? (only => $given->{only}) : () };
	my @queries = map { my $query = random_query($seen); $query->{zone} = one_of(@zones); $query } 1 .. $count;
	my $settings = "SET statement_timeout = '2min'; SET client_min_messages = error; SET jira_spoke.connection = '$given->{name}'; SET jira_spoke.page_size = " . one_of(20, 50, 100) . ";\n";

	$jira{ $given->{deployment} }->forget_requests;
	my @results = run_both($node, $settings, @queries);
	my @more = needless_requests($jira{ $given->{deployment} });
	my @dear = grep { $more[$_] > 6 * reads_of($queries[$_]) } 0 .. $#more;

	is(@more, @queries, "$given->{name}: the requests of each query are known");
	is(@dear, 0, 'what is asked in vain is little') or diag(map { "$more[$_] more: @{ $queries[$_]{statements} }\n" } @dear);
	note "$given->{name}: ", scalar(grep { $_ > 3 } @more), ' queries take four requests more or above, all together ', sum0(@more);
	my @differences = map {
		my $difference = difference_of($queries[$_], $results[$_]);
		$difference ? "$given->{name}, SPOKE_SEED=$seed SPOKE_QUERIES=$number, query $_, time zone $queries[$_]{zone}:\n$difference" : ()
	} 0 .. $#queries;

	return \@differences, \@results;
}

# How many results have more than so many entries.
sub count_results { my ($results, $condition) = @_; return scalar grep { $_->{off}[-1] && $condition->(@{ $_->{off}[-1] }) } @$results; }

my $each = int(($number + $#jiras) / @jiras);

for my $place (0 .. $#jiras)
{
	my $given = $jiras[$place];

	srand $seed * 100 + $place;
	my ($differences, $results) = differences($given, $each);
	my $found = count_results($results, sub { @_ > 1 });
	my $failed = count_results($results, sub { $_[0] ne '00000' });

	is(@$differences, 0, "$given->{name}: the same with conditions in JQL as without");
	diag $_ for @$differences[ 0 .. ($#$differences < 4 ? $#$differences : 4) ];
	cmp_ok($found, '>', $each / 4, 'queries that find rows');
	cmp_ok($failed, '<', $each / 4, 'queries that fail');
	cmp_ok(narrowed($jira{ $given->{deployment} }), '>', $each / 4, 'searches that have conditions');
	note "$given->{name}: $each queries, $found with rows, $failed that fail";
}

# A fault would be seen.
srand $seed;
my ($differences, $results) = differences($lying, $each < 100 ? 100 : $each);
cmp_ok(@$differences, '>', 0, "$lying->{name}: differences are found");
note scalar(@$differences), ' differences of ', scalar(@$results);

done_testing();
