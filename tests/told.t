#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Wrong programs of the kinds that users of other systems write. `unc check`, which runs
# nothing, says one thing of each: at the place, and with the code, that a comment there
# names: `# E0201: x = [1, 2]`. Several stand in a file, with a line `---- what` above each. What
# the head of a file ends with `# when run:` is said when its programs are run, each after that head.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

# What a run said: the code, and the place that is pointed at.
sub seen {
    my ($err) = @_;
    my ($code) = $err =~ /^error\[(\w+)\]/ or return $err;
    my ($line, $column) = $err =~ /told\.unc:(\d+):(\d+)$/m;
    my ($marks) = $err =~ /^ *│ .*?(\^+)/m;
    return sprintf "%s at %d:%d to %d:%d\n%s", $code, $line, $column, $line, $column + length $marks,
        $err =~ /= help: ./ ? '' : 'without help';
}

my $dir = workplace();
for my $path (files('tests/told/*.unc')) {
    my ($file) = $path =~ m{([^/]+)\.unc$};
    my ($head, @parts) = split /^---- (.*)\n/m, slurp($path);
    while (my ($title, $text) = splice @parts, 0, 2) {
        my $runs = $head =~ /^# when run:/m;
        $text = "$head$text" if $runs;
        my @lines = split /\n/, $text;
        my ($line) = grep { $lines[$_] =~ /# [EW]\d{4}: / } 0 .. $#lines;
        defined $line or fail("$file, $title: no place is named"), next;
        my ($before, $code, $at) = $lines[$line] =~ /^(.*)# ([EW]\d{4}): (.*?)\s*$/;
        my $column = index($before, $at) + 1;
        spew("$dir/told.unc", $text);
        my $r = run({dir => $dir}, unc(), $runs ? () : ('check', '--json'), 'told.unc');
        my $said = $runs ? seen($r->{err}) : join '', map { m{"code": "(\w+)".*?"line": (\d+), "column": (\d+), "end_line": (\d+), "end_column": (\d+)}
                ? "$1 at $2:$3 to $4:$5\n" : "$_\n" } split /\n/, $r->{err} . $r->{out};
        my $want = sprintf "%s at %d:%d to %d:%d\n", $code, $line + 1, $column, $line + 1, $column + length $at;
        ok($column > 0 && $said eq $want, "$file, $title") or diag("got:  ${said}want: $want$r->{out}$r->{err}");
    }
}
done_testing();
