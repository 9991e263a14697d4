# Whether Jira has carried a write out is not always known: then it is looked
# for, or left to a person, and never done twice.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use Test::More;

my $node = start_cluster('outbox_doubt', q{jira_spoke.outbox_search_delay = '100ms'});
my $jira = JiraSpoke::Jira->start;

connect_to($node, $jira);
connect_to($node, $jira, 'unanswered', options => '{"timeout": "500ms"}');
$node->safe_psql('postgres', q{CREATE ROLE app IN ROLE jira_spoke_user;
	SELECT jira_grant_connection(alias, 'app') FROM unnest('{demo,unanswered}'::text[]) AS alias});
creates_once($_) for 'at once', 'late';
parks_what_cannot_be_found();
repeats_what_may_be_repeated();

$node->stop;
done_testing();

sub connection_for { my $kind = shift; return connection => $kind eq 'silence' ? 'unanswered' : 'demo'; }

# Whatever happens to the create: there is one issue, and the item has its key.
sub creates_once
{
	my $how = shift;
	my @faults = (
		{ kind => 'status', status => 500 },
		{ kind => 'status', status => 503 },
		{ kind => 'cut_before' },
		{ kind => 'cut_after' },
		{ kind => 'silence' },
		$how eq 'late' ? () : (
			{ kind => 'status', status => 502, body => '<html>bad gateway</html>', content_type => 'text/html' },
			{ kind => 'status', status => 503, headers => { 'Retry-After' => '1' } },
			{ kind => 'rate_limit', retry_after => 1 },
			{ kind => 'rate_limit' },
			{ kind => 'cut_body' },
			{ kind => 'empty' },
			{ kind => 'garbage' },
			{ kind => 'wrong_type' },
			{ kind => 'truncated' }));

	change_settings($node, outbox_search_delay => '400ms') if $how eq 'late';
	$jira->control('POST', 'search', { delay => $how eq 'late' ? 0.3 : 0 });
	for my $fault (@faults)
	{
		my $what = join ' ', $how, map { ref $fault->{$_} ? $_ : "$_=$fault->{$_}" } sort keys %$fault;

		$jira->forget_requests;
		$jira->fault(%$fault, method => 'POST', path => '*/issue', times => 1);
		my $id = create($node, $what, role => 'app', connection_for($fault->{kind}));
		ok(await_ended($node, "id = $id"), "$what: ends");
		is(item($node, $id, 'state'), 'done', "$what: done");
		my @made = issues($jira, $what);
		is(scalar @made, 1, "$what: one issue");
		is(item($node, $id, 'result'), $made[0]{key}, "$what: whose key the item has");
		is(item($node, $id, 'marker'), $made[0]{labels}[0], "$what: and whose label");
		my $looked = grep { $_->{path} =~ /search/ } $jira->requests;
		my $sure = $fault->{kind} eq 'rate_limit' || $fault->{headers};
		ok($sure ? !$looked : $looked, "$what: looked for when in doubt");
		is(item($node, $id, q{error IS NULL AND doubtful_since IS NULL}), 't', "$what: no trace of the trouble");
	}
	$jira->control('POST', 'search', { delay => 0 });
	return;
}

sub parks_what_cannot_be_found
{
	my %writes = (
		comment => [ 'jira_add_comment', { issue => 'OPS-1', body => 'x' }, '*/comment' ],
		transition => [ 'jira_do_transition', { issue => 'OPS-1', transition => '21' }, '*/transitions' ],
		attachment => [ 'jira_copy_attachment', { issue => 'OPS-1', filename => 'a', content => '\\x61' }, '*/attachments' ]);

	for my $kind (qw(cut_before cut_after silence truncated status))
	{
		for my $write ($kind eq 'status' ? sort keys %writes : 'comment')
		{
			my ($action, $arguments, $path) = @{ $writes{$write} };

			$jira->forget_requests;
			$jira->fault(kind => $kind, method => 'POST', path => $path, times => 1, $kind eq 'status' ? (status => 500) : ());
			my $id = enqueue($node, $action, $arguments, connection_for($kind));
			is(outcome($node, $id), 'failed|1', "a $write, $kind: parked");
			like(item_error($node, $id), qr/^It may have been carried out: look in Jira, and call jira_outbox_retry\($id\) if it was not\. /,
				'says what to do');
			is(scalar(grep { $_->{method} eq 'POST' } $jira->requests), 1, 'was sent once');
		}
	}
	my $id = $node->safe_psql('postgres', "SELECT max(id) FROM jira_spoke.outbox WHERE action = 'jira_add_comment'");
	$node->safe_psql('postgres', "SELECT jira_outbox_retry($id)");
	is(outcome($node, $id, 'state, error IS NULL'), 'done|t', 'repeated by a person');
	change_settings($node, outbox_marker => 'none');
	$jira->fault(kind => 'cut_after', method => 'POST', path => '*/issue', times => 1);
	is(outcome($node, create($node, 'no marker')), 'failed|1', 'an issue without a marker');
	is((issues($jira, 'no marker'))[0]{labels}[0], undef, 'has none');
	change_settings($node, outbox_marker => 'label');
	return;
}

sub repeats_what_may_be_repeated
{
	my %writes = (
		update => [ 'jira_update_issue', { issue => 'OPS-1', summary => 'x' }, 'PUT' ],
		watcher => [ 'jira_add_watcher', { issue => 'OPS-1' }, 'POST' ],
		unassign => [ 'jira_assign_issue', { issue => 'OPS-1' }, 'PUT' ]);

	for my $write (sort keys %writes)
	{
		for my $kind (qw(cut_before cut_after status))
		{
			my ($action, $arguments, $method) = @{ $writes{$write} };

			$jira->fault(kind => $kind, method => $method, path => '*/OPS-1*', times => 1, $kind eq 'status' ? (status => 500) : ());
			my $id = enqueue($node, $action, $arguments);
			ok(await_ended($node, "id = $id"), "$write, $kind: ends");
			is(item($node, $id, 'state, attempts, error IS NULL'), 'done|2|t', "$write, $kind: repeated");
		}
	}
	return;
}
