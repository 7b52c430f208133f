#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Every distribution of stdlib/dist, at parameters made from its signature: the density has
# mass 1 and the moments, the cdf and the entropy that are claimed; samples stay in the
# support and have those moments (5 standard errors: one false alarm in 2 million); the cdf
# of samples is uniform (Kolmogorov-Smirnov at 2.5: one in 130,000); slopes match differences.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

# "real[K] = log(p)" and its like, by name, in order.
sub parameters {
    my ($text) = @_;
    my (@list, $depth);
    my $one = '';
    for my $c (split //, $text) {
        $depth += ($c =~ /[(\[{]/) - ($c =~ /[)\]}]/);
        if ($c eq ',' && !$depth) { push @list, $one; $one = '' }
        else { $one .= $c }
    }
    push @list, $one if $one =~ /\S/;
    return map { /^\s*(\w+)\s*:\s*(\w+)([^=]*?)(?:=\s*(.*?))?\s*$/s ? {name => $1, type => $2, default => $4 // ''} : () } @list;
}

# A value for each parameter that is no other way to say an earlier one; nothing where a
# type is beyond us.
sub arguments {
    my (@all) = @_;
    my ($k, %other, @given) = (0);
    for my $p (@all) {
        my $skip = $other{$p->{name}};
        $other{$_}++ for grep { $p->{default} =~ /\b$_\b/ } map { $_->{name} } @all;
        next if $skip;
        my $value = {real => 0.3 + 1.3 * $k++, positive => 1.4, unit => 0.3, simplex => '[0.2, 0.3, 0.5]'}->{$p->{type}};
        return if !defined $value;
        push @given, [$p->{name}, $value];
    }
    return \@given;
}

# Points and weights of an integral over the support.
my %grid = (
    real        => "t = linspace(-12, 12, 100001)\nx = 0.5 * (exp(t) - exp(-t))\nw = (t[1] - t[0]) * 0.5 * (exp(t) + exp(-t))\n",
    positive    => "t = linspace(-40, 12, 100001)\nx = exp(t)\nw = (t[1] - t[0]) * x\n",
    nonnegative => "t = linspace(-40, 12, 100001)\nx = exp(t)\nw = (t[1] - t[0]) * x\n",
    unit        => "t = linspace(-30, 30, 100001)\nx = 1 / (1 + exp(-t))\nw = (t[1] - t[0]) * x * (1 - x)\n",
    int         => "x = linspace(0, 200, 201)\nw = ones(201)\n",
);

sub program {
    my ($name, $support, $given, $text) = @_;
    my $has = sub { $text =~ /^\s*$_[0]\s*(\(.*\)\s*)?=/m };
    my $call = "$name(" . join(', ', map { "$_->[0] = $_->[1]" } @$given) . ')';
    my $discrete = $support eq 'int';
    my $out = "d = $call\n$grid{$support}p = where(logpdf(d, x) == -inf, 0, exp(logpdf(d, x))) * w\n"
        . "m = sum(p * x)\nv = sum(p * (x - m) ^ 2)\nq = sum(p * (x - m) ^ 4)\n"
        . "n = 100000\ns = sample(d, n)\n";
    my $check = sub { $out .= "check \"$_[0]\" { $_[1] }\n" };
    $check->('mass 1', 'abs(sum(p) - 1) < 1e-3');
    $check->('mean', 'abs(mean(d) - m) < 2e-3 * sqrt(v)') if $has->('mean');
    $check->('variance', 'if var(d) == inf then v > 1.5 * sum(where(abs(x) < 3000, p * (x - m) ^ 2, 0)) else abs(var(d) / v - 1) < 5e-3') if $has->('var') || $has->('sd');
    $check->('entropy', 'abs(entropy(d) + sum(where(p > 0, p * logpdf(d, x), 0))) < 5e-3') if $has->('entropy');
    $check->('samples: mean', 'abs(mean(s) - m) < 5 * sqrt(v / n) + 2e-3 * sqrt(v)');
    $check->('samples: variance', 'abs(var(s) - v) < 5 * sqrt((q - v ^ 2) / n) + 5e-3 * v');
    $check->('samples: in the support', 'all(logpdf(d, s) > -inf)');
    if ($has->('cdf') && !$discrete) {
        $check->('cdf', 'max(abs(cumsum(p) - cdf(d, x))) < 2e-3');
        $check->('samples: uniform under the cdf', 'max(abs(sort(cdf(d, s)) - linspace(0, 1, n))) < 2.5 / sqrt(n)');
        $check->('quantile and cdf', 'all(abs(cdf(d, quantile(d, [0.01, 0.3, 0.9])) - [0.01, 0.3, 0.9]) < 1e-9)') if $has->('quantile');
    }
    my $at = $discrete ? '1.0' : '0.61';
    my @slopes = map { [$_->[0], $_->[1]] } grep { $_->[1] !~ /\[/ } @$given;
    for my $s (@slopes) {
        my $other = join ', ', map { $_->[0] eq $s->[0] ? "$_->[0] = a" : "$_->[0] = $_->[1]" } @$given;
        my $f = "fn(a) = logpdf($name($other), $at)";
        $out .= "f_$s->[0] = $f\n";
        $check->("slope in $s->[0]", "abs(grad(f_$s->[0])($s->[1]) - (f_$s->[0]($s->[1] + 1e-5) - f_$s->[0]($s->[1] - 1e-5)) / 2e-5) < 1e-6");
    }
    if (!$discrete) {
        $out .= "f = fn(x) = logpdf(d, x)\n";
        $check->('slope in x', "abs(grad(f)($at) - (f($at + 1e-5) - f($at - 1e-5)) / 2e-5) < 1e-6");
    }
    return $out;
}

my @skipped;
for my $path (files('stdlib/dist/*.unc')) {
    my $text = slurp($path);
    my ($name) = $path =~ m{([^/]+)\.unc$};
    my ($list, $support) = $text =~ /^dist \Q$name\E\((.*?)\) on (\w+) \{/ms;
    my $given = defined $list && $text =~ /^\s*sample\b/m && $grid{$support} && arguments(parameters($list));
    if (!$given) { push @skipped, $name; next }
    spew(workplace() . '/dist.unc', program($name, $support, $given, $text));
    my $r = run({dir => workplace()}, unc(), 'test', 'dist.unc');
    my @not = $r->{out} =~ /^not ok \d+ - (.*)$/gm;
    ok($r->{code} == 0, sprintf '%s: %d checks', $name, scalar(() = $r->{out} =~ /^ok /gm))
        or diag("@not\n$r->{out}$r->{err}");
}
note("these have no numbers to check here: @skipped");
done_testing();
