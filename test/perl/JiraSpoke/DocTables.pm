# The columns of doc/tables.md, from the catalogue and from what EXPLAIN says of
# conditions.
package JiraSpoke::DocTables;

use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use Encode qw(encode_utf8);
use Exporter qw(import);
use JiraSpoke::DocActions qw(spelled);
use JiraSpoke::DocRun qw(psql);

our @EXPORT_OK = qw(table_columns);

# A section for each table that an import makes; tables with the columns of an
# earlier one refer to it.
sub table_columns
{
	my ($query) = @_;
	open my $file, '<:encoding(UTF-8)', $query or die "$query: $!";
	my @tables = map { decode_json(encode_utf8($_)) } split /\n/, psql(do { local $/ = undef; <$file> });
	my %seen;

	return join "\n", map { section($_, \%seen) } @tables;
}

sub section
{
	my ($table, $seen) = @_;
	my $rows = join '', map { row(@$_) } @{ $table->{columns} };
	my $comment = ucfirst $table->{comment} =~ s/, as Jira has them\z//r;
	my $like = $seen->{$rows};

	$seen->{$rows} //= $table->{table};
	return "### $table->{table}\n\n$comment. The columns are those of [`$like`](#$like).\n" if $like;
	return "### $table->{table}\n\n$comment.\n\n| column | type | asked of Jira | |\n|---|---|---|---|\n$rows";
}

sub row
{
	my ($name, $type, $conditions, $comment) = @_;

	return sprintf "| `%s` | %s | %s | %s |\n", $name, spelled($type), join(', ', map { "`$_`" } @$conditions), $comment;
}

1;
