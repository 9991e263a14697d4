# Jira speaks UTF-8; databases may not.  What a database cannot hold is an error
# where it is data and a question mark where it is part of a message.  Replies that
# are labelled wrongly, or are not quite JSON, are read as far as they can be.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::Background;
use JiraSpoke;
use Test::More;

my $node = start_cluster('encodings', 'jira_spoke.max_retries = 0');
my $jira = JiraSpoke::Jira->start;

# "Ä" and "ł", as JSON has them and as psql gets them.
my %umlaut = (LATIN1 => "\xc4", SQL_ASCII => "\xc3\x84", UTF8 => "\xc3\x84");
my %stroke = (LATIN1 => '?', SQL_ASCII => "\xc5\x82", UTF8 => "\xc5\x82");
my $words = "\x{c4}rger mit \x{142}";

for my $encoding (sort keys %umlaut)
{
	my $database = lc $encoding;

	$node->safe_psql('postgres',
		"CREATE DATABASE $database ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	$node->safe_psql($database, 'CREATE EXTENSION jira_spoke');
	$node->safe_psql($database, sprintf q{SELECT jira_create_connection('demo', '%s', '%s', '%s', is_default => true)},
		$jira->url, $jira->username, $jira->secret);
	keeps_characters($database, $umlaut{$encoding});
	minds_what_it_lacks($database, $encoding);
	quotes_jira($database, $umlaut{$encoding}, $stroke{$encoding});
}

my $summary = "\x{c4}rger";
utf8::encode($summary);
reads_other_encodings();
reads_halves_of_characters();
reads_numbers_that_are_none();

$node->stop;
done_testing();

# Runs a script with the bytes of the database's own encoding.
sub run_encoded
{
	my ($database, $script) = @_;

	return JiraSpoke::Background->start($node,
		"SET client_encoding = $database;\n$script\nSELECT 'alive';\n", dbname => $database)->finish;
}

sub keeps_characters
{
	my ($database, $umlaut) = @_;
	my ($out, $error) = run_encoded($database,
		"SELECT jira_create_issue('OPS', 'Bug', '${umlaut}rger', '$umlaut', labels => '{$umlaut}') AS key \\gset\n"
		. "SELECT summary, description, labels, fields ->> 'summary' FROM jira_lookup_issue(:'key');\n"
		. "SELECT count(*) > 0 FROM jira_lookup_issues_stream('summary ~ \"${umlaut}rger\" ORDER BY key', max_rows => 1);");

	is($error, '', "$database: no error");
	is($out, "${umlaut}rger|$umlaut|{$umlaut}|${umlaut}rger\nt\nalive\n", "$database: characters come back as they went");
	return;
}

sub minds_what_it_lacks
{
	my ($database, $encoding) = @_;
	$jira->fault(kind => 'wrong_type', times => 1, body => qq({"key": "OPS-1", "fields": {"summary": "\\u0142"}}));
	my ($out, $error) = run_encoded($database, q{SELECT octet_length(summary) FROM jira_lookup_issue('OPS-1');});

	if ($encoding eq 'LATIN1')
	{
		like($error, qr/ERROR:  22P05: .*has no equivalent in encoding "LATIN1"\nCONTEXT: .*Jira action jira_lookup_issue/,
			"$database: a character that it lacks");
		is($out, "alive\n", "$database: and the session works");
		return;
	}
	is($out, "2\nalive\n", "$database: every character fits");
	is($error, '', "$database: without an error");
	return;
}

sub quotes_jira
{
	my ($database, $umlaut, $stroke) = @_;

	$jira->fault(kind => 'status', times => 1, status => 400,
		body => { errorMessages => [$words], errors => { $words => $words } });
	my (undef, $error) = run_encoded($database, q{SELECT key FROM jira_lookup_issue('OPS-1');});
	my $quoted = "${umlaut}rger mit $stroke";

	like($error, qr/ERROR:  22023: .*\nDETAIL:  \Q$quoted $quoted: $quoted\E\n/, "$database: Jira's words in an error");

	$jira->fault(kind => 'wrong_type', times => 1, body => "\x{c4}\x{142}");
	(undef, $error) = run_encoded($database, q{SELECT key FROM jira_lookup_issue('OPS-1');});
	like($error, qr/ERROR:  08P01: .*\nDETAIL:  invalid token near '\Q$umlaut\E'/, "$database: a parser's words");

	$jira->fault(kind => 'html', times => 1);
	my ($out, $problem) = run_encoded($database, q{SELECT status, body #>> '{}' LIKE '%Log in%' FROM jira_request('GET', '/rest/api/2/myself');});
	is("$problem$out", "200|t\nalive\n", "$database: a page through jira_request");

	$jira->fault(kind => 'status', times => 1, status => 200, content_type => 'text/plain', body => "\x{c4}rger!");
	($out, $problem) = run_encoded($database, q{SELECT body #>> '{}' FROM jira_request('GET', '/rest/api/2/myself');});
	is("$problem$out", "${umlaut}rger!\nalive\n", "$database: other text through jira_request");
	return;
}

# Through the connection of the database with UTF-8.
sub read_utf8 { return rows_or_error($node, "SET jira_spoke.max_retries = 1; $_[0]", dbname => 'utf8'); }

sub reads_other_encodings
{
	my $key = read_utf8("SELECT jira_create_issue('OPS', 'Bug', '$summary')");
	my $look = "SELECT summary FROM jira_lookup_issue('$key')";
	my $list = "SELECT summary FROM jira_lookup_issues_stream('key = $key')";
	my %recoded = (
		'Latin 1' => { charset => 'iso-8859-1' }, 'Windows 1252' => { charset => 'windows-1252' },
		'UTF-8 that is called Latin 1' => { charset => 'utf-8', label => 'ISO-8859-1' },
		'UTF-8 that is called what nobody knows' => { charset => 'utf-8', label => 'x-none' },
		'a label in quotes' => { charset => 'iso-8859-1', label => '"iso-8859-1"' },
		'a byte order mark' => { mark => Cpanel::JSON::XS::true }, 'a content encoding that is none' => { content_encoding => 'UTF-8' });

	for my $name (sort keys %recoded)
	{
		$jira->fault(kind => 'recoded', %{ $recoded{$name} });
		is(read_utf8($look), $summary, "$name: one row");
		is(read_utf8($list), $summary, "$name: a list");
		is(read_utf8(q{SELECT jira_add_comment('OPS-1', 'x') ~ '^\d+$'}), 't', "$name: the reply to a write") unless $name =~ /encoding/;
		like(read_utf8(q{SELECT * FROM jira_lookup_issue('OPS-99999')}), qr/P0002.*DETAIL:  Issue does not exist/s, "$name: a refusal");
		$jira->clear_faults;
	}

	# A write is not repeated; the next one of the session takes what comes.
	$jira->forget_requests;
	$jira->fault(kind => 'recoded', content_encoding => 'UTF-8');
	like(read_utf8(q{SELECT jira_add_comment('OPS-1', 'x')}),
		qr/08P01: .*Content-Encoding.*CONTEXT: .*may have been carried out/s, 'a write says what was wrong, and that it may have been carried out');
	is(scalar(() = $jira->request_lines), 1, 'and was sent once');
	is(read_utf8(qq{$look; SELECT jira_add_comment('OPS-1', 'x') ~ '^\\d+\$'}), "$summary\nt", 'after a read it is no matter');
	$jira->clear_faults;
	return;
}

sub reads_halves_of_characters
{
	my $mark = '\ufffd';
	my %texts = ('cut \ud83d' => "cut $mark", '\ud83d' => $mark, '\ude00 x' => "$mark x", 'a\uD83Db' => "a${mark}b", '\ud83d\ud83d\ude00' => "$mark\\ud83d\\ude00",
		'\ude00\ud83d' => "$mark$mark", '\\\\ud83d' => '\\\\ud83d', 'x \ud83d\ude00' => 'x \ud83d\ude00', '\ud83d\n' => "$mark\\n");

	for my $text (sort keys %texts)
	{
		$jira->fault(kind => 'wrong_type', times => 1, body => qq({"issues": [{"key": "OPS-1", "fields": {"summary": "$text", "labels": ["$text"], "assignee": {"displayName": "$text"}}}], "isLast": true}));
		my $wanted = eval { Cpanel::JSON::XS->new->decode(qq(["$texts{$text}"]))->[0] } // die "$text: $@";
		utf8::encode($wanted);
		is(read_utf8(q{SELECT summary = assignee_name AND labels[1] = summary, summary FROM jira_lookup_issues_stream('key = OPS-1')}), "t|$wanted", "half a character: $text");
	}
	return;
}

sub reads_numbers_that_are_none
{
	$jira->fault(kind => 'wrong_type', times => 1, body => '{"issues": [{"key": "OPS-1", "fields": {"summary": "NaN", "workratio": NaN, "progress": [-Infinity, Infinity, 1e400, "\ud83d"]}}], "isLast": true}');
	is(read_utf8(q{SELECT summary, fields->'workratio', fields->'progress'->1 FROM jira_lookup_issues_stream('key = OPS-1', fields => ARRAY['workratio', 'progress'])}),
		'NaN|null|null', 'NaN and infinity are null');
	$jira->fault(kind => 'wrong_type', times => 1, body => '{"key": "OPS-1", "fields": {"summary": "x", "a": NaNo}}');
	like(read_utf8(q{SELECT summary FROM jira_lookup_issue('OPS-1')}), qr/08P01: .*DETAIL:  invalid token near 'NaNo'/s, 'what else is no JSON is refused as it came');
	return;
}
