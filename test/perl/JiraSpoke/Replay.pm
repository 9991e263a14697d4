# Runs the files of test/replay: replies that real Jiras gave, and what SQL makes
# of them.  See test/replay/README.md.
package JiraSpoke::Replay;

use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use PostgreSQL::Test::Utils;
use Test::More;

use JiraSpoke::ReplayFile;
use JiraSpoke::WireServer;
use JiraSpoke::WireSession;

my %accounts = (
	cloud => [ 'demo@example.com', 'replay-token', { accountId => '5b10a2844c20165700ede21g' } ],
	server => [ 'demo', 'replay-password', { name => 'demo', key => 'demo' } ]);
my %signatures = (cloud => 'X-AAccountId: 5b10a2844c20165700ede21g', server => 'X-AUSERNAME: demo');

# To a request that the file does not answer: nothing that is tried again.
my %refusal = (status => 418, headers => ['Content-Type: text/plain'], body => 'the case has no reply to this');

# A runner against the database "postgres" of a cluster.
sub new
{
	my ($class, $node) = @_;
	my $self = bless { connection_string => $node->connstr('postgres') }, $class;

	$self->{server} = JiraSpoke::WireServer->new(sub { return $self->_answer(@_); });
	return $self;
}

# Runs a file in a session of its own, so that nothing is remembered of another Jira.
sub run_file
{
	my ($self, $file) = @_;
	my $session = JiraSpoke::WireSession->new($self->{connection_string});

	$self->{file} = $file;
	$self->{came} = [];
	$self->{unanswered} = [];
	$self->{turns} = {};
	my $output = $self->{server}->serve($session, $self->_connect);
	die "$file->{name}: @$output" if @$output;
	$output = $self->{server}->serve($session, $self->_filled($file->{sql}));
	$self->{server}->serve($session, "ROLLBACK; SELECT jira_drop_connection('replay');");
	$session->stop;
	$self->_check($output);
	return;
}

sub _url
{
	my ($self) = @_;
	return 'http://' . $self->{server}->address . '/jira';
}

sub _filled
{
	my ($self, $text) = @_;
	my $url = $self->_url;

	return $text =~ s/\{url\}/$url/gr;
}

sub _connect
{
	my ($self) = @_;
	my $file = $self->{file};
	my ($username, $secret) = @{ $accounts{ $file->{deployment} } };
	my $options = $file->{options} ? ", $file->{options}" : '';

	return "SELECT jira_create_connection('replay', '" . $self->_url . "', '$username', '$secret',"
	  . " server_type => '$file->{deployment}', api_version => $file->{api_version}$options);\n"
	  . "SET jira_spoke.connection = 'replay';\n"
	  . "SET statement_timeout = '${PostgreSQL::Test::Utils::timeout_default}s';";    # of what never ends
}

# --- The Jira

sub _answer
{
	my ($self, $request) = @_;
	my $reply = $self->_reply_of_file($request);

	if ($reply) { push @{ $self->{came} }, $request; }
	else { $reply = $self->_reply_of_any_jira($request); }
	if (!$reply)
	{
		push @{ $self->{unanswered} }, _as_text($request);
		return \%refusal;
	}
	my @headers = map { $self->_filled($_) } @{ $reply->{headers} };
	unshift @headers, $signatures{ $self->{file}{deployment} } unless $reply->{status} eq '401';
	return { %$reply, headers => \@headers, body => $self->_filled($reply->{body}) };
}

# The first one that fits.  Replies to the same pattern are sent in turn, and the
# last of them again and again.
sub _reply_of_file
{
	my ($self, $request) = @_;
	my ($first) = grep { _fits($_->{pattern}, $request) } @{ $self->{file}{replies} } or return;
	my $text = $first->{pattern}{text};
	my @same = grep { $_->{pattern}{text} eq $text } @{ $self->{file}{replies} };
	my $turn = $self->{turns}{$text}++;
	my $reply = $same[ $turn < @same ? $turn : -1 ]{reply};

	return { %$reply, body => $reply->{body} =~ s/\{turn\}/$turn/gr };
}

# What each Jira says of itself and of the caller.
sub _reply_of_any_jira
{
	my ($self, $request) = @_;
	my $file = $self->{file};
	my %known = (
		serverInfo => {
			baseUrl => $self->_url,
			version => $file->{version},
			versionNumbers => [ map { 0 + $_ } $file->{version} =~ /(\d+)/g ],
			deploymentType => ucfirst $file->{deployment} },
		myself => $accounts{ $file->{deployment} }[2]);
	my ($name) = $request->{target} =~ m{^/jira/rest/api/[23]/(\w+)$};

	return unless defined $name && $known{$name} && $request->{method} eq 'GET';
	return { status => 200, headers => ['Content-Type: application/json'], body => encode_json($known{$name}) };
}

