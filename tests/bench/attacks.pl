#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What attacks leave of a network, ours beside the same formulas in PyTorch on the same weights: of
# one on Fashion-MNIST, and of small random ones the attacks that are too slow there. A table, which
# fails where ours leave more than one point above theirs, where the least changes of small networks
# are more than 5 % longer, where logits differ by more than 1e-5 of the largest, or slopes in the
# image by 1e-4. ROWS images are attacked, 1,000 unless said: then a few minutes on one core. Needs
# PyTorch, and for the first table, which ONLY=small leaves out, Debian's dataset-fashion-mnist.
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

# The table of two programs, theirs with $more after the folder; lengths may be $longer.
sub table {
    my ($title, $name, $more, $longer) = @_;
    my $theirs = told($python, "tests/bench/${name}_torch.py", $dir, $more);
    my $ours   = told($unc, '--threads', 1, "tests/bench/$name.unc", $dir);
    printf "%-13s %10s %10s   %s\n", $title, 'unc', 'PyTorch', 'median length: unc, PyTorch';
    for my $row (@{$ours->{' order'}}) {
        my ($ours, $theirs) = ($ours->{$row}, $theirs->{$row} || []);
        my $over = $ours->[0] > ($limit{$row} // $theirs->[0] + 0.01)
            || $longer && $theirs->[1] && $ours->[1] > $longer * $theirs->[1];
        $failed ||= $over;
        printf "%-13s %10s %10s   %-8s %-8s%s\n", $row, $ours->[0], $theirs->[0] // '',
            $ours->[1] // '', $theirs->[1] // '', $over ? '  MISSED' : '';
    }
}

$ENV{OMP_NUM_THREADS} = 1;
table('photographs', 'attacks', $ENV{ROWS} || 1000) if ($ENV{ONLY} // '') ne 'small';
table("random, $_", 'attacks_small', $_, 1.05) for 1 .. 3;
exit $failed;
