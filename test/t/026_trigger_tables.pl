# The table of a trigger: rows of tables that inherit from it, partitions, and
# tables that the worker cannot see.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use Test::More;

my $node = start_cluster('trigger_tables');
my $jira = JiraSpoke::Jira->start;
my $template = '{"project": "OPS", "issue_type": "Bug", "summary": "{id}"}';

connect_to($node, $jira);
leaves_heirs_alone();
finds_rows_that_have_moved();
does_not_follow_out_of_a_partition();
creates_no_second_issue_for_a_move();
refuses_temporary_tables();
copies_into_one_row();

$node->stop;
done_testing();

# The call of the trigger function that writes keys into "k".
sub creating
{
	my ($options) = @_;

	return 'FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger(' . sql_text($template) . ', ' .
	  sql_text($options // '{"key_column": "k"}') . ')';
}

sub await_outbox { $node->safe_psql('postgres', 'SELECT ' . when_ended('id') . ' FROM jira_spoke.outbox'); return; }

sub leaves_heirs_alone
{
	for my $mode (qw(outbox immediate))
	{
		$node->safe_psql('postgres', 'CREATE TABLE t (id int PRIMARY KEY, k text); CREATE TABLE heir () INHERITS (t);
			INSERT INTO heir VALUES (1); CREATE TRIGGER jira AFTER INSERT ON t ' . creating(qq({"key_column": "k", "mode": "$mode"})));
		$node->safe_psql('postgres', 'INSERT INTO t VALUES (1)');
		await_outbox();
		is($node->safe_psql('postgres', 'SELECT k IS NOT NULL FROM ONLY t'), 't', "$mode: the row has its key");
		is($node->safe_psql('postgres', 'SELECT k IS NULL FROM heir'), 't', 'and a row of the same id in a table that inherits has not');
		$node->safe_psql('postgres', 'DROP TABLE t CASCADE; DELETE FROM jira_spoke.outbox');
	}
	return;
}

sub partitioned
{
	my ($key, $trigger) = @_;

	$node->safe_psql('postgres', "DROP TABLE IF EXISTS t; DELETE FROM jira_spoke.outbox;
		CREATE TABLE t (id int, region text, k text, PRIMARY KEY ($key)) PARTITION BY LIST (region);
		CREATE TABLE north PARTITION OF t FOR VALUES IN ('north') PARTITION BY RANGE (id);
		CREATE TABLE north1 PARTITION OF north FOR VALUES FROM (0) TO (10);
		CREATE TABLE south PARTITION OF t FOR VALUES IN ('south');
		CREATE TRIGGER jira AFTER INSERT ON $trigger");
	return;
}

# The trigger of a partitioned table knows the row wherever it is.  A disabled
# trigger of the other partition stands for a table without one.
sub finds_rows_that_have_moved
{
	partitioned('id, region', 't ' . creating());
	$node->safe_psql('postgres', q{ALTER TABLE south DISABLE TRIGGER jira;
		BEGIN; INSERT INTO t VALUES (1, 'north'); UPDATE jira_spoke.outbox SET source_key = '{"id": 1}'; UPDATE t SET region = 'south'; COMMIT});
	await_outbox();
	is($node->safe_psql('postgres', 'SELECT count(k) FROM south'), 1, 'a row that has moved to another partition gets its key, if its primary key is the same');
	return;
}

sub does_not_follow_out_of_a_partition
{
	partitioned('id, region', 'north1 ' . creating());
	$node->safe_psql('postgres', q{BEGIN; INSERT INTO t VALUES (1, 'north'), (2, 'north'); UPDATE t SET region = 'south' WHERE id = 1; COMMIT});
	await_outbox();
	is($node->safe_psql('postgres', 'SELECT string_agg(id || (k IS NOT NULL)::text, $$ $$ ORDER BY id) FROM t'), '1false 2true',
		'the trigger of one partition only looks there');
	like($node->safe_psql('postgres', 'SELECT error FROM jira_spoke.outbox WHERE error IS NOT NULL'), qr/not there any more/, 'and says so');
	return;
}

# As the documentation has it.
sub creates_no_second_issue_for_a_move
{
	partitioned('id, region', 't FOR EACH ROW WHEN (NEW.k IS NULL) ' . creating() =~ s/^FOR EACH ROW//r);
	$node->safe_psql('postgres', q{
		CREATE FUNCTION wait_for_issue() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			RAISE object_not_in_prerequisite_state USING MESSAGE = 'the row has no issue yet';
		END $$;
		CREATE TRIGGER stay BEFORE UPDATE OF region ON t
			FOR EACH ROW WHEN (NEW.k IS NULL AND NEW.region <> OLD.region) EXECUTE FUNCTION wait_for_issue()});
	like(query_error($node, q{BEGIN; INSERT INTO t VALUES (1, 'north'); UPDATE t SET region = 'south'}), qr/55000/, 'a row without a key may be kept from moving');
	$node->safe_psql('postgres', q{INSERT INTO t VALUES (2, 'north')});
	await_outbox();
	$node->safe_psql('postgres', q{UPDATE t SET region = 'south'; UPDATE t SET region = 'north'});
	await_outbox();
	is($node->safe_psql('postgres', 'SELECT count(*), (SELECT count(k) FROM t) FROM jira_spoke.outbox'), '1|1', 'one with a key moves without another issue');
	$node->safe_psql('postgres', 'DROP TABLE t');
	return;
}

sub refuses_temporary_tables
{
	my $table = 'CREATE TEMP TABLE own (id int PRIMARY KEY, k text); CREATE TRIGGER jira AFTER INSERT ON own';

	like(query_error($node, "$table " . creating() . '; INSERT INTO own VALUES (1)'), qr/0A000: .*temporary table "own".*HINT: .*immediate/s, 'no key for a temporary table');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM jira_spoke.outbox'), 1, 'and no item');
	is($node->safe_psql('postgres', "$table " . creating('{}') . '; INSERT INTO own VALUES (7); SELECT k IS NULL FROM own'), 't', 'without a key it may make items');
	await_outbox();
	is(scalar issues($jira, '7'), 1, 'and so issues');
	like($node->safe_psql('postgres', "$table " . creating('{"key_column": "k", "mode": "immediate"}') . '; INSERT INTO own VALUES (8); SELECT k FROM own'), qr/^OPS-\d+$/, 'or get keys at once');
	$node->safe_psql('postgres', 'DELETE FROM jira_spoke.outbox; CREATE UNLOGGED TABLE u (id int PRIMARY KEY, k text); CREATE TRIGGER jira AFTER INSERT ON u ' . creating());
	$node->safe_psql('postgres', 'INSERT INTO u VALUES (9)');
	await_outbox();
	is($node->safe_psql('postgres', 'SELECT count(k) FROM u'), 1, 'an unlogged table is like any other');
	return;
}

# There the table is the caller's choice, as in UPDATE.
sub copies_into_one_row
{
	my $id = $node->safe_psql('postgres', q{CREATE TABLE f (id int, c bytea); CREATE TABLE heir () INHERITS (f); INSERT INTO f VALUES (1); INSERT INTO heir VALUES (1), (2);
		SELECT jira_copy_attachment('OPS-1', 'log.txt', 'abc')});
	my $copy = "SELECT jira_copy_issue_attachment_to_record('$id', 'f', '{\"id\": %s}', 'c')";

	like(query_error($node, sprintf $copy, 1), qr/P0003/, 'an attachment is not copied into a row and one that inherits');
	$node->safe_psql('postgres', sprintf $copy, 2);
	is($node->safe_psql('postgres', 'SELECT string_agg(id || $$ $$ || (c IS NOT NULL)::text, $$,$$ ORDER BY id) FROM f'), '1 false,1 false,2 true', 'but into one that inherits alone');
	return;
}
