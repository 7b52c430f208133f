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
done_testing();