# Does the request have all that the pattern names?
sub _fits
{
	my ($pattern, $request) = @_;
	my ($path, $query) = split /\?/, $request->{target}, 2;
	my %parameters = map { _decoded($_) => 1 } split /&/, $query // '';

	return $request->{method} eq $pattern->{method}
	  && $path =~ s{^/jira}{}r =~ $pattern->{path}
	  && !(grep { !$parameters{ _decoded($_) } } @{ $pattern->{parameters} })
	  && (!$pattern->{body} || _contains(eval { decode_json($request->{body}) }, $pattern->{body}));
}

sub _decoded
{
	my ($text) = @_;
	return $text =~ tr/+/ /r =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger;
}

# Are the members of an object there, with these values?  Lists and scalars are
# compared as a whole.
sub _contains
{
	my ($value, $part) = @_;
	my $json = Cpanel::JSON::XS->new->canonical->allow_nonref;

	return $json->encode($value) eq $json->encode($part) if ref $part ne 'HASH';
	return ref $value eq 'HASH'
	  && !grep { !exists $value->{$_} || !_contains($value->{$_}, $part->{$_}) } keys %$part;
}

sub _as_text
{
	my ($request) = @_;
	my $target = $request->{target} =~ s{^/jira}{}r;

	return join ' ', $request->{method}, _decoded($target), length $request->{body} ? $request->{body} : ();
}

# --- What came of it

sub _check
{
	my ($self, $output) = @_;
	my $file = $self->{file};
	my $told = _sorted($output);
	my @problems = (
		(map { "a request has no reply: $_" } @{ $self->{unanswered} }),
		_compare_rows($file->{rows}, $told->{rows}),
		(map { _compare_messages($_, $file->{$_}, $told->{$_}) } qw(error warning notice)),
		$self->_compare_requests);

	ok(!@problems, $file->{name}) or diag join "\n", @problems,
	  'these requests came:', (map { _as_text($_) } @{ $self->{came} }),
	  'this was printed:', @$output;
	return;
}

# Rows, and the messages of each kind, each a list of lines.
sub _sorted
{
	my ($output) = @_;
	my %told = map { $_ => [] } qw(rows error warning notice);
	my $message;

	foreach my $line (@$output)
	{
		if ($line =~ /^(?:psql:\S+ )?(ERROR|WARNING|NOTICE): (.*)$/)
		{
			push @{ $told{ lc $1 } }, $message = [$2];
		}
		elsif ($message && $line =~ /^(?:(?:DETAIL|HINT|CONTEXT): |Jira action \w+ through )/) { push @$message, $line; }
		else
		{
			undef $message;
			push @{ $told{rows} }, $line;
		}
	}
	return \%told;
}

sub _compare_rows
{
	my ($expected, $came) = @_;

	for my $i (0 .. ($#$expected > $#$came ? $#$expected : $#$came))
	{
		my ($one, $other) = map { $_->[$i] // '(nothing more)' } $expected, $came;
		return "row " . ($i + 1) . " is not \"$one\" but \"$other\"" if $one ne $other;
	}
	return;
}

# As many messages as the case has, in its order.  The first line is a SQLSTATE
# with or without the message; of the others those count that the case has.
sub _compare_messages
{
	my ($kind, $expected, $came) = @_;
	my @problems;

	push @problems, "there are " . @$came . " of kind \"$kind\", not " . @$expected if @$came != @$expected;
	for my $i (0 .. ($#$expected < $#$came ? $#$expected : $#$came))
	{
		my ($first, @rest) = @{ $expected->[$i] };
		my ($message, @lines) = @{ $came->[$i] };
		my %lines = map { $_ => 1 } @lines;

		push @problems, "the $kind is not \"$first\" but \"$message\""
		  unless $message eq $first || ($first =~ /^\w{5}$/ && $message =~ /^$first: /);
		push @problems, map { "the $kind does not have: $_" } grep { !$lines{$_} } @rest;
	}
	return @problems;
}

sub _compare_requests
{
	my ($self) = @_;
	my ($expected, $came) = ($self->{file}{requests}, $self->{came});
	my $number = ref $expected ? @$expected : $expected;
	return unless defined $expected;

	return "there were " . @$came . " requests, not $number" if @$came != $number;
	return unless ref $expected;
	return map { "request " . ($_ + 1) . " is not $expected->[$_]{text}" }
	  grep { !_fits($expected->[$_], $came->[$_]) } 0 .. $#$came;
}

1;
