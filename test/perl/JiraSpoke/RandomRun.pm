# Runs queries with conditions in JQL and without, and compares what comes.
package JiraSpoke::RandomRun;

use strict;
use warnings FATAL => 'all';

use Encode qw(encode_utf8);
use Exporter qw(import);

our @EXPORT = qw(run_both difference_of needless_requests);

my $separator = "\x1e";
my $stop = 'end of the result';

# The script of a query: once without and once with conditions in JQL, in one
# transaction, so that it is the same moment, and with nothing left of it.
sub _script
{
	my ($query) = @_;
	my $script = "BEGIN; SET LOCAL timezone = '$query->{zone}';\n";

	for my $setting (qw(off on))
	{
		$script .= "SELECT FROM jira_request('GET', '/rest/api/2/issue/$setting') \\g /dev/null\n";
		$script .= "SET LOCAL jira_spoke.pushdown = $setting; SAVEPOINT before;\n";
		$script .= "$_;\n\\echo :SQLSTATE $stop\n" for @{ $query->{statements} };
		$script .= "ROLLBACK TO before;\n";
	}
	return "${script}ROLLBACK; DEALLOCATE ALL;\n\\echo $stop query\n";
}

# Runs the queries in one session; for each of them a hash of "off" and "on", lists of
# [SQLSTATE, rows...] for its statements.  They are short where the session was lost.
sub run_both
{
	my ($node, $settings, @queries) = @_;
	my $script = encode_utf8(join '', $settings, map { _script($_) } @queries);
	my $output = '';
	my $errors = '';

	$node->psql('postgres', $script, on_error_stop => 0, stdout => \$output, stderr => \$errors,
		extra_params => [ '--set=ON_ERROR_ROLLBACK=on', "--record-separator=$separator", '--pset=null=<NULL>', '--set=VERBOSITY=verbose' ]);
	my @results;

	for my $part (split /^\Q$stop\E query\n?/m, $output)
	{
		my @statements = map { /\A(.*?)^?(\w{5})\z/s ? [ $2, split /$separator|\n\z/, $1 ] : () } split / \Q$stop\E\n/, $part;
		my $half = @statements / 2;

		push @results, { off => [ @statements[ 0 .. $half - 1 ] ], on => [ @statements[ $half .. $#statements ] ] };
	}
	$results[$#queries] //= undef;
	return @results;
}

# What looks up names, which are remembered for a minute.
my $look_ups = qr{/(?:status|issuetype|priority|resolution|project|field|priority/search|resolution/search|project/search|myself|serverInfo)$};

# For each query of a run: how many requests it takes more with conditions in JQL than without.
sub needless_requests
{
	my ($jira) = @_;
	my (@more, $sign);

	for my $path (map { $_->{path} } $jira->requests)
	{
		if ($path =~ m{/issue/(off|on)$})
		{
			$sign = $1 eq 'on' ? 1 : -1;
			push @more, 0 if $sign < 0;
		}
		elsif (@more && $path !~ $look_ups)    # none: given up by the session before
		{
			$more[-1] += $sign;
		}
	}
	return @more;
}

sub _shown
{
	my ($name, $statements) = @_;

	return join '', map { my ($state, @rows) = @$_; "$name: $state, " . scalar(@rows) . " rows\n" . join '', map { "\t$_\n" } @rows[ 0 .. ($#rows < 40 ? $#rows : 40) ] } @$statements;
}

# What differs, as a text; nothing if the results are the same.  Where the query
# fails without, it may do what it likes with.
sub difference_of
{
	my ($query, $result) = @_;
	my $count = @{ $query->{statements} };

	return encode_utf8("The session was lost:\n$query->{statements}[0]") if !$result || @{ $result->{on} } != $count || @{ $result->{off} } != $count;
	for my $i (0 .. $count - 1)
	{
		my ($off, @expected) = @{ $result->{off}[$i] };
		my ($on, @rows) = @{ $result->{on}[$i] };

		next if $off ne '00000';
		@expected = sort @expected if !$query->{ordered};
		@rows = sort @rows if !$query->{ordered};
		return encode_utf8(join ";\n", @{ $query->{statements} }[ 0 .. $i ]) . "\n" . _shown('off', [ [ $off, @expected ] ]) . _shown('on', [ [ $on, @rows ] ])
		  if $on ne $off || "@rows" ne "@expected";
	}
	return;
}

1;
