#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Small files: none over 600 lines but tables; how long the functions are is told.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

my ($most_lines, $most_function) = (600, 60);
my %dispatch = map { $_ => 1 } qw(interp/eval/eval.c interp/exec/run.c);

# [length, name, line] of every function: from the line of `{` to that of `}`.
sub functions {
    my ($path) = @_;
    my (@found, $from, $n, $last);
    for (split /\n/, slurp($path)) {
        $n++;
        $from = $n if /^\{/;
        if (/^\}\s*$/ && $from) { push @found, [$n - $from - 1, "$path:$from"]; $from = 0 }
    }
    return @found;
}

sub median { my @x = sort { $a <=> $b } @_; return @x ? $x[@x / 2] : 0 }

my (@lines, @long, @functions);
for my $path (files('interp/*.h interp/*/*.[ch] grammar/*.y grammar/*.re stdlib/*.unc stdlib/*/*.unc')) {
    my $n = () = slurp($path) =~ /\n/g;
    push @lines, $n;
    push @long, "$path has $n lines" if $n > $most_lines;
    push @functions, functions($path) if $path =~ /\.c$/;
}
ok(!@long, "no file over $most_lines lines") or diag(join "\n", @long);
note(sprintf '%d files, median %d lines; %d functions, median %d lines',
    scalar @lines, median(@lines), scalar @functions, median(map { $_->[0] } @functions));

my @tall = grep { $_->[0] > $most_function && !$dispatch{$_->[1] =~ s/:.*//r} } @functions;
ok(!@tall, "no function over $most_function lines but the dispatch loops")
    or diag(join "\n", map { "$_->[1]: $_->[0] lines" } sort { $b->[0] <=> $a->[0] } @tall);

my $make = () = slurp('Makefile') =~ /\n/g;
cmp_ok($make, '<', 250, "the Makefile can be read top to bottom ($make lines)");
done_testing();
