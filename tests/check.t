#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# `unc check` has nothing to say of right programs: the examples, the library, the tests
# of the language, and the programs that it was designed by, which may use what is not
# there yet and be told so. And it is quick: the examples take under 0.2 s in all.
use strict;
use warnings;
use lib 'tests';
use Run;
use JSON::PP;
use Test::More;

my @right = grep { slurp($_) !~ /expect-error/ }
    map { files($_) } qw(examples/*.unc stdlib/*/*.unc tests/lang/*.unc tests/closed/*.unc);
for my $path (@right) {
    my $r = run({dir => '.'}, unc(), 'check', $path);
    $r->{err} = '' if $path =~ m{^tests/} && $r->{code} == 0; # tests may be doubtful
    ok($r->{code} == 0 && $r->{err} eq '', $path) or diag($r->{err});
}
for my $path (files('../shared/programs/*.unc')) {
    my $r = run(unc(), 'check', $path);
    my @wrong = grep { /^warning|^error\[(?!E070[12])/ } split /\n/, $r->{err};
    my $absent = $r->{err} =~ /E070[12]/;
    ok(!@wrong || $absent, $path) or diag($r->{err});
}
# What is wrong in a model is told with nothing run.
my $m = 'model m(x: real[N]) {';
my $mu = 'prior mu ~ Normal(0, 1)';
my @wrong = (
    ['2:38 E0202', 'fn f(x: real[N, D], W: real[H, K]) = x @ W'],
    ['2:32 E0202', 'fn f(u: real[N], v: real[M]) = u + v'],
    ['5:14 E0203', "model m(x: real[N, 1]) {\n  param s: positive\n  net f = dense(1)\n"
        . "  likelihood y: real[N] ~ Normal(f(x), s)\n}"],
    ['5:38 E0206', "$m\n  $mu\n  prior s ~ Normal(0, 1)\n  likelihood y: real[N] ~ Normal(mu, s)\n}"],
    ['2:19 E0221', 'd = Normal(0, 10, 3)'],
    ['3:41 E0204', "$m\n  net f = column >> dense(5) >> dropout(1.2) >> dense(1) >> squeeze\n"
        . "  likelihood y: real[N] ~ Normal(f(x), 1)\n}"],
    ['4:14 E0103', "$m\n  likelihood yy: real[N] ~ Normal(x, 1)\n  likelihood yy: real[N] ~ Normal(x, 2)\n}"],
    ['4:9 E0237', "$m\n  mu = 2\n  $mu\n  likelihood y: real[N] ~ Normal(mu * x, 1)\n}"],
    ['7:7 E0228', "$m\n  $mu\n  prior sigma ~ HalfNormal(1)\n  likelihood y: real[N] ~ Normal(mu, sigma)\n}\n"
        . "guide q() on m {\n  param a: real\n  prior mu ~ Normal(a, 1)\n}"],
);
my $dir = workplace();
for (@wrong) {
    my ($told, $text) = @$_;
    spew("$dir/a.unc", "print(\"running\")\n$text\n");
    for my $how (['check'], []) {
        my $r = run({dir => $dir}, unc(), @$how, 'a.unc');
        my @got;
        push @got, "$2 $1" while $r->{err} =~ /^error\[(\w+)\].*\n +┌─ a\.unc:(\d+:\d+)$/gm;
        ok("@got" eq $told && $r->{out} eq '', "@$how " . $told)
            or diag("wanted $told, got $r->{out}$r->{err}");
    }
}
# --json is JSON, a line a diagnostic, with the fields that the manual lists and places
# inside of the file; --strict makes of a warning what it makes of an error.
my $fields = 'code column end_column end_line file help labels line message severity';
for my $path (files('tests/bad/E02*.unc'), files('tests/bad/E03*.unc'), files('tests/bad/W*.unc')) {
    my $r = run({dir => '.'}, unc(), 'check', '--json', $path);
    my @told = map { eval { decode_json($_) } // {} } split /\n/, $r->{out};
    my @lines = split /\n/, slurp($path), -1;
    my @wrong = grep {
        my $d = $_;
        my $named = join ' ', sort grep { !/^(help|at)$/ } keys %$d;
        $named ne join(' ', grep { $_ ne 'help' } split / /, $fields) || ref $d->{labels} ne 'ARRAY'
            || $d->{code} !~ /^[EW]\d{4}$/ || $d->{severity} ne ($d->{code} =~ /^E/ ? 'error' : 'warning')
            || ($d->{file} eq $path && ($d->{line} < 1 || $d->{line} > @lines || $d->{column} < 1
                || $d->{end_line} < $d->{line}))
    } @told;
    ok(!@wrong && $r->{err} eq '', "$path: JSON") or diag($r->{out}, $r->{err});
    next if !@told;
    my $strict = run({dir => '.'}, unc(), 'check', '--strict', $path);
    ok($strict->{code} == 1, "$path: strict") or diag($strict->{err});
}
# One thread: what it works is what a quiet machine waits. The least of five runs, since a
# busy machine can only add to it.
my ($seconds) = sort { $a <=> $b } map { run(unc(), 'check', files('examples/*.unc'))->{worked} } 1 .. 5;
ok(build_name() ne 'release' || $seconds < 0.2, "the examples take $seconds s");
done_testing();
