# Options of connections: each does what it says, for its own connection and
# those that inherit it, comes before the setting of its name, and is refused
# when it cannot be used.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use File::Copy qw(copy);
use JiraSpoke::Proxy;
use JiraSpoke::Stall;
use JiraSpoke::Tls;
use JiraSpoke;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'openssl is not installed' if system('openssl version >/dev/null 2>&1') != 0;

my $node = start_cluster('options', 'jira_spoke.max_retries = 0');
my $jira = JiraSpoke::Jira->start;
my $ours = JiraSpoke::Tls->new('options');
my $unknown = JiraSpoke::Tls->new('unknown_options');
my $names = 'IP:127.0.0.1,DNS:jira.invalid,DNS:files.invalid';
my $server = $ours->certificate('jira', $names);
my ($client, $key) = @{ $ours->certificate('client', 'DNS:client') };
my $pair = { client_certificate => $client, client_key => $key };
my $front = JiraSpoke::Proxy->start(forward => $jira->port, tls => $server);
my $gate = JiraSpoke::Proxy->start(forward => $jira->port, tls => $server, client_ca => $ours->file);

sub query { return $node->safe_psql('postgres', join '; ', @_); }
sub failure { return query_error($node, join '; ', @_); }
sub alter { return "SELECT jira_alter_connection('$_[0]', options => '" . encode_json($_[1]) . "')"; }
# An alias for our Jira with these options.
sub connection
{
	my ($alias, $options, %others) = @_;
	return connect_to($node, $jira, $alias, options => encode_json($options), %others);
}

authorities();
client_certificates();
proxies();
limits();
hosts_of_files();
inheritance();
files_are_for_some();
what_is_refused();
done_testing();

# --- ca_file

sub authorities
{
	my $file = "$PostgreSQL::Test::Utils::tmp_check/authority.crt";

	copy($ours->file, $file) or die $!;
	connection('trusting', { ca_file => $file }, url => $front->url);
	connect_to($node, $jira, 'wary', url => $front->url);
	is(query(server_query('trusting')), 1, 'the authorities of ca_file are trusted');
	like(failure(server_query('trusting'), server_query('wary')), qr/08001: .*authority is unknown\n/, 'only by the connection that has it');

	my $other = JiraSpoke::Proxy->start(forward => $jira->port, tls => $unknown->certificate('jira', $names));
	connection('other', { ca_file => $file }, url => $other->url);
	like(failure(server_query('other')), qr/08001: .*authority is unknown\n/, 'and no others');

	like(failure(server_query('trusting'), alter('trusting', { ca_file => undef }), server_query('trusting')),
		qr/08001: .*authority is unknown\n/, 'until it is removed, in the same session too');
	query(alter('trusting', { ca_file => $file }));
	my $swap = "COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; cp @{[ $unknown->file ]} $file'";
	like(failure(server_query('trusting'), $swap, server_query('trusting')), qr/08001: .*authority is unknown\n/,
		'what the file has now counts');
	return;
}

# --- client_certificate, client_key

