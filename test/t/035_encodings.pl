# Jira speaks UTF-8; databases may not.  What a database cannot hold is an error
# where it is data and a question mark where it is part of a message.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
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
