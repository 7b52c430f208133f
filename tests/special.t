#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Special functions against tests/special/NAME.json: values of mpmath, in units in the last
# place of the value or of the largest term that cancels in it; NaN and infinities where they
# belong; slopes where the file has them, and none where the function is none; the same over
# no numbers at all.
use strict;
use warnings;
use lib 'tests';
use JSON::PP;
use Run;
use Test::More;

sub program_of {
    my ($name, $t) = @_;
    my $n = @{$t->{arg}};
    my @x = map { "x$_" } 0 .. $n - 1;
    my $x = join ', ', @x;
    my $out = "t = read_json(\"tests/special/$name.json\")\n"
        . join('', map { "x$_ = 1.0 * t.arg[$_]\n" } 0 .. $n - 1)
        . "got = where(is_nan($name($x)), nan, $name($x))\nwant = 1.0 * t.value\nplain = is_finite(want)\n"
        . "off = where(plain, abs(got - want) / t.unit, 0.0)\nprint(\"far: {max(off):.1f} ulp\")\n"
        . "check \"$name: values\" { max(off) <= t.bound }\n"
        . "check \"$name: NaN and infinities\" { all(where(is_nan(want), is_nan(got), where(plain, is_finite(got), got == want))) }\n"
        . "check \"$name: no numbers\" { len($name(" . join(', ', map { "x$_\[0..0]" } 0 .. $n - 1) . ")) == 0 }\n";
    for my $i (0 .. $n - 1) {
        my $s = $t->{slope}[$i] or next;
        $out .= "f$i = fn(x$i) = sum($name($x))\ns$i = 1.0 * t.slope[$i]\ng$i = where(is_finite(s$i), grad(f$i)(x$i), nan)\n"
            . "so$i = where(is_finite(s$i), abs(g$i - s$i) / t.slope_unit[$i], 0.0)\nprint(\"far: {max(so$i):.1f} ulp of the slope in argument $i\")\n"
            . "check \"$name: slope $i\" {\n  max(so$i) <= t.slope_bound\n  all(where(is_finite(s$i), is_finite(g$i), true))\n}\n";
    }
    return $out;
}

my @files = files('tests/special/*.json');
cmp_ok(scalar @files, '>', 10, 'functions: ' . @files);
for my $path (@files) {
    my ($name) = $path =~ m{([^/]+)\.json$};
    my $t = decode_json(slurp($path) =~ s/\b(NaN|-?Infinity)\b/0/gr);
    spew(workplace() . '/special.unc', program_of($name, $t));
    my $r = run({dir => workplace()}, unc(), 'test', 'special.unc');
    my $checks = () = $r->{out} =~ /^ok /gm;
    ok($r->{code} == 0 && $checks >= 3, "$name, " . @{$t->{value}} . " points, $checks checks")
        or diag("$r->{out}$r->{err}");
    note("$name: $1") while $r->{out} =~ /^# far: (.*)$/gm;
}

# Where a function of numbers is none, its slope may be a number, as that of log(x) below
# 0: `grad` says so.
my %outside = (log => '-1', sqrt => '-1', log1p => '-2', asin => '2', acos => '-2',
    lambda_root => '-1');
my %written = (lambda_root => 'fn(x) = x ^ 0.5');
for my $path (@files) {
    my ($name) = $path =~ m{([^/]+)\.json$};
    my $t = decode_json(slurp($path) =~ s/\bNaN\b/"nan"/gr =~ s/(-?)\bInfinity\b/"$1inf"/gr);
    next if @{$t->{arg}} > 1;
    my ($at) = grep { $t->{value}[$_] eq 'nan' && $t->{arg}[0][$_] =~ /\d/ } 0 .. $#{$t->{value}};
    $outside{$name} = $t->{arg}[0][$at] if defined $at;
}
for my $name (sort keys %outside) {
    spew(workplace() . '/outside.unc', 'f = ' . ($written{$name} // $name) . "\nprint(grad(f)($outside{$name}))\n");
    my $r = run({dir => workplace()}, unc(), 'outside.unc');
    like($r->{err}, qr/^error\[E0641\]/, "the slope of $name at $outside{$name}");
}
done_testing();
