# Rows that make writes: templates, conditions, all that fires a trigger.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Outbox;
use Test::More;

my $node = start_cluster('triggers');
my $jira = JiraSpoke::Jira->start;
my $bug = '"project": "OPS", "issue_type": "Bug"';

connect_to($node, $jira);
connect_to($node, $jira, 'second');
fills_templates();
refuses_bad_templates();
refuses_bad_triggers();
fires_on_what_it_should();
fires_for_partitions();
writes_about_rows();
is_immediate();
can_be_switched_off();
knows_other_encodings();

$node->stop;
done_testing();

# A table "t", with one trigger on it, and an empty outbox.
sub table
{
	my ($columns, $trigger) = @_;

	$node->safe_psql('postgres', 'SELECT ' . when_ended('id') . ' FROM jira_spoke.outbox');
	$node->safe_psql('postgres', "DROP TABLE IF EXISTS t; DELETE FROM jira_spoke.outbox; CREATE TABLE t ($columns)");
	$node->safe_psql('postgres', "CREATE TRIGGER jira $trigger") if $trigger;
	return;
}

sub creating
{
	my ($template, $options) = @_;
	my $more = $options ? ', ' . sql_text($options) : '';

	return 'FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger(' . sql_text($template) . "$more)";
}

sub arguments { return $node->safe_psql('postgres', "SELECT arguments @_ FROM jira_spoke.outbox ORDER BY id DESC LIMIT 1"); }

