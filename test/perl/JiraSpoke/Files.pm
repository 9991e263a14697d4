# Names for the files of a test, in the directory that all tests share.  The
# number of a process would not do: another one may have had it before.
package JiraSpoke::Files;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);
use File::Basename;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(test_file);

sub test_file
{
	my ($name) = @_;

	return "$PostgreSQL::Test::Utils::tmp_check/" . basename($0, '.pl') . "_$name";
}

1;
