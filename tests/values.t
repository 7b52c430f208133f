#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Every distribution of stdlib/dist against tests/dist/NAME.json: log densities within 8 ulp
# of their largest term (or of 1), their slopes and the cdf as mpmath has them; -inf outside
# the support; complaints that name the argument. Samples of 20 fixed seeds: a chi-square of
# 16 bins and the mean for each seed, the sums over all seeds besides. Each of these alarms
# falsely at most once in 10^8, so all of them together less than once in 200,000.
use strict;
use warnings;
use lib 'tests';
use JSON::PP;
use Run;
use Test::More;

my ($seeds, $draws) = (20, 4000);

sub program_of_case {
    my ($name, $i, $case) = @_;
    my $call = $case->{call};
    my @names = sort keys %{$case->{parameter}};
    my $out = "t = read_json(\"tests/dist/$name.json\").case[$i]\nx = t.x\n"
        . join('', map { "$_ = t.parameter.$_\n" } @names)
        . "got = logpdf($call, x)\nfar = max(abs(got - t.logpdf) / t.tolerance)\n"
        . "print(\"log density: {8 * far:.1f} ulp at most\")\n"
        . "check \"$call: log density\" { far <= 1 }\n";
    for my $p (sort keys %{$case->{slope}}) {
        $out .= "f_$p = fn($p) = sum(logpdf($call, x))\ns_$p = t.slope.$p\n"
            . "check \"$call: slope in $p\" { all(abs(grad(f_$p)($p) - s_$p) <= 1e-13 * max(abs(s_$p), 1)) }\n";
    }
    $out .= "check \"$call: cdf\" { all(abs(cdf($call, x) - t.cdf) <= 1e-14) }\n" if $case->{cdf};
    return $out;
}

sub program_of_sample {
    my ($name, $i, $s) = @_;
    my $bins = @{$s->{share}};
    my $alarm = 5.8;    # of a Normal: once in 1.5 * 10^8
    return <<"END";
t = read_json("tests/dist/$name.json").sample[$i]
n = $draws
worst = 0.0
total = 0.0
off = 0.0
spread_off = 0.0
pooled = 0.0
for k in 0..$seeds {
  s = sample($s->{call}, n, seed = k)
  bin = sum(where(spread(1.0 * s, @{[$bins - 1]}) > t.edge, 1, 0), axis = -1)
  count = sum(where(spread(bin, $bins) == 0..$bins, 1, 0), axis = 0)
  chi = sum((count - n * t.share) ^ 2 / (n * t.share))
  worst = max(worst, chi)
  total = total + chi
  off = max(off, abs(mean(s) - t.mean) / sqrt(t.var / n))
  pooled = pooled + (mean(s) - t.mean) / $seeds
  spread_off = spread_off + (mean((s - t.mean) ^ 2) - t.var) / $seeds
}
print("$s->{call}: chi-square {worst:.1f} at most, {total:.1f} in all")
check "$s->{call}: bins of each seed" { worst < t.limit }
check "$s->{call}: bins of all seeds" { total < t.limit_all }
check "$s->{call}: mean of each seed" { off < $alarm }
check "$s->{call}: mean of all seeds" { abs(pooled) < $alarm * sqrt(t.var / n / $seeds) }
check "$s->{call}: variance of all seeds" { abs(spread_off) < $alarm * sqrt((t.fourth - t.var ^ 2) / n / $seeds) }
check "$s->{call}: claimed mean and variance" {
  abs(mean($s->{call}) - t.mean) <= 1e-15 * max(1, abs(t.mean))
  abs(var($s->{call}) - t.var) <= 1e-15 * max(1, t.var)
  abs(sd($s->{call}) - sqrt(t.var)) <= 1e-15 * max(1, t.var)
}
END
}

for my $path (files('stdlib/dist/*.unc')) {
    my ($name) = $path =~ m{([^/]+)\.unc$};
    if (!-e "tests/dist/$name.json") {
        fail("$name has values in tests/dist/$name.json: add it to make_values.py");
        next;
    }
    my $values = decode_json(slurp("tests/dist/$name.json"));
    my @programs = map { program_of_case($name, $_, $values->{case}[$_]) } 0 .. $#{$values->{case}};
    push @programs, map { program_of_sample($name, $_, $values->{sample}[$_]) } 0 .. $#{$values->{sample}};
    push @programs, join '', map { "check \"$_->[0] at $_->[1]\" { all(logpdf($_->[0], $_->[1]) == -inf) }\n" } @{$values->{outside}};
    for my $program (@programs) {
        spew(workplace() . '/values.unc', $program);
        my $r = run({dir => workplace()}, unc(), 'test', 'values.unc');
        my ($title) = $program =~ /check "([^:"]*)/;
        next if !defined $title;
        ok($r->{code} == 0, "$name: $title, " . (() = $r->{out} =~ /^ok /gm) . ' checks')
            or diag("$r->{out}$r->{err}");
        note($1) while $r->{out} =~ /^# (log density.*|.*chi-square.*)$/gm;
    }
    for my $bad (@{$values->{bad}}) {
        my $r = run(unc(), '-e', "print(logpdf($bad->[0], 0.5))");
        ok($r->{code} == 1 && $r->{err} =~ /`\Q$bad->[1]\E[` ]/, "$bad->[0] is refused, naming $bad->[1]")
            or diag("$r->{code}: $r->{out}$r->{err}");
    }
}
done_testing();
