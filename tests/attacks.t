#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The sanity of attacks, over every method of the library that has a radius `eps`: success grows
# with it and is whole without bound, the ball and the box hold exactly, small steps find what
# one finds, a target is a target. A method of the library is found by its file. What no radius
# bounds must fool every row, with a change not much longer than that of deepfool.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

# A network with curved boundaries between three classes, in two dimensions.
my $victim = <<'UNC';
fn logits(x) = stack(0.5 * sin(2 * x[:, 0]), 1.5 * x[:, 0] - 0.3 * sin(3 * x[:, 1]), -2 * x[:, 1], axis = -1)
x = clip(sample(Normal(0, 0.7), 60, 2, seed = 7), -2, 2)
data = {x = x, y = argmax(logits(x), axis = -1)}
fn rate(m) = attack(logits, data, m).success_rate
UNC

my (%eps, %least, %box);
for my $path (files('stdlib/attack/*.unc')) {
    my $text = slurp($path);
    while ($text =~ /^attack (\w+)\(([^)]*)\)/gm) {
        my ($name, $parameters) = ($1, $2);
        next if $parameters =~ /^method\b/; # made of another
        next if $text =~ /needs = .*"image"/;        # lang/attack_images.unc
        $box{$name} = ', bounds = [-2, 2]' if $text =~ /needs = "bounds"/;
        ($parameters =~ /\beps\b/ ? $eps{$name} : $least{$name}) = $parameters;
    }
}
cmp_ok(scalar keys %eps, '>=', 5, 'with a radius: ' . join ' ', sort keys %eps);
cmp_ok(scalar keys %least, '>=', 3, 'of least change: ' . join ' ', sort keys %least);