sub client_certificates
{
	my $trust = { ca_file => $ours->file };
	my $second = JiraSpoke::Proxy->start(forward => $jira->port, tls => $server, client_ca => $ours->file);
	my $elsewhere = "url => '" . $second->url . "', secret => '" . $jira->secret . "'";

	connection('anonymous', $trust, url => $gate->url);
	connection('known', { %$trust, %$pair }, url => $gate->url);
	like(failure(server_query('anonymous')), qr/08001: .*demands a client certificate/, 'a client certificate is demanded');
	is(query(server_query('known')), 1, 'and given');
	is(($gate->requests)[-1]{client}, 'jira', 'the right one');
	like(failure(server_query('known'), server_query('anonymous')), qr/08001: .*demands a client certificate/,
		'only by the connection that has it');

	my $path = '/rest/api/2/attachment/content';
	my $id = query(q{SELECT jira_copy_attachment('OPS-1', 'a.txt', 'x', connection => 'known')});
	my ($media) = query(qq{SELECT headers ->> 'location' FROM jira_request('GET', '$path/$id', connection => 'known')})
	  =~ m{(/media/.*)};
	my $content = qq{SELECT encode(jira_attachment_content('$id', 'known'), 'escape')};
	$jira->fault(kind => 'redirect', status => 303, location => $second->url . $media, path => "*$path*");
	like(failure($content), qr/08001: .*demands a client certificate/, 'it is not for where a file is kept');
	$jira->clear_faults;
	$jira->fault(kind => 'redirect', status => 303, location => $front->url . $media, path => "*$path*");
	is(query($content), 'x', 'which is trusted as the connection is, on any port of its host');
	$jira->clear_faults;

	query("SELECT jira_create_connection('child', parent => 'known', $elsewhere)");
	like(failure(server_query('child')), qr/08001: .*demands a client certificate/, 'nor is it for another host of a child');
	like(failure("SELECT jira_alter_connection('known', $elsewhere)"),
		qr/28000: .*stored for another host\nHINT:  .*client_certificate/, 'nor for another host of its own');
	like(failure("SELECT jira_alter_connection('known', username => 'x', options => '{\"timeout\": 9000}', $elsewhere)"),
		qr/28000: .*stored for another host/, 'whatever else is changed');
	is(query("SELECT jira_alter_connection('known', options => '" . encode_json($pair) . "', $elsewhere)", server_query('known')),
		"\n1", 'unless it is given again');
	query(alter('known', { client_certificate => undef, client_key => undef }));
	is(query(q{SELECT certificate_origin IS NULL, options ? 'ca_file', options ? 'client_key'
		FROM jira_spoke.connection WHERE alias = 'known'}), 't|t|f', 'it can be removed');
	return;
}

# --- proxy

sub proxies
{
	for my $kind ([ 'CONNECT' ], [ 'CONNECT', tls => $server ], [ 'SOCKS', socks => 1 ])
	{
		my ($method, @options) = @$kind;
		my $proxy = JiraSpoke::Proxy->start(@options);
		my $what = $proxy->url =~ s/:.*//r;

		connection("by $what", { ca_file => $ours->file, proxy => $proxy->url, allowed_hosts => ['FILES.invalid'] },
			url => 'https://jira.invalid:' . $front->port);
		$jira->forget_requests;
		is(query(server_query("by $what")), 1, "$what: a host that only the proxy knows");
		my @requests = $proxy->requests;
		is("$requests[0]{method} $requests[0]{target}", "$method jira.invalid:" . $front->port, "$what: is asked for");
		is(scalar @requests, 1, "$what: once");
		unlike(encode_json($requests[0]), qr/authorization|cookie/i, "$what: without the credential");
		ok(($jira->requests)[0]{headers}{authorization}, "$what: which is for Jira");

		my $id = query(qq{SELECT jira_copy_attachment('OPS-1', 'a.txt', 'x', connection => 'by $what')});
		my ($media) = query(qq{SELECT headers ->> 'location'
			FROM jira_request('GET', '/rest/api/2/attachment/content/$id', connection => 'by $what')}) =~ m{(/media/.*)};
		$jira->fault(kind => 'redirect', status => 303, path => '*/attachment/content/*', times => 1,
			location => 'https://files.invalid:' . $front->port . $media);
		is(query(qq{SELECT encode(jira_attachment_content('$id', 'by $what'), 'escape')}), 'x', "$what: files, too");
		is(($proxy->requests)[-1]{target}, 'files.invalid:' . $front->port, "$what: of another host");
	}

	my $proxy = JiraSpoke::Proxy->start;
	connection('plain', { proxy => $proxy->url });
	is(query(server_query('plain'), server_query('plain')), "1\n1", 'plain http through a proxy of this machine');
	is(scalar $proxy->requests, 1, 'over a connection that is kept');
	like(failure(server_query('plain'), alter('plain', { proxy => 'http://192.0.2.1:3128' }), server_query('plain')),
		qr/08001: .*plain http is allowed to loopback/, 'but through no other');
	return;
}

# --- connect_timeout, timeout, max_response_size

