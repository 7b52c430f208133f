#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Every flow of stdlib/flow, with its weights drawn from Normal(0, 0.3) and points from its base, in 1
# to 6 coordinates, with and without a context: f(z) and back within 1e-10 in double, 1e-4 relative
# in single precision; logdet against the determinant of the differentiated Jacobian, 1e-8; slopes
# of the density against differences; mass 1 within 1e-3 in one and two coordinates. A flow is found by
# its definition; networks are made small, sizes that must be given are 2. In single precision points go
# there and back, and where every point is reached, back and there, with and without a context.
# What a flow with weights makes of its base depends on the context.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

my %base = (real => 'Normal(0, 1)', positive => 'LogNormal(0, 1)', unit => 'LogitNormal(0, 1)');
my $single = <<'END';
fn apart(a, z) = max(max(abs(a - z), axis = -1) / (1e-3 + max(abs(z), axis = -1)))
model single(layers: flow, onto: bool, C: int, z: real[N, D]) {
  flow f = layers >> shift()
  prior f.params ~ Normal(0, 0.3)
  given = sin(column(1 + 1.0 * (0..N)) @ ones(1, C) + 1.0 * (0..C))
  to    = fn(z) = push(f, z, context = given)[0]
  from  = fn(x) = pull(f, x, context = given)[0]
  there = if is_invertible(f) then from(to(z)) else z + 0 * to(z)
  back  = if is_invertible(f) and onto then to(from(z)) else z
  likelihood y: real[N] ~ Normal(0 * there[:, 0], 1)
}
END
my $moved = <<'END';
model moved(layers: flow, z: real[N, D]) {
  flow f = layers
  prior f.params ~ Normal(0, 0.3)
  given = sin(column(1 + 1.0 * (0..N)) @ ones(1, 2) + 1.0 * (0..2))
  apart = max(abs(push(f, z, context = given)[0] - push(f, z, context = -given)[0]))
  likelihood y: real[N] ~ Normal(0 * apart, 1)
}
END
for my $path (files('stdlib/flow/*.unc')) {
    my $text = slurp($path);
    while ($text =~ /^flow (\w+)\((.*)\) on \w+: (\w+)(.*)/gm) {
        my ($name, $parameters, $domain, $shape) = ($1, $2, $3, $4);
        my ($body) = substr($text, pos $text) =~ /\n(.*?)^\}/ms;
        my @args = $parameters =~ /\bhidden\b/ ? 'hidden = [8, 8]' : ();
        push @args, "$1 = 2" while $parameters =~ /(?:^|, )(\w+): int(?= *(?:,|$))/g;
        my $f = @args ? "$name(" . join(', ', @args) . ')' : $name;
        my $least = $parameters =~ /: int *(?:,|$)/ ? 2 : 1;
        my $program = '';
        for my $d (grep { $_ >= $least } $shape =~ /^\[/ ? 1 .. 6 : 1) {
            for my $c (0, 2) {
                $program .= "r = check_flow($f, D = $d, C = $c, base = $base{$domain}, points = 20, draws = 1)\n"
                    . "print(\"D = $d, C = $c: {r}\")\ncheck \"D = $d, C = $c\" { r.ok }\n";
            }
        }
        my $onto = $domain eq 'real' && $shape =~ /^\[/ ? 'true' : 'false';
        $program .= $single;
        for my $d (grep { $_ >= $least } 1 .. 6) {
            $program .= "z = sample($base{$domain}, 20, $d, seed = 0)\n";
            for my $c ($d < 4 ? (0, 2) : 0) {
                $program .= "post = fit(single(layers = $f, onto = $onto, C = $c), {z, y = ones(20)}, vi(meanfield(sd = 0.3)), steps = 1, precision = \"single\", progress = false)\n"
                    . "p = predict(post, {z}, draws = 3)\nprint(\"single, D = $d, C = $c: {apart(p.there, z)} {apart(p.back, z)}\")\n"
                    . "check \"single precision, D = $d, C = $c\" { apart(p.there, z) < 1e-4; apart(p.back, z) < 1e-4 }\n";
            }
        }
        $program .= $moved . "p = predict(prior(moved(layers = $f)), {z = sample($base{$domain}, 10, 3, seed = 1)}, draws = 2)\n"
            . "print(\"moved by its context: {p.apart}\")\ncheck \"conditioned\" { all(p.apart > 1e-3) }\n"
            if $body =~ /^ *(?:param|net) /m;
        spew(workplace() . '/flow.unc', $program);
        my $r = run({dir => workplace()}, unc(), 'test', 'flow.unc');
        ok($r->{code} == 0, "$f: " . (() = $r->{out} =~ /^ok /gm) . ' checks')
            or diag(join "\n", $r->{out} =~ /^(not ok.*(?:\n#.*)*)/gm, $r->{out}, $r->{err});
        note($r->{out});
    }
}
done_testing();
