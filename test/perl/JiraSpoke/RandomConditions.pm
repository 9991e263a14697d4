# Random conditions on the columns of issues, and the values they compare with.
package JiraSpoke::RandomConditions;

use strict;
use warnings FATAL => 'all';

use Exporter qw(import);

our @EXPORT = qw(custom_columns chance one_of some_of literal array_literal random_condition random_value random_moment columns_of_kind);

my %kinds = (
	name => [qw(project issue_type status status_category priority resolution)],
	issue => [qw(id key parent)],
	account => [qw(assignee reporter)],
	text => [qw(summary description assignee_name reporter_name)],
	list => [qw(labels components fix_versions)],
	moment => [qw(created updated resolved)],
	day => ['due']);

# The columns for custom fields that an imported table has besides.
my %custom_kinds = (
	name => [qw(severity severity severity customer location)],
	list => [qw(affected_areas tags)],
	number => [qw(effort_in_days effort_in_days story_points)],
	moment => ['begins_at'],
	day => ['target_start']);

# What each of these has of numbers, options and moments.
my @fields = qw(customfield_10016 customfield_10031 customfield_10037 customfield_10039 customfield_10040 customfield_10041
  customfield_10032 summary status duedate);

# Texts that are something else somewhere: in SQL, in JQL, in lists and patterns.
my @odd = ('', ' ', 'it\'s', 'a "b"', 'a\\b', 'a\\', "two\nlines", "a\ttab", '(', ')', '[x]', '{x}', '%', '_', '*', '?', '~',
	'AND', 'or', 'NOT', 'in', 'EMPTY', 'null', 'NULL', 'Unresolved', 'unassigned', 'currentUser()', 'order by', 'cf[10016]',
	'0', '1', '-1', '3', '10000', '10001', '00010007', '99999', '999999999999999999999', '1e3', '3.2', "\x{e9}t\x{e9}", "\x{1f600}",
	"\x{0130}", "\x{df}", '"', '""', '\'', '#', '@', ';', '--', '/*', 'x' x 300, 'HR-1) OR (key = HR-2',
	'" OR project = WEB OR "', 'HR-', '-1', 'HR-0', 'HR-99999', 'HR-007', 'NOPE-1', 'A B-1', 'HR-39', 'HR-40', "HR\n-1");

# --- Chance.

sub chance { return rand() < $_[0]; }
sub one_of { return $_[ int rand @_ ]; }

# Up to so many of them, with repetitions; none at times.
sub some_of
{
	my ($most, @choices) = @_;

	return map { one_of(@choices) } 1 .. int rand($most + 1);
}

# --- Values.

