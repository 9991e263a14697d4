# The option requests_per_second holds for all sessions of the database together,
# in whatever way they ask, and a wait for one's turn can be cancelled.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $rate = 4;
my $node = start_cluster('pace', 'wal_level = replica', 'max_wal_senders = 4');
my $jira = JiraSpoke::Jira->start(max_page => 10);

connect_to($node, $jira, 'paced', options => qq({"requests_per_second": $rate}));
connect_to($node, $jira, 'free');
$node->safe_psql('postgres', q{SELECT jira_create_connection('heir', parent => 'paced');
	SELECT jira_create_connection('faster', parent => 'paced', options => '{"requests_per_second": 1000}');
	SELECT jira_create_connection('slower', parent => 'free', options => '{"requests_per_second": 4}');
	SELECT jira_create_connection('fast heir', parent => 'slower', options => '{"requests_per_second": 100}')});

sub server_queries { my ($alias, $times) = @_; my $query = server_query($alias) . ";\n"; return $query x $times; }

# When requests came, in seconds, in this order.
sub request_times { my @sorted = sort { $a <=> $b } map { $_->{time} } $jira->requests; return @sorted; }

# Runs what makes requests at the pace, so many or, without a number, at least
# five.  A request may come to Jira long after it was let go, so that only this is
# certain: the last one comes no earlier than the pace allows after the start.
sub keeps_pace
{
	my ($what, $count, $test) = @_;

	$jira->forget_requests;
	my $start = time;
	$test->();
	my @moments = request_times();

	if ($count) { is(scalar @moments, $count, "$what: all requests"); }
	else { cmp_ok(scalar @moments, '>=', 5, "$what: all requests"); }
	cmp_ok($moments[-1] - $start, '>=', $#moments / $rate, "$what: not too early");
	return;
}

# Three sessions, two of them through children, one of which would be faster.
keeps_pace('sessions together', 15, sub {
	my @sessions = map { JiraSpoke::Background->start($node, server_queries($_, 5)) } qw(paced faster heir);
	$_->finish for @sessions;
});

# One statement that has several requests under way elsewhere.
my $keys = join ',', map { "'OPS-$_'" } 1 .. 450;
keeps_pace('one read', undef, sub {
	is($node->safe_psql('postgres', "SELECT count(*) > 0 FROM jira_lookup_issues(ARRAY[$keys], connection => 'paced') WHERE labels IS NOT NULL"), 't',
		'a read in several requests');
});

# Repetitions count.
$jira->fault(kind => 'rate_limit', retry_after => 0, times => 4);
keeps_pace('repetitions', 5, sub {
	is($node->safe_psql('postgres', 'SET jira_spoke.max_retries = 4; ' . server_query('paced')), 1, 'a request that Jira turns away');
});

# On a standby as well.
$node->set_replication_conf;
reload_settings($node);
my $standby = start_standby($node, 'pace_standby');
keeps_pace('a standby', 5, sub { $standby->safe_psql('postgres', server_queries('heir', 5)) });
$standby->stop;

# A child may be slower than its parent, and has children of its own.
keeps_pace('a slower child', 8, sub {
	my @sessions = map { JiraSpoke::Background->start($node, server_queries($_, 4)) } 'slower', 'fast heir';
	$_->finish for @sessions;
});

# Without the option, or with the pace of another parent.
$node->safe_psql('postgres', q{SELECT jira_alter_connection('paced', options => '{"requests_per_second": 0.01}')});
is(query_error($node, "SET statement_timeout = '60s'; " . server_queries($_, 10)), '', "$_: not at that pace") for qw(free slower);
$jira->forget_requests;

# A wait for one's turn, or for that of others before, can be cancelled.
my $holder = JiraSpoke::Background->start($node, server_queries('paced', 1));
my $pid = $holder->waiting_pid;
for my $setting (q{statement_timeout = '500ms'}, q{lock_timeout = '500ms'})
{
	my $start = time;
	like(query_error($node, "SET $setting; " . server_query('heir')), qr/ERROR:  (?:57014|55P03): canceling/, "behind another: $setting");
	cmp_ok(time - $start, '<', 50, 'at once');
}
like(query_error($node, "SET statement_timeout = '500ms'; BEGIN; SAVEPOINT a; " . server_query('heir')), qr/57014/, 'in a transaction');
$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
my (undef, $error) = $holder->finish;
like($error, qr/ERROR:  57014: canceling statement due to user request/, 'the first one');
unlike($error, qr/may have been carried out/, 'which was not sent');
ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'}), 'no lock is left');
is(scalar request_times(), 0, 'and nothing was asked');

# A block that catches the error gives the turn back as well.
is($node->safe_psql('postgres', q{
	SET statement_timeout = '500ms';
	BEGIN;
	DO $$ BEGIN
		PERFORM jira_lookup_server('paced');
		RAISE 'it does not wait';
	EXCEPTION WHEN query_canceled THEN NULL;
	END $$;
	SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()}), 0, 'nor in a transaction that goes on');
$node->stop;
done_testing();