sub fills_templates
{
	my %fills = (
		'{a}' => '"text"', '{b}' => '12', '{c}' => '1.5', '{d}' => 'true', '{e}' => 'null', '{f}' => '{"k": ["v", 1, null]}',
		'{g}' => '["x", "y z"]', '{h}' => '[1, 2]', '{i}' => '"2026-02-03"',
		'Order {b}: {a}!' => '"Order 12: text!"', '{a}{b}' => '"text12"', '{{a}} {a}' => '"{a} text"', '{{{a}}}' => '"{text}"',
		'{e}.' => '"."', '}' => '"}"', 'a } b' => '"a } b"', '{Ünïcode}' => '"ü€"', '{with "quotes"}' => '"q"', '{{' => '"{"',
		'{f}!' => '"{\"k\": [\"v\", 1, null]}!"', 'plain' => '"plain"', '' => '""');

	for my $text (sort keys %fills)
	{
		my $template = Cpanel::JSON::XS->new->utf8(0)->encode({ project => 'OPS', issue_type => 'Bug', summary => 'x', fields => { it => [ { so => $text } ], n => 7, z => undef } });
		utf8::downgrade($template);
		table('id int PRIMARY KEY, a text, b int, c numeric, d bool, e text, f jsonb, g text[], h int[], i date, "Ünïcode" text, "with ""quotes""" text',
			'AFTER INSERT ON t ' . creating($template));
		$node->safe_psql('postgres', q{INSERT INTO t VALUES (1, 'text', 12, 1.5, true, NULL, '{"k": ["v", 1, null]}',
			'{x,y z}', '{1,2}', '2026-02-03', 'ü€', 'q')});
		is(arguments("#> '{fields,it,0,so}'"), $fills{$text}, "template: $text");
	}

	table('id int PRIMARY KEY, at timestamptz, plain timestamp, u uuid, b bytea, labels text[]',
		'AFTER INSERT ON t ' . creating(qq({$bug, "summary": "{id}", "labels": "{labels}", "fields": {"at": "{at}", "plain": "{plain}", "u": "{u}"}})));
	$node->safe_psql('postgres', q{SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German';
		INSERT INTO t VALUES (1, '2026-02-03 04:05:06+00', '2026-02-03 04:05:06', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', NULL, '{one,two}')});
	like(arguments(q{#>> '{fields,at}'}), qr/^2026-02-03T04:05:06(?:\.000)?(?:\+0000|Z|\+00:00)$|^2026-02-03T13:05:06.*09:?00$/, 'a timestamp as Jira reads it, whatever the DateStyle');
	like(arguments(q{#>> '{fields,plain}'}), qr/^2026-02-03[T ]04:05:06/, 'one without a time zone');
	is(arguments(q{#>> '{fields,u}'}), 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a uuid');
	is(arguments(q{-> 'labels'}), '["one", "two"]', 'an array for an array');
	return;
}

# The row is refused, and nothing is put into the outbox.
sub refuses_bad_templates
{
	my @bad = (
		[ '{"project": "{nosuch}"}', undef, qr/42703: table "t" has no column "nosuch"/ ],
		[ '{"summary": "open {id"}', undef, qr/22023: .*brace that is not closed: \{id/ ],
		[ '{"summary": "{}"}', undef, qr/22023: .*brace/ ],
		[ 'not json', undef, qr/22023: the template of a Jira trigger must be a JSON object/ ],
		[ '[1]', undef, qr/22023: the template/ ],
		[ '{"project": "OPS", "issue_type": "Bug"}', undef, qr/22004: argument "summary"/ ],
		[ qq({$bug, "summary": "{empty}"}), undef, qr/22004: argument "summary"/ ],
		[ qq({$bug, "sumary": "x", "summary": "x"}), undef, qr/has no argument "sumary"/ ],
		[ qq({$bug, "summary": "x"}), 'not json', qr/22023: the options/ ],
		[ qq({$bug, "summary": "x"}), '{"mode": "later"}', qr/22023: option "mode"/ ],
		[ qq({$bug, "summary": "x"}), '{"key_colum": "k"}', qr/22023: option "key_colum"/ ],
		[ qq({$bug, "summary": "x"}), '{"group": 7}', qr/22023: option "group"/ ],
		[ qq({$bug, "summary": "x"}), '{"group": "{nosuch}"}', qr/42703/ ],
		[ qq({$bug, "summary": "x"}), '{"connection": "nowhere"}', qr/connection "nowhere"/ ],
		[ qq({$bug, "summary": "x"}), '{"key_column": "nosuch"}', qr/42703: table "t" has no column "nosuch"/ ]);

	for my $bad (@bad)
	{
		my ($template, $options, $error) = @$bad;

		table('id int PRIMARY KEY, empty text', 'AFTER INSERT ON t ' . creating($template, $options));
		like(query_error($node, 'INSERT INTO t VALUES (1)'), $error, "refused: $template " . ($options // ''));
		is($node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM jira_spoke.outbox)'), '0|0', 'leaves nothing');
	}
	table('id int, k text', 'AFTER INSERT ON t ' . creating(qq({$bug, "summary": "x"}), '{"key_column": "k"}'));
	like(query_error($node, 'INSERT INTO t VALUES (1)'), qr/55000: table "t" needs a primary key/, 'no primary key to find the row again');
	return;
}

sub refuses_bad_triggers
{
	table('id int PRIMARY KEY, k text');
	my %bad = (
		"AFTER INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION jira_create_issue_trigger('{}')" => qr/39P01: jira_create_issue_trigger must be fired for each row/,
		"AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger()" => qr/39P01: jira_create_issue_trigger takes a template/,
		"AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger('{}', '{}', '{}')" => qr/39P01/,
		"AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION jira_action_trigger('jira_add_comment')" => qr/39P01: jira_action_trigger takes the name of an action/,
		"AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION jira_action_trigger('jira_lookup_issue', '{}')" => qr/22023: "jira_lookup_issue" is not an action that writes/);

	for my $trigger (sort keys %bad)
	{
		$node->safe_psql('postgres', "CREATE OR REPLACE TRIGGER jira $trigger");
		like(query_error($node, 'INSERT INTO t VALUES (1)'), $bad{$trigger}, $trigger);
		$node->safe_psql('postgres', 'DROP TRIGGER jira ON t');
	}
	$node->safe_psql('postgres', "CREATE TRIGGER jira AFTER TRUNCATE ON t FOR EACH STATEMENT EXECUTE FUNCTION jira_create_issue_trigger('{}')");
	like(query_error($node, 'TRUNCATE t'), qr/39P01: .* must be fired for each row/, 'TRUNCATE');
	like(query_error($node, 'SELECT jira_create_issue_trigger()'), qr/0A000|39P01/, 'called as a function');
	return;
}

# The states of all items when they have ended, each with what is appended to it.
sub states
{
	my $appended = shift // '';

	return $node->safe_psql('postgres', 'SELECT string_agg(' . when_ended('id') . "$appended, ',') FROM jira_spoke.outbox");
}

sub queued { return $node->safe_psql('postgres', q{SELECT string_agg(arguments ->> 'summary', ',' ORDER BY id) FROM jira_spoke.outbox}); }

sub fires_on_what_it_should
{
	my $template = creating(qq({$bug, "summary": "row {id} {v}"}));

	table('id int PRIMARY KEY, v text, g text GENERATED ALWAYS AS (v || 1) STORED', "AFTER INSERT OR UPDATE ON t FOR EACH ROW WHEN (NEW.v LIKE 'bad%') EXECUTE FUNCTION jira_create_issue_trigger("
		. sql_text(qq({$bug, "summary": "row {id} {v} {g}"})) . ')');
	$node->safe_psql('postgres', q{INSERT INTO t VALUES (1, 'good'), (2, 'bad'); UPDATE t SET v = 'bad too' WHERE id = 1; UPDATE t SET v = 'good'});
	is(queued(), 'row 2 bad bad1,row 1 bad too bad too1', 'WHEN, UPDATE, generated columns');

	table('id int PRIMARY KEY, v text', "AFTER INSERT ON t $template");
	$node->safe_psql('postgres', "COPY t FROM STDIN;\n1\ta\n2\tb\n3\tc\n\\.\n");
	is(queued(), 'row 1 a,row 2 b,row 3 c', 'COPY');
	$node->safe_psql('postgres', q{DELETE FROM jira_spoke.outbox WHERE state <> 'sending'; INSERT INTO t VALUES (3, 'd'), (4, 'd') ON CONFLICT DO NOTHING;
		INSERT INTO t VALUES (4, 'e'), (5, 'e') ON CONFLICT (id) DO UPDATE SET v = excluded.v});
	like(queued(), qr/row 4 d,row 5 e$/, 'ON CONFLICT');

	table('id int PRIMARY KEY, v text', "BEFORE INSERT OR UPDATE OR DELETE ON t $template");
	$node->safe_psql('postgres', q{INSERT INTO t VALUES (1, 'a'); UPDATE t SET v = 'b'; DELETE FROM t});
	is(queued() . $node->safe_psql('postgres', 'SELECT count(*) FROM t'), 'row 1 a,row 1 b,row 1 b0', 'BEFORE, and DELETE');
	like(query_error($node, 'INSERT INTO t VALUES (NULL)'), qr/23502/, 'a key that is null');

	table('id int PRIMARY KEY, v text', "AFTER DELETE ON t $template");
	$node->safe_psql('postgres', q{INSERT INTO t VALUES (1, 'a'); DELETE FROM t});
	like(queued(), qr{row 1 a$}, 'AFTER DELETE has the old row');

	table('id int PRIMARY KEY, v text');
	$node->safe_psql('postgres', "CREATE CONSTRAINT TRIGGER jira AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED $template");
	$node->safe_psql('postgres', q{BEGIN; INSERT INTO t VALUES (1, 'a'); UPDATE t SET v = 'b'; COMMIT});
	is(states(), 'done', 'a deferred trigger, in the commit itself');
	return;
}

sub fires_for_partitions
{
	$node->safe_psql('postgres', 'DROP TABLE IF EXISTS t; DELETE FROM jira_spoke.outbox; CREATE ROLE insider IN ROLE jira_spoke_user;
		CREATE TABLE t (id int PRIMARY KEY, k text) PARTITION BY RANGE (id);
		CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10); CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (10) TO (20);
		GRANT INSERT, SELECT, UPDATE ON t TO insider; SELECT jira_grant_connection(\'demo\', \'insider\');
		CREATE TRIGGER jira AFTER INSERT ON t ' . creating(qq({$bug, "summary": "partition {id}"}), '{"key_column": "k"}'));
	$node->safe_psql('postgres', q{SET ROLE insider; SET jira_spoke.connection = 'demo'; INSERT INTO t VALUES (1), (11)});
	is(states(), 'done,done', 'partitions');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM t WHERE k ~ '^OPS-'}), 2, 'get their keys, through the table that the role may update');
	$node->safe_psql('postgres', 'DROP TABLE t');
	return;
}

# Comment, transition and update of the issue whose key the row has.
sub writes_about_rows
{
	table('id int PRIMARY KEY, v text, k text');
	for my $trigger (
		[ 'comment', 'UPDATE OF v', 'jira_add_comment', '{"issue": "{k}", "body": "Row {id} is {v}"}' ],
		[ 'move', 'UPDATE OF v', 'jira_do_transition', '{"issue": "{k}", "transition": "In Progress"}' ],
		[ 'edit', 'UPDATE OF v', 'jira_update_issue', '{"issue": "{k}", "summary": "Row {v}", "fields": {"labels": ["{v}"]}}' ],
		[ 'gone', 'DELETE', 'jira_delete_issue', '{"issue": "{k}"}' ])
	{
		my ($name, $event, $action, $template) = @$trigger;
		my $row = $event eq 'DELETE' ? 'OLD' : 'NEW';

		$node->safe_psql('postgres', "CREATE TRIGGER $name AFTER $event ON t FOR EACH ROW WHEN ($row.k IS NOT NULL)
			EXECUTE FUNCTION jira_action_trigger('$action', " . sql_text($template) . ')');
	}
	$node->safe_psql('postgres', q{INSERT INTO t VALUES (1, 'new', 'OPS-1'); UPDATE t SET v = 'late'});
	is(states(" || ' ' || group_key"), join(',', ('done OPS-1') x 3),
		'comment, transition, update: in the order of the issue');
	is($node->safe_psql('postgres', q{SELECT summary || ' ' || status || ' ' || labels::text FROM jira_lookup_issue('OPS-1')}), 'Row late In Progress {late}', 'the issue');
	is($node->safe_psql('postgres', q{SELECT body FROM jira_lookup_latest_comment_on_issue('OPS-1')}), 'Row 1 is late', 'its comment');
	$node->safe_psql('postgres', 'DELETE FROM t');
	is($node->safe_psql('postgres', 'SELECT ' . when_ended('max(id)') . ' FROM jira_spoke.outbox'), 'done', 'DELETE');
	like(query_error($node, q{SELECT jira_lookup_issue('OPS-1')}), qr/P0002/, 'the issue is gone');
	return;
}

sub is_immediate
{
	my $options = '{"mode": "immediate", "key_column": "k"}';

	for my $when ('BEFORE INSERT', 'AFTER INSERT', 'AFTER INSERT OR UPDATE')
	{
		table('id int PRIMARY KEY, k varchar(20), n int DEFAULT 0', "$when ON t " . creating(qq({$bug, "summary": "now $when {id}"}), $options));
		like($node->safe_psql('postgres', 'INSERT INTO t VALUES (1); SELECT k FROM t'), qr/^OPS-\d+$/, "$when: the key is there at once");
		is(scalar issues($jira, "now $when 1"), 1, 'of one issue');
		is($node->safe_psql('postgres', 'SELECT count(*) FROM jira_spoke.outbox'), 0, 'and nothing in the outbox');
		$jira->fault(kind => 'status', status => 403, times => 1, path => '*/issue', body => { errorMessages => ['not today'] });
		like(query_error($node, 'INSERT INTO t VALUES (2)'), qr/42501.*not today/s, 'an error of Jira');
		is($node->safe_psql('postgres', 'SELECT count(*) FROM t'), 1, 'fails the statement');
	}
	return;
}

sub can_be_switched_off
{
	for my $options (undef, '{"mode": "immediate"}')
	{
		table('id int PRIMARY KEY', 'AFTER INSERT ON t ' . creating(qq({$bug, "summary": "off"}), $options));
		$node->safe_psql('postgres', "LOAD 'jira_spoke'; SET jira_spoke.outbox = off; INSERT INTO t VALUES (1)");
		is($node->safe_psql('postgres', 'SELECT count(*) FROM jira_spoke.outbox'), 0, 'off: nothing in the outbox');
		is(scalar issues($jira, 'off'), 0, 'nothing in Jira');
	}
	return;
}

sub knows_other_encodings
{
	$node->safe_psql('postgres', q{CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'});
	my ($url, $template) = ($jira->url, sql_text(qq({$bug, "summary": "Größe {größe}"})));
	my $sql = qq{CREATE EXTENSION jira_spoke;
		SELECT jira_create_connection('demo', url => '$url', username => 'demo\@example.com', secret => 'demo-token', is_default => true);
		CREATE TABLE t ("größe" text PRIMARY KEY, k text);
		CREATE TRIGGER jira AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION jira_create_issue_trigger($template, '{"key_column": "k"}');
		INSERT INTO t VALUES ('süß')};
	$node->safe_psql('latin', "SET client_encoding = 'UTF8'; $sql");
	is($node->safe_psql('latin', 'SELECT ' . when_ended(1)), 'done', 'LATIN1');
	like($node->safe_psql('latin', 'SELECT k FROM t'), qr/^OPS-/, 'a key with an umlaut is found again');
	my ($made) = grep { $_->{summary} =~ /^Gr.*S?/ && $_->{summary} =~ /\x{fc}/ } @{ $jira->control('GET', 'issues?project=OPS') };
	is($made->{summary}, "Gr\x{f6}\x{df}e s\x{fc}\x{df}", 'and reaches Jira as it is');
	return;
}
