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

# A file defines what it is named after, and tells what it is.
for my $path (files('stdlib/*/*.unc')) {
    my $text = slurp($path);
    my ($kind, $name) = $path =~ m{([^/]+)/([^/]+)\.unc$};
    ok($text =~ /^# \Q$name\E: .*\n(#.*\n)*\n?\w+ \Q$name\E\b/m || $text =~ /^# /, "$path begins with what it is");
}
done_testing();
