#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Every distribution of stdlib/dist against tests/dist/NAME.json, numbers of mpmath: log
# densities within 8 ulp of their largest term (or of 1), slopes within 256 ulp of the slope of
# the largest; cdf, the logarithms of both tails, quantiles and their slopes; -inf outside the
# support; complaints that name the argument; moments, entropy, mode and divergences; edges.
# Samples of 20 fixed seeds: a chi-square of 16 bins and the mean for each seed, the sums over
# all seeds besides, and the mean slope of tanh(draw) in each parameter. Each of these alarms
# falsely at most once in 10^8, so all of them together less than once in 20,000.
use strict;
use warnings;
use lib 'tests';
use JSON::PP;
use Run;
use Test::More;

my ($seeds, $draws) = (20, 4000);
my $alarm = 5.8;    # standard errors of a Normal: once in 1.5 * 10^8

# Lines that bind each parameter to its value in the file.
sub bindings { return join '', map { "$_ = now.parameter.$_\n" } sort keys %{$_[0]{parameter}} }

sub program_of_case {
    my ($i, $case) = @_;
    my $call = $case->{call};
    my $has = "now = book.case[$i]\nx = now.x\n" . bindings($case);
    my $out = "ulp = 2.0 ^ (now.bits - 52)\nfar = max(abs(logpdf($call, x) - now.logpdf) / ulp)\n"
        . "print(\"$call: log density {far:.1f} ulp at most\")\n"
        . "check \"$call: log density\" { far <= 8 }\n";
    for my $p (sort keys %{$case->{slope}}) {
        my $ulp = 'ulp';    # for each row: beside the numbers of a vector or a matrix
        for (my $v = $case->{slope}{$p}{value}[0]; ref $v; $v = $v->[0]) { $ulp = "insert_axis($ulp)" }
        $out .= "f_${i}_$p = fn($p) = sum(logpdf($call, x))\nwant = now.slope.$p\nulp = 2.0 ^ (want.bits - 52)\n"
            . "far = max(abs(grad(f_${i}_$p)($p) - want.value) / $ulp)\nprint(\"$call: slope in $p {far:.1f} ulp at most\")\n"
            . "check \"$call: slope in $p\" { far <= 256 }\n";
    }
    if ($case->{cdf}) {
        $out .= "check \"$call: cdf\" { all(abs(cdf($call, x) - now.cdf) <= 1e-14) }\n";
        $out .= join '', map { "far = max(abs($_($call, x) - now.$_) / (abs(now.$_) + 1e-290))\n"
            . "print(\"$call: $_ {far:.1e} relative at most\")\ncheck \"$call: $_\" { far <= 2e-12 }\n" } grep { $case->{$_} } qw(log_cdf log_ccdf);
    }
    $out .= program_of_quantiles($i, $call, $case) if $case->{quantile};
    return $has . $out;
}

sub program_of_quantiles {
    my ($i, $call, $case) = @_;
    my $q = $case->{quantile};
    my $out = join '', map { "$_ = $_\[now.quantile.row]\n" } sort keys %{$case->{parameter}};
    $out = "now = book.case[$i]\nshares = now.quantile.q\n" . $out
        . "far = max(abs(quantile($call, shares) - now.quantile.value) / now.quantile.tolerance)\n"
        . "check \"$call: quantile\" { far <= 1 }\n"
        . "check \"$call: cdf of the quantile\" { all(abs(cdf($call, quantile($call, shares)) - shares) <= 1e-12) }\n";
    for my $p (sort keys %{$q->{slope}}) {
        $out .= "f_${i}_q_$p = fn($p) = sum(quantile($call, shares))\nwant = now.quantile.slope.$p\n"
            . "far = max(abs(grad(f_${i}_q_$p)($p) - want) / (abs(want) + now.quantile.tolerance))\n"
            . "check \"$call: slope of the quantile in $p\" { far <= 1e-8 }\n";
    }
    return $out;
}