sub limits
{
	my $start = time;
	my $patience = q{SET jira_spoke.connect_timeout = '10min'; SET jira_spoke.timeout = '10min'};
	connection('mute', { connect_timeout => '300ms' }, url => 'https://127.0.0.1:' . mute_port());
	like(failure($patience, server_query('mute')), qr/08001: .*in time\n.*\nHINT:  .*option connect_timeout/, 'connect_timeout');
	connection('slow', { timeout => 400 });
	$jira->fault(kind => 'silence', times => 1);
	like(failure($patience, server_query('slow')), qr/57014: .*in time\n.*\nHINT:  .*option timeout/, 'timeout');
	cmp_ok(time - $start, '<', 60, 'they are not waited for longer');

	$jira->fault(kind => 'latency', ms => 800);
	is(query('SET jira_spoke.timeout = 400', alter('slow', { timeout => '60s' }), server_query('slow')), "\n1",
		'the option comes before the setting');
	like(failure('SET jira_spoke.timeout = 400', alter('slow', { timeout => undef }), server_query('slow')), qr/57014: /,
		'which counts without it');
	$jira->clear_faults;

	my $read = q{SELECT count(*) > 5 FROM jira_lookup_issues_stream('project = OPS', connection => 'small')};
	connection('small', { max_response_size => '2kB' });
	like(failure($read), qr/54000: .*too large\n.*\nHINT:  .*option max_response_size/, 'max_response_size');
	is(query("SET jira_spoke.max_response_size = '2kB'", alter('small', { max_response_size => 10240 }), $read),
		"\nt", 'in kilobytes, before the setting');
	return;
}

# --- allowed_hosts

