# Versions of the extension, built and installed apart from the one under test.
package JiraSpoke::Versions;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use IPC::Run;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(copy_sources edit make install_into copy_server server_path run_or_die);

# Runs a command; returns what it prints.
sub run_or_die
{
	my @command = @_;
	my $output = '';

	IPC::Run::run(\@command, '<', \undef, '>&', \$output) or die "@command: $output";
	return $output;
}

# A copy of the sources, with what is compiled of them.
sub copy_sources
{
	my ($to) = @_;

	run_or_die('cp', '--archive', $ENV{JIRA_SPOKE_SRC}, $to);
	return $to;
}

# edit(tree, file, from => to, ...): each "from", a pattern, must be there.
sub edit
{
	my ($tree, $file, @replacements) = @_;
	my $text = slurp_file("$tree/$file");

	while (my ($from, $to) = splice @replacements, 0, 2)
	{
		$text =~ s/$from/$to/ or die "$file has no $from";
	}
	unlink "$tree/$file";
	append_to_file("$tree/$file", $text);
	return;
}

# Not optimized: nothing here waits for the library.
sub make
{
	my ($tree, @arguments) = @_;

	return run_or_die('make', "--directory=$tree", '--no-print-directory', '--silent', "PG_CONFIG=$ENV{PG_CONFIG}", 'COPT=-O0', @arguments);
}

# A path of the PostgreSQL that the extension is built for, without the "root"
# that a private installation has before it.
sub _server_directory { return run_or_die($ENV{PG_CONFIG}, shift) =~ s/\n//r; }

# The path for PostgreSQL::Test::Cluster of the server in a root.
sub server_path { my ($root) = @_; return $root . _server_directory('--bindir') =~ s{/bin$}{}r; }

# A root that is a copy of the private installation under test.  What is not
# replaced are links; the server finds its files relative to its own program.
sub copy_server
{
	my ($root) = @_;
	my $bin = _server_directory('--bindir');
	my ($under_test) = run_command([ 'pg_config', '--bindir' ]);

	$under_test =~ s/\Q$bin\E$// or die "$under_test is no private installation";
	run_or_die('cp', '--recursive', '--symbolic-link', $under_test, $root);
	run_or_die('rm', '--recursive', "$root$bin");
	run_or_die('cp', '--recursive', '--dereference', "$under_test$bin", "$root$bin");
	return $root;
}

# Installs what is built in a tree; running sessions keep the files that they have.
sub install_into
{
	my ($tree, $root) = @_;

	make($tree, 'install', "DESTDIR=$root");
	return;
}

1;
