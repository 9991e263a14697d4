# The requests of test/wire as Atlassian's OpenAPI documents see them, by way of
# test/wire/contract.py.
package JiraSpoke::WireContract;

use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use PostgreSQL::Test::Utils;

# Takes the directory of the documents, and lists of [request, deployment,
# version] with requests in the form of JiraSpoke::WireFile.  Returns for each
# its findings: a list of { document, problems, examples }.
sub judge
{
	my ($class, $directory, @requests) = @_;
	my $root = $ENV{JIRA_SPOKE_SRC} // '.';
	my $input = "$PostgreSQL::Test::Utils::tmp_check/contract.json";

	open my $file, '>', $input or die "$input: $!";
	print $file Cpanel::JSON::XS->new->latin1->encode([ map { _request(@$_) } @requests ]);
	close $file;

	open my $python, '-|', "python3 '$root/test/wire/contract.py' '$directory' <'$input'"
	  or die "python3: $!";
	local $/ = undef;
	my $output = <$python>;
	close $python or die "test/wire/contract.py has failed";

	# Examples as bytes, to be sent as they are.
	my @findings = @{ Cpanel::JSON::XS->new->decode($output) };
	utf8::encode($_->{body}) foreach map { @{ $_->{examples} } } map { @$_ } @findings;
	return @findings;
}

sub _request
{
	my ($request, $deployment, $version) = @_;
	my ($path, $query) = split /\?/, $request->{path} =~ s/\{v\}/$version/r, 2;
	my @parameters = @{ $request->{parameters} };

	# Written as it travels: see the README.
	push @parameters, map { [ map { s/%([0-9A-F]{2})/chr hex $1/ger } split /=/, $_, 2 ] }
	  split /&/, $query // '';
	return {
		deployment => $deployment,
		version => $version,
		method => $request->{method},
		path => $path,
		parameters => \@parameters,
		body => $request->{body} };
}

1;
