# The reports that the documentation shows, on 5,000 issues more: each has the rows
# that a computation outside of the database finds in what Jira has, and takes no
# more requests than the page says.
use strict;
use warnings FATAL => 'all';

use Cpanel::JSON::XS;
use Encode qw(decode_utf8);
use HTTP::Tiny;
use JiraSpoke;
use List::Util qw(max sum0 uniq);
use MIME::Base64;
use POSIX qw(floor);
use PostgreSQL::Test::Utils;
use Test::More;
use Time::Local qw(timegm);

my $jira = JiraSpoke::Jira->start(issues => 5000);
$jira->control('POST', 'activity', { project => 'BULK' });

my $node = start_cluster('reports', 'jit = off', q{timezone = 'UTC'});
connect_to($node, $jira, 'cloud');

my $today = floor(time / 86400);
my @issues = all_issues();
my %issue = map { $_->{key} => $_ } @issues;
my $activity = $jira->control('GET', 'activity');
my %sections = sections(slurp_file("$ENV{JIRA_SPOKE_SRC}/test/doc/reports.md"));

# Those of 200 worklogs instead of a month's.
my $worklogs_since = (sort map { $_->[8] } @{ $activity->{worklogs} })[-200];
my %expected = (
	'Ageing' => [ \&ageing ],
	'Throughput' => [ \&throughput ],
	'Cycle time' => [ \&cycle_time ],
	'Time in status' => [ \&time_in_status ],
	'Sprints' => [ \&burn_down, \&carried_over ],
	'Hours per person' => [ \&hours ],
	'Promises' => [ \&agreements, \&running_out, \&promises ],
	'Dependencies' => [ \&dependencies ],
	'Comments per person' => [ \&comments ],
	'Releases' => [ \&releases ],
	'Epics' => [ \&epics ],
	'Load' => [ \&load ],
	'Customers' => [ \&customers ]);

$node->safe_psql('postgres', $_->{sql}) for grep { $_->{kind} eq 'quiet' } @{ $sections{Reports} }, @{ $sections{Customers} };
is(join(' ', sort grep { @{ $sections{$_} } } keys %sections), join(' ', sort keys %expected, 'Reports', 'For many readers'), 'every section is known');
for my $name (sort keys %expected)
{
	my @queries = grep { $_->{kind} eq '' } @{ $sections{$name} };

	is(scalar @queries, scalar @{ $expected{$name} }, "$name: queries");
	check_report($name, $queries[$_], $expected{$name}[$_]) for 0 .. $#queries;
}
$node->safe_psql('postgres', "SET search_path = work, public; $_->{sql}") for grep { $_->{kind} eq 'quiet' } @{ $sections{'For many readers'} };
is($node->safe_psql('postgres', 'CREATE ROLE reader; SET ROLE reader; SELECT count(*) FROM work.open_issues'),
	scalar(grep { !is_done($_) } @issues), 'whoever may read a materialized view needs nothing else') if $node->safe_psql('postgres', 'GRANT USAGE ON SCHEMA work TO PUBLIC') eq '';
done_testing();

