#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The sanity of attacks on images and a network in single precision, over every method of the
# library, in each norm that it is made for, and over methods made of others: the ball and the box
# hold exactly in numbers of single precision, success is another class of the victim and nothing
# else, a row that is wrong already stays as it is, no room means no change, without bound every
# row is fooled, restarts and steps only add, and every query is counted.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

# Bounds that single precision rounds outwards, and rows that touch them. Row 0 is wrong already.
my $victim = <<'UNC';
model kinds(x: real[N, 6, 6, 1]) {
  net f = conv(4, 3, relu) >> flatten >> dense(3)
  likelihood y: int[N] ~ Categorical(logits = f(x))
}
bounds = [-0.1, 0.3]
x = clip(sample(Uniform(-0.15, 0.35), 30, 6, 6, 1, seed = 3), -0.1, 0.3)
fn network(k) = fit(kinds, {x, y = fill(0, 30)}, mle(), steps = 0, seed = k, precision = "single")
post = network(2)
other = network(5)
seen = predict(post, {x}).class
wrong = where(0..30 == 0, 1, 0)
d = {x, y = (seen + wrong) % 3}
fn found(m) = attack(post, d, m, bounds = bounds)
fn never(p, y) = p.entropy < 0
fn size(a, norm) = length_of(reshape(a.x - x, 30, 36), norm, axis = 1)
fn is_single(v) {                      # of 24 bits: Veltkamp's splitting of 53
  c = 536870913 * v
  return c - (c - v) == v
}
fn holds(a, eps, norm) = max(size(a, norm)) <= eps and max(a.x) <= bounds[1] and min(a.x) >= bounds[0] and
  all(is_single(a.x) or (a.x == x))
fn honest(a) = all(predict(post, {x = a.x}).class == a.class) and all(a.success == (a.class != d.y)) and
  abs(a.success_rate - mean(where(a.success, 1.0, 0.0))) < 1e-12
fn stays(a) = a.success[0] and a.norm[0] == 0 and all(a.x[0] == x[0])
fn nothing(a) = all(a.x == x) and rate(a) == 1 / 30
fn adds(a, less) = all(a.success or not less.success) and all((a.norm <= less.norm) or not less.success)
fn rate(a) = mean(where(a.success, 1.0, 0.0))
UNC

