# doc/actions.md: every function of the extension, from its catalogue.
package JiraSpoke::DocActions;

use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use Encode qw(encode_utf8);
use Exporter qw(import);
use JiraSpoke::DocRun qw(psql);

our @EXPORT_OK = qw(actions_page spelled);

my @other_titles = ('Beside the actions', 'Triggers and the outbox', 'JQL', 'Connections');
my %other_titles = (
	'Beside the actions' => qr/_test_connection$/,
	'Triggers and the outbox' => qr/_trigger$|_outbox_|^jira_(enqueue|wait)$/,
	'JQL' => qr/^jira_(quote|jql)$/,
	'Connections' => qr/_connections?$|_oauth_|_rotate_key$|_stat_reset$/);
my %deployments = (
	'cloud server' => 'Cloud and Data Center.',
	'cloud' => 'Cloud only.',
	'server' => 'Data Center only.',
	'cloud server<=9' => 'Cloud, and Data Center up to version 9.',
	'cloud server>=11.3' => 'Cloud, and Data Center from version 11.3.',
	'server>=9' => 'Data Center from version 9.');
my %auth_limits = (
	'not-oauth' => 'OAuth 2.0',
	'not-scoped' => 'an API token that has scopes');
my $preface = <<'END';
# Functions

Every function of jira_spoke: the actions by category, then what is [beside them](#beside-the-actions), [triggers and the
outbox](#triggers-and-the-outbox), [JQL](#jql) and [connections](#connections). [Rows](#rows) has the columns of the
results. This page is written by `make doc` from the catalogue of the extension; the examples were run against the small
Jira of the tests.

- Every argument with a `DEFAULT` can be left out. `connection` is the alias to use, see [connections.md](connections.md).
  In the examples the default connection leads to Cloud and `dc` to Data Center.
- `issue` and `project` are a key or an id. `account` is the account id on Cloud, the user name on Data Center.
- A function that returns `void` is shown without its empty result.
- *Requests* are the method and the path below the base URL; `{v}` is the API version of the connection, 2 or 3. Of
  several, the version of Jira and the sign-in decide. Reads repeat theirs for each further page. What a call may have to
  ask before is listed as *also*, but for the version of Jira.
- *Scopes* are what a token with scopes, or an OAuth 2.0 app, needs on Cloud: the classic or the granular ones; those
  after "also" for the further requests. `jira_required_scopes` lists them for many functions at once.
END

# The page; examples are name => [[SQL, output], ...].
sub actions_page
{
	my ($query, $examples) = @_;
	open my $file, '<:encoding(UTF-8)', $query or die "$query: $!";
	my @entries = map { decode_json(encode_utf8($_)) } split /\n/, psql(do { local $/ = undef; <$file> });
	my @functions = grep { $_->{function} } @entries;
	my @types = grep { $_->{type} } @entries;

	check_examples(\@functions, $examples);
	return join "\n", $preface, contents(\@functions),
	  (map { category($_, $examples, grep_title($_, @functions)) } titles(@functions)),
	  rows(@types);
}

# Each function has an example, and each example a function.
sub check_examples
{
	my ($functions, $examples) = @_;
	my %known = map { $_->{function} => 1 } @$functions;
	my @lonely = ((grep { !$examples->{$_} } sort keys %known), (grep { !$known{$_} } sort keys %$examples));

	die "test/doc/actions/*.sql: an example too few or too many: @lonely\n" if @lonely;
	return;
}

# The section that a function is in.
sub title
{
	my ($function) = @_;
	return $function->{category} if $function->{action};
	my ($title) = grep { $function->{function} =~ $other_titles{$_} } @other_titles;
	return $title // 'Beside the actions';
}

sub titles
{
	my %actions = map { title($_) => 1 } grep { $_->{action} } @_;
	return ((sort keys %actions), @other_titles);
}

sub grep_title
{
	my ($title, @functions) = @_;
	return grep { title($_) eq $title } @functions;
}

sub link_to
{
	my ($text, $anchor) = @_;
	$anchor //= lc $text;
	$anchor =~ tr/ /-/;
	return "[$text](#$anchor)";
}

sub contents
{
	my ($functions) = @_;
	my $table = "| section | functions |\n|---|---|\n";

	foreach my $title (titles(@$functions))
	{
		my %seen;
		my @names = grep { !$seen{$_}++ } map { $_->{function} } grep_title($title, @$functions);
		$table .= sprintf "| %s | %s |\n", link_to($title), join ', ', map { link_to("`$_`", $_) } @names;
	}
	return $table;
}

# Functions of the same name share a section.
sub category
{
	my ($title, $examples, @functions) = @_;
	my $text = "## $title\n";

	while (my $function = shift @functions)
	{
		my @same = ($function);
		push @same, shift @functions while @functions && $functions[0]{function} eq $function->{function};
		$text .= "\n" . section($examples->{ $function->{function} }, @same);
	}
	return $text;
}

sub section
{
	my ($examples, @same) = @_;
	my $function = $same[0];
	my $text = "### $function->{function}\n";

	foreach my $one (@same)
	{
		$text .= "\n```\n" . signature($one) . "\n```\n\n$one->{comment}\n";
	}
	my $facts = facts($function);
	$text .= "\n$facts" if $facts ne '';
	foreach my $example (@$examples)
	{
		my ($sql, $output) = @$example;
		$text .= "\n```sql\n$sql```\n";
		$text .= "\n```\n$output```\n" if $output ne '';
	}
	return $text;
}

# On one line where it fits.
sub signature
{
	my ($function) = @_;
	my ($arguments, $result) = map { spelled($_) } @$function{qw(arguments result)};
	my @out = $arguments =~ /OUT (\w+ [^,]+)/g;
	$arguments = join ', ', grep { !/^OUT / } split /, /, $arguments;
	$result = 'SETOF (' . join(', ', @out) . ')' if @out;
	my $line = "$function->{function}($arguments) RETURNS $result";

	return $line if length $line <= 100;
	$arguments =~ s/, (?=\w)/,\n    /g;
	$arguments =~ s/, (?=')/,\n        /g;
	return "$function->{function}(\n    $arguments)\nRETURNS $result";
}

# Types by their short names, defaults without casts.
sub spelled
{
	my ($text) = @_;

	$text =~ s/::[\w ]+(\[\])?//g;
	$text =~ s/timestamp with time zone/timestamptz/g;
	return $text;
}

sub facts
{
	my ($function) = @_;
	my $text = '';

	$text .= '- Rows: ' . link_to("`$function->{rows}`", $function->{rows}) . "\n" if $function->{rows};
	$text .= '- On: ' . limits($function) . "\n" . requests($function) . scopes($function)
	  if $function->{deployments};
	return $text;
}

# Where it can be called, and with which sign-in not.
sub limits
{
	my ($function) = @_;
	my $limits = $deployments{ $function->{deployments} } // die "deployments: $function->{deployments}";
	my @without = map { $auth_limits{$_} // die "auth limit: $_" } split / /, $function->{auth_limits} // '';

	$limits .= ' Not with ' . join(' or ', @without) . '.' if @without;
	return $limits;
}

# Those of Cloud and of Data Center, once where they are the same.  That of
# jira_request and jira_request_stream is their caller's.
sub requests
{
	my ($function) = @_;
	my ($cloud, $server) = map { requests_of($function->{$_}) } qw(cloud server);

	return '' if $function->{function} =~ /^jira_request/;
	return "- Requests: none\n" if $cloud eq '' && $server eq '';
	return "- Requests: $cloud\n" if $cloud eq $server;
	return ($cloud ne '' ? "- Requests on Cloud: $cloud\n" : '')
	  . ($server ne '' ? "- Requests on Data Center: $server\n" : '');
}

sub requests_of
{
	my ($lines) = @_;
	return join ' or ', map { "`$_`" } split /\n/, $lines // '';
}

sub scopes
{
	my ($function) = @_;
	my $text = '';

	$text .= '- Also: ' . join('; ', map { s/^([^,]+)/`$1`/r } split /\n/, $function->{also}) . "\n" if $function->{also};
	$text .= "- Scopes: any\n" if ($function->{any_scope} // '') eq 'true';
	foreach my $kind (qw(classic granular))
	{
		my @scopes = sort split / /, $function->{$kind} // '';
		my %own = map { $_ => 1 } @scopes;
		my %also = map { $_ => 1 } grep { !$own{$_} } split / /, $function->{"also_$kind"} // '';
		my @parts = ((@scopes ? scope_list(@scopes) : ()), (%also ? 'also ' . scope_list(sort keys %also) : ()));
		$text .= "- Scopes, $kind: " . join('; ', @parts) . "\n" if @parts;
	}
	return $text;
}

sub scope_list { return join ', ', map { "`$_`" } @_; }

sub rows
{
	my $text = "## Rows\n\nThe types of rows that functions return; the last column keeps what Jira sent.\n";

	foreach my $type (@_)
	{
		$text .= "\n### $type->{type}\n\n\u$type->{comment}.\n\n| column | type | |\n|---|---|---|\n";
		$text .= sprintf "| `%s` | %s | %s |\n", $_->[0], spelled($_->[1]), $_->[2] for @{ $type->{columns} };
	}
	return $text;
}

1;
