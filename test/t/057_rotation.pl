# Another key for the secrets: while they are in use, and without the old one
# afterwards.  What was moved or damaged cannot be opened and is not sent.
use strict;
use warnings FATAL => 'all';

use JiraSpoke;
use JiraSpoke::Background;
use JiraSpoke::OAuth;
use PostgreSQL::Test::Utils;
use Test::More;

my $jira = JiraSpoke::Jira->start;
my $elsewhere = JiraSpoke::Jira->start;
my $url = $jira->url;
my $sign_in = sprintf q{'%s', '%s'}, $jira->username, $jira->secret;
my $node = start_cluster('rotation', "jira_spoke.key_file = ''", "jira_spoke.gateway_url = '$url'");
my $default = $node->data_dir . '/jira_spoke.key';
my $file = $node->basedir . '/keys';
my @keys = map { random_key() } 1 .. 3;

sub store_keys { return replace_file($file, join '', map { "$_\n" } @_); }

sub rotate { return $node->safe_psql('postgres', 'SELECT jira_rotate_key()'); }

my $all = q{SELECT string_agg(t.ok::text, ' ' ORDER BY a) FROM unnest('{work,child,consenting}'::text[]) AS a, jira_test_connection(a) AS t};

sub test_all { return $node->safe_psql('postgres', $all); }

$node->safe_psql('postgres', <<"SQL");
SELECT jira_create_connection('work', '$url', $sign_in);
SELECT jira_create_connection('child', parent => 'work', secret => 'demo-token');
SELECT jira_create_oauth_application('app', 'demo-app', 'demo-app-secret', 'https://localhost/callback',
    authorize_url => '$url/authorize', token_url => '$url/oauth/token');
SELECT jira_create_connection('consenting', '$url', auth => 'oauth2', oauth_application => 'app');
SQL
consent_to($node, $jira, 'consenting');
my $works = 'true true true';
is(test_all(), $works, 'all sign in with the key of the data directory');

# From one place of the key to the next; a session that is there already goes
# along.
my $session = $node->background_psql('postgres');
$session->query_safe('SET client_min_messages = warning');
is($session->query_safe($all), $works, 'a session begins');
is(rotate(), 0, 'nothing to do with the same key');
store_keys($keys[0]);
change_settings($node, key_file => $file);
is(test_all(), $works, 'a new key alone changes nothing');
is(rotate(), 5, 'two secrets, that of the application and two tokens are sealed anew');
is(rotate(), 0, 'once');
unlink $default or die $!;
is(test_all(), $works, 'the old key is needed no more');
is($session->query_safe($all), $works, 'by nobody');
change_settings($node, key_command => "echo $keys[1]; cat $file");
is(rotate(), 5, 'from a file to a command');
change_settings($node, key_command => "echo $keys[1]");
unlink $file or die $!;
is(test_all() . ' ' . $session->query_safe($all), "$works $works", 'which is enough');
ok(!-e $default, 'no key was made where one is configured');

# The new tokens that a renewal brings are sealed with the new key.
is($node->safe_psql('postgres', q{UPDATE jira_spoke.sign_in SET expires = now() - interval '1 h'; SELECT ok FROM jira_test_connection('consenting')}),
	't', 'tokens are renewed');
is(rotate(), 0, 'and sealed with the present key');

# Rolled back, it has not happened; read only, it does not.
store_keys($keys[2], $keys[1]);
change_settings($node, key_command => '');
is($node->safe_psql('postgres', 'BEGIN; SELECT jira_rotate_key(); ROLLBACK; SELECT jira_rotate_key()'), "5\n5", 'rolled back');
is(test_all(), $works, 'and done');

