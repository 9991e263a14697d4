# The wire files against Atlassian's own description of Jira's REST API: every
# request in them is one that Jira knows, and every example of a reply is one
# that our functions can read.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::Wire;
use JiraSpoke::WireContract;
use JiraSpoke;
use Test::More;

my $root = $ENV{JIRA_SPOKE_SRC} // '.';
my $documents = $ENV{JIRA_SPOKE_OPENAPI} // "$root/../shared/jira-openapi";

plan skip_all => "Atlassian's OpenAPI documents are not in $documents"
  unless -r "$documents/cloud-platform-v3.json";

my @files = JiraSpoke::WireFile->read_all("$root/test/wire");

# Every exchange of every case, once per API version that its file is for.
my @asked;
foreach my $file (@files)
{
	foreach my $version (@{ $file->{versions} })
	{
		foreach my $case (@{ $file->{cases} })
		{
			push @asked, map { { file => $file, version => $version, case => $case, exchange => $_ } }
			  @{ $case->{exchanges} };
		}
	}
}
my @findings = JiraSpoke::WireContract->judge($documents,
	map { [ $_->{exchange}{request}, $_->{file}{deployment}, $_->{version} ] } @asked);
is(scalar @findings, scalar @asked, 'every request was looked at');

# What is asked of later versions only.
my %later = ('datacenter-10.3.json' => qr/^jira_lookup_field_options-/);

my %seen;
my @problems;
foreach my $i (0 .. $#asked)
{
	my $asked = $asked[$i];

	foreach my $finding (@{ $findings[$i] })
	{
		next if $later{ $finding->{document} } && $asked->{file}{name} =~ $later{ $finding->{document} };
		$seen{ $finding->{document} }++;
		push @problems, map { "$finding->{document}: $asked->{file}{name}, \"$asked->{case}{title}\": $_" }
		  @{ $finding->{problems} };
	}
	$asked->{findings} = $findings[$i];
}
is(scalar @problems, 0, 'Jira knows every request: its path, parameters and body')
  or diag(join "\n", @problems);
ok($seen{$_}, "$_ was used: " . ($seen{$_} // 0) . ' requests')
  foreach qw(cloud-platform-v2.json cloud-platform-v3.json datacenter.json datacenter-10.3.json);

# The first case of a file is the full reply; there, Atlassian's examples take
# the place of ours, of the first page if there are several.
my $wire = JiraSpoke::Wire->new(start_cluster('contract'));

foreach my $file (@files)
{
	foreach my $version (@{ $file->{versions} })
	{
		my %served;
		my @full = grep { $_->{case} == $file->{cases}[0] && $_->{version} == $version } @asked;

		next if grep { $_->{exchange}{reply}{status} !~ /^2/ } @full;
		$wire->begin($file->{deployment}, $version);
		foreach my $asked (@full)
		{
			my $request = $asked->{exchange}{request};
			serve_examples($asked) unless $served{"$request->{method} $request->{path}"}++;
		}
		$wire->end;
	}
}

sub serve_examples
{
	my ($asked) = @_;
	my %served;

	foreach my $finding (@{ $asked->{findings} })
	{
		foreach my $example (@{ $finding->{examples} })
		{
			$example->{body} = as_list($example->{body}, $asked->{exchange}{reply}{body})
			  if $finding->{document} =~ /^datacenter/
			  || ($example->{status} < 300 && $asked->{exchange}{reply}{body} =~ /^\[/);
			$example->{body} = as_only_page($example->{body});
			next if $served{"$example->{status} $example->{body}"}++;
			serve_example($asked, $finding->{document}, $example);
		}
	}
	return;
}

# Data Center's documents describe many lists, and many pages of a list, as the
# bare element, those of Cloud one.  The reply of our own shows which it is.
sub as_list
{
	my ($body, $own) = @_;
	my ($example, $shape) = map { decode_json($_) } $body, $own || '{}';

	return $body if ref $example ne 'HASH';
	return encode_json([$example]) if ref $shape eq 'ARRAY';
	my ($list) = grep { ref $shape->{$_} eq 'ARRAY' && ref $shape->{$_}[0] eq 'HASH' } sort keys %$shape;
	return $body if !defined $list || exists $example->{$list};
	return encode_json({ $list => [$example], isLast => Cpanel::JSON::XS::true });
}

# Some examples are of one page among several, even from the middle.
sub as_only_page
{
	my ($body) = @_;
	my $example = $body =~ /^\s*\{/ ? decode_json($body) : {};

	return $body unless defined $example->{startAt};
	my ($list) = grep { ref $_ eq 'ARRAY' } $example->{values}, values %$example;
	$example->{total} = @$list if defined $example->{total} && $list;
	delete $example->{nextPage};
	return encode_json({ %$example, startAt => 0, isLast => Cpanel::JSON::XS::true });
}

# A success is read without an error, a refusal is an error with Jira's words.
# An example that says that there is more is followed by replies of our own, of pages.
sub serve_example
{
	my ($asked, $document, $example) = @_;
	my ($exchange, $case) = @$asked{qw(exchange case)};
	my %reply = (%{ $exchange->{reply} }, %$example);
	my @exchanges = map { $_ == $exchange ? { %$_, reply => \%reply } : $_ } @{ $case->{exchanges} };
	my $output = $wire->play({ %$case, sql => "SET jira_spoke.max_retries = 0;\nSET jira_spoke.parallel_requests = 1;\n$case->{sql}", exchanges => [ @exchanges, $exchange ] });
	my @errors = grep { /^ERROR: / } @$output;
	my $name = "$asked->{file}{name}, v$asked->{version}: the example of a reply with "
	  . "$example->{status} in $document";

	if ($example->{status} < 300 || $asked->{file}{action} eq 'jira_request')
	{
		# jira_test_connection tells "f" and the reason instead of raising it; of void there is nothing to see.
		ok(!@errors && "@$output" !~ /^f\|/ && (@$output || !@{ $case->{output} }), $name)
		  or diag(join "\n", @$output);
	}
	else
	{
		like("@$output", qr/^ERROR: \w{5}: Jira answered $example->{status} .*DETAIL: /, $name);
	}
	return;
}

done_testing();
