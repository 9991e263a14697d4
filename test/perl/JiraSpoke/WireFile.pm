# The files of test/wire, read; their format is described in test/wire/README.md.
package JiraSpoke::WireFile;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use File::Basename;

our @EXPORT_OK = qw(read_reply);

# Which API versions a file is run with, by the word for it in the file's name.
my %versions = (cloud => [ 2, 3 ], cloud2 => [2], cloud3 => [3], server => [2]);

my %sections = map { $_ => 1 } qw(sql request reply rows error);

# Reads a file: { name, action, deployment, versions, cases }.  Each case has a
# title, the line where it begins, sql, exchanges (each a request and a reply)
# and output, the lines that psql is to print.
sub read
{
	my ($class, $path) = @_;
	my $name = basename($path, '.wire');
	my ($action, $target) = $name =~ /^(\w+)-([a-z]+\d?)(?:-[a-z-]+)?$/;

	die "$path: a name like jira_lookup_issue-cloud.wire is needed"
	  unless defined $target && $versions{$target};
	my $self = bless {
		name => $name,
		action => $action,
		target => $target,
		deployment => $target =~ s/\d//r,
		versions => $versions{$target} }, $class;
	$self->{cases} = [ map { _read_case($name, $_) } _split_cases($path) ];
	return $self;
}

# Every file of a directory, in the order of their names.
sub read_all
{
	my ($class, $directory) = @_;

	return map { $class->read($_) } sort glob "$directory/*.wire";
}

# Cases as lists of sections: { title, line, sections => [[name, lines], ...] }.
sub _split_cases
{
	my ($path) = @_;
	my @cases;

	open my $file, '<', $path or die "$path: $!";
	while (my $line = <$file>)
	{
		chomp $line;
		if ($line =~ /^=== (.+)/)
		{
			push @cases, { title => $1, line => $., sections => [] };
		}
		elsif ($line =~ /^--- (\w+)$/ && @cases)
		{
			die "$path:$.: there is no section \"$1\"" unless $sections{$1};
			push @{ $cases[-1]{sections} }, [ $1, [] ];
		}
		elsif (@cases && @{ $cases[-1]{sections} })
		{
			push @{ $cases[-1]{sections}[-1][1] }, $line;
		}
	}
	close $file;
	return @cases;
}

sub _read_case
{
	my ($name, $raw) = @_;
	my $where = "$name line $raw->{line}";
	my %case = (title => $raw->{title}, line => $raw->{line}, exchanges => [], output => []);
	my $exchanges = $case{exchanges};

	for my $section (@{ $raw->{sections} })
	{
		my ($kind, $lines) = @$section;

		pop @$lines while @$lines && $lines->[-1] eq '';
		$case{sql} .= join "\n", @$lines, '' if $kind eq 'sql';
		push @$exchanges, { request => _read_request($where, $lines) } if $kind eq 'request';
		if ($kind eq 'reply')
		{
			die "$where: a reply to no request" unless @$exchanges && !$exchanges->[-1]{reply};
			$exchanges->[-1]{reply} = read_reply($where, $lines);
		}
		push @{ $case{output} }, @$lines if $kind eq 'rows';
		push @{ $case{output} }, "ERROR: $lines->[0]", @$lines[ 1 .. $#$lines ] if $kind eq 'error';
		$case{told} = 1 if $kind eq 'rows' || $kind eq 'error';
	}
	die "$where: a request without a reply" if grep { !$_->{reply} } @$exchanges;
	die "$where: neither rows nor error" unless $case{told};
	die "$where: SQL that does not end" unless ($case{sql} // '') =~ /(;|\\gx)\n$/;
	return \%case;
}

# Head and body, apart; in both, an indented line goes on where the last ended.
sub _split_message
{
	my @lines = @_;
	my @head;

	push @head, shift @lines while @lines && $lines[0] ne '';
	shift @lines;
	return (\@head, \@lines);
}

sub _join_indented
{
	my @joined;

	for my $line (@_)
	{
		if (@joined && $line =~ /^[ \t]+(.*)/) { $joined[-1] .= $1; }
		else { push @joined, $line; }
	}
	return @joined;
}

sub _read_request
{
	my ($where, $lines) = @_;
	my ($head, $body) = _split_message(@$lines);
	my ($first, @rest) = _join_indented(@$head);
	my %request = (headers => {}, parameters => []);

	($request{method}, $request{path}) = ($first // '') =~ m{^([A-Z]+) (/\S*)$}
	  or die "$where: a request begins like \"GET /rest/...\"";
	for my $line (@rest)
	{
		if ($line =~ /^([A-Z][A-Za-z-]*): (.*)$/) { $request{headers}{ lc $1 } = $2; }
		elsif ($line =~ /^([\w.-]+)=(.*)$/) { push @{ $request{parameters} }, [ $1, $2 ]; }
		else { die "$where: neither a parameter nor a header: $line"; }
	}
	$request{body} = join "\r\n", _join_indented(@$body);
	return \%request;
}

# A reply: status or "cut", headers, and after an empty line the body.
sub read_reply
{
	my ($where, $lines) = @_;
	my ($head, $body) = _split_message(@$lines);
	my ($status, @headers) = @$head;
	my $text = join "\n", @$body;
	my $bytes = $text =~ /^\\x((?:[0-9a-f]{2})*)$/ ? pack 'H*', $1 : $text;
	my %reply = (status => $status, headers => \@headers, body => $bytes);

	die "$where: a reply begins with a status or \"cut\"" unless ($status // '') =~ /^(\d{3}|cut)$/;
	die "$where: headers of a reply look like \"Name: value\"" if grep { !/^[\w-]+: / } @headers;
	unshift @{ $reply{headers} }, 'Content-Type: application/json;charset=UTF-8'
	  if @$body && !grep { /^Content-Type:/i } @headers;
	return \%reply;
}

1;
