# A request of the caller's own through the outbox: for what has no action, such as
# links, worklogs, versions and comments that are edited.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::Outbox;
use JiraSpoke;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $node = start_cluster('outbox_requests');

connect_to($node, $jira);
$node->safe_psql('postgres', q{CREATE TABLE spent (id serial PRIMARY KEY, issue text, seconds integer, worklog text)});

refuses_what_cannot_be_sent();
carries_out();
repeats_what_does_no_harm();
fires_in_triggers();
asks_for_rights();

$node->stop;
done_testing();

sub request
{
	my ($method, $path, $body) = @_;

	return enqueue($node, 'jira_request', { method => $method, path => "/rest/api/2/$path", body => $body });
}

sub sql { return $node->safe_psql('postgres', $_[0]); }

sub body_of { return decode_json(sql("SELECT body FROM jira_request('GET', '/rest/api/2/$_[0]')")); }

sub refuses_what_cannot_be_sent
{
	my %wrong = (
		q({"path": "/rest/api/2/issueLink"}) => qr/22004: argument "method" of jira_request must not be null/,
		q({"method": "TRACE", "path": "/rest/api/2/issueLink"}) => qr/22023: method "TRACE"/,
		q({"method": "POST", "path": "/rest/../admin"}) => qr/22023: path ".*" cannot be requested/,
		q({"method": "POST", "path": "/rest/api/2/issueLink", "query": {"a": {}}}) => qr/22023: query parameter "a" cannot be sent/,
		q({"method": "GET", "path": "/rest/api/2/myself"}) => qr/22023: GET \/rest\/api\/2\/myself only reads/,
		q({"method": "POST", "path": "/rest/api/2/search/jql", "body": {}}) => qr/22023: POST \/rest\/api\/2\/search\/jql only reads/);

	for my $arguments (sort keys %wrong)
	{
		like(query_error($node, "SELECT jira_enqueue('jira_request', '$arguments')"), $wrong{$arguments}, $arguments);
	}
	return;
}

sub carries_out
{
	my @requests = (
		[ 'a link', POST => 'issueLink', { type => { name => 'Blocks' }, inwardIssue => { key => 'OPS-1' }, outwardIssue => { key => 'OPS-2' } }, qr/^$/ ],
		[ 'a worklog', POST => 'issue/OPS-1/worklog', { timeSpentSeconds => 300 }, qr/^\d+$/ ],
		[ 'a version', POST => 'version', { name => '9.9', project => 'OPS' }, qr/^\d+$/ ],
		[ 'an issue', POST => 'issue', { fields => { project => { key => 'OPS' }, issuetype => { name => 'Bug' }, summary => 'own' } }, qr/^OPS-\d+$/ ]);

	for my $request (@requests)
	{
		my ($name, $method, $path, $body, $result) = @$request;
		my $id = request($method, $path, $body);

		is(outcome($node, $id, 'state, attempts, error'), 'done|1|', $name);
		like(item($node, $id, 'result'), $result, 'its key or id');
	}
	is(scalar(grep { ($_->{outwardIssue}{key} // '') eq 'OPS-2' } @{ body_of('issue/OPS-1')->{fields}{issuelinks} }), 1, 'the link is there once');

	my $comment = outcome($node, enqueue($node, 'jira_add_comment', { issue => 'OPS-1', body => 'first' }), 'result');
	is(outcome($node, request('PUT', "issue/OPS-1/comment/$comment", { body => 'edited' }), 'state, result'), "done|$comment", 'a comment is edited');
	is(body_of("issue/OPS-1/comment/$comment")->{body}, 'edited', 'as asked for');

	my $refused = request('POST', 'issue/OPS-99999/worklog', { timeSpentSeconds => 300 });
	is(outcome($node, $refused), 'failed|1', 'what Jira refuses fails');
	like(item_error($node, $refused), qr/Jira answered 404 to jira_request of "POST .*worklog"/, 'and says what it was');
	return;
}

# Of those, what is not known to have been carried out is sent again.
sub repeats_what_does_no_harm
{
	my @cases = (
		[ PUT => 'issue/OPS-1', { fields => { summary => 'again' } }, 'done' ],
		[ PUT => 'issue/OPS-1', { update => { labels => [ { add => 'again' } ] } }, 'failed' ],
		[ POST => 'issue/OPS-1/worklog', { timeSpentSeconds => 60 }, 'failed' ]);

	for my $case (@cases)
	{
		my ($method, $path, $body, $state) = @$case;

		$jira->fault(kind => 'cut_after', method => $method, path => "*/$path", times => 1);
		my $id = request($method, $path, $body);
		$state eq 'done' ? await_ended($node, "id = $id") : outcome($node, $id);
		is(item($node, $id, 'state'), $state, "$method $path, whose reply got lost: $state");
		like(item_error($node, $id), qr/^It may have been carried out/, 'for a person to look') if $state eq 'failed';
		$jira->clear_faults;
	}
	return;
}

sub fires_in_triggers
{
	my $template = q({"method": "POST", "path": "/rest/api/2/issue/{issue}/worklog", "body": {"timeSpentSeconds": "{seconds}"}});

	sql(qq{CREATE TRIGGER log_work AFTER INSERT ON spent FOR EACH ROW
		EXECUTE FUNCTION jira_action_trigger('jira_request', '$template', '{"key_column": "worklog"}')});
	sql(q{INSERT INTO spent (issue, seconds) VALUES ('OPS-4', 600)});
	ok($node->poll_query_until('postgres', q{SELECT worklog IS NOT NULL FROM spent}), 'a row makes a worklog, and gets its id');
	is(body_of('issue/OPS-4/worklog')->{worklogs}[-1]{timeSpentSeconds}, 600, 'as the row says');
	sql(qq{DROP TRIGGER log_work ON spent; CREATE TRIGGER log_work BEFORE INSERT ON spent FOR EACH ROW
		EXECUTE FUNCTION jira_action_trigger('jira_request', '$template', '{"key_column": "worklog", "mode": "immediate"}')});
	like(sql(q{INSERT INTO spent (issue, seconds) VALUES ('OPS-4', 900) RETURNING worklog}), qr/^\d+/, 'at once, too');
	return;
}

sub asks_for_rights
{
	my $call = q{SELECT jira_enqueue('jira_request', '{"method": "POST", "path": "/rest/api/2/issueLink", "body": {}}', 'demo')};

	sql(q{CREATE ROLE clerk IN ROLE jira_spoke_user; SELECT jira_grant_connection('demo', 'clerk', access => 'read')});
	like(query_error($node, "SET ROLE clerk; $call"), qr/42501/, 'not through a connection that may only be read');
	sql(q{SELECT jira_grant_connection('demo', 'clerk', access => 'write'); REVOKE EXECUTE ON FUNCTION jira_request FROM jira_spoke_reader});
	like(query_error($node, "SET ROLE clerk; $call"), qr/42501: permission denied for function jira_request/, 'not without the function');
	return;
}