# Queries by the headings of a page, each with the number of requests that stands before it.
sub sections
{
	my ($page) = @_;
	my %section;

	for my $part (grep { /\S/ } split /^##? /m, $page)
	{
		my ($name, $text) = split /\n/, $part, 2;
		my $requests = 0;

		$section{$name} = [];
		while ($text =~ /Requests: (\d+)|^```sql ?([ \w]*)\n(.*?)^```$/msg)
		{
			if (defined $1) { $requests = $1; }
			else { push @{ $section{$name} }, { kind => $2, sql => $3, requests => $requests }; }
		}
	}
	return %section;
}

sub check_report
{
	my ($name, $query, $computed) = @_;
	my $sql = $query->{sql} =~ s/\nLIMIT \d+;$/;/r =~ s/updated >= current_date - 30/updated >= '$worklogs_since'/r;
	my @expected = sort map { join '|', map { $_ // '' } @$_ } $computed->();

	unlike($sql, qr/->|jsonb|jira_request/, "$name: plain SQL");
	$jira->forget_requests;
	my @rows = sort split /\n/, decode_utf8($node->safe_psql('postgres', "SET search_path = work, public; $sql"));
	my @requests = $jira->requests;
	ok(@expected > 0, "$name: there is something to report");
	is_deeply(\@rows, \@expected, "$name: the rows");
	cmp_ok(scalar @requests, '<=', $query->{requests}, "$name: " . @requests . ' requests')
	  or diag join "\n", map { "$_->{method} $_->{path} " . join '&', map { "@$_" } @{ $_->{query} } } @requests;
	return;
}

# --- What Jira has.

sub get
{
	my ($path) = @_;
	my $reply = HTTP::Tiny->new->get($jira->url . $path,
		{ headers => { Authorization => 'Basic ' . encode_base64($jira->username . ':' . $jira->secret, '') } });

	die "$path: $reply->{status} $reply->{content}" unless $reply->{success};
	return decode_json($reply->{content});
}

sub all_issues
{
	my @found;
	my $token = '';
	my $fields = 'project,issuetype,status,priority,summary,created,resolutiondate,duedate,assignee,parent,fixVersions,customfield_10016,customfield_10020,customfield_10043';

	while (1)
	{
		my $page = get("/rest/api/2/search/jql?jql=project+is+not+EMPTY&fields=$fields&maxResults=1000$token");

		push @found, @{ $page->{issues} };
		return @found unless $page->{nextPageToken};
		$token = "&nextPageToken=$page->{nextPageToken}";
	}
}

# Seconds since 1970 of a moment of Jira's, and the day of one.
sub seconds
{
	my ($y, $m, $d, $h, $min, $s, $ms) = $_[0] =~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)\.(\d+)(?:\+0000|Z)$/ or die $_[0];

	return timegm($s, $min, $h, $d, $m - 1, $y) + $ms / 1000;
}

sub day { return defined $_[0] ? floor(seconds(length $_[0] == 10 ? "$_[0]T00:00:00.000+0000" : $_[0]) / 86400) : undef; }

sub field { my ($issue, $path) = @_; my $value = $issue->{fields}; $value = $value && $value->{$_} for split /\./, $path; return $value; }

sub is_done { return field($_[0], 'status.statusCategory.key') eq 'done'; }

# Sums as numeric has them: NULL of no values, and as many digits as the longest value.
sub points
{
	my @points = grep { defined } map { $_->{fields}{customfield_10016} } @_;

	return @points ? sprintf((grep { /\./ } @points) ? '%.1f' : '%d', sum0(@points)) : undef;
}

# Groups values by what a function says of each.
sub grouped
{
	my ($key, @values) = @_;
	my %group;

	push @{ $group{ $key->($_) } }, $_ for @values;
	return \%group;
}

# --- The reports.

sub ageing
{
	my $projects = grouped(sub { field($_[0], 'project.key') }, grep { !is_done($_) } @issues);

	return map {
		my @ages = map { $today - day($_->{fields}{created}) } @{ $projects->{$_} };
		[ $_, scalar(grep { $_ < 30 } @ages), scalar(grep { $_ >= 30 && $_ < 90 } @ages), scalar(grep { $_ >= 90 } @ages) ]
	} keys %$projects;
}

sub throughput
{
	my $weeks = grouped(sub { floor(($today - day($_[0]{fields}{resolutiondate})) / 7) },
		grep { $_->{fields}{resolutiondate} && day($_->{fields}{resolutiondate}) >= $today - 28 } @issues);

	return map { [ $_, scalar @{ $weeks->{$_} }, points(@{ $weeks->{$_} }) ] } keys %$weeks;
}

# The changes of the status: issue, id, moment, person, name, field, id, from, text, to, text.
sub status_changes { return grep { $_->[5] eq 'status' } @{ $activity->{changes} }; }

sub percentile
{
	my ($part, @values) = @_;

	@values = sort { $a <=> $b } @values;
	return $values[ max(0, POSIX::ceil($part * @values) - 1) ];
}

sub cycle_time
{
	my $changes = grouped(sub { $_[0][0] }, status_changes());
	my %days;

	for my $key (keys %$changes)
	{
		my @began = sort { $a <=> $b } map { seconds($_->[2]) } grep { $_->[10] eq 'In Progress' } @{ $changes->{$key} };
		my @ended = sort { $a <=> $b } map { seconds($_->[2]) } grep { $_->[10] eq 'Done' } @{ $changes->{$key} };

		next unless @began && @ended && $ended[-1] >= $began[0];
		push @{ $days{ field($issue{$key}, 'project.key') } }, floor($ended[-1] / 86400) - floor($began[0] / 86400);
	}
	return map { [ $_, scalar @{ $days{$_} }, percentile(0.5, @{ $days{$_} }), percentile(0.85, @{ $days{$_} }) ] } keys %days;
}

sub time_in_status
{
	my $changes = grouped(sub { $_[0][0] }, grep { $_->[0] =~ /^OPS-/ } status_changes());
	my %stays;

	for my $key (keys %$changes)
	{
		my $began = seconds($issue{$key}{fields}{created});

		for my $change (sort { seconds($a->[2]) <=> seconds($b->[2]) } @{ $changes->{$key} })
		{
			push @{ $stays{ $change->[8] } }, seconds($change->[2]) - $began;
			$began = seconds($change->[2]);
		}
	}
	return map { [ $_, scalar @{ $stays{$_} }, sprintf('%.1f', sum0(@{ $stays{$_} }) / @{ $stays{$_} } / 86400) ] } keys %stays;
}

sub sprints
{
	my @boards = grep { $_->{type} eq 'scrum' } @{ get('/rest/agile/1.0/board')->{values} };

	return map { @{ get("/rest/agile/1.0/board/$_->{id}/sprint")->{values} } } @boards;
}

# The sprint that an issue is in, as the column "sprint_id" has it.
sub current_sprint
{
	my %place = (closed => 0, future => 1, active => 2);
	my @sprints = sort { $place{ $a->{state} } <=> $place{ $b->{state} } } @{ $_[0]{fields}{customfield_10020} // [] };

	return @sprints ? $sprints[-1]{id} : 0;
}

sub burn_down
{
	my @rows;

	for my $sprint (grep { $_->{state} eq 'active' } sprints())
	{
		my ($first, $last) = (day($sprint->{startDate}), day($sprint->{endDate}));

		for my $day ($first .. ($last < $today ? $last : $today))
		{
			my @left = grep { current_sprint($_) == $sprint->{id} && (!$_->{fields}{resolutiondate} || seconds($_->{fields}{resolutiondate}) >= ($day + 1) * 86400) } @issues;

			push @rows, [ $sprint->{name}, $day - $first, scalar @left, points(@left) ] if @left;
		}
	}
	return @rows;
}

sub carried_over
{
	my $of_issue = grouped(sub { $_[0][0] }, @{ $activity->{sprints} });
	my $of_sprint = grouped(sub { $_[0][2] }, grep { $_->[3] eq 'closed' } @{ $activity->{sprints} });

	return map { [ $_, scalar @{ $of_sprint->{$_} }, scalar(grep { @{ $of_issue->{ $_->[0] } } > 1 } @{ $of_sprint->{$_} }) ] } keys %$of_sprint;
}

# issue, id, person, name, started, seconds, comment, created, updated
sub hours
{
	my $people = grouped(sub { $_[0][3] }, grep { $_->[8] ge $worklogs_since } @{ $activity->{worklogs} });

	return map { [ $_, sprintf('%.1f', sum0(map { $_->[5] } @{ $people->{$_} }) / 3600), scalar(uniq(map { $_->[0] } @{ $people->{$_} })) ] } keys %$people;
}

# The last cycle of the agreement of an issue: the one under way, else the one that ended last.
sub last_cycle
{
	my $agreement = $_[0]{fields}{customfield_10043};
	my @completed = sort { $a->{stopTime}{epochMillis} <=> $b->{stopTime}{epochMillis} } @{ $agreement->{completedCycles} // [] };

	return $agreement->{ongoingCycle} // $completed[-1];
}

sub agreements
{
	my $priorities = grouped(sub { field($_[0], 'priority.name') }, grep { last_cycle($_) } @issues);

	return map {
		my @issues = map { [ $_->{fields}{resolutiondate} ? 1 : 0, last_cycle($_)->{breached} ? 1 : 0 ] } @{ $priorities->{$_} };
		[ $_, map { my $wanted = $_; scalar grep { "@$_" eq $wanted } @issues } '1 0', '1 1', '0 1' ]
	} keys %$priorities;
}

sub running_out
{
	return map { [ $_->{key}, field($_, 'priority.name'), floor(last_cycle($_)->{breachTime}{epochMillis} / 86400000) - $today ] }
	  grep { !is_done($_) && last_cycle($_) && !last_cycle($_)->{breached} && last_cycle($_)->{breachTime} } @issues;
}

sub promises
{
	my $priorities = grouped(sub { field($_[0], 'priority.name') }, grep { $_->{fields}{duedate} && day($_->{fields}{duedate}) < $today } @issues);

	return map {
		my @due = map { [ day($_->{fields}{duedate}), day($_->{fields}{resolutiondate}) ] } @{ $priorities->{$_} };
		[ $_, scalar @due, scalar(grep { defined $_->[1] && $_->[1] <= $_->[0] } @due), scalar(grep { ($_->[1] // $today) > $_->[0] } @due) ]
	} keys %$priorities;
}

# issue, id, type, relation, direction, other
sub dependencies
{
	return map { [ $_->[0], field($issue{ $_->[0] }, 'status.name'), $_->[5], field($issue{ $_->[5] }, 'status.name'), field($issue{ $_->[5] }, 'assignee.displayName') ] }
	  grep { $_->[3] eq 'is blocked by' && !is_done($issue{ $_->[0] }) && !is_done($issue{ $_->[5] }) } @{ $activity->{links} };
}

# issue, id, person, name, body, created
sub comments
{
	my $people = grouped(sub { $_[0][3] }, grep { day($_->[5]) >= $today - 90 } @{ $activity->{comments} });

	return map {
		my @comments = @{ $people->{$_} };
		[ $_, scalar @comments, scalar(uniq(map { $_->[0] } @comments)), max(map { day($_->[5]) } @comments) >= $today - 7 ? 't' : 'f' ]
	} keys %$people;
}

sub releases
{
	my @rows;

	for my $project (uniq(map { field($_, 'project.key') } @issues))
	{
		for my $version (grep { !$_->{released} && !$_->{archived} } @{ get("/rest/api/2/project/$project/versions") })
		{
			my @in = grep { field($_, 'project.key') eq $project && grep { $_->{name} eq $version->{name} } @{ $_->{fields}{fixVersions} } } @issues;

			push @rows, [ $project, $version->{name}, scalar @in, scalar(grep { is_done($_) } @in) ];
		}
	}
	return @rows;
}

sub epics
{
	return map {
		my $epic = $_;
		my @in = grep { (field($_, 'parent.key') // '') eq $epic->{key} } @issues;
		[ $epic->{key}, $epic->{fields}{summary}, scalar @in, scalar(grep { is_done($_) } @in), points(@in) ]
	} grep { field($_, 'project.key') eq 'WEB' && field($_, 'issuetype.hierarchyLevel') == 1 } @issues;
}

sub load
{
	my $people = grouped(sub { field($_[0], 'assignee.displayName') // 'nobody' }, grep { !is_done($_) } @issues);

	return map {
		[ $_, scalar @{ $people->{$_} }, points(@{ $people->{$_} }), scalar(grep { field($_, 'status.statusCategory.key') eq 'indeterminate' } @{ $people->{$_} }) ]
	} keys %$people;
}

sub customers
{
	my %customer = (Albatross => [ gold => 'OPS-12' ], Bittern => [ silver => 'OPS-17' ], Curlew => [ gold => 'WEB-30' ]);

	return map { [ $_, @{ $customer{$_} }, $issue{ $customer{$_}[1] }{fields}{summary}, field($issue{ $customer{$_}[1] }, 'status.name') ] } keys %customer;
}
