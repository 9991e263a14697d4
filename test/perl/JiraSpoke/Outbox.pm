# Enqueues items of the outbox, waits for them and reads them.
package JiraSpoke::Outbox;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use JSON::PP;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(enqueue outcome outcomes item item_error issues create sql_text);

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
	my $given = join ', ', sql_text($action), sql_text(JSON::PP->new->canonical->encode($arguments)),
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

# Columns of an item when it has ended, or after 20 seconds: by default
# "state|attempts".
sub outcome
{
	my ($node, $id, $columns) = @_;

	$node->safe_psql('postgres', "SELECT jira_wait($id, '20s')");
	return item($node, $id, $columns // 'state, attempts');
}

# The states of items when all have ended, each with the number of items.
sub outcomes
{
	my ($node, @ids) = @_;
	my $ids = join ',', @ids;

	$node->safe_psql('postgres', "SELECT jira_wait(id, '20s') FROM unnest(ARRAY[$ids]) AS id");
	return $node->safe_psql('postgres', "SELECT string_agg(state || ' ' || count, ', ' ORDER BY state)
		FROM (SELECT state, count(*) FROM jira_spoke.outbox WHERE id IN ($ids) GROUP BY state) AS s");
}

# Issues of OPS with this summary, as Jira has them.
sub issues
{
	my ($jira, $summary) = @_;

	return grep { $_->{summary} eq $summary } @{ $jira->control('GET', 'issues?project=OPS') };
}

1;
