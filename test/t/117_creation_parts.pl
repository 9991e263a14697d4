# An app pays for each issue that Jira mentions.  It reads a search of Cloud in parts
# by the time of creation: the same rows, each once, for hardly more points than page
# by page, and page by page where that is not to be had.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::Background;
use JiraSpoke;
use Test::More;

my $issues = 5000;
my $jira = JiraSpoke::Jira->start(issues => $issues);
my $node = start_cluster('creation_parts', 'jit = off', "jira_spoke.gateway_url = '" . $jira->url . "'");
my $bulk = q{jira_lookup_issues_stream('project = BULK', connection => 'app')};
my $select = "SELECT key, summary, labels FROM $bulk";

connect_to($node, $jira);
connect_to($node, $jira, 'app', auth => 'bearer', url => $jira->url . '/ex/jira/11111111-2222-3333-4444-555555555555', secret => 'app');
$jira->add_token('app', ['read:jira-work'], app => Cpanel::JSON::XS::true);

my ($out, $messages, @requests);

# The points that a script costs.
sub points_of
{
	my ($script) = @_;
	my $sum = 0;

	$jira->forget_requests;
	(undef, $out, $messages) = $node->psql('postgres', $script, extra_params => ['--set=VERBOSITY=verbose']);
	@requests = $jira->requests;
	$sum += $_->{points} foreach @requests;
	return $sum;
}

# Requests for the number of issues, for the first ones in an order, and for pages.
sub requests_in_short
{
	my $counts = grep { $_->{path} =~ /approximate-count/ } @requests;
	my $orders = grep { $_->{path} =~ m{search/jql} && join(' ', map { "@$_" } @{ $_->{query} }) =~ /ORDER BY created/ } @requests;

	return "$counts counts, $orders firsts, " . (@requests - $counts - $orders) . ' pages';
}

sub is_read
{
	my ($query, $expected, $name) = @_;
	my $rows = 'SELECT count(*), count(DISTINCT key), md5(string_agg(r::text, \';\' ORDER BY key)) FROM (%s) AS r';
	my $one_by_one = points_of('SET jira_spoke.parallel_requests = 1; ' . sprintf($rows, $query));
	my $same = $out;
	my $cost = points_of(sprintf($rows, $query));

	is($messages, '', "$name: no message");
	is($out, $same, "$name: the same rows, each once");
	like(requests_in_short(), $expected, "$name: requests");
	return cmp_ok($cost, '<=', 1.05 * $one_by_one, "$name: $cost points, page by page $one_by_one");
}

my $parts = qr/^17 counts, 2 firsts, (?:5[1-9]|[67][0-9]|8[0-4]) pages$/;

is_read($select, $parts, 'an app');
is_read("SELECT key, summary FROM $bulk", $parts, 'an app with large pages');
is_read("SELECT key, labels FROM jira_lookup_issues_stream('project = OPS', connection => 'app')", qr/^1 counts, 2 firsts, 2 pages$/, 'not worth it');

# --- Who may not use all rows pays for no others.

points_of("SELECT labels FROM $bulk LIMIT 4500");
is(requests_in_short(), '0 counts, 0 firsts, 45 pages', 'LIMIT');
points_of("BEGIN; DECLARE c CURSOR FOR SELECT labels FROM $bulk; MOVE 101 IN c; COMMIT");
is(requests_in_short(), '0 counts, 0 firsts, 2 pages', 'a cursor');

my $plan = decode_json($node->safe_psql('postgres', "EXPLAIN (ANALYZE, FORMAT JSON) SELECT labels FROM $bulk"))->[0]{Plan};
is($plan->{'Most Requests at a Time'}, 16, 'several at a time');

my @in_order = map { $node->safe_psql('postgres', "SELECT md5(string_agg(key, ' ')) FROM (SELECT key, labels FROM $bulk) AS r") } 1 .. 2;
is($in_order[0], $in_order[1], 'the same order each time');

# --- Where it is not to be had.

my $chain = qr/^(?:17|1) counts, 2 firsts, 50 pages$/;

$jira->control('POST', 'search', { epoch => Cpanel::JSON::XS::false });
is_read($select, $chain, 'a site that takes no milliseconds');
$jira->control('POST', 'search', { epoch => Cpanel::JSON::XS::true, seconds => Cpanel::JSON::XS::true });
is_read($select, $parts, 'a site that keeps full seconds');
$jira->control('POST', 'search', { seconds => Cpanel::JSON::XS::false });
$jira->fault(kind => 'status', status => 403, path => '*/approximate-count');
is_read($select, qr/^[12] counts, 2 firsts, 50 pages$/, 'a token that may not count');
points_of("$select; $select");
like(requests_in_short(), qr/^1 counts, 2 firsts, 100 pages$/, 'which is found out once');
$jira->clear_faults;
$jira->fault(kind => 'status', status => 400, path => '*/search/jql', skip => 51, times => 2);
is_read($select, $chain, 'a site that does not sort by it');
$jira->clear_faults;
$jira->fault(kind => 'status', status => 200, path => '*/approximate-count', body => { count => $issues });
is_read($select, $chain, 'a site whose counts do not add up');
$jira->clear_faults;

