#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The same program gives the same bytes: run twice, on one thread and on two. Another seed
# gives others.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

my $data = "x = linspace(-2, 2, 300)\ny = sin(2 * x) + 0.1 * sample(Normal(0, 1), 300)\nd = {x, y}\n";
my $net = "model m(x: real[N, 1]) {\n  net f = dense(20, tanh) >> dropout(0.1) >> dense(1) >> squeeze\n"
    . "  prior f.params ~ Normal(0, 1)\n  param s: positive\n  likelihood y: real[N] ~ Normal(f(x), s)\n}\n";
# Enough of every kind of convolution that threads are taken, in both precisions; batch_norm joins rows.
my $images = "x = sample(Normal(0, 1), 11, 15, 15, 16)\ny = mean(x, axis = -1)\nmodel m(x: real[N, H, W, 16]) {\n"
    . "  net f = conv(20, 3, relu) >> batch_norm() >> conv(16, 5, relu, groups = 4) >> conv(16, 3, stride = 2, pad = 1) >> conv_transpose(32, 3, stride = 2, pad = 1)\n"
    . "    >> conv(16, 3, dilation = 2) >> conv(1, 3) >> squeeze\n  likelihood y: real[N, H, W] ~ Normal(f(x), 1)\n}\n";
my %program = (
    'convolutions' => $images . join('', map { "p = fit(m, {x, y}, mle(), steps = 4, batch = 5, precision = \"$_\")\n"
        . "print(\"{p.loss[-1]:.17g} {sum(abs(p.f(x))):.17g}\")\n" } 'double', 'single'),
    'samples' => "print(sample(Normal(0, 1), 5))\nprint(sum(sample(Normal(0, 1), 100000)))\n",
    'a point' => "$data${net}p = fit(m, d, map(), steps = 50)\nprint(\"{p.loss[-1]:.17g} {p.s:.17g}\")\n",
    'minibatches' => "$data${net}p = fit(m, d, mle(), steps = 50, batch = 32)\nprint(\"{p.loss[-1]:.17g}\")\n",
    'variational inference' => "$data${net}p = fit(m, d, vi(meanfield()), steps = 50)\n"
        . "print(\"{p.elbo[-1]:.17g}\")\nq = predict(p, d, draws = 100)\nprint(\"{sum(q.sd):.17g}\")\n",
    'dropout' => "$data${net}p = fit(m, d, vi(dropout_q()), steps = 50)\n"
        . "q = predict(p, d, draws = 1000)\nprint(\"{sum(q.mean):.17g} {sum(q.var):.17g}\")\n",
    'flows that keep state' => "x = moons(600, noise = 0.06) + 0.01 * sample(Normal(0, 1), 600, 2)\nmodel density() {\n  flow f = repeat(2, coupling([16]) >> actnorm() >> batch_norm_flow() >> flip())\n"
        . "  likelihood x: real[N, 2] ~ f(Normal(zeros(2), 1))\n}\np = fit(density, {x}, mle(), steps = 20, batch = 300)\n"
        . "print(\"{p.loss[-1]:.17g} {sum(logpdf(predict(p, {}, rows = 600, draws = 4), x)):.17g}\")\n",
);
for my $name (sort keys %program) {
    my ($one, $again, $two, $other) = map { run({stdin => $program{$name}}, unc(), @$_, '-') }
        [qw(--threads 1)], [qw(--threads 1)], [qw(--threads 2)], [qw(--threads 2 --seed 5)];
    is($one->{code}, 0, "$name: runs") or diag($one->{err});
    is($again->{out}, $one->{out}, "$name: the same again");
    is($two->{out}, $one->{out}, "$name: the same on two threads");
    isnt($other->{out}, $one->{out}, "$name: not the same with another seed");
}
done_testing();