sub program_of_sample {
    my ($i, $s) = @_;
    my $bins = @{$s->{share}};
    my $call = $s->{call};
    my $where = join ', ', map { "$_ = $s->{parameter}{$_}" } sort keys %{$s->{parameter}};
    my $name = $call . ($where && " at $where") . (defined $s->{of} ? ": $s->{of}" : '');
    my @slopes = sort keys %{$s->{slope}};
    my $out = "now = book.sample[$i]\nmany = $draws\n" . bindings($s)
        . "worst = 0.0\ntotal = 0.0\noff = 0.0\nspread_off = 0.0\npooled = 0.0\n"
        . "for seed_now in 0..$seeds {\n"
        . "  drawn = sample($call, many, seed = seed_now)\n" . (defined $s->{of} ? "  drawn = $s->{of}\n" : '')
        . "  bin = sum(where(spread(1.0 * drawn, @{[$bins - 1]}) > now.edge, 1, 0), axis = -1)\n"
        . "  count = sum(where(spread(bin, $bins) == 0..$bins, 1, 0), axis = 0)\n"
        . "  chi = sum((count - many * now.share) ^ 2 / (many * now.share))\n"
        . "  worst = max(worst, chi)\n  total = total + chi\n";
    $out .= "  off = max(off, abs(mean(drawn) - now.mean) / sqrt(now.var / many))\n"
        . "  pooled = pooled + (mean(drawn) - now.mean) / $seeds\n" if defined $s->{mean};
    $out .= "  spread_off = spread_off + (mean((drawn - now.mean) ^ 2) - now.var) / $seeds\n" if defined $s->{fourth};
    $out .= "}\nprint(\"$name: chi-square {worst:.1f} at most, {total:.1f} in all\")\n"
        . "check \"$name: bins of each seed\" { worst < now.limit }\n"
        . "check \"$name: bins of all seeds\" { total < now.limit_all }\n";
    $out .= "check \"$name: mean of each seed\" { off < $alarm }\n"
        . "check \"$name: mean of all seeds\" { abs(pooled) < $alarm * sqrt(now.var / many / $seeds) }\n" if defined $s->{mean};
    $out .= "check \"$name: variance of all seeds\" { abs(spread_off) < $alarm * sqrt((now.fourth - now.var ^ 2) / many / $seeds) }\n"
        if defined $s->{fourth};
    for my $p (@slopes) {
        (my $each = $call) =~ s/\b$p\b/moved/;
        $out .= "slopes = grad(fn(moved) = sum(tanh(sample($each, seed = 7))))(fill($p, 40000))\n"
            . "off = abs(mean(slopes) - now.slope.$p) / (sd(slopes) / sqrt(40000))\n"
            . "check \"$name: mean slope of samples in $p\" { off < $alarm }\n";
    }
    return $out;
}

sub program_of_rest {
    my ($values) = @_;
    my $out = '';
    my $near = sub {    # a is the text of an expression, b of a number
        my ($a, $b, $bound, $term) = @_;
        return "is_nan($a)" if $b eq 'nan';
        return "$a == $b" if $b =~ /inf/;
        return "abs($a - $b) <= $bound * max(1, abs(@{[$term // $b]}))";
    };
    for my $s (@{$values->{summary}}) {
        my %s = %$s;
        my $call = delete $s{call};
        $s{sd} = $s{var} =~ /inf|nan/ ? $s{var} : sqrt($s{var}) if defined $s{var};
        $out .= "check \"$call: $_\" { " . $near->("$_($call)", $s{$_}, $_ eq 'mode' ? 1e-8 : 1e-13) . " }\n" for sort keys %s;
    }
    $out .= "check \"kl($_->[0], $_->[1])\" { " . $near->("kl($_->[0], $_->[1])", $_->[2], 1e-13) . " }\n" for @{$values->{kl}};
    $out .= "check \"$_->[0]\" { " . $near->($_->[0], $_->[1], 4 * 2 ** -52, $_->[2]) . " }\n" for @{$values->{edge}};
    $out .= "check \"$_->[0] at $_->[1]\" { all(logpdf($_->[0], $_->[1]) == -inf) }\n" for @{$values->{outside}};
    return $out;
}

for my $path (files($ENV{ONLY} ? "stdlib/dist/$ENV{ONLY}.unc" : "stdlib/dist/*.unc")) {
    my ($name) = $path =~ m{([^/]+)\.unc$};
    if (!-e "tests/dist/$name.json") {
        fail("$name has values in tests/dist/$name.json: see make_values.py");
        next;
    }
    my $values = decode_json(slurp("tests/dist/$name.json"));
    my $program = "book = read_json(\"tests/dist/$name.json\")\n";
    $program .= program_of_case($_, $values->{case}[$_]) for 0 .. $#{$values->{case} // []};
    $program .= program_of_sample($_, $values->{sample}[$_]) for 0 .. $#{$values->{sample} // []};
    spew(workplace() . '/values.unc', $program . program_of_rest($values));
    my $r = run({dir => workplace()}, unc(), 'test', 'values.unc');
    ok($r->{code} == 0, "$name: " . (() = $r->{out} =~ /^ok /gm) . ' checks')
        or diag(join "\n", $r->{out} =~ /^(not ok.*(?:\n#.*)*)/gm, $r->{err});
    note($1) while $r->{out} =~ /^# (.*at most.*)$/gm;
    for my $bad (@{$values->{bad} // []}) {
        my $b = run(unc(), '-e', "print(logpdf($bad->[0], 0.5))");
        ok($b->{code} == 1 && $b->{err} =~ /`\Q$bad->[1]\E[` ]/, "$bad->[0] is refused, naming $bad->[1]")
            or diag("$b->{code}: $b->{out}$b->{err}");
    }
}
done_testing();