# Nothing is made of a page without issues.
$jira->fault(kind => 'status', status => 200, times => 1, path => '*/search/jql', body => { issues => [], nextPageToken => 'next', isLast => Cpanel::JSON::XS::false });
$jira->fault(kind => 'status', status => 200, path => '*/search/jql', query => 'nextPageToken=next', body => { issues => [ { id => '10001', key => 'BULK-1', fields => { labels => [] } } ], isLast => Cpanel::JSON::XS::true });
points_of(q{SELECT key, labels FROM jira_lookup_issues_stream('key in (BULK-1, BULK-2, BULK-40)', connection => 'app')});
is($out . $messages, 'BULK-1|{}', 'an empty page that is not the last one');
like(requests_in_short(), qr/^0 counts, 0 firsts/, 'is followed by the next');
$jira->clear_faults;

# 16 times this number is the number less 7, in 64 bits.
$jira->fault(kind => 'status', status => 200, path => '*/approximate-count', body => { count => 8608480567731124087 });
is_read($select, $chain, 'a site that counts more issues than there can be');
$jira->clear_faults;

# --- Parts that are refused or break off.

my %of_part = (path => '*/search/jql', query => 'jql=(project = BULK) AND created*');

$jira->fault(kind => 'status', status => 400, %of_part);
is_read($select, qr/^17 counts, 2 firsts, (?:5[1-9]|6[0-6]) pages$/, 'a site that refuses parts');
$jira->clear_faults;
$jira->fault(kind => 'rate_limit', retry_after => 0, times => 3, path => '*/search/jql', skip => 60);
$jira->fault(kind => 'cut_body', times => 1, path => '*/search/jql', skip => 70);
is_read($select, qr/^17 counts, 2 firsts, \d+ pages$/, 'pages that are turned away, and one that breaks off');
$jira->clear_faults;

$jira->fault(kind => 'status', status => 400, %of_part, skip => 20, body => { errorMessages => ['Not this part.'] });
points_of("SELECT count(*) FROM ($select) AS r WHERE labels IS NOT NULL OR labels IS NULL");
like($messages, qr/Not this part/, 'a part that is refused after rows of others: an error');
is($out, '', 'and no result');
$jira->clear_faults;

# --- What is left of it.

my $contexts = q{SELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'Jira creation parts%'};

sub read_while
{
	my ($hook, @script) = @_;

	$jira->close_gate(path => '*/search/jql', skip => 3);
	my $reader = JiraSpoke::Background->start($node, join '', map { "$_;\n" } @script);
	$jira->await_at_gate(16);
	$jira->clear_faults;
	$hook->($reader);
	$jira->open_gate;
	return $reader->finish;
}

($out, $messages) = read_while(sub { $node->safe_psql('postgres', 'SELECT pg_cancel_backend(' . $_[0]->waiting_pid . ')') }, $select, $contexts);
like($messages, qr/ERROR:  57014/, 'cancelled in the middle');
is($out, "0\n", 'nothing is left of it');

# --- A Jira that changes meanwhile: what was changed before its part is read comes as it is by now.

sub keys_now { return [ sort split /\n/, $node->safe_psql('postgres', "SELECT key FROM (SELECT key, labels FROM $bulk) AS r") ]; }

($out, $messages) = read_while(
	sub {
		$node->safe_psql('postgres', q{SELECT jira_create_issue('BULK', 'Bug', 'made meanwhile'), jira_delete_issue('BULK-150'),
			jira_delete_issue('BULK-2600'), jira_delete_issue('BULK-4001'), jira_update_issue('BULK-3000', summary => 'changed')});
	},
	"SELECT key || CASE summary WHEN 'changed' THEN ' changed' ELSE '' END FROM ($select) AS r WHERE coalesce(cardinality(labels), 0) >= 0");
my @changed = sort map { $_ eq 'BULK-3000' ? 'BULK-3000 changed' : $_ } @{ keys_now() };

is($messages, '', 'no message');
is_deeply([ sort split /\n/, $out ], \@changed, 'issues made, deleted and changed under way');

# --- Issues that were created at the same time.

my @same = grep { my ($number) = /(\d+)/; $number >= 1000 && $number < 4000 } @{ keys_now() };
$jira->control('POST', 'issues', { keys => \@same, created => '2024-03-05T10:00:00.000+0000' });
is_read($select, qr/^17 counts, 2 firsts, \d\d pages$/, '3,000 issues of one second');
$jira->control('POST', 'issues', { keys => keys_now(), created => '2024-03-05T10:00:00.000+0000' });
is_read($select, qr/^1 counts, 2 firsts, 50 pages$/, 'all of one second');

$node->stop;
done_testing();
