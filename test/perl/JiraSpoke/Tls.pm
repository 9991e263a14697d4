# Certificates for tests, and a way to have the server trust their authority.
package JiraSpoke::Tls;

use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use Exporter qw(import);
use IPC::Run;
use JiraSpoke::Files;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(requests_over_tls);

# An authority of our own.  Its certificate serves for this host as well, as one
# that is signed by itself.
sub new
{
	my ($class, $name) = @_;
	my $self = bless { base => test_file("tls_$name") }, $class;

	_openssl(qw(req -x509 -days 30 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes),
		'-subj', "/CN=$name", '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', "$self->{base}.key", '-out', "$self->{base}.crt")
	  or die 'openssl cannot make a certificate';
	return $self;
}

sub file { return shift->{base} . '.crt'; }

# A certificate and its key for a host, given as openssl's subjectAltName.
sub certificate
{
	my ($self, $name, $host, $expired) = @_;
	my $base = "$self->{base}_$name";
	my @sign = ('x509', '-req', '-in', "$base.csr", '-out', "$base.crt", '-extfile', "$base.ext",
		'-CA', $self->file, '-CAkey', "$self->{base}.key", '-set_serial', int rand 1e9);

	open my $extension, '>', "$base.ext" or die $!;
	print $extension "subjectAltName=$host\n";
	close $extension;
	_openssl(qw(req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=jira),
		'-keyout', "$base.key", '-out', "$base.csr") or die 'openssl cannot make a key';

	# Versions of openssl differ in how they take a time that has passed.
	my @times = !$expired ? ([qw(-days 30)])
	  : ([qw(-not_before 20200101000000Z -not_after 20200102000000Z)], [qw(-days -1)]);
	for my $time (@times)
	{
		return [ "$base.crt", "$base.key" ] if _openssl(@sign, @$time);
	}
	die 'openssl cannot sign a certificate';
}

# A library for LD_PRELOAD that opens our authority instead of the machine's
# list of trusted ones, as if an administrator had put it there: libcurl's list
# cannot be chosen from outside.  undef without a compiler.
sub trusting_library
{
	my $self = shift;

	open my $source, '>', "$self->{base}.c" or die $!;
	print $source <<'C';
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static FILE *
open_trusted(const char *name, const char *path, const char *mode)
{
	FILE *(*next)(const char *, const char *);

	*(void **) &next = dlsym(RTLD_NEXT, name);
	return next(strstr(path, "ca-certificates.crt") || strstr(path, "cert.pem") ? AUTHORITY : path, mode);
}

FILE *fopen(const char *path, const char *mode) { return open_trusted("fopen", path, mode); }
FILE *fopen64(const char *path, const char *mode) { return open_trusted("fopen64", path, mode); }
C
	close $source;
	my $authority = '-DAUTHORITY="' . $self->file . '"';
	return system('cc', '-shared', '-fPIC', '-o', "$self->{base}.so", $authority, "$self->{base}.c", '-ldl') == 0
	  ? "$self->{base}.so" : undef;
}

# The requests of a Jira with TLS.  They are read with Python, in which our Jira
# is written, because Perl's modules for TLS are not installed everywhere.  "own"
# is the client certificate for a Jira that demands one: [certificate, key].
sub requests_over_tls
{
	my ($jira, $own) = @_;
	my $program = 'import ssl, sys, urllib.request as r; c = ssl._create_unverified_context(); '
	  . 'sys.argv[2:] and c.load_cert_chain(*sys.argv[2:]); '
	  . 'sys.stdout.buffer.write(r.urlopen(sys.argv[1], context=c).read())';
	my ($out, $error) = ('', '');

	IPC::Run::run(
		[ 'python3', '-c', $program, 'https://127.0.0.1:' . $jira->port . '/_control/requests', @{ $own // [] } ],
		'>', \$out, '2>', \$error) or die $error;
	return @{ decode_json($out) };
}

sub _openssl
{
	my @arguments = @_;

	return system("openssl @{[ map { qq('$_') } @arguments ]} >/dev/null 2>&1") == 0;
}

1;
