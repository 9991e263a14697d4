# An option that libcurl refuses is named, each one that a request sets; without
# memory there is another error.  A libcurl that is too old is not used at all.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use JiraSpoke::Files;
use JiraSpoke::Tls;
use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;

my $base = test_file('refusing');
my @options = sort +named_in(qw(src/http/exchange.c src/http/session.c));
my $refusing = refusing_library();

plan skip_all => 'no compiler, or no headers of libcurl' unless $refusing;
plan skip_all => 'openssl is not installed' if system('openssl version >/dev/null 2>&1') != 0;

my $node = start_refusing();
my $jira = JiraSpoke::Jira->start;
my $ours = JiraSpoke::Tls->new('refused');
my ($certificate, $key) = @{ $ours->certificate('client', 'DNS:client') };

connect_to($node, $jira, undef, options => encode_json(
	{ ca_file => $ours->file, client_certificate => $certificate, client_key => $key }));
make_calls();

refuse('', 0);
is(problems(), '', 'nothing is refused');
cmp_ok(scalar @options, '>', 40, 'there are options to refuse');
for my $option (@options, qw(curl_mime_name curl_mime_filename curl_mime_type curl_mime_data_cb curl_multi_add_handle))
{
	my $words = $option =~ /^CURLM|multi/ ? 'Unknown option' : 'An unknown option was passed in to libcurl';

	refuse($option, $option =~ /^CURLM|multi/ ? 6 : 48);    # CURLM_, CURLE_UNKNOWN_OPTION
	is(problems(), "0A000: could not set up libcurl for the request: libcurl refused $option: $words", "$option is refused");
}
$jira->forget_requests;
refuse('CURLOPT_FOLLOWLOCATION', 48);
problems();
is(scalar $jira->requests, 0, 'nothing was sent');
like($node->safe_psql('postgres', 'SELECT ok, problem FROM jira_test_connection()'),
	qr/^f\|.*libcurl refused CURLOPT_FOLLOWLOCATION: .*Check the version and the features of libcurl/, 'jira_test_connection');
for my $option (qw(CURLOPT_URL CURLOPT_MIMEPOST curl_mime_name))
{
	refuse($option, 27);                                    # CURLE_OUT_OF_MEMORY
	is(problems(), '53200: out of memory: ', "no memory for $option");
}
refuse('curl_version_info', 1);
like(query_error($node, q{LOAD 'jira_spoke'}),
	qr/ERROR:  0A000: jira_spoke needs libcurl 7\.87 or later\nDETAIL:  .* libcurl 7\.86\.0\./, 'a libcurl that is too old');
refuse('', 0);
is(problems(), '', 'nothing is refused any more');
$node->stop;
done_testing();

# The options of libcurl that these sources name.
sub named_in
{
	my %names;

	for my $file (@_)
	{
		my $text = slurp_file(($ENV{JIRA_SPOKE_SRC} // '.') . "/$file");
		$names{$_} = 1 for $text =~ /\b(CURLM?OPT_\w+)/g;
	}
	return keys %names;
}

# What the next calls are refused: an option or a function, with a code.
sub refuse
{
	my ($name, $code) = @_;

	open my $file, '>', "$base.txt" or die $!;
	print $file "$name $code\n";
	close $file;
	return;
}

# The kinds of requests: without a body, with one, with an empty one, with a file.
sub make_calls
{
	$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION problems() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	call text;
	message text;
	detail text;
BEGIN
	FOREACH call IN ARRAY ARRAY[
		$q$SELECT * FROM jira_request('GET', '/rest/api/2/myself')$q$,
		$q$SELECT jira_add_comment('OPS-1', 'x')$q$,
		$q$SELECT * FROM jira_request('DELETE', '/rest/api/2/issue/OPS-1/votes')$q$,
		$q$SELECT jira_copy_attachment('OPS-1', 'a', 'x')$q$]
	LOOP
		BEGIN
			EXECUTE call;
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
			RETURN NEXT SQLSTATE || ': ' || regexp_replace(message, '^jira_.* failed: ', '') || ': ' || detail;
		END;
	END LOOP;
END $$;
SQL
	return;
}

# Each different problem of the calls once.
sub problems { return $node->safe_psql('postgres', 'SELECT DISTINCT * FROM problems()'); }

sub start_refusing
{
	local $ENV{LD_PRELOAD} = $refusing;

	return start_cluster('refused', 'jira_spoke.max_retries = 0');
}

# A library for LD_PRELOAD that refuses what the file says.  undef without a
# compiler.
sub refusing_library
{
	my $names = join "\n", map { "\t{$_, \"$_\"}," } @options;

	open my $source, '>', "$base.c" or die $!;
	print $source <<"C";
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_multi_setopt

static const struct
{
	int			option;
	const char *name;
}			names[] = {
$names
};

/* The code to refuse it with, or 0. */
static int
refusal(const char *name)
{
	FILE	   *file = fopen("$base.txt", "r");
	char		refused[100] = "";
	int			code = 0;

	if (file)
	{
		if (fscanf(file, "%99s %d", refused, &code) != 2)
			code = 0;
		fclose(file);
	}
	return strcmp(name, refused) == 0 ? code : 0;
}

static int
option_refusal(const char *kind, int option)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].option == option && strncmp(names[i].name, kind, strlen(kind)) == 0)
			return refusal(names[i].name);
	return 0;
}

#define FIND_NEXT(function) \\
	static __typeof__(&function) next; \\
	if (!next) \\
		*(void **) &next = dlsym(RTLD_NEXT, #function)

/* Every argument of these two is a pointer or as large as one. */
#define REFUSE_OPTION(code_type, function, handle_type, option_type, kind) \\
code_type \\
function(handle_type *handle, option_type option, ...) \\
{ \\
	va_list		arguments; \\
	void	   *argument; \\
	int			code = option_refusal(kind, option); \\
	FIND_NEXT(function); \\
	va_start(arguments, option); \\
	argument = va_arg(arguments, void *); \\
	va_end(arguments); \\
	return code ? code : next(handle, option, argument); \\
}

#define REFUSE(code_type, function, parameters, arguments) \\
code_type \\
function parameters \\
{ \\
	int			code = refusal(#function); \\
	FIND_NEXT(function); \\
	return code ? code : next arguments; \\
}

REFUSE_OPTION(CURLcode, curl_easy_setopt, CURL, CURLoption, "CURLOPT")
REFUSE_OPTION(CURLMcode, curl_multi_setopt, CURLM, CURLMoption, "CURLMOPT")
REFUSE(CURLMcode, curl_multi_add_handle, (CURLM *multi, CURL *easy), (multi, easy))
REFUSE(CURLcode, curl_mime_name, (curl_mimepart *part, const char *name), (part, name))
REFUSE(CURLcode, curl_mime_filename, (curl_mimepart *part, const char *name), (part, name))
REFUSE(CURLcode, curl_mime_type, (curl_mimepart *part, const char *type), (part, type))
REFUSE(CURLcode, curl_mime_data_cb,
	   (curl_mimepart *part, curl_off_t size, curl_read_callback give, curl_seek_callback seek,
		curl_free_callback release, void *user),
	   (part, size, give, seek, release, user))

curl_version_info_data *
curl_version_info(CURLversion age)
{
	static curl_version_info_data older;

	FIND_NEXT(curl_version_info);
	older = *next(age);
	if (refusal("curl_version_info"))
	{
		older.version = "7.86.0";
		older.version_num = 0x075600;
	}
	return &older;
}
C
	close $source;
	return system("cc -shared -fPIC -w -o $base.so $base.c -ldl") == 0 ? "$base.so" : undef;
}
