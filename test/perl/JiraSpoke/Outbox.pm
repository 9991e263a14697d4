# Enqueues items of the outbox, waits for them and reads them.
package JiraSpoke::Outbox;

use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use Exporter qw(import);
use PostgreSQL::Test::Utils;

our @EXPORT = qw(enqueue outcome outcomes when_ended await_ended make_due item item_error await_error await_workers
  await_no_transaction issues create sql_text);

sub sql_text
{
	my $text = shift;

	return 'NULL' unless defined $text;
	$text =~ s/'/''/g;
	return "'$text'";
}

# Puts a write into the outbox and returns its id.  Options: connection, group,
# role.
sub enqueue
{
	my ($node, $action, $arguments, %options) = @_;
	my $given = join ', ', sql_text($action), sql_text(Cpanel::JSON::XS->new->canonical->encode($arguments)),
	  'connection => ' . sql_text($options{connection}), 'group_key => ' . sql_text($options{group});
	my $role = $options{role} ? "SET ROLE $options{role};" : '';

	return $node->safe_psql('postgres', "$role SELECT jira_enqueue($given)");
}

# An issue to be created.
sub create
{
	my ($node, $summary, %options) = @_;
	my $fields = delete $options{arguments} // {};

	return enqueue($node, 'jira_create_issue',
		{ project => 'OPS', issue_type => 'Bug', summary => $summary, %$fields }, %options);
}

# Columns of an item, separated by "|".
sub item
{
	my ($node, $id, $columns) = @_;

	return $node->safe_psql('postgres', "SELECT $columns FROM jira_spoke.outbox WHERE id = $id");
}

sub item_error { my ($node, $id) = @_; return item($node, $id, 'error'); }

# The SQL call that waits until the item with this id, an expression, has ended.
sub when_ended
{
	my ($id) = @_;

	return "jira_wait($id, '$PostgreSQL::Test::Utils::timeout_default s')";
}

# Columns of an item when it has ended: by default "state|attempts".
sub outcome
{
	my ($node, $id, $columns) = @_;

	$node->safe_psql('postgres', 'SELECT ' . when_ended($id));
	return item($node, $id, $columns // 'state, attempts');
}

# The states of items when all have ended, each with the number of items.
sub outcomes
{
	my ($node, @ids) = @_;
	my $ids = join ',', @ids;

	$node->safe_psql('postgres', 'SELECT ' . when_ended('id') . " FROM unnest(ARRAY[$ids]) AS id");
	return $node->safe_psql('postgres', "SELECT string_agg(state || ' ' || count, ', ' ORDER BY state)
		FROM (SELECT state, count(*) FROM jira_spoke.outbox WHERE id IN ($ids) GROUP BY state) AS s");
}

# Waits for the end of the items for which a condition holds; their delays before
# a retry are cut short.
sub await_ended
{
	my ($node, $condition) = @_;

	return $node->poll_query_until('postgres', "UPDATE jira_spoke.outbox SET next_attempt = clock_timestamp()
		WHERE ($condition) AND state = 'pending' AND doubtful_since IS NULL AND next_attempt > clock_timestamp();
		SELECT count(*) FROM jira_spoke.outbox WHERE ($condition) AND finished_at IS NULL", "UPDATE 0\n0");
}

# Ends the delay of an item that is put off.
sub make_due
{
	my ($node, $id) = @_;

	$node->safe_psql('postgres', "UPDATE jira_spoke.outbox SET next_attempt = clock_timestamp()
		WHERE id = $id AND state = 'pending'");
	return;
}

# Waits for an item to have an error that matches.
sub await_error
{
	my ($node, $id, $error) = @_;

	return $node->poll_query_until('postgres', "SELECT error ~ '$error' FROM jira_spoke.outbox WHERE id = $id");
}

# Waits until so many workers run in a database.
sub await_workers
{
	my ($node, $count, $database) = @_;

	$database //= 'postgres';
	return $node->poll_query_until('postgres', "SELECT count(*) FROM pg_stat_activity
		WHERE backend_type = 'jira_spoke outbox' AND datname = '$database'", $count);
}

# Waits until the worker has no transaction open while this condition holds.
sub await_no_transaction
{
	my ($node, $condition) = @_;

	return $node->poll_query_until('postgres', "SELECT count(*) FROM pg_stat_activity
		WHERE backend_type = 'jira_spoke outbox' AND xact_start IS NULL AND backend_xmin IS NULL AND $condition", 1);
}

# Issues of OPS with this summary, as Jira has them.
sub issues
{
	my ($jira, $summary) = @_;

	return grep { $_->{summary} eq $summary } @{ $jira->control('GET', 'issues?project=OPS') };
}

1;
