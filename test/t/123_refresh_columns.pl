# Columns for custom fields: how an import names them, whatever they are called, and
# what jira_refresh_columns() makes of fields that have come or gone.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use Encode qw(decode_utf8);
use JiraSpoke::Background;
use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;

my $text = 'com.atlassian.jira.plugin.system.customfieldtypes:textfield';
my $node = start_cluster('columns', 'jira_spoke.max_retries = 0');
my $jira = JiraSpoke::Jira->start;
my $server = JiraSpoke::Jira->start(deployment => 'server');

connect_to($node, $jira);
connect_to($node, $server, 'dc');
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE owner LOGIN IN ROLE jira_spoke_reader;
CREATE ROLE guest LOGIN IN ROLE jira_spoke_user;
CREATE SERVER cloud FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'demo');
CREATE SERVER dc FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'dc');
CREATE SCHEMA work;
IMPORT FOREIGN SCHEMA jira LIMIT TO (issues, projects) FROM SERVER cloud INTO work;
SQL

fields_become_columns();
no_more_than_the_limit();
new_fields_are_added();
fields_may_be_gone_or_changed();
chosen_ones();
agreements();
a_session_asks_again();
only_the_owner();
what_is_no_table();
another_encoding();
tables_of_others_are_left_alone();
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, 'nothing crashed');
done_testing();

sub field
{
	my ($number, $name, %more) = @_;

	return { id => "customfield_$number", name => decode_utf8($name), type => 'string', custom => $text, %more };
}

