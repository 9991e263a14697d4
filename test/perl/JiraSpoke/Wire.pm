# Runs the files of test/wire: what a call asks of Jira, byte for byte, and what
# it makes of the reply.  See test/wire/README.md.
#
# One process is both the client of the database and the Jira that the database
# calls, so it sees the requests and the output of a call without synchronizing.
package JiraSpoke::Wire;

use strict;
use warnings FATAL => 'all';

use MIME::Base64;
use Test::More;

use JiraSpoke::WireFile;
use JiraSpoke::WireServer;
use JiraSpoke::WireSession;

my %accounts = (
	cloud => [ 'demo@example.com', 'wire-token' ],
	server => [ 'demo', 'wire-password' ]);

# Server lives below a context path, as many do.
my %contexts = (cloud => '', server => '/jira');

# How Jira tells who is signed in, in every reply to somebody who is.
my %signatures = (cloud => 'X-AAccountId: 5b10a2844c20165700ede21g', server => 'X-AUSERNAME: demo');

# To a request that no file expects: nothing that is tried again.
my %refusal = (status => 418, headers => ['Content-Type: text/plain'],
	body => 'no request is expected here');

# A runner against the database "postgres" of a cluster, with a connection
# "cloud" and a connection "server".
sub new
{
	my ($class, $node) = @_;
	my $self = bless { connection_string => $node->connstr('postgres'),
		library => $node->safe_psql('postgres', 'SELECT jira_spoke.library_version()') }, $class;

	$self->{server} = JiraSpoke::WireServer->new(sub { return $self->_answer(@_); });
	for my $deployment (sort keys %accounts)
	{
		my ($username, $secret) = @{ $accounts{$deployment} };
		$node->safe_psql('postgres', "SELECT jira_create_connection('$deployment',"
			  . " url => '" . $self->url($deployment) . "', username => '$username',"
			  . " secret => '$secret', server_type => '$deployment')");
	}
	return $self;
}

sub url
{
	my ($self, $deployment) = @_;
	return 'http://' . $self->{server}->address . $contexts{$deployment};
}

# Runs every case of a file, in one session per API version.
sub run_file
{
	my ($self, $file) = @_;

	for my $version (@{ $file->{versions} })
	{
		$self->begin($file->{deployment}, $version);
		$self->_check_case($file, $_) for @{ $file->{cases} };
		$self->end;
	}
	return;
}

sub begin
{
	my ($self, $deployment, $version) = @_;

	@$self{qw(deployment version)} = ($deployment, $version);
	$self->{session} = JiraSpoke::WireSession->new($self->{connection_string});

	# The user name, as if it were new, ends a block that a CAPTCHA has brought.
	my $output = $self->say("SELECT jira_alter_connection('$deployment',"
		  . " username => '$accounts{$deployment}[0]', api_version => $version);");
	die "@$output" if grep { length } @$output;
	return;
}

sub end { shift->{session}->stop; return; }

# The SQL as the session is to see it: no setting of an earlier case stays.
sub _script
{
	my ($self, $case) = @_;
	return "RESET ALL;\nSET jira_spoke.connection = '$self->{deployment}';\n"
	  . $self->_filled($case->{sql});
}

# Runs a case: returns the lines that psql printed; the requests that came are
# then in $self->{came}, each with the exchange of the case that it was matched to.
sub play
{
	my ($self, $case) = @_;

	$self->{expected} = [ @{ $case->{exchanges} } ];
	$self->{came} = [];
	return $self->say($self->_script($case));
}

# Runs SQL and serves its requests; returns the lines that psql printed.
sub say
{
	my ($self, $sql) = @_;

	return $self->{server}->serve($self->{session}, $sql);
}

sub _answer
{
	my ($self, $request) = @_;
	my $exchange = shift @{ $self->{expected} };

	push @{ $self->{came} }, [ $request, $exchange ];
	return \%refusal unless $exchange;
	my $reply = $exchange->{reply};
	my @headers = map { $self->_filled($_) } @{ $reply->{headers} };
	unshift @headers, $signatures{ $self->{deployment} } unless $reply->{status} eq '401';
	return { %$reply, headers => \@headers };
}

# {v} is the API version, {url} the base URL of the connection.
sub _filled
{
	my ($self, $text) = @_;
	my %values = (v => $self->{version}, url => $self->url($self->{deployment}));

	return $text =~ s/\{(v|url)\}/$values{$1}/gr;
}

