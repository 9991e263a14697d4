# generate.pl DIRECTORY CLOUD_URL SERVER_URL: writes the pages there.  The
# database that psql connects to by itself has the extension and nothing else;
# the URLs are those of two of our small Jiras.
#
# What they show was run: actions.md has an example for each function from
# actions/*.sql, the others are those of this directory with the output below
# each query; tables.md has the columns of tables.sql, too.  Where output would differ from day to day or from one
# PostgreSQL to the next, the query has to leave it out.
use strict;
use warnings FATAL => 'all';

use File::Basename qw(basename dirname);
use lib dirname(__FILE__) . '/../perl';
use JiraSpoke::DocActions qw(actions_page);
use JiraSpoke::DocRun qw(prepare example_outputs begin_again psql);
use JiraSpoke::DocTables qw(table_columns);

my ($directory, $cloud, $server) = @ARGV;
my $here = dirname(__FILE__);

sub read_text
{
	my ($path) = @_;
	open my $file, '<:encoding(UTF-8)', $path or die "$path: $!";
	local $/ = undef;
	return <$file>;
}

sub write_text
{
	my ($path, $text) = @_;
	open my $file, '>:encoding(UTF-8)', $path or die "$path: $!";
	print $file $text;
	close $file or die "$path: $!";
	return;
}

# The examples of a file: [name, SQL], in their order.  A line "--- NAME" begins
# one; "setup" is run and not shown.
sub read_examples
{
	my (undef, @parts) = split /^--- (\w+)\n/m, read_text($_[0]);
	my @examples;

	while (my ($name, $sql) = splice @parts, 0, 2)
	{
		$sql =~ s/\s+\z/\n/;
		push @examples, [ $name, $sql ];
	}
	return @examples;
}

# name => [[SQL, output], ...] of all files; each file finds Jira untouched.
sub run_action_examples
{
	my %shown;

	foreach my $path (sort glob "$here/actions/*.sql")
	{
		my @examples = read_examples($path);
		begin_again($cloud, $server);
		my @outputs = example_outputs(map { $_->[1] } @examples);
		foreach my $example (@examples)
		{
			my $output = shift @outputs;
			my ($name, $sql) = @$example;
			push @{ $shown{$name} }, [ $sql, $output ] unless $name eq 'setup';
		}
	}
	return \%shown;
}

# Puts the output below each block of SQL.  A block "sql setup" is run and
# vanishes, "sql quiet" is run and shows no output, "sql not run" is not.
sub page_with_outputs
{
	my ($file, %stand_ins) = @_;
	my $text = read_text("$here/$file");
	my $block = qr/^```sql(?: (setup|quiet))?\n(.*?)^```\n/ms;
	my $shown = join '|', map { quotemeta } sort { length $b <=> length $a } keys %stand_ins;
	my @queries;

	while ($text =~ /$block/g)
	{
		my $query = $2;
		$query =~ s/($shown)/$stand_ins{$1}/g if $shown ne '';
		push @queries, $query;
	}
	begin_again($cloud, $server);
	my @outputs = example_outputs(@queries);
	$text =~ s/$block(\n?)/replacement($1 \/\/ '', $2, shift @outputs, $3)/ge;
	$text =~ s/^```sql not run$/```sql/mg;
	return $text;
}

sub replacement
{
	my ($kind, $sql, $output, $gap) = @_;
	return '' if $kind eq 'setup';
	return "```sql\n$sql```\n" . ($output ne '' && $kind eq '' ? "\n```\n$output```\n" : '') . $gap;
}

# A line "{columns}" stands for what the catalogue tells of the tables.
sub tables_page
{
	my $columns = table_columns("$here/tables.sql");
	return page_with_outputs('tables.md') =~ s/^\{columns\}\n/$columns/mr;
}

# What administration.md shows, and what stands in for it: the hub is the database
# that psql connects to.
sub hub_stand_ins
{
	my $port = $ENV{PGPORT} // 5432;
	return ("host 'hub.example.com', dbname 'hub', sslmode 'verify-full'" =>
		  "host '$ENV{PGHOST}', port '$port', dbname '$ENV{PGDATABASE}'");
}

# What connections.md shows, and what stands in for it.
sub connection_stand_ins
{
	return (
		'https://example.atlassian.net' => $cloud,
		'https://jira.example.com' => $server,
		"'alice\@example.com'" => q{'demo@example.com'},
		"'alice'" => q{'demo'},
		"'the client id'" => q{'demo-app', 'demo-app-secret'},
		"'the client id of the service account'" => q{'robot-app', 'robot-app-secret'},
		"'the client id of the link'" => q{'demo-link', 'demo-link-secret'},
		"'https://localhost/callback'" =>
		  "'https://localhost/callback', authorize_url => '$cloud/authorize', token_url => '$cloud/oauth/token'",
		"'client_credentials'" => "'client_credentials', token_url => '$cloud/oauth/token'");
}

# A server that was built without contrib cannot run administration.md.
sub has_contrib
{
	return psql(q{SELECT count(*) FROM pg_available_extensions WHERE name IN ('postgres_fdw', 'dblink')}) =~ /^ +2$/m;
}

prepare($cloud, $server);
write_text("$directory/actions.md", actions_page("$here/catalogue.sql", run_action_examples()));
write_text("$directory/examples.md", page_with_outputs('examples.md'));
write_text("$directory/triggers.md", page_with_outputs('triggers.md'));
write_text("$directory/copies.md", page_with_outputs('copies.md'));
write_text("$directory/reports.md", page_with_outputs('reports.md'));
write_text("$directory/tables.md", tables_page());
write_text("$directory/bi.md", page_with_outputs('bi.md'));
if (has_contrib())
{
	write_text("$directory/administration.md", page_with_outputs('administration.md', hub_stand_ins()));
}
else
{
	warn "administration.md is left out: postgres_fdw or dblink is not installed\n";
}
write_text("$directory/monitoring.md", page_with_outputs('monitoring.md'));
write_text("$directory/connections.md", page_with_outputs('connections.md', connection_stand_ins()));