sub have { my (@fields) = @_; $jira->set_oddities(more_fields => \@fields); return; }
sub query { return $node->safe_psql('postgres', @_); }
sub refresh { my ($more) = @_; return query('SELECT column_name, change FROM jira_refresh_columns($$work.issues$$' . ($more // '') . ')'); }

# The columns of an import, a line for each field from 11000 on.
sub imported
{
	query('DROP SCHEMA IF EXISTS fresh CASCADE; CREATE SCHEMA fresh; IMPORT FOREIGN SCHEMA jira LIMIT TO (issues) FROM SERVER cloud INTO fresh');
	return query(q{SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'fresh.issues'::regclass
		AND attfdwoptions::text ~ 'customfield_1[1-9]' ORDER BY attnum});
}

sub fields_become_columns
{
	my %columns = (
		'Größe (m²)' => 'größe_m²_', '担当者' => '担当者', 'Дата «выхода»' => 'дата_выхода_', 'L’équipe' => 'l_équipe', 'العميل' => 'العميل',
		"a\tb\n c" => 'a_b_c', '  ' => '_', '' => 'customfield_11000', '1st "try"' => '1st_try_', 'SELECT' => 'select',
		'Status' => 'status_11000', 'JQL' => 'jql_11000', 'xmin' => 'xmin_11000', 'ctid' => 'ctid_11000', 'TableOID' => 'tableoid_11000',
		'Sprint' => 'sprint_11000', 'fields' => 'fields_11000', 'Severity' => 'severity_11000', 'x🚀y' => 'x_y',
		'x' x 80 => 'x' x 63, 'ж' x 80 => 'ж' x 31, '漢' x 80 => '漢' x 21, 'Customer' => 'customer_11000');

	for my $name (sort keys %columns)
	{
		have(field(11000, $name));
		is(imported(), "$columns{$name}|text", "field \"$name\"");
	}
	have(map { field(11000 + $_, 'The same') } 0 .. 2);
	is(imported(), "the_same|text\nthe_same_11001|text\nthe_same_11002|text", 'fields of one name');
	have(field(11000, 'A'), field(11001, 'A 11002'), field(11002, 'A'));
	is(imported(), "a|text\na_11002|text\na_11002_11002|text", 'a name that looks like another one with its number');
	have(field(11000, 'ж' x 40), field(11001, 'Ж' x 50));
	is(imported(), 'ж' x 31 . "|text\n" . 'ж' x 28 . '_11001|text', 'names that are equal when they are cut');
	have(field(11000, 'Judge', type => 'user'), field(11001, 'Judge name'), field(11002, 'Judge', type => 'user'));
	is(imported(), "judge|text\njudge_name|text\njudge_name_11001|text\njudge_11002|text\njudge_11002_name|text", 'two columns of a field');
	have(field(11000, 'SLA', type => 'sd-servicelevelagreement'), field(11001, 'Numbers', type => 'array', items => 'number'),
		field(11002, 'Objects', type => 'array', items => 'any'), field(11003, 'Team', type => 'team'));
	is(imported(), join("\n", 'sla|jsonb', 'sla_breached|boolean', 'sla_due|timestamp with time zone', 'numbers|text[]', 'objects|jsonb', 'team|text'), 'types');
	is(query(q{SELECT count(*) > 0, count("sla_due") FROM fresh.issues}), 't|0', 'which can be read');
	return;
}

sub no_more_than_the_limit
{
	have(map { field(20000 + $_, "Field $_") } 1 .. 2000);
	my ($status, $output, $messages) = $node->psql('postgres', 'DROP SCHEMA fresh CASCADE; CREATE SCHEMA fresh;
		IMPORT FOREIGN SCHEMA jira LIMIT TO (issues) FROM SERVER cloud INTO fresh');

	is($status, 0, 'thousands of fields');
	like($messages, qr/NOTICE: .* of \d+ columns for custom fields are left out of table "issues"\n.*at most 1500 columns.*"fields".*\n.*"custom_fields"/, 'of which some are left out');
	is(query(q{SELECT count(*), count(*) FILTER (WHERE col_description(attrelid, attnum) IS NULL) FROM pg_attribute WHERE attrelid = 'fresh.issues'::regclass AND attnum > 0}), '1500|0', 'a table has 1,500 columns with comments');
	is(query(q{SELECT count(field_1) FROM fresh.issues}), '0', 'and can be read');
	is(query(q{SELECT count(*) > 0 FROM (SELECT i FROM fresh.issues AS i) AS s}), 't', 'as whole rows, too');
	($status, $output, $messages) = $node->psql('postgres', q{SELECT * FROM jira_refresh_columns('fresh.issues')});
	is("$status, $output", '0, ', 'nothing is added to such a table');
	like($messages, qr/NOTICE: .* of table "issues"/, 'which is said');
	is(query(q{DROP SCHEMA fresh CASCADE; CREATE SCHEMA fresh; IMPORT FOREIGN SCHEMA jira LIMIT TO (issues) FROM SERVER cloud INTO fresh
		OPTIONS (custom_fields 'Field 1999, Field 2000'); SELECT count(*) FROM pg_attribute WHERE attrelid = 'fresh.issues'::regclass AND attfdwoptions IS NOT NULL}), '2', 'chosen ones');
	return;
}

sub new_fields_are_added
{
	have();
	is(refresh(), '', 'nothing is new');
	query('ALTER FOREIGN TABLE work.issues RENAME severity TO how_bad');
	have(field(11000, 'Größe'), field(11001, 'Judge', type => 'user'), field(11002, 'Severity'), field(11003, 'Count', type => 'number'));
	is(refresh(), "größe|added\njudge|added\njudge_name|added\nseverity|added\ncount|added", 'columns for new fields');
	is(refresh(), '', 'once');
	is(query(q{SELECT string_agg(concat_ws(' ', attname, attfdwoptions, format_type(atttypid, NULL), col_description(attrelid, attnum)), ', ' ORDER BY attnum)
		FROM pg_attribute WHERE attrelid = 'work.issues'::regclass AND attname IN ('judge_name', 'how_bad', 'severity')}),
		'how_bad {field=customfield_10032} text field "Severity" (customfield_10032), option, judge_name {field=customfield_11001.displayName} text field "Judge" (customfield_11001.displayName), user, '
		. 'severity {field=customfield_11002} text field "Severity" (customfield_11002), string', 'with options and comments, and a column that was renamed is kept');
	is(query(q{SELECT count(*) > 0, count(judge), count(größe) FROM work.issues}), 't|0|0', 'which can be read');
	query('ALTER FOREIGN TABLE work.issues DROP COLUMN judge, DROP COLUMN severity');
	have(field(11001, 'Judge', type => 'user'), field(11004, 'Order'));
	is(refresh(), "größe|gone\nseverity|gone\ncount|gone\njudge|added\norder|added" =~ s/severity\|gone\n//r, 'a dropped column comes again, in its own name');
	return;
}

sub fields_may_be_gone_or_changed
{
	have(field(11000, 'Größe', type => 'number'), field(11001, 'Judge', type => 'user'), field(11004, 'Order', type => 'array', items => 'string'), field(11003, 'Count', type => 'number'));
	$jira->set_oddities(lost_fields => ['customfield_10035']);
	is(refresh(), "reviewer|gone\nreviewer_name|gone\ngröße|type is now numeric\norder|type is now text[]", 'fields that are gone, or of another type');
	is(query(q{SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'work.issues'::regclass AND attname = 'größe'}), 'text', 'nothing is changed');
	$jira->set_oddities(lost_fields => []);
	return;
}

sub chosen_ones
{
	my @fields = map { field(12000 + $_, "Wish $_") } 1 .. 4;

	have();
	query('DROP FOREIGN TABLE work.issues; IMPORT FOREIGN SCHEMA jira LIMIT TO (issues) FROM SERVER cloud INTO work');
	have(@fields);
	is(refresh(q{, custom_fields => 'none'}), '', 'none are added');
	is(refresh(q{, custom_fields => 'wish 2, customfield_12003'}), "wish_2|added\nwish_3|added", 'by name and by id');
	like(query_error($node, q{SELECT jira_refresh_columns('work.issues', 'Wish 5')}), qr/42703: .*no field "Wish 5"/, 'an unknown one');
	is(refresh(), "wish_1|added\nwish_4|added", 'the rest');
	is(query(q{BEGIN; ALTER FOREIGN TABLE work.issues DROP COLUMN wish_1; SELECT change FROM jira_refresh_columns('work.issues'); ROLLBACK; SELECT count(wish_1) FROM work.issues}), "added\n0", 'a transaction');
	return;
}

# Of a service level agreement the last cycle counts: the one under way, else the one that ended last.
sub agreements
{
	my $cycle = sub { my ($breached, $due, $stopped) = @_; return { breached => $breached ? Cpanel::JSON::XS::true : Cpanel::JSON::XS::false,
		$due ? (breachTime => { iso8601 => $due }) : (), $stopped ? (stopTime => { epochMillis => $stopped }) : () } };
	my %values = (
		'1|t|2026-03-01 08:00:00+00' => { completedCycles => [], ongoingCycle => $cycle->(1, '2026-03-01T10:00:00+0200') },
		'2|f|2026-03-02 08:00:00+00' => { completedCycles => [ $cycle->(1, '2026-03-01T08:00:00+0000', 1) ], ongoingCycle => $cycle->(0, '2026-03-02T08:00:00+0000') },
		'3|f|' => { completedCycles => [ $cycle->(1, '2026-03-01T08:00:00+0000', 1) ], ongoingCycle => $cycle->(0) },
		'4|t|2026-03-04 08:00:00+00' => { completedCycles => [ map { $cycle->(@$_) } [ 0, '2026-03-03T08:00:00+0000', 10 ], [ 1, '2026-03-04T08:00:00+0000', 30 ], [ 0, '2026-03-05T08:00:00+0000', 20 ] ] },
		'5|t|' => { completedCycles => [ $cycle->(0), $cycle->(1) ], ongoingCycle => undef },
		'6||' => { completedCycles => [] }, '7||' => {}, '8||' => undef, '9||' => 'no value that anybody knows');

	have();
	query(q{SET client_min_messages = error; DROP SCHEMA IF EXISTS fresh CASCADE; CREATE SCHEMA fresh; IMPORT FOREIGN SCHEMA jira LIMIT TO (issues) FROM SERVER cloud INTO fresh});
	$jira->fault(kind => 'wrong_type', times => 1, path => '*/search/jql', body => encode_json({ isLast => Cpanel::JSON::XS::true,
		issues => [ map { +{ key => 'OPS-' . substr($_, 0, 1), fields => { customfield_10043 => $values{$_} } } } sort keys %values ] }));
	is(query(q{SET timezone = 'UTC'; SELECT substr(key, 5), time_to_resolution_breached, time_to_resolution_due FROM fresh.issues}), join("\n", sort keys %values), 'the last cycle of an agreement');
	like(query(q{SELECT col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'fresh.issues'::regclass AND attname = 'time_to_resolution_due'}),
		qr/field "Time to resolution" \(customfield_10043\.lastCycle\.breachTime\)/, 'and a comment');
	return;
}

# Fields that a session has asked for are asked for again.
sub a_session_asks_again
{
	my $session = $node->background_psql('postgres');

	have();
	$session->query_safe(q{SET client_min_messages = warning; SELECT count(*) FROM jira_lookup_issues_stream('key = OPS-1', fields => ARRAY['Severity'])});
	have(field(13000, 'Later'));
	is($session->query_safe(q{SELECT change FROM jira_refresh_columns('work.issues') WHERE column_name = 'later'}), 'added', 'in a session that knows fields already');
	have(field(13000, 'Later'), field(13001, 'Latest'));
	is($session->query_safe(q{DROP SCHEMA IF EXISTS fresh CASCADE; CREATE SCHEMA fresh; IMPORT FOREIGN SCHEMA jira LIMIT TO (issues) FROM SERVER cloud INTO fresh;
		SELECT count(latest) FROM fresh.issues}), '0', 'and for an import');
	$session->quit;
	return;
}

sub only_the_owner
{
	my $call = q{SELECT column_name FROM jira_refresh_columns('work.issues')};

	query('GRANT USAGE, CREATE ON SCHEMA work TO guest, owner; GRANT ALL ON work.issues TO guest; ALTER TABLE work.issues OWNER TO owner');
	have(field(14000, 'Mine'));
	is(rows_or_sqlstate($node, 'guest', $call), '42501', 'who does not own the table');

	query('CREATE TABLE held ()');
	$jira->close_gate(path => '*/search/jql');
	my $holder = JiraSpoke::Background->start($node, "BEGIN;\nLOCK TABLE held;\nSELECT count(*) FROM jira_lookup_issues_stream('project = WEB', connection => 'demo');\n");
	my $pid = $holder->waiting_pid;
	is(rows_or_sqlstate($node, 'guest', q{SET lock_timeout = '1s'; SELECT * FROM jira_refresh_columns('held')}), '42501', 'who waits for no lock');
	query("SELECT pg_cancel_backend($pid)");
	$jira->open_gate;
	$holder->finish;

	is(rows_or_sqlstate($node, 'owner', $call), '42704', 'an owner without the connection');
	query(q{SET client_min_messages = error; SELECT jira_grant_connection('demo', 'owner', 'read')});
	is(rows_or_sqlstate($node, 'owner', $call), "wish_2\nwish_3\nwish_1\nwish_4\nlater\nmine", 'an owner who has it');
	is(rows_or_sqlstate($node, 'owner', "BEGIN READ ONLY; $call"), "wish_2\nwish_3\nwish_1\nwish_4\nlater", 'without anything new, in a read-only transaction');
	have(field(14000, 'Mine'), field(14001, 'Yours'));
	is(rows_or_sqlstate($node, 'owner', "BEGIN READ ONLY; $call"), '25006', 'which does not add columns');
	return;
}

sub what_is_no_table
{
	is(query(q{SELECT count(*) FROM jira_refresh_columns('work.projects')}), '0', 'a table without fields');
	like(query_error($node, qq{SELECT jira_refresh_columns('$_')}), qr/42809: .*not a foreign table of jira_spoke/, "not one of ours: $_") for 'pg_class', 'jira_spoke.alias';
	like(query_error($node, 'SELECT jira_refresh_columns(NULL)'), qr/22004: .*"table"/, 'NULL');
	like(query_error($node, q{SELECT jira_refresh_columns('work.issues', NULL)}), qr/22004: .*"custom_fields"/, 'no choice');
	return;
}

# Characters that the database cannot have.
sub another_encoding
{
	have(field(11000, 'Größe 担当'), field(11001, '担当'), field(11002, '者'));
	$node->safe_psql('postgres', q{CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0});
	$node->safe_psql('latin', 'CREATE EXTENSION jira_spoke');
	connect_to($node, $jira, 'demo', dbname => 'latin');
	is($node->safe_psql('latin', q{SET client_encoding = 'UTF8'; CREATE SERVER cloud FOREIGN DATA WRAPPER jira_spoke OPTIONS (connection 'demo');
		IMPORT FOREIGN SCHEMA jira LIMIT TO (issues) FROM SERVER cloud INTO public;
		SELECT attname, col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'issues'::regclass AND attfdwoptions::text LIKE '%customfield_11%' ORDER BY attnum}),
		qq{größe_|field "Größe ??" (customfield_11000), string\n_|field "??" (customfield_11001), string\n__11002|field "?" (customfield_11002), string}, 'names in LATIN1');
	return;
}

# Data Center has no table of filters: one of this name is somebody's own.
sub tables_of_others_are_left_alone
{
	query(q{CREATE SCHEMA dc; CREATE TABLE dc.filters (account text); COMMENT ON TABLE dc.filters IS 'mine'; COMMENT ON COLUMN dc.filters.account IS 'mine, too';
		IMPORT FOREIGN SCHEMA jira FROM SERVER dc INTO dc});
	is(query(q{SELECT obj_description('dc.filters'::regclass), col_description('dc.filters'::regclass, 1)}), 'mine|mine, too', 'comments of a table that was not imported');
	like(query_error($node, 'IMPORT FOREIGN SCHEMA jira LIMIT TO (issues) FROM SERVER dc INTO dc'), qr/42P07: .*relation "issues" already exists/, 'a table that is there already');
	is(query(q{SELECT obj_description('dc.issues'::regclass)}), 'issues, as Jira has them', 'is left alone');
	is(query(q{CREATE SCHEMA dc2; CREATE TABLE dc2.issues (); IMPORT FOREIGN SCHEMA jira EXCEPT (issues) FROM SERVER dc INTO dc2;
		SELECT obj_description('dc2.issues'::regclass) IS NULL, count(*) > 0 FROM dc2.projects}), 't|t', 'one that is not to be imported');
	is(query(q{CREATE SCHEMA dc3; IMPORT FOREIGN SCHEMA jira LIMIT TO (nothing) FROM SERVER dc INTO dc3; SELECT count(*) FROM pg_class WHERE relnamespace = 'dc3'::regnamespace}), '0',
		'a table that there is not');
	return;
}
