#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The `check` blocks beside the definitions of stdlib/ hold.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

my %without;
for my $path (files('stdlib/*.unc stdlib/*/*.unc')) {
    if (slurp($path) !~ /^check /m) { $without{$path} = 1; next }
    my $r = run(unc(), 'test', $path);
    ok($r->{code} == 0, $path) or diag("$r->{out}$r->{err}");
}
note('without a check: ' . join ' ', sort keys %without) if %without;

# A file defines what it is named after, and tells what it is; `schedule` is of several.
for my $path (files('stdlib/*/*.unc')) {
    my $text = slurp($path);
    my ($kind, $name) = $path =~ m{([^/]+)/([^/]+)\.unc$};
    next if $name eq 'schedule';
    ok($text =~ /^# \Q$name\E: .*\n(#.*\n)*\n?\w+ \Q$name\E\b/m, "$path begins with what it is");
}

# One name is one definition: of two of a kind the later would hide the other without a word.
my %where;
for my $path (files('stdlib/*.unc stdlib/*/*.unc')) {
    push @{$where{$_}}, $path for slurp($path) =~ /^((?:fn|dist|layer|flow|attack|guide|optimizer|model) \w+)/gm;
}
my @twice = map { "$_ in @{$where{$_}}" } grep { @{$where{$_}} > 1 } sort keys %where;
ok(!@twice, 'no definition has a namesake of its kind') or diag(join "\n", @twice);
my %fn = map { /^fn (\w+)/ ? ($1 => 1) : () } keys %where;
my @mixed = grep { !/^fn / && /(\w+)$/ && $fn{$1} } sort keys %where;
ok(!@mixed, 'nor a function of its name') or diag("@mixed");
done_testing();
