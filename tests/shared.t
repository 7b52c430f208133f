#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The programs that the language was designed by run as they stand, where they are at hand.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

my @numbers = qw(01 02 03 04 06 07 08 09 11 12 13 14);
plan skip_all => 'no ../shared/programs here' if !-d '../shared/programs';
plan skip_all => 'long fits' if quick();
for my $number (@numbers) {
    my ($path) = files("../shared/programs/${number}_*.unc");
    my @options = $number == 14 ? '--allow-ffi' : ();
    my $r = run({dir => workplace()}, unc(), 'test', @options, $path);
    ok($r->{code} == 0, sprintf '%s (%.1f s)', $path, $r->{seconds}) or diag("$r->{out}$r->{err}");
}
done_testing();
