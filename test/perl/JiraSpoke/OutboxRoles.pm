# Roles with a table each, whose rows become issues in three Jiras.  One of the
# Jiras can be made to hang, and one of the roles has a trigger that does not let
# itself be ended.
package JiraSpoke::OutboxRoles;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use JiraSpoke;

our @EXPORT = qw(@roles start_jiras create_roles hang stop_hanging jira_of_row);

our @roles = qw(app1 app2 app3 app4 mallory);

# By their aliases; the third one is to hang.
my @aliases = qw(cloud server hanging);

sub start_jiras
{
	my (%options) = @_;

	return {
		cloud => JiraSpoke::Jira->start(%options),
		server => JiraSpoke::Jira->start(%options, deployment => 'server'),
		hanging => JiraSpoke::Jira->start(%options) };
}

# From here on it carries out no write, and answers none.
sub hang { my ($jiras) = @_; $jiras->{hanging}->close_gate(method => 'POST', path => '/rest/api/*/issue*'); return; }

sub stop_hanging { my ($jiras) = @_; $jiras->{hanging}->open_gate; return; }

# The alias of the Jira that a row with this id belongs to.
sub jira_of_row { my ($id) = @_; return $aliases[ int($id / 8) % 3 ]; }

# Tables orders_ROLE(id, session, issue_key), and a view "orders" of all of them.
# The rows of mallory whose ids are multiples of "every" are never updated.
sub create_roles
{
	my ($node, $jiras, $every) = @_;

	connect_to($node, $jiras->{$_}, $_) for @aliases;
	_create_role($node, $_) for @roles;
	_create_trap($node, $every);
	$node->safe_psql('postgres', 'CREATE VIEW orders AS ' . join ' UNION ALL ', map { "SELECT * FROM orders_$_" } @roles);
	return;
}

sub _create_role
{
	my ($node, $role) = @_;
	my $triggers = '';

	for my $number (0 .. $#aliases)
	{
		my $when = "AFTER INSERT ON orders_$role FOR EACH ROW WHEN (NEW.id / 8 % 3 = $number AND NEW.id % 8";
		my $connection = qq{"connection": "$aliases[$number]"};
		my $issue = '{"project": "OPS", "issue_type": "Bug", "summary": "Order {id} failed"}';

		$triggers .= qq{
			CREATE TRIGGER many_$number $when < 5) EXECUTE FUNCTION jira_create_issue_trigger('$issue', '{"key_column": "issue_key", $connection}');
			CREATE TRIGGER in_order_$number $when IN (5, 6)) EXECUTE FUNCTION jira_create_issue_trigger('$issue',
				'{"key_column": "issue_key", $connection, "group": "session {session}"}');
			CREATE TRIGGER single_$number $when = 7) EXECUTE FUNCTION jira_action_trigger('jira_create_story',
				'{"project": "OPS", "summary": "Order {id} failed"}', '{"key_column": "issue_key", $connection}');};
	}
	$node->safe_psql('postgres', join '', "CREATE ROLE $role LOGIN IN ROLE jira_spoke_user; GRANT CREATE ON SCHEMA public TO $role;",
		(map { "SELECT jira_grant_connection('$_', '$role');" } @aliases),
		"SET ROLE $role; CREATE TABLE orders_$role (id integer PRIMARY KEY, session integer NOT NULL, issue_key text); $triggers");
	return;
}

# Swallows cancels, and gives back all advisory locks of the session.
sub _create_trap
{
	my ($node, $every) = @_;

	$node->safe_psql('postgres', qq{SET ROLE mallory;
		CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS \$\$
		BEGIN
			PERFORM pg_advisory_unlock_all();
			WHILE NEW.id % $every = 0 LOOP
				BEGIN
					PERFORM pg_sleep(60);
				EXCEPTION WHEN query_canceled THEN
					NULL;
				END;
			END LOOP;
			RETURN NEW;
		END \$\$;
		CREATE TRIGGER trap BEFORE UPDATE ON orders_mallory FOR EACH ROW EXECUTE FUNCTION trap()});
	return;
}

1;
