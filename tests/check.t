#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# `unc check` has nothing to say of right programs: the examples, the library, the tests
# of the language, and the programs that it was designed by, which may use what is not
# there yet and be told so. And it is quick: the examples take under 0.2 s in all.
use strict;
use warnings;
use lib 'tests';
use Run;
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
my @seconds = sort map { run(unc(), 'check', files('examples/*.unc'))->{seconds} } 1 .. 5;
ok(build_name() ne 'release' || $seconds[2] < 0.2, "the examples take $seconds[2] s");
done_testing();
