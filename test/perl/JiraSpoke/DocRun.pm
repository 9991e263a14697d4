# Runs what the documentation shows.
package JiraSpoke::DocRun;

use strict;
use warnings FATAL => 'all';

use Encode qw(decode encode_utf8);
use Exporter qw(import);
use File::Temp;
use HTTP::Tiny;

our @EXPORT_OK = qw(prepare example_outputs begin_again psql);

my $marker = '<<< next example >>>';
my $cloud_id = '11111111-2222-3333-4444-555555555555';

# What psql prints for a script; an error in it is one here.
sub psql
{
	my ($script) = @_;
	my $file = File::Temp->new(SUFFIX => '.sql');
	local %ENV = (%ENV, PGTZ => 'UTC', PGCLIENTENCODING => 'UTF8', PGDATESTYLE => 'ISO',
		PGOPTIONS => '-c client_min_messages=error');

	print $file encode_utf8($script);
	close $file or die $!;
	open my $pipe, '-|', 'psql', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--pset=pager=off',
	  "--file=$file" or die "psql: $!";
	my $output = do { local $/ = undef; <$pipe> } // '';
	close $pipe or die "psql failed on\n$script";
	return decode('UTF-8', $output);
}

# The connections that examples use: cloud is the default one.
sub prepare
{
	my ($cloud, $server) = @_;

	psql(<<"SQL");
SELECT jira_create_connection('cloud', '$cloud', 'demo\@example.com', 'demo-token', is_default => true);
SELECT jira_create_connection('dc', '$server', 'demo', 'demo-password', server_type => 'server');
SELECT jira_create_connection('app', '$cloud/ex/jira/$cloud_id', secret => 'demo-access', auth => 'bearer');
SQL
	return;
}

# Resets the Jiras at these URLs to their initial state.
sub begin_again
{
	foreach my $url (@_)
	{
		my $answer = HTTP::Tiny->new(timeout => 60)->post("$url/_control/reset", { content => '{}' });
		die "$url: $answer->{status} $answer->{content}" unless $answer->{success};
	}
	return;
}

# The output of each script; all run in one session.
sub example_outputs
{
	my $script = join "\\echo $marker\n", @_;
	my @outputs = split /^\Q$marker\E\n/m, psql($script), -1;

	die 'the outputs are not as many as the examples' unless @outputs == @_;
	return map { tidy($_) } @outputs;
}

# Without white space at the ends of lines, and without the empty row that a
# function with no result makes.
sub tidy
{
	my ($output) = @_;

	$output =~ s/[ \t]+$//mg;
	$output =~ s/^ jira_\w+\n-+\n\n\(1 row\)\n\n?//mg;
	$output =~ s/\n+\z/\n/;
	$output =~ s/\A\n+//;
	return $output;
}

1;
