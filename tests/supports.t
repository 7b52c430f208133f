#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Every argument of every distribution that may not be any real number refuses an unknown
# that may: one message, at the argument, that names the line of the unknown; and what its
# help says makes the program right.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

# A value of each type, and an unknown that is too wide, with what makes it fit.
my %right = (
    positive => '1.5', nonnegative => '1.5', unit => '0.5', real => '0.3', int => '3',
    'simplex[K]' => '[0.2, 0.3, 0.5]', 'positive[K]' => '[1.0, 2, 3]', 'real[K]' => '[0.1, 0.2, 0.3]',
    'cov[K]' => 'eye(3)', 'cholesky[K]' => 'eye(3)', 'ordered[K]' => '[0.0, 1, 2]',
    dist => 'Normal(0, 1)', 'dist[K]' => 'Normal([0.0, 1, 2], 1)', fn => 'rbf()',
    'real[N, D]' => 'ones(4, 1)', 'real[M, D]' => 'ones(2, 1)',
);
my %wide = ('simplex[K]' => 'real[3]', 'positive[K]' => 'real[3]', 'ordered[K]' => 'real[3]',
    'cov[K]' => 'real[3, 3]', 'cholesky[K]' => 'real[3, 3]');
my %fit = (positive => 'exp(w)', nonnegative => 'softplus(w)', unit => 'sigmoid(w)',
    'simplex[K]' => 'softmax(w)', 'positive[K]' => 'exp(w)');
my %declared = ('ordered[K]' => 'ordered[3]', 'cov[K]' => 'cov[3]', 'cholesky[K]' => 'cholesky[3]');

my $dir = workplace();
my $count = 0;
sub check {
    my ($type, $call) = @_;
    spew("$dir/a.unc", "model m(x: real[N]) {\n  param w: $type\n  d = $call\n"
        . "  likelihood y: real[N] ~ Normal(x + sum(w), 1)\n}\n");
    return run({dir => $dir}, unc(), 'check', 'a.unc');
}

for my $path (files('stdlib/dist/*.unc')) {
    my $text = slurp($path);
    while ($text =~ /^dist (\w+)\((.*?)\) on ([^\n{]*)/msg) {
        my ($name, $list) = ($1, $2);
        next if $name =~ /_given$/; # made by GP and SparseGP
        my @p = map { /^(\w+): ([^=]*?)(?:\s*=\s*(.*))?$/s ? {name => $1, type => $2, has => $3} : () }
            split /,\s*(?![^\[(]*[\])])/, $list;
        my @either = grep { my $p = $_; $p->{has} && grep { $_->{has} && $_ ne $p && $p->{has} =~ /\b$_->{name}\b/ } @p } @p; # p or logits
        for my $one (@p) {
            my $t = $one->{type};
            next if $t =~ /^(real|fn|dist|flow)/;
            my $says = (grep { $_ eq $one } @either) ? undef : $either[0];
            my @args = map { $_ eq $one ? "$_->{name} = w" : $_->{has} && $_ ne ($says // '') ? () : "$_->{name} = " . ($right{$_->{type}} // 0) } @p;
            my $call = "$name(" . join(', ', @args) . ')';
            my $at = 3 + length "d = " . ($call =~ /^(.*?)\b$one->{name} = w/)[0];
            my $r = check($wide{$t} // 'real', $call);
            my $errors = () = $r->{err} =~ /^error/mg;
            ok($errors == 1 && $r->{err} =~ /^error\[E0206\]: `$one->{name}` of `$name` must be /
                    && $r->{err} =~ /a\.unc:3:(\d+)\n/ && $1 >= $at && $1 <= $at + length "$one->{name} = "
                    && $r->{err} =~ /^2 │.*\n.* -+ this may be /m && $r->{err} =~ / = help: /,
                "$call: told") or diag($r->{err});
            $count++;
            next if $t eq 'int';
            (my $mended = $call) =~ s/= w\b/= $fit{$t}/ if $fit{$t};
            my $m = check($declared{$t} // $wide{$t} // 'real', $mended // $call);
            ok($m->{code} == 0, "$call: mended as the help says") or diag($m->{err});
        }
    }
}
# Two shares are a simplex, and what only looks like them is none.
for my $form (['unit', '[w, 1 - w]', 0], ['unit', '[1 - w, w]', 0], ['unit', '[1 - w, 1 - (1 - w)]', 0],
    ['unit', '[w, 1 - w ^ 2]', 1], ['unit', '[w, 1 - 0.5 * w]', 1], ['positive', '[w, 1 - w]', 1], ['unit', '[w, w]', 1],
    ['unit', '[w, 2 - w]', 1]) {
    my ($type, $shares, $told) = @$form;
    my $r = check($type, "Categorical($shares)");
    ok($r->{code} == $told && ($r->{err} =~ /E0206/) == $told, "$shares of $type") or diag($r->{err});
}
cmp_ok($count, '>', 60, "$count arguments");
# What numbers in a formula make fit, and what they do not: 0.5 * p + 0.25 is from 0 to 1.
my %within = ('Bernoulli' => ['0.5 * p + 0.25', '(1 + tanh(w)) / 2', '0.05 + 0.9 * sigmoid(w)', 'exp(-abs(w))', '1 - 0.5 * p ^ 2',
        'min(max(w, 0), 1)', 'where(w > 0, p, 0.5)', '1 / (1 + s)'],
    'Exponential' => ['2 - tanh(w)', 'max(w, 0.1) + 3', '1.5 + sin(w)', '0.1 + w ^ 2', 'exp(w) / (2 - p)', '1 / (2 + cos(w))',
        'sqrt(abs(w) + 1)', 'log(2 + s)', '-(p - 1.5)', 'log1p(s)', '1.5 - p * p']);
my %without = ('Bernoulli' => ['0.5 * p + 0.75', 'tanh(w)', '0.2 + 0.9 * sigmoid(w)', '2 * p', 'exp(p)', 's / (1 + p)', 'max(w, 0)'],
    'Exponential' => ['1 - tanh(w)', '1 + sin(w)', 'max(w, 0)', 'w ^ 2', 's - 0.5', 'log(1 + w ^ 2)', '1 - sigmoid(w)', 'p', 'sqrt(w ^ 2)',
        'relu(w)', '1 / w']);
for my $dist (sort keys %within) {
    for my $case ((map { [$_, 0] } @{$within{$dist}}), map { [$_, 1] } @{$without{$dist}}) {
        my ($e, $refused) = @$case;
        spew("$dir/a.unc", "model m(x: real[N]) {\n  param w: real\n  param p: unit\n  param s: positive\n  d = $dist($e)\n"
            . "  likelihood y: real[N] ~ Normal(x + mean(d) + w + p + s, 1)\n}\n");
        my $r = run({dir => $dir}, unc(), 'check', 'a.unc');
        ok($refused ? $r->{err} =~ /^error\[E0206\]/ && $r->{err} =~ /a\.unc:5:/ : $r->{code} == 0,
            "$dist($e): " . ($refused ? 'told' : 'fits')) or diag($r->{err});
    }
}
done_testing();