sub hosts_of_files
{
	my $content = '/rest/api/2/attachment/content';
	my $id = query(alter('plain', { proxy => undef }),
		q{SELECT jira_copy_attachment('OPS-1', 'a.txt', 'kept', connection => 'plain')}) =~ s/^\n//r;
	my $media = query(qq{SELECT headers ->> 'location' FROM jira_request('GET', '$content/$id', connection => 'plain')});
	my $fetch = qq{SELECT encode(jira_attachment_content('$id', 'plain'), 'escape')};

	like($media, qr{^http://localhost:}, 'files are kept at another host');
	$jira->fault(kind => 'redirect', status => 303, location => $media, path => "*$content*");
	$jira->forget_requests;
	like(failure($fetch), qr/42501: .*"$id" at host "localhost", which connection "plain" does not.*\nHINT:  .*allowed_hosts/,
		'it is not asked');
	is(scalar $jira->requests, 1, 'not at all');
	is(query(alter('plain', { allowed_hosts => [ 'other.example', 'LocalHost' ] }), $fetch), "\nkept", 'unless it is allowed');
	$jira->clear_faults;

	# Where Cloud keeps its files, as far as a proxy that refuses.
	my $proxy = JiraSpoke::Proxy->start;
	connection('cloudy', { proxy => $proxy->url });
	for my $host ('api.media.atlassian.com', 'media.atlassian.com')
	{
		$jira->fault(kind => 'redirect', status => 303, location => "https://$host:1/x", path => "*$content*", times => 1);
		failure(qq{SELECT jira_attachment_content('$id', 'cloudy')});
	}
	is(join(' ', map { $_->{target} } grep { $_->{target} =~ /media/ } $proxy->requests), 'api.media.atlassian.com:1',
		'where Cloud keeps its files is asked, and no other host of its');
	return;
}

# --- Parents, and what is shown.

sub inheritance
{
	my $shown = q{SELECT options FROM jira_connections() WHERE alias = '%s'};
	my $mute = { connect_timeout => '60s', timeout => '300ms' };

	connection('parent', { %$mute, max_response_size => '2kB' });
	query(q{SELECT jira_create_connection('heir', parent => 'parent', options => '{"max_response_size": "1MB"}')});
	is(query(sprintf $shown, 'parent'),
		'{"timeout": "300ms", "connect_timeout": "60s", "max_response_size": "2kB"}', 'options are shown as they were given');
	is(query(sprintf $shown, 'heir'), '{"max_response_size": "1MB"}', 'and only those of the alias itself');
	$jira->fault(kind => 'latency', ms => 800);
	like(failure(server_query('heir')), qr/57014: /, 'an option that an alias lacks is that of its parent');
	query(alter('heir', { timeout => '60s' }));
	is(query(server_query('heir')), 1, 'its own comes first');
	query(alter('heir', { timeout => undef }));
	like(failure(server_query('heir')), qr/57014: /, 'until it is removed');
	$jira->clear_faults;
	query(alter('parent', { timeout => '60s' }));
	is(query(q{SELECT count(*) > 5 FROM jira_lookup_issues_stream('project = OPS', connection => 'heir')}), 't',
		'each option for itself');
	query(alter('heir', { max_response_size => undef }));
	is(query("SELECT options IS NULL FROM jira_connections() WHERE alias = 'heir'"), 't', 'none is left');
	is(query(alter('heir', { timeout => '9s' }), alter('heir', { proxy => 'HTTP://[::1]:3128/' }), sprintf $shown, 'heir'),
		qq(\n\n{"proxy": "HTTP://[::1]:3128/", "timeout": "9s"}), 'options are added to those that are there');
	is(query(q{SELECT jira_alter_connection('heir', api_version => 3)}, sprintf $shown, 'heir'),
		qq(\n{"proxy": "HTTP://[::1]:3128/", "timeout": "9s"}), 'and stay when something else is changed');
	return;
}

# --- Whoever names a file learns whether it is there.

sub files_are_for_some
{
	my $create = sub { return "SELECT jira_create_connection('$_[0]', '" . $jira->url . "', 'u', 'secret', options => '$_[1]')"; };

	query('CREATE ROLE clerk LOGIN IN ROLE jira_spoke_admin',
		'CREATE ROLE trusted LOGIN IN ROLE jira_spoke_admin, pg_read_server_files');
	for my $options ({ ca_file => $ours->file }, { ca_file => '/missing' }, $pair, { %$pair, timeout => 5 })
	{
		my $text = encode_json($options);
		like(query_error($node, $create->('files', $text), role => 'clerk'),
			qr/42501: permission denied to set option "(?:ca_file|client_\w+)"\nDETAIL:  .*pg_read_server_files/, "others may not: $text");
		is(query_error($node, $create->("files", $text), role => 'trusted') =~ /42501/, '', "trusted may: $text");
		$node->psql('postgres', q{SELECT jira_drop_connection('files')});
	}
	is(query_error($node, $create->('own', '{"timeout": "5s", "ca_file": null}'), role => 'clerk'), '',
		'what names no file is for all that administer connections');
	query(alter('own', { ca_file => $ours->file }));
	is(query_error($node, q{SELECT jira_alter_connection('own', options => '{"timeout": "6s"}')}, role => 'clerk'), '',
		'also beside a file');
	is(query_error($node, q{SELECT jira_alter_connection('own', options => '{"ca_file": null}')}, role => 'clerk'), '',
		'and so is removing it');
	return;
}

# --- What cannot be used.

# A file that says this, for a name; its path.
sub file
{
	my ($name, $text, $mode) = @_;
	my $path = "$PostgreSQL::Test::Utils::tmp_check/option_$name";

	replace_file($path, $text, $mode);
	return $path;
}

sub what_is_refused
{
	my $damaged = slurp_file($client) =~ s/(?<=.{100}).{20}/$& =~ tr,A-Za-z,B-ZAb-za,r/esr;
	my $locked = file('locked.key', '');
	my $stranger = $unknown->certificate('stranger', 'DNS:x')->[1];
	my $with_key = sub { return { client_certificate => $client, client_key => $_[0] }; };

	system("openssl pkey -in '$key' -aes128 -passout pass:x -out '$locked'") == 0 or die 'openssl cannot lock a key';
	query("SELECT jira_create_connection('refused', '" . $jira->url . "', 'u', 'secret')");
	my @cases = (
		[ 'unknown', { colour => 1 }, qr/no option "colour"\nHINT:  The options are ca_file, .*, allowed_hosts\./ ],
		[ 'no object', [], qr/must be an object/ ], [ 'no object either', 'proxy', qr/must be an object/ ],
		(map { [ "ca_file @$_[0]", { ca_file => $_->[1] }, qr/option "ca_file" is not usable: $_->[2]/ ] } (
			[ 'a number', 1, 'it must be a string' ], [ 'relative', 'a.crt', 'it must be an absolute path' ],
			[ 'empty', '', 'it must be an absolute path' ],
			[ 'missing', '/missing', 'the file cannot be read\nDETAIL:  .*No such file' ],
			[ 'a directory', '/tmp', 'it is not a regular file' ], [ 'a device', '/dev/zero', 'it is not a regular file' ],
			[ 'text', file('text', "no certificate\n"), 'the file has no certificate in PEM form\nDETAIL:  .*no start line' ],
			[ 'a key', $key, 'the file has no certificate' ],
			[ 'damaged', file('damaged', $damaged), 'the file has no certificate in PEM form\nDETAIL:  The reason is' ],
			[ 'half damaged', file('half', slurp_file($client) . $damaged), 'one of the certificates in the file is damaged\nDETAIL:  The reason is' ])),
		[ 'certificate alone', { client_certificate => $client }, qr/must be given together\nHINT:  .*null for both/ ],
		[ 'key alone', { client_key => $key }, qr/must be given together/ ],
		[ 'half a removal', { client_certificate => $client, client_key => undef }, qr/must be given together/ ],
		[ 'certificate that is none', { client_certificate => $key, client_key => $key },
			qr/option "client_certificate" is not usable: the file has no certificate/ ],
		(map { [ "client_key @$_[0]", $with_key->($_->[1]), qr/option "client_key" is not usable: $_->[2]/ ] } (
			[ 'relative', 'a.key', 'it must be an absolute path' ], [ 'missing', '/missing', 'the file cannot be read' ],
			[ 'a certificate', $client, 'the file has no private key in PEM form' ],
			[ 'locked', $locked, 'the private key has a passphrase' ],
			[ 'a stranger', $stranger, 'the private key is not that of the client certificate\nDETAIL:  .*mismatch' ],
			[ 'open to all', file('open.key', slurp_file($key), 0644), 'the file is not private\nDETAIL:  Others may read it' ])),
		(map { [ "proxy $_->[0]", { proxy => $_->[0] }, qr/option "proxy" is not usable: $_->[1].*\nHINT:  .*http:/ ] } (
			[ 3128, 'it must be a string' ], [ 'proxy', 'it is not a URL' ], [ 'proxy:3128', '' ],
			[ 'ftp://proxy:21', 'its scheme must be http, https or socks5h' ], [ 'socks4://proxy:1', '' ],
			[ 'http://proxy', 'it needs a port' ], [ 'http://[::1]', 'it needs a port' ], [ 'http://proxy:', 'it needs a port' ],
			[ 'http://a@proxy:1', 'it must not contain a user name' ], [ 'socks5h://a:b@proxy:1', 'it must not contain a user name' ],
			[ 'http://proxy:1/x', 'it must not have a path' ], [ 'http://proxy:1/?x', 'it must not have a query' ],
			[ "http://proxy:1\r\n", 'it must not contain spaces' ], [ 'socks5h:///x', 'it needs a host' ])),
		(map { my $time = $_; map { [ "$time $_->[0]", { $time => $_->[0] }, qr/option "$time" is not usable: $_->[1]/ ] } (
			[ 0, '"0" is too small' ], [ '-1s', '"-1s" is too small' ], [ 'soon', '"soon" is not a quantity' ],
			[ '5 parsecs', '"5 parsecs" is not a quantity\nDETAIL:  Valid units' ], [ '1000d', '.*\nDETAIL:  Value exceeds' ],
			[ Cpanel::JSON::XS::true, 'it must be a number or a string' ], [ '1MB', '"1MB" is not a quantity' ]) }
			qw(timeout connect_timeout)),
		(map { [ "max_response_size $_", { max_response_size => $_ }, qr/option "max_response_size" is not usable/ ] }
			0, '10s', '100TB'),
		(map { [ "requests_per_second $_", { requests_per_second => $_ }, qr/option "requests_per_second" is not usable/ ] }
			0, -1, '5', 0.0001, 1e9),
		(map { [ 'allowed_hosts ' . encode_json([$_]), { allowed_hosts => $_ }, qr/option "allowed_hosts" is not usable/ ] }
			'a.example', {}, [1], ['https://a.example'], ['a.example:1'], ['a.example/x'], ['a b'], [''], ['u@a.example'], ['a.']));
	for my $case (@cases)
	{
		my ($what, $options, $expected) = @$case;
		my $text = Cpanel::JSON::XS->new->allow_nonref->encode($options) =~ s/'/''/gr;

		like(failure("SELECT jira_alter_connection('refused', options => '$text')"), qr/ERROR:  22023: .*$expected/, "$what is refused");
	}
	is(query(q{SELECT options IS NULL FROM jira_connections() WHERE alias = 'refused'}), 't', 'and nothing is stored');
	is(query_error($node, q{SELECT jira_alter_connection('refused', options => '{"timeout": null, "proxy": null}')}), '',
		'what is not there can be removed');
	return;
}
