#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What attacks leave of a network on Fashion-MNIST, ours beside the same formulas in PyTorch on
# the same weights: a table, which fails where ours leave more than one point above theirs, where
# logits differ by more than 1e-5 of the largest, or slopes in the image by 1e-4. ROWS images are
# attacked, 1,000 unless said: then a few minutes on one core. Needs PyTorch and Debian's
# dataset-fashion-mnist.
use strict;
use warnings;
use File::Temp 'tempdir';

my $unc    = $ENV{UNC} || 'build/unc';
my $python = $ENV{PY}  || '/usr/bin/python3';
my $dir    = tempdir(CLEANUP => 1);
my %limit  = (logits => 1e-5, slopes => 1e-4);
my $failed = 0;

# What a program tells: a name and its numbers, a line each.
sub told {
    my %told;
    open my $out, '-|', @_ or die "cannot run @_\n";
    while (<$out>) {
        my ($name, @numbers) = split ' ';
        $told{$name} = \@numbers;
        push @{$told{' order'}}, $name;
    }
    close $out or die "failed: @_\n";
    return \%told;
}

$ENV{OMP_NUM_THREADS} = 1;
my $theirs = told($python, 'tests/bench/attacks_torch.py', $dir, $ENV{ROWS} || 1000);
my $ours   = told($unc, '--threads', 1, 'tests/bench/attacks.unc', $dir);
printf "%-10s %10s %10s   %s\n", '', 'unc', 'PyTorch', 'median length: unc, PyTorch';
for my $name (@{$ours->{' order'}}) {
    my ($ours, $theirs) = ($ours->{$name}, $theirs->{$name} || []);
    my $over = $ours->[0] > ($limit{$name} // $theirs->[0] + 0.01);
    $failed ||= $over;
    printf "%-10s %10s %10s   %-8s %-8s%s\n", $name, $ours->[0], $theirs->[0] // '', $ours->[1] // '',
        $theirs->[1] // '', $over ? '  MISSED' : '';
}
exit $failed;