# --- What was expected and what came, both in the words of a wire file.

sub _check_case
{
	my ($self, $file, $case) = @_;
	my $output = $self->play($case);
	my $name = "$file->{name}, v$self->{version}: $case->{title}";
	my $expected = join '', map { $self->_filled($_) }
	  (map { _as_section($_->{request}) } @{ $case->{exchanges} }), _output_section($case->{output});
	my $came = join '', (map { _as_section($self->_as_written(@$_)) } @{ $self->{came} }),
	  _output_section($output);

	return if ok($came eq $expected, $name);
	diag("$file->{name}.wire line $case->{line}: ", _first_difference($expected, $came),
		"\nThis came:\n$came");
	return;
}

sub _output_section { return join "\n", '--- output', @{ $_[0] }, ''; }

sub _as_section
{
	my ($request) = @_;
	my $headers = $request->{headers};
	my @lines = ('--- request', "$request->{method} $request->{path}",
		(map { "$_->[0]=$_->[1]" } @{ $request->{parameters} }),
		(map { "$_: $headers->{$_}" } sort keys %$headers));

	push @lines, '', $request->{body} if length $request->{body};
	return join "\n", @lines, '';
}

# A request that came, in the form of the file.
sub _as_written
{
	my ($self, $request, $exchange) = @_;
	my $expected = $exchange ? $exchange->{request} : { path => '', headers => {} };
	my ($type, $body) = _with_fixed_boundary($request);
	my $context = $contexts{ $self->{deployment} };
	my ($path, $query) = ($request->{target}, undef);

	# Written with a question mark, it is compared as it travels.
	($path, $query) = split /\?/, $path, 2 unless $expected->{path} =~ /\?/;
	$path = "(not below $context) $path" unless $path =~ s/^\Q$context\E//;
	return {
		method => $request->{method},
		path => $path,
		parameters => [ map { _decoded_parameter($_) } split /&/, $query // '' ],
		headers => $self->_headers_to_show($request, $type, $expected->{headers}),
		body => $body };
}

# Content type and body of a request.  In a form the random boundary is replaced
# by BOUNDARY, and the line end that closes it is removed.
sub _with_fixed_boundary
{
	my ($request) = @_;
	my ($type, $body) = ($request->{headers}{'content-type'}, $request->{body});
	my ($boundary) = ($type // '') =~ m{^multipart/form-data; boundary=(\S+)$} or return ($type, $body);

	s/\Q$boundary\E/BOUNDARY/g for $type, $body;
	$body =~ s/(?<=--BOUNDARY--)\r\n\z//;
	return ($type, $body);
}

# Decoded, unless it was not encoded in the one way that we want: everything
# but unreserved characters, and the commas between the elements of a list.
sub _decoded_parameter
{
	my ($name, $raw) = split /=/, $_[0], 2;
	my $value = $raw =~ s/%([0-9A-F]{2})/chr hex $1/ger;
	my $canonical = $value =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ger;

	return [ $name, $value ] if $raw =~ s/,/%2C/gr eq $canonical;
	return [ $name, "(badly encoded) $raw" ];
}

# Those that the file names, and those that are not what every request has.
sub _headers_to_show
{
	my ($self, $request, $type, $named) = @_;
	my %came = %{ $request->{headers} };
	my ($username, $secret) = @{ $accounts{ $self->{deployment} } };
	my $body = length $request->{body};
	my %usual = (
		host => $self->{server}->address,
		authorization => 'Basic ' . encode_base64("$username:$secret", ''),
		accept => 'application/json',
		'user-agent' => "jira_spoke/$self->{library}",
		'accept-encoding' => $came{'accept-encoding'} // 'something',
		$body ? ('content-type' => 'application/json') : (),
		$body || $request->{method} ne 'GET' ? ('content-length' => $body) : ());
	my %shown;

	$came{'content-type'} = $type if defined $type;
	for my $name (keys %came, keys %usual, keys %$named)
	{
		my $value = $came{$name} // '(none)';
		$shown{$name} = $value
		  if exists $named->{$name} || $value ne ($usual{$name} // '');
	}
	return \%shown;
}

sub _first_difference
{
	my @expected = split /\n/, shift;
	my @came = split /\n/, shift;
	my $i = 0;

	$i++ while $i < @expected && $i < @came && $expected[$i] eq $came[$i];
	return "expected " . ($expected[$i] // 'nothing more') . "\nbut there was "
	  . ($came[$i] // 'nothing more');
}

1;