sub holds {
    my ($name, $checks) = @_;
    my $r = run({dir => workplace(), stdin => $victim . $checks}, unc(), '-');
    is($r->{out}, "true\n" x ($checks =~ tr/\n//), $name) or diag($checks . $r->{err});
}

# One random start may miss what a smaller ball held: at most one row of the 60.
for my $name (sort keys %eps) {
    my ($norm) = $eps{$name} =~ /\bnorm = (\w+)/;
    my $blind = $eps{$name} =~ /\bsteps = queries\b/; # asked for scores alone
    holds($name, <<"UNC");
print(rate($name(eps = 0.4)) >= rate($name(eps = 0.1)) - 0.02 and rate($name(eps = 0.1)) >= rate($name(eps = 0.01)) - 0.02)
print(rate($name(eps = 5)) == 1)
print(max(abs(attack(logits, data, $name(eps = 0.3), bounds = [-2, 2]).x - x)) <= 0.3)
print(max(abs(attack(logits, data, $name(eps = 3), bounds = [-2, 2]).x)) <= 2)
print(all(attack(logits, data, $name(eps = 0)).x == x))
UNC
    holds("$name: no worse than one step, or no better than a search with slopes", $blind
        ? "print(rate($name(eps = 0.3)) <= rate(pgd(eps = 0.3, norm = $norm, steps = 100, restarts = 3)) + 0.02)\n"
        : "print(attack(logits, data, $name(eps = 0.3), loss = \"margin\").success_rate >= attack(logits, data, fgsm(eps = 0.3, norm = $norm), loss = \"margin\").success_rate - 0.02)\n");
    holds("$name: more queries are no worse, and none are hidden", <<"UNC") if $blind;
print(rate($name(eps = 0.3, queries = 400)) >= rate($name(eps = 0.3, queries = 50)) - 0.02)
print(max(attack(logits, data, $name(eps = 0.3, queries = 50)).queries) == 51)
print(all(attack(logits, data, $name(eps = 5)).queries >= 1))
UNC
}
my %without_bound = (one_pixel => 'pixels = 2');
for my $name (sort keys %least) {
    my $box = $box{$name} // '';
    my $few = $least{$name} =~ /\bnorm = 0/; # counts the numbers that change, of 2
    my $most = $few ? 2 : '1.5 * mean(attack(logits, data, deepfool()).norm)';
    my $how = $without_bound{$name} // '';
    holds($name, <<"UNC");
print(attack(logits, data, $name($how)$box).success_rate == 1)
print(mean(attack(logits, data, $name($how)$box).norm) <= $most)
print(max(abs(attack(logits, data, $name($how), bounds = [-2, 2]).x)) <= 2)
UNC
    holds("$name: more queries are no worse, and none are hidden", <<"UNC") if $least{$name} =~ /\bsteps = queries\b/;
print(attack(logits, data, $name(queries = 400)$box).success_rate >= attack(logits, data, $name(queries = 50)$box).success_rate - 0.02)
print(all(attack(logits, data, $name(queries = 50)$box, success = fn(z, y) = z[0, 0] > 1e9).queries == 51))
UNC
}

# Where no point was met that fools the victim, it is said.
my $lost = run({dir => workplace(), stdin => "attack(fn(x) = stack(1 + 0 * x, 0 * x, axis = -1), {x = [0.0], y = [0]}, boundary(queries = 20))\n"}, unc(), '-');
like($lost->{err}, qr/^attack: boundary, for 1 of 1 rows: no point was met .* starts = /, 'nowhere to begin from');
# Every method, also those made of others and those for images, on each kind of victim: what it gives is finite, in the box
# and of the data's shape; or it is refused, by its name.
my $kinds = <<'UNC';
x = sample(Normal(0, 1), 6, 4, 4, 1, seed = 1)
z = sample(Normal(0, 1), 6, 3, seed = 2)
fn logits(x) { s = reshape(x, -1, 16)
  return stack(s[:, 0], s[:, 1] - s[:, 2], 0.3 * s[:, 3], axis = -1) }
model numbers(x: real[N, 4, 4, 1]) { net f = flatten >> dense(1)
  likelihood y: real[N] ~ Normal(f(x)[:, 0], 0.3) }
model pixels(x: real[N, 4, 4, 1]) { net f = conv(4, 3, relu) >> conv(2, 3)
  likelihood y: int[N, 4, 4] ~ Categorical(logits = f(x)) }
model draws(x: real[N, 4, 4, 1]) { net f = flatten >> dense(6, relu) >> dropout(0.2) >> dense(3)
  likelihood y: int[N] ~ Categorical(logits = f(x)) }
model several(x: real[N, 4, 4, 1], z: real[N, 3]) { net f = flatten >> dense(3)
  net g = dense(3)
  likelihood y: int[N] ~ Categorical(logits = f(x) + g(z)) }
UNC
my %victim = (
    function => 'victim = logits; data = {x, y = argmax(logits(x), axis = -1)}',
    numbers => 'victim = fit(numbers, {x, y = zeros(6) + 0.5}, mle(), steps = 0); data = {x, y = predict(victim, {x}).mean + 0.1}',
    pixels => 'victim = fit(pixels, {x, y = fill(0, 6, 4, 4)}, mle(), steps = 0); data = {x, y = predict(victim, {x}).class}',
    draws => 'victim = fit(draws, {x, y = fill(0, 6)}, vi(dropout_q()), steps = 0); data = {x, y = predict(victim, {x}, draws = 20).class}',
    several => 'victim = fit(several, {x, z, y = fill(0, 6)}, mle(), steps = 0); data = {x, z, y = predict(victim, {x, z}).class}',
);
for my $path (files('stdlib/attack/*.unc')) {
    my $text = slurp($path);
    while ($text =~ /^attack (\w+)\(([^)]*)\)/gm) {
        my ($name, $parameters) = ($1, $2);
        my @given = $parameters =~ /^method\b(?! =)/ ? ('pgd(eps = 1, steps = 5)') : ();
        push @given, 'fn(x) = x + 0.01' if $parameters =~ /\btransform\b(?! =)/;
        push @given, 'from = victim' if $parameters =~ /\bfrom\b/;
        push @given, 'queries = 50' if $parameters =~ /\bqueries\b/;
        push @given, 'size = 2' if $parameters =~ /\bsize\b/;
        my $call = "$name(" . join(', ', @given) . ')';
        next if $name eq 'adversarial'; # bad/E0437_adversarial.unc
        my $refuses = $text =~ /needs = "classes"/;
        for my $kind (sort keys %victim) {
            my ($v, $d) = split /; /, $victim{$kind};
            my $r = run({dir => workplace(), stdin => "$kinds$v\n$d\na = attack(victim, data, $call, bounds = [-4, 4])\n"
                . "print(all(is_finite(a.x)) and max(abs(a.x)) <= 4 and len(a.x) == 6 and len(a.success) == 6)\n"}, unc(), '-');
            if ($refuses && $kind =~ /numbers|pixels/) {
                like($r->{err}, qr/^error\[E0500\]: `$name` needs one class a row/, "$name refuses $kind");
            } else {
                is($r->{out}, "true\n", "$name on $kind") or diag($call, $r->{err});
            }
        }
    }
}

# The plan of a step: as many products as a forward pass and one back to the input, no more, and nothing of
# the shape of a weight; that of the judge: a forward pass.
my $net = <<'UNC';
model kinds(x: real[N, 6, 6, 1]) { net f = NET
  likelihood y: int[N] ~ Categorical(logits = f(x)) }
x = sample(Uniform(0, 1), 9, 6, 6, 1)
d = {x, y = fill(0, 9)}
attack(fit(kinds, d, mle(), steps = 0, precision = "single"), d, pgd(eps = 0.1, steps = 2))
UNC
for (['flatten >> dense(17, relu) >> dense(13, tanh) >> dense(3)', 3, qr/\[(?:36, 17|17, 13|13, 3)\]/],
    ['conv(5, 3, relu) >> conv(7, 3, relu) >> flatten >> dense(3)', 3, qr/\[(?:3, 3, 1, 5|3, 3, 5, 7|252, 3)\]/]) {
    my ($layers, $products, $weight) = @$_;
    spew(workplace() . '/net.unc', $net =~ s/NET/$layers/r);
    my $told = run({dir => workplace()}, unc(), 'dump', '--plan', 'net.unc')->{out};
    for (['step', 2 * $products], ['judge', $products]) {
        my ($part, $due) = @$_;
        my ($plan) = $told =~ /^# $part of an attack\n(.*?)(?=^#|\z)/ms;
        my $made = () = ($plan // '') =~ /= (?:matmul|convolve|conv\w*)\(/g;
        my $weights = () = ($plan // '') =~ /^ +%\d+:\w+$weight.* = /mg;
        is("$made products, $weights weights", "$due products, 0 weights", "$part on $layers");
    }
}
done_testing();