# While secrets are used and changed.
{
	my $use = join '', map { "SELECT ok FROM jira_test_connection('$_');\n" } qw(work child consenting);
	my $change = <<"SQL";
SELECT jira_alter_connection('work', secret => 'demo-token');
SELECT jira_create_connection('passing', '$url', $sign_in);
SELECT jira_drop_connection('passing');
SQL
	my @users = map { JiraSpoke::Background->start($node, $_ x 30) } $use, $use, $change;
	my $sealed = 0;

	for my $round (1 .. 12)
	{
		store_keys($round % 2 ? @keys[ 1, 2 ] : @keys[ 2, 1 ]);
		$sealed += rotate();
		$_->{run}->pump_nb for @users;
	}
	my @ends = map { [ $_->finish ] } @users;
	is(join('', map { $_->[1] } @ends), '', 'nobody notices');
	is(join('', $ends[0][0], $ends[1][0]) =~ tr/t//, 180, 'every request was signed in');
	ok($sealed >= 48, "$sealed secrets were sealed anew") or diag($sealed);
}

# Neither waits for the other: a rotation leaves what a transaction is changing,
# and says so.
store_keys(@keys[ 2, 1 ]);
{
	rotate();
	store_keys(@keys[ 1, 2 ]);
	$session->query_safe(q{BEGIN; SELECT jira_oauth_authorize_url('consenting')});
	my ($status, $out, $warning) = $node->psql('postgres', 'SELECT jira_rotate_key()');
	is($out, 5, 'a rotation counts all that has another key');
	like($warning, qr/WARNING: .*left with their old key: 2.*HINT: .*again/s, 'and tells of those that it left');
	like($session->query_safe(q{SELECT jira_alter_connection('work', secret => 'demo-token'); COMMIT; SELECT 'changed'}), qr/changed/,
		'the transaction goes on');
	cmp_ok(rotate(), '<=', 3, 'the next time it finds them');
	is(rotate(), 0, 'and no more');
	is(test_all(), $works, 'all sign in');
}

# One that stays open is in nobody's way, but for the secrets that it has sealed.
{
	store_keys(@keys[ 2, 1 ]);
	$session->query_safe('BEGIN; SELECT jira_rotate_key()');
	$node->safe_psql('postgres', 'CREATE ROLE admin LOGIN IN ROLE jira_spoke_admin; CREATE ROLE guest');
	my $impatient = q{SET lock_timeout = '10s';};

	is(rows_or_sqlstate($node, 'admin', "$impatient SELECT $_->[1]"), '', "during a rotation: $_->[0]") for
	  [ 'a connection is made', "jira_create_connection('passing', '$url', $sign_in, is_default => true)" ],
	  [ 'and changed', q{jira_alter_connection('passing', secret => 'demo-token', is_default => false)} ],
	  [ 'granted', q{jira_grant_connection('passing', 'guest')} ], [ 'and dropped', q{jira_drop_connection('passing')} ];
	is(rows_or_sqlstate($node, 'postgres', "$impatient SELECT $_"), '', "one with a secret that was sealed anew: $_") for
	  q{jira_alter_connection('work', api_version => 2)}, q{jira_grant_connection('work', 'guest')}, q{jira_revoke_connection('work', 'guest')};
	is(test_all(), $works, 'all sign in');
	like(query_error($node, 'SELECT jira_rotate_key()'), qr/^\z|WARNING/, 'a second one does not wait');
	is(rows_or_sqlstate($node, 'postgres', q{SET lock_timeout = '100ms'; SELECT jira_alter_connection('work', secret => 'demo-token')}), '55P03', 'only its secret waits');
	$session->query_safe('COMMIT');
	is(rows_or_sqlstate($node, 'postgres', q{SELECT jira_alter_connection('work', secret => 'demo-token')}), '', 'until the end');
	is(rotate(), 0, 'all was sealed');
}

# A key that is gone.
store_keys($keys[2]);
my $missing = qr/F0000: +the key that sealed the secret of (connection|OAuth 2\.0 application) "(work|child|app|consenting)" is not available.*HINT/s;
store_keys(@keys[ 2, 1 ]);
rotate();
store_keys($keys[0]);
change_settings($node, key_command => "cat $file");
$jira->forget_requests;
like(query_error($node, 'SELECT jira_rotate_key()'), $missing, 'without its key a secret is named');
like(query_error($node, q{SELECT account FROM jira_lookup_authenticated_user('work')}), qr/F0000: .*"work" is not available.*HINT/s, 'also in use');
is(scalar($jira->requests), 0, 'nothing is sent');
$node->safe_psql('postgres', q{SELECT jira_alter_connection('work', secret => 'demo-token')});
is($node->safe_psql('postgres', q{SELECT ok FROM jira_test_connection('work')}), 't', 'it can be stored again');
store_keys(@keys[ 0, 1, 2 ]);
ok(rotate() >= 4, 'the others with their key');
is(test_all(), $works, 'and all is well');

# Moved and damaged by a superuser, who alone can.
my $other = $elsewhere->url;
my $get = q{(SELECT secret FROM jira_spoke.credential WHERE alias = 'work')};
my $cannot = qr/28000: +the secret of .* cannot be opened.*DETAIL.*HINT/s;
my $flip = q{SELECT ('\\x' || encode(set_byte(b, %s, get_byte(b, %s) # 1), 'hex'))::cstring FROM (SELECT secret::text::bytea AS b FROM jira_spoke.credential WHERE alias = 'work') AS s};
my @harm = (
	[ 'another alias', "UPDATE jira_spoke.credential SET secret = $get WHERE alias = 'child'", 'child', $cannot ],
	[ 'another table', "UPDATE jira_spoke.oauth_application SET client_secret = $get; UPDATE jira_spoke.sign_in SET expires = now()", 'consenting', $cannot ],
	[ 'another column', q{UPDATE jira_spoke.sign_in SET access_token = refresh_token}, 'consenting', $cannot ],
	[ 'an application\'s as an alias\'s', q{UPDATE jira_spoke.credential SET secret = (SELECT client_secret FROM jira_spoke.oauth_application) WHERE alias = 'work'}, 'work', $cannot ],
	[ 'another name', q{UPDATE jira_spoke.alias SET name = 'renamed' WHERE name = 'child'}, 'renamed', $cannot ],
	[ 'another URL', "UPDATE jira_spoke.connection SET url = '$other' WHERE alias = 'work'", 'work', qr/28000: .*stored for another host/ ],
	[ 'another origin', "UPDATE jira_spoke.connection SET url = '$other' WHERE alias = 'work'; UPDATE jira_spoke.credential SET origin = '$other' WHERE alias = 'work'", 'work', $cannot ],
	[ 'tokens for another origin', "UPDATE jira_spoke.sign_in SET origin = '$other'", 'consenting', qr/28000: .*another host/ ],
	[ 'another token URL', "UPDATE jira_spoke.oauth_application SET token_url = '$other/oauth/token'; UPDATE jira_spoke.sign_in SET expires = now()", 'consenting', $cannot ],
	(map { [ "byte $_", sprintf(q{UPDATE jira_spoke.credential SET secret = jira_spoke.secret_in((} . $flip . q{)) WHERE alias = 'work'}, $_, $_), 'work',
		$_ >= 1 && $_ <= 8 ? qr/F0000: .*not available/ : $cannot ] } 1, 8, 9, 20, 21, 30, 46));
my @tables = qw(alias connection credential oauth_application sign_in);
$node->safe_psql('postgres', join ';', map { "CREATE TABLE kept_$_ AS TABLE jira_spoke.$_" } @tables);
my $restore = <<'SQL';
BEGIN;
UPDATE jira_spoke.alias SET name = 'child' WHERE name = 'renamed';
UPDATE jira_spoke.connection AS c SET url = k.url FROM kept_connection AS k WHERE k.alias = c.alias;
UPDATE jira_spoke.credential AS c SET origin = k.origin, secret = k.secret FROM kept_credential AS k WHERE k.alias = c.alias;
UPDATE jira_spoke.oauth_application AS c SET token_url = k.token_url, client_secret = k.client_secret FROM kept_oauth_application AS k;
UPDATE jira_spoke.sign_in AS c SET origin = k.origin, token_origin = k.token_origin, access_token = k.access_token,
    refresh_token = k.refresh_token, expires = k.expires, problem = k.problem FROM kept_sign_in AS k;
COMMIT;
SQL
for my $case (@harm)
{
	my ($title, $statement, $alias, $expected) = @$case;

	$_->forget_requests for $jira, $elsewhere;
	$node->safe_psql('postgres', $statement);
	like(query_error($node, "SELECT account FROM jira_lookup_authenticated_user('$alias')"), $expected, "moved or damaged: $title");
	is(scalar(grep { $_->{headers}{authorization} || $_->{body} =~ /secret/ } $jira->requests, $elsewhere->requests), 0, 'nothing was sent');
	$node->safe_psql('postgres', $restore);
}
for my $text ('x', '\\x', 'demo-token', '\\x00' . '00' x 60, '\\x01' . '00' x 35, '\\x02' . '00' x 60)
{
	like(query_error($node, "INSERT INTO jira_spoke.credential VALUES ('work', 'https://example.net', '$text')"), qr/22P02: .*not a valid sealed secret.*HINT.*jira_spoke_secret/s,
		"no sealed secret: $text");
}
is(test_all(), $works, 'in the end all is as it was');

$session->quit;
$node->stop;
done_testing();
