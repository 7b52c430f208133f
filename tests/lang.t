#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Each tests/lang/*.unc prints what its `# expect: …` comments say, in that order, and, with
# `# expect-error: CODE`, ends with that diagnostic. `# options: …` are given to unc.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

my @slow;
my @files = files($ENV{ONLY} ? "tests/lang/$ENV{ONLY}.unc" : 'tests/lang/*.unc');
plan skip_all => 'no programs' if !@files;
for my $path (@files) {
    my $text = slurp($path);
    my ($name) = $path =~ m{([^/]+)\.unc$};
    my $want = join '', map { "$_\n" } $text =~ /#\s?expect:[ ]?(.*)$/gm;
    my @codes = $text =~ /#\s?expect-error:\s*(\w+)/g;
    my @options = $text =~ /^#\s?options:\s*(.*)$/m ? split(' ', $1) : ();
    my $r = run({dir => workplace()}, unc(), @options, $path);
    my @why;
    push @why, 'exit status ' . $r->{code} if $r->{code} != (@codes ? 1 : 0);
    for (@codes) { push @why, "no $_" if $r->{err} !~ /\[$_\]/ }
    my $difference = same_lines($r->{out}, $want);
    push @why, $difference if $difference;
    push @why, $r->{err} if @why && $r->{err};
    ok(!@why, $name) or diag(join "\n", @why);
    push @slow, sprintf '%s %.1f s', $name, $r->{seconds} if $r->{seconds} > 2;
}
note("slow: @slow") if @slow;
done_testing();
