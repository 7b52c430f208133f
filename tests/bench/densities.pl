#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# One table: held-out log densities of real data (nats a row) under a Gaussian, a mixture of 20 and two flows, and under
# the same flows in PyTorch where it is installed. Says so and ends where the data are not there.
use strict;
use warnings;

my $unc    = $ENV{UNC} || 'build/unc';
my $python = $ENV{PY}  || '/usr/bin/python3';
my $folder = $ENV{UCI} || '../shared/data/uci';
my @sets   = qw(power-plant wine-quality-red);

if (grep { !-e "$folder/$_/data.txt" } @sets) {
    print "skipped: no data in $folder (UCI names another folder)\n";
    exit 0;
}
my $torch = system("$python -c 'import torch' 2>/dev/null") == 0;

# {name => "log density (steps)"} that a command tells.
sub told { return {map { /^(\w+) (\S+) (\d+)$/ ? ($1 => "$2 ($3)") : () } qx{@_}} }

$| = 1;
printf "%-18s %14s %14s %14s %14s %14s %14s\n", 'log density (steps)', 'Gaussian', 'mixture of 20', 'MAF', 'MAF, PyTorch',
    'spline', 'spline, PyTorch';
for my $set (@sets) {
    my $ours = told($unc, 'tests/bench/densities.unc', $folder, $set);
    my $peer = $torch ? told($python, 'tests/bench/densities_torch.py', $folder, $set) : {};
    printf "%-18s %14s %14s %14s %14s %14s %14s\n", $set, map { $_ // '-' } $ours->{gaussian}, $ours->{mixture}, $ours->{maf},
        $peer->{maf}, $ours->{spline}, $peer->{spline};
}
