#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Loops in C, formulas in unc: no op and no word of the language is named after a
# distribution, layer, flow, optimiser, guide or attack, and no C asks for one by name, so
# that a definition of one's own can do all that the library's can.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

# Argued exceptions, with their reasons.
my %may = (
    concat  => 'joins tensors; the layer of the same name is that word over the outputs of two chains',
    (map { $_ => 'the function; its flow says what its inverse is' } qw(exp log tanh sigmoid softplus logit)),
    square  => 'the function; the attack of that name takes its arguments by name',
    permute => 'moves axes; the flow moves coordinates',
    laplace => 'the approximation, a loop of its own; the distribution is Laplace',
);
my %asked = (
    adam    => 'the optimiser where none is given, found as any other is',
    meanfield => 'the guide where none is given, and of a diagonal laplace(), found as any other is',
    laplace_q => 'the guide that laplace() sets',
    lbfgs   => 'the search for the mode that laplace() is at, found as any other is',
    dropout => 'the option of predict, as the lecture calls it',
    concat  => 'the op of the word',
    log     => 'the scale of an axis of a picture',
    scale       => 'the method of a standardizer, z.scale',
    joint       => 'the base of a flow: its last batch axis is the event',
    pushforward => 'what f(base) makes',
    alternatives => 'what a list of distributions becomes, found as any other is',
);

my %defined;
for my $path (files('stdlib/*/*.unc')) {
    my $text = slurp($path);
    $defined{$2} = "$1 $2" while $text =~ /^(dist|layer|flow|optimizer|guide|attack) (\w+)/gm;
}
cmp_ok(scalar keys %defined, '>', 15, 'the library defines ' . keys(%defined) . ' things');

my @ops = slurp('interp/ops/elem.def') =~ /^ELEM\((\w+),/gm;
cmp_ok(scalar @ops, '>', 40, 'element-wise ops: ' . @ops);
push @ops, slurp($_) =~ /\.name = "(\w+)"/g for files('interp/ops/*.c');
my @words = slurp('interp/eval/intrinsic.def') =~ /^WORD\((\w+),/gm;
cmp_ok(scalar @words, '>', 100, 'words: ' . @words);

for (['op', \@ops], ['word', \@words]) {
    my ($what, $names) = @$_;
    my %lower = map { lc($_) => $defined{$_} } keys %defined;
    my @same = grep { $lower{lc $_} && !$may{$_} } @$names;
    ok(!@same, "no $what is named after a definition of the library")
        or diag(join "\n", map { "$_: $lower{lc $_}" } @same);
}

my @asks;
for my $path (files('interp/*/*.c')) {
    next if $path =~ m{interp/(cli|tools)/};
    my $text = slurp($path);
    for my $name ($text =~ /"(\w+)"/g) {
        push @asks, "$path asks for $defined{$name}" if $defined{$name} && !$asked{$name};
    }
}
ok(!@asks, 'no C asks for a definition by its name') or diag(join "\n", @asks);
done_testing();
