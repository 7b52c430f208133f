#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# `unc test` passes for every example.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

plan skip_all => 'long fits' if quick();
for my $path (files('examples/*.unc')) {
    my ($needs) = slurp($path) =~ /^# needs: (\S+)/m;
    if ($needs && !-e $needs) {
        SKIP: { skip "$path: $needs is not here", 1 }
        next;
    }
    my @options = slurp($path) =~ /^extern /m ? '--allow-ffi' : ();
    my $r = run({dir => workplace()}, unc(), @options, 'test', $path);
    ok($r->{code} == 0, sprintf '%s (%.1f s)', $path, $r->{seconds}) or diag("$r->{out}$r->{err}");
}
done_testing();