# What a program prints of each line must be true; all in one run, where `a` is what `m` finds.
sub holds {
    my ($name, $m, @checks) = @_;
    my $r = run({stdin => join "\n", $victim, "m = $m", 'a = found(m)', (map { "print($_)" } @checks), ''}, unc(), '-');
    my @told = split /\n/, $r->{out};
    my @failed = grep { ($told[$_] // '') ne 'true' } 0 .. $#checks;
    ok(!@failed, $name) or diag(join("\n", map { "$checks[$_]: " . ($told[$_] // 'not run') } @failed), "\n$r->{err}");
}

# Each attack of the library as it is declared: a name, its parameters, its norms.
my (%parameters, %norms, %image);
for my $path (files('stdlib/attack/*.unc')) {
    my $text = slurp($path);
    while ($text =~ /^attack (\w+)\(([^)]*)\)(.*?)^}/gms) {
        my ($name, $parameters, $body) = ($1, $2, $3);
        next if $name eq 'adversarial'; # is no search
        $parameters{$name} = $parameters;
        $image{$name} = $body =~ /"image"/;
        $norms{$name} = $body =~ /norms = (\[.*?\]|\w+)/ ? [$1 =~ /(\w+)/g] : [$parameters =~ /\bnorm = (\w+)/];
    }
}

# As few queries, steps and rounds as show the rule.
sub call {
    my ($name, %given) = @_;
    my %few = (queries => 60, rounds => 6, halvings => 10, targets => 2, angles => 3, sides => 3);
    my %fewer = (fab => 30, apgd => 40, pgd => 20);
    $given{steps} //= $fewer{$name} if $fewer{$name};
    for (keys %few) { $given{$_} //= $few{$_} if $parameters{$name} =~ /(?:^|, )$_ = \d/ && $name !~ /^(?:apgd|fab|lbfgs)$/ }
    return "$name(" . join(', ', map { "$_ = $given{$_}" } sort keys %given) . ')';
}

my %whole = (auto => [qw(inf 2)], spsa => [qw(inf 2)]);    # made of others, that take a radius
for my $name (sort keys %parameters) {
    next if $parameters{$name} !~ /\beps = / || $parameters{$name} =~ /^method|^size/;
    for my $norm (@{$whole{$name} || $norms{$name}}) {
        my @n = (norm => $norm);
        my $small = call($name, eps => 0.05, @n);
        my @many = $parameters{$name} =~ /\bqueries\b/ ? (queries => 200) : ();
        my @checks = (
            "holds(a, 0.05, $norm)", 'honest(a)', 'stays(a)',
            'nothing(found(' . call($name, eps => 0, @n) . '))',
            'rate(attack(post, d, ' . call($name, eps => 20, @n, @many) . ')) == 1',
            'rate(found(' . call($name, eps => 0.2, @n) . ')) >= rate(a) - 0.04',
        );
        my ($steps) = $small =~ /\bsteps = (\d+)/ ? $1 : $parameters{$name} =~ /\bsteps = (\d+)/ ? $1 : $parameters{$name} =~ /\bqueries\b/ ? 60 : 1;
        my $never = sub { "attack(post, d, $_[0], bounds = bounds, success = never).queries" };
        push @checks, 'all(' . $never->('m') . ' == ' . ($steps + 1) . ')' if $name ne 'auto';
        if ($parameters{$name} =~ /\brestarts\b/) {
            push @checks, 'adds(found(' . call($name, eps => 0.05, @n, restarts => 3) . '), a)';
            push @checks, 'all(' . $never->(call($name, eps => 0.05, @n, restarts => 3)) . ' == ' . 3 * ($steps + 1) . ')';
        }
        push @checks, 'rate(found(' . call($name, eps => 0.05, @n, steps => 2 * $steps) . ')) >= rate(a) - 0.04'
            if $parameters{$name} =~ /\bsteps = \d/ && $name ne 'auto';
        push @checks, map { 'all(a.success or not found(' . call($_, eps => 0.05, @n) . ').success)' }
            qw(apgd fab square) if $name eq 'auto';
        holds("$name in the norm $norm", $small, @checks);
    }
}

# Of least change: without a radius, but bounded.
for my $name (sort keys %parameters) {
    next if $parameters{$name} =~ /\beps\b/ || $parameters{$name} =~ /^method/ || $image{$name};
    for my $norm (@{$norms{$name}}) {
        my $m = call($name, $parameters{$name} =~ /\bnorm\b/ ? (norm => $norm) : ());
        holds("$name in the norm $norm", $m, "holds(a, inf, $norm)", 'honest(a)', 'stays(a)',
            "max(abs(a.norm - size(a, $norm))) < 1e-6", 'all(a.queries >= 1)');
    }
}

# Of images: no room means no change.
for my $by ('by = "grid", sides = 3, angles = 3', 'by = "random"', 'by = "slope"') {
    my $m = "spatial($by)";
    holds($m, $m, 'holds(a, inf, 2)', 'honest(a)', 'stays(a)',
        "all(found(spatial(shift = 0, angle = 0, $by)).x == x)");
}
for my $place ('none', '[0.0, 1.0]') {
    my $m = "patch(size = 2, place = $place)";
    holds($m, $m, 'holds(a, 4, 0)', 'honest(a)', 'max(a.change) <= 0.3 and min(a.change) >= -0.1');
}

# Around a search: through what changes nothing, on another network, one change for all rows.
for my $inner ('pgd(eps = 0.05, norm = inf, steps = 10)', 'pgd(eps = 0.05, norm = 2, steps = 10)', 'mim(eps = 0.05, norm = 1)') {
    my ($norm) = $inner =~ /norm = (\w+)/;
    my $none = $inner =~ s/0\.05/0/r;
    my $same = "eot($inner, fn(x) = x, views = 2)";
    my $there = "transfer($inner, from = other)";
    my $all = "universal($inner)";
    my $checks = "holds(a, 0.05, $norm)";
    holds($same, $same, $checks, 'honest(a)', 'stays(a)', "all(a.success == found($inner).success)",
        "all(attack(post, d, m, success = never).queries == 2 * attack(post, d, $inner, success = never).queries - 1)");
    holds($there, $there, $checks, 'honest(a)', 'stays(a)', "rate(a) <= rate(found($inner)) + 0.04",
        "all(found(transfer($inner, from = post)).success == found($inner).success)");
    holds($all, $all, $checks, 'honest(a)', 'stays(a)', "nothing(found(universal($none)))",
        "rate(a) <= rate(found($inner)) + 0.04", "max(length_of(a.change, $norm)) <= 0.05");
}
done_testing();
