# The files of test/replay, read; their format is described in test/replay/README.md.
package JiraSpoke::ReplayFile;

use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use File::Basename;

use JiraSpoke::WireFile qw(read_reply);

my %sections = map { $_ => 1 } qw(reply sql rows error warning notice requests);

# Reads a file: { name, deployment, version, api_version, options, replies, sql },
# and what is to come of it: rows, error, warning and notice, each a list of lines,
# and requests, a number or a list of request patterns.
sub read
{
	my ($class, $path) = @_;
	my $self = bless {
		name => basename($path, '.case'),
		replies => [],
		sql => '',
		map { $_ => [] } qw(rows error warning notice) }, $class;
	my ($head, @sections) = _split_sections($path);

	$self->_read_head(@$head);
	$self->_read_section(@$_) for @sections;
	$self->_fail('it has no SQL that ends with ";"') unless $self->{sql} =~ /;\n$/;
	return $self;
}

sub read_all
{
	my ($class, $directory) = @_;

	return map { $class->read($_) } sort glob "$directory/*.case";
}

sub _fail
{
	my ($self, $problem) = @_;
	die "$self->{name}.case: $problem\n";
}

# The lines above the first section, and [kind, rest of its line, lines] of each.
sub _split_sections
{
	my ($path) = @_;
	my @head;
	my @sections;

	open my $file, '<', $path or die "$path: $!";
	while (my $line = <$file>)
	{
		chomp $line;
		if ($line =~ /^--- (\w+)(?: (.+))?$/)
		{
			die "$path:$.: there is no section \"$1\"\n" unless $sections{$1};
			push @sections, [ $1, $2 // '', [] ];
		}
		elsif (@sections) { push @{ $sections[-1][2] }, $line; }
		else { push @head, $line; }
	}
	close $file;
	return (\@head, @sections);
}

sub _read_head
{
	my ($self, @lines) = @_;
	my %given = map { /^(source|jira|options): (.+)$/ ? ($1 => $2) : () } @lines;

	$self->_fail('it does not say where the replies come from, with a line "source: ..."')
	  unless $given{source};
	$self->{options} = $given{options} // '';
	if (($given{jira} // '') =~ /^cloud(?: v([23]))?$/)
	{
		@$self{qw(deployment version api_version)} = ('cloud', '1001.0.0-SNAPSHOT', $1 // 2);
	}
	elsif (($given{jira} // '') =~ /^server (\d+\.\d+\.\d+)$/)
	{
		@$self{qw(deployment version api_version)} = ('server', $1, 2);
	}
	else { $self->_fail('it needs a line like "jira: cloud v3" or "jira: server 10.3.1"'); }
	return;
}

sub _read_section
{
	my ($self, $kind, $rest, $lines) = @_;

	pop @$lines while @$lines && $lines->[-1] eq '';
	if ($kind eq 'sql') { $self->{sql} .= join "\n", @$lines, ''; }
	elsif ($kind eq 'reply')
	{
		push @{ $self->{replies} }, { pattern => $self->_pattern($rest), $self->_reply($lines) };
	}
	elsif ($kind eq 'requests')
	{
		my $number = @$lines == 1 && $lines->[0] =~ /^\d+$/;
		$self->{requests} = $number ? $lines->[0] : [ map { $self->_pattern($_) } @$lines ];
	}
	else { push @{ $self->{$kind} }, $kind eq 'rows' ? @$lines : $lines; }
	return;
}

# "METHOD /path?name=value {members of the body}", taken apart.
sub _pattern
{
	my ($self, $text) = @_;
	my ($method, $path, $query, $body) = $text =~ m{^([A-Z]+) (/[^\s?]*)(?:\?(\S*))?(?: (\{.*\}))?$}
	  or $self->_fail("this is no request: $text");
	my $parts = join '.*', map { quotemeta } split /\*/, $path, -1;

	return {
		text => $text,
		method => $method,
		path => qr/^$parts$/,
		parameters => [ split /&/, $query // '' ],
		body => $body ? decode_json($body) : undef };
}

# Without a status there is only the body of a 200.
sub _reply
{
	my ($self, $lines) = @_;
	my @lines = map { _expanded($_) } @$lines;

	unshift @lines, 200, '' unless @lines && $lines[0] =~ /^(\d{3}|cut)$/;
	my $reply = read_reply("$self->{name}.case", \@lines);
	$reply->{body} =~ s/\{bytes ([0-9a-f ]+)\}/pack 'H*', $1 =~ tr{ }{}dr/ge;
	return (reply => $reply);
}

# "@rows FIRST LAST TEMPLATE" stands for a list of templates with each number.
sub _expanded
{
	my ($line) = @_;
	my ($first, $last, $template) = $line =~ /^\s*\@rows (\d+) (\d+) (.+)$/ or return $line;

	return join ",\n", map { $template =~ s/%d/$_/gr } $first .. $last;
}

1;
