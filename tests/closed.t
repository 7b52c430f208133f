#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Posteriors, modes and predictions that are known in closed form: the checks of each
# tests/closed/*.unc hold. Where an answer is random its bound is five standard errors.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

for my $path (files('tests/closed/*.unc')) {
    my $r = run({dir => workplace()}, unc(), 'test', $path);
    my $checks = () = $r->{out} =~ /^ok /gm;
    ok($r->{code} == 0 && $checks, sprintf '%s: %d checks (%.1f s)', $path, $checks, $r->{seconds})
        or diag("$r->{out}$r->{err}");
}
done_testing();