sub literal
{
	my ($value) = @_;

	return 'NULL' if !defined $value;
	$value =~ s/([\\'])/$1$1/g;
	$value =~ s/\n/\\n/g;
	$value =~ s/\t/\\t/g;
	return $value =~ /\\/ ? "E'$value'" : "'$value'";
}

sub array_literal { return 'ARRAY[' . join(', ', map { literal($_) } @_) . ']::text[]'; }

sub custom_columns { return map { @{ $custom_kinds{$_} } } @_ ? @_ : sort keys %custom_kinds; }

sub columns_of_kind { return map { @{ $kinds{$_} } } @_; }

# A text: of the column, of the column but written another way, of another column, odd, or NULL.
sub random_value
{
	my ($seen, $column) = @_;
	my @values = @{ $seen->{$column} };
	my $value = one_of(@values) // '';

	return $value if chance(0.6);
	return one_of(uc $value, lc $value, ucfirst lc $value) if chance(0.25);
	return one_of(" $value", "$value ", "\t$value", "$value\n", "$value$value", "0$value", substr $value, 0, -1) if chance(0.2);
	return one_of(@{ $seen->{ one_of(columns_of_kind(qw(name issue account list))) } }) if chance(0.2);
	return undef if chance(0.12);
	return one_of(@odd);
}

my @zoned = ('', '+00', '-11', '+14', '+05:30', ' Europe/Paris', ' America/Los_Angeles');
my @offsets = ('1 us', '1 ms', '500 ms', '999 ms', '1 s', '59 s', '1 min', '1 h', '2 h', '1 day', '30 days', '1 year');

# An expression whose type is one of those with which a moment is compared.
sub random_moment
{
	my ($seen, $column) = @_;
	my $value = one_of(@{ $seen->{$column} }) // '2026-01-01 00:00:00+00';
	my $moment = chance(0.15) ? one_of('now()', 'current_date', 'localtimestamp', "date_trunc('day', now())", "'yesterday'::timestamptz",
		"'infinity'::timestamptz", "'-infinity'::timestamptz", "'infinity'::date", "'0044-03-15 BC'::date", "'12000-01-01'::timestamp", "'1899-12-31'::date",
		"'1969-12-31 23:59:59.5+00'::timestamptz", 'NULL::timestamptz', 'NULL::date')
	  : chance(0.2) ? "'2026-" . one_of('03-29', '10-25', '03-08', '11-01', '01-01', '04-05') . ' '
	  . one_of('00:00', '01:30', '02:00:00.5', '02:30', '03:00', '23:59:59.999') . one_of(@zoned) . "'::" . one_of(qw(timestamptz timestamp))
	  : "'$value'::timestamptz";

	$moment .= one_of(' + ', ' - ') . "interval '" . one_of(@offsets) . "'" if chance(0.4) && $moment !~ /NULL|infinity/;
	$moment = "($moment)::" . one_of(qw(date timestamp timestamptz)) if chance(0.35);
	return $moment;
}

# --- Conditions.

my @comparisons = qw(= = = = = = <> < <= > >=);

sub _text_condition
{
	my ($seen, $column, $is) = @_;
	my $value = literal(random_value($seen, $column));
	my @values = map { random_value($seen, $column) } 1 .. 1 + int rand 4;
	my $list = join ', ', map { literal($_) } @values;
	my $array = chance(0.1) ? one_of('NULL::text[]', q{'{}'::text[]}, q{'{{a,b},{c,d}}'::text[]}) : array_literal(@values);

	return "$is " . one_of(@comparisons) . " $value" if chance(0.35);
	return "$value " . one_of(@comparisons) . " $is" if chance(0.1);
	return "$is " . one_of('IN', 'IN', 'IN', 'NOT IN') . " ($list)" if chance(0.3);
	return "$is " . one_of('= ANY', '= ANY', '<> ALL', '= ALL', '<> ANY', '< ANY') . " ($array)" if chance(0.3);
	return "$is IS " . one_of('NULL', 'NOT NULL') if chance(0.25);
	return one_of(
		"$is LIKE $value", "$is NOT LIKE $value || '%'", "$is ILIKE '%' || $value", "$is BETWEEN $value AND 'Z'",
		"$is IS DISTINCT FROM $value", "$is IS NOT DISTINCT FROM $value", "($is = $value) IS TRUE", "($is = $value) IS NOT TRUE",
		"($is = $value) IS UNKNOWN", "lower($is) = $value", "$is || '' = $value", "coalesce($is, 'x') = $value", "$is COLLATE \"C\" = $value",
		"$is = ($value)::varchar(20)", "$is = ($value)::name", "$is = ($value)::char(20)", "$is = (SELECT ${value}::text)",
		"$is IN (SELECT ${value}::text UNION ALL SELECT 'x')", "$is = CASE WHEN $is IS NULL THEN 'x' ELSE $value END",
		"$is = lower($value)", "$is = concat($value)", "nullif($is, $value) IS NULL", "starts_with($is, $value)", "$is ^@ $value");
}

sub _list_condition
{
	my ($seen, $column, $is) = @_;
	my @values = map { random_value($seen, $column) } 1 .. 1 + int rand 3;
	my $array = chance(0.15) ? one_of('NULL::text[]', q{'{}'::text[]}, 'ARRAY[NULL]::text[]') : array_literal(@values);
	my $value = literal($values[0]) . '::text';

	return "$is " . one_of('@>', '&&', '@>', '&&', '<@', '=', '<>', '<') . " $array" if chance(0.45);
	return "$array " . one_of('<@', '&&', '@>') . " $is" if chance(0.2);
	return "$value " . one_of('= ANY', '= ANY', '= ANY', '<> ALL', '<> ANY', '= ALL', '< ANY') . " ($is)" if chance(0.6);
	return one_of("$is IS NULL", "$is IS NOT NULL", "$is = '{}'", "${is}[1] = $value", "cardinality($is) > 1", "NOT $is \@> $array",
		"array_position($is, $value) > 0", "EXISTS (SELECT FROM unnest($is) AS u WHERE u = $value)");
}

sub _moment_condition
{
	my ($seen, $column, $is) = @_;
	my ($value, $other) = map { random_moment($seen, $column) } 1 .. 2;

	return "$is " . one_of(qw(< <= > >= >= <= = <>)) . " $value" if chance(0.5);
	return "$value " . one_of(qw(< <= > >= =)) . " $is" if chance(0.15);
	return "$is " . one_of('BETWEEN', 'BETWEEN', 'NOT BETWEEN', 'BETWEEN SYMMETRIC') . " $value AND $other" if chance(0.5);
	return "$is IS " . one_of('NULL', 'NOT NULL', 'NOT NULL') if chance(0.4);
	return one_of("date_trunc('day', $is) = $value", "$is" . "::date = ($value)::date", "$is IN ($value, $other)", "extract(year FROM $is) = 2026",
		"$is = ANY (ARRAY[$value, $other]::timestamptz[])", "$is AT TIME ZONE 'Asia/Tokyo' > ($value)::timestamp", "$is + interval '1 day' > $value",
		"$is IS DISTINCT FROM $value", "$is = (SELECT $value)");
}

sub _random_number
{
	my ($seen, $column) = @_;
	my $value = one_of(@{ $seen->{$column} }) // 1;

	return $value if chance(0.5);
	return one_of("$value + 0.01", "$value - 0.5", "$value * 10", "($value)::integer", "($value)::bigint", "($value)::float8") if chance(0.7);
	return one_of('0', '-1', '0.1', '2.5', '99999999999', '1e11', '1e30', '-1e30', q{'NaN'}, q{'Infinity'}, q{'-Infinity'}, 'NULL', '2.999999999999999999999');
}

sub _number_condition
{
	my ($seen, $column, $is) = @_;
	my ($value, $other) = map { _random_number($seen, $column) } 1 .. 2;

	return "$is " . one_of(qw(< <= > >= = = <>)) . " $value" if chance(0.5);
	return "$value " . one_of(qw(< <= > >= =)) . " $is" if chance(0.2);
	return "$is " . one_of('BETWEEN', 'BETWEEN', 'NOT BETWEEN', 'BETWEEN SYMMETRIC') . " $value AND $other" if chance(0.4);
	return "$is IS " . one_of('NULL', 'NOT NULL', 'NOT NULL') if chance(0.4);
	return one_of("$is IN ($value, $other)", "$is NOT IN ($value, $other)", "$is + 1 > $value", "round($is) = $value", "$is IS DISTINCT FROM $value",
		"$is = (SELECT $value)", "($is)::text = '2.5'");
}

sub _custom_condition
{
	my ($seen, $alias) = @_;
	my $kind = one_of(qw(name name number number list moment day));
	my $column = one_of(@{ $custom_kinds{$kind} });
	my $condition = { name => \&_text_condition, number => \&_number_condition, list => \&_list_condition, moment => \&_moment_condition, day => \&_moment_condition }->{$kind};

	return $condition->($seen, $column, "$alias.$column");
}

# What is in the column fields, which has everything.
sub _field_condition
{
	my ($seen, $is) = @_;
	my $field = one_of(@fields);
	my $value = literal(one_of('1', '3', '5', '0.5', '8', 'Major', "it's", undef));

	return one_of("$is->>'$field' = $value", "($is->>'$field') IS NOT NULL", "$is->'$field' IS NULL", "$is ? '$field'",
		"$is->>'$field' IN ($value, '2')", "$is->'$field' = '5'", "$is \@> '{\"$field\": 5}'", "$is #>> '{$field,name}' = 'Done'",
		"$is->>'no such field' = $value");
}

my @likely_kinds = qw(name name name name issue issue issue account account text list list list moment moment moment day field);

sub _simple_condition
{
	my ($seen, $alias) = @_;
	my $kind = one_of(@{ $seen->{only} // \@likely_kinds });

	return _custom_condition($seen, $alias) if $seen->{custom} && chance(0.4);
	return _field_condition($seen, "$alias.fields") if $kind eq 'field';
	my $column = one_of(@{ $kinds{$kind} });

	return _list_condition($seen, $column, "$alias.$column") if $kind eq 'list';
	return _moment_condition($seen, $column, "$alias.$column") if $kind eq 'moment' || $kind eq 'day';
	return "$alias.$column = $alias." . one_of(columns_of_kind(qw(name issue account text))) if chance(0.02);
	return "($alias.$column, $alias.status) = (" . literal(random_value($seen, $column)) . ", 'Done')" if chance(0.03);
	return _text_condition($seen, $column, "$alias.$column");
}

# A condition on the issues that have this alias, at most so many levels deep.  "seen"
# are lists of the values that each column has; its member "only" may be a list of
# kinds, and then all columns are of those; with "custom" the issues have the columns of
# a table.
sub random_condition
{
	my ($seen, $alias, $depth) = @_;

	$depth //= 3;
	return _simple_condition($seen, $alias) if $depth == 0 || chance(0.45);
	return 'NOT (' . random_condition($seen, $alias, $depth - 1) . ')' if chance(0.12);
	my $word = one_of(' AND ', ' AND ', ' OR ');

	return '(' . join($word, map { random_condition($seen, $alias, $depth - 1) } 1 .. 2 + int rand 2) . ')';
}

1;
