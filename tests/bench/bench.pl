#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Times of whole programs, from outside. A step's time is the difference of a long and a
# short run over the difference of their steps, so that start-up and recording cancel; the
# two runs alternate, and the median of the pairs counts. One thread everywhere.
use strict;
use warnings;
use JSON::PP;
use Time::HiRes 'time';

my $unc    = $ENV{UNC} || 'build/unc';
my $python = $ENV{PY}  || '/usr/bin/python3';
my $peers  = $ENV{PEERS} || '../shared/bench';
our $pairs = $ENV{PAIRS} || 9;
my $failed = 0;
# Peers' thread counts: of the scripts in PEERS, of OpenMP, and of OpenBLAS, which `torch.set_num_threads` does not reach.
$ENV{$_} = 1 for qw(THREADS OMP_NUM_THREADS OPENBLAS_NUM_THREADS);

sub median { my @x = sort { $a <=> $b } @_; return $x[@x / 2] }

# Of a whole process, from fork to exit, without a shell between.
sub seconds {
    my (@command) = @_;
    my $began = time;
    open my $out, '-|', @command or die "cannot run @command\n";
    my $text = do { local $/; <$out> } // '';
    close $out;
    die "failed: @command\n$text" if $?;
    return time - $began;
}

# Median seconds of one unit of work.
sub unit_seconds {
    my ($program, $short, $long, @args) = @_;
    my @each;
    for (1 .. $pairs) {
        my $s = seconds($unc, '--threads', 1, $program, @args, 'short');
        my $l = seconds($unc, '--threads', 1, $program, @args, 'long');
        push @each, ($l - $s) / ($long - $short);
    }
    return median(@each);
}

sub start_seconds {
    my (@command) = @_;
    seconds(@command);
    my @all = map { seconds(@command) } 1 .. 20;
    return (median(@all), (sort { $a <=> $b } @all)[0]);
}

my %told; # by script, what it printed

# The best median in milliseconds that a peer's script tells of `what`, or nothing.
sub peer_ms {
    my ($script, $workload, $what) = @_;
    my ($file) = split ' ', $script;
    return undef if !-e "$peers/$file" || system("$python -c 'import torch' 2>/dev/null") != 0;
    my $best;
    for (@{$told{$script} ||= [qx{cd $peers && $python $script 2>/dev/null}]}) {
        my $r = /^\{/ ? eval { decode_json($_) } : undef or next;
        next if $r->{w} ne $workload || $r->{what} !~ $what;
        $best = $r->{median_ms} if !defined $best || $r->{median_ms} < $best;
    }
    return $best;
}

# Draws of a million numbers, ours and the peer's in turn; in nanoseconds a number.
sub draws {
    my $torch = system("$python -c 'import torch' 2>/dev/null") == 0;
    my (@ours, @peer);
    for (1 .. 5) {
        push @ours, [split ' ', qx{$unc --threads 1 tests/bench/draws.unc}];
        push @peer, [split ' ', qx{$python tests/bench/draws_torch.py}] if $torch;
    }
    for my $k (0, 1) {
        row(('normal', 'uniform')[$k] . ' draws, a million', median(map { $_->[$k] } @ours),
            $torch ? median(map { $_->[$k] } @peer) : undef, 1, 'ns');
    }
}

# Flows, a step and 10,000 draws, beside the same flows in PyTorch.
sub flows {
    my $torch = system("$python -c 'import torch' 2>/dev/null") == 0;
    my @peer = $torch ? split ' ', qx{$python tests/bench/flows_torch.py} : ();
    my %called = (maf => 'MAF 5 x [64, 64]', nsf => 'NSF 3 x 8 bins');
    for my $flow ('maf', 'nsf') {
        row("W5 $called{$flow}, a step", 1e3 * unit_seconds('tests/bench/w5.unc', 20, 220, $flow, 'step'),
            shift @peer, 2 / 3);
        row("W5 $called{$flow}, 10,000 draws", 1e3 * unit_seconds('tests/bench/w5.unc', 1, 11, $flow, 'draw'),
            shift @peer, $flow eq 'maf' ? 2 / 5 : 2 / 3);
    }
}

# A Gaussian process beside SciPy and PyTorch, in turn.
sub gp {
    my $scipy = system("$python -c 'import scipy' 2>/dev/null") == 0;
    my (@ours, @peer);
    for (1 .. 3) {
        my ($short, $long) = map { seconds($unc, '--threads', 1, 'tests/bench/w9.unc', $_) } 'short', 'long';
        push @ours, 1e3 * ($long - $short) / 10;
        next if !$scipy;
        my ($best) = sort { $a <=> $b } grep { $_ > 0 } split ' ', qx{$python tests/bench/gp_peers.py};
        push @peer, $best;
    }
    row('W9 GP of 2,000 rows, value and slopes', median(@ours), @peer ? median(@peer) : undef, 1);
}

# Functions of a wide network, ours and the peer's in turn.
sub wide {
    my $torch = system("$python -c 'import torch' 2>/dev/null") == 0;
    my (@ours, @peer);
    for (1 .. 3) {
        push @ours, 1e3 * qx{$unc --threads 1 tests/bench/wide.unc};
        push @peer, 1e3 * qx{$python tests/bench/wide_torch.py} if $torch;
    }
    row('W9 100 draws of 10,000 units', median(@ours), $torch ? median(@peer) : undef, 1 / 2);
}

# A convolutional network attacked and asked, a U-Net trained and asked; limits: where a
# peer is no slower.
sub images {
    my $cnn  = sub { 1e3 * unit_seconds('tests/bench/w6.unc', 10, 50, @_) };
    my $unet = sub { my ($short, $long, @args) = @_; 1e3 * unit_seconds('tests/bench/w7.unc', $short, $long, @args) };
    local $pairs = 3;
    row('W6 PGD-40 on a CNN, batch 128', 40 * $cnn->('attack'),
        peer_ms('w6_attacks.py plain', 'W6', qr/^PGD-40/), 1);
    row('W6 CNN forward, batch 128', $cnn->('predict'),
        peer_ms('w6_attacks.py plain', 'W6', qr/^CNN forward, batch 128/), 1);
    row('W7 U-Net of 64 x 64, batch 8, a step', $unet->(2, 22, 'step'),
        peer_ms('w7_unet.py', 'W7', qr/^train step/), 1);
    row('W7 U-Net, 50 draws of one image', $unet->(1, 11, 'predict'),
        peer_ms('w7_unet.py', 'W7', qr/^MC-dropout/), 1);
}

# fgsm on an MLP and a step of cw on the CNN, beside the same in PyTorch, in turn.
sub attacks {
    my $torch = system("$python -c 'import torch' 2>/dev/null") == 0;
    my (@fgsm, @judged, @cw, @peer);
    local $pairs = 1;
    for (1 .. 7) {
        push @fgsm, 1e3 * unit_seconds('tests/bench/w6b.unc', 10, 110, 'fgsm');
        push @judged, 1e3 * unit_seconds('tests/bench/w6b.unc', 10, 110, 'judged');
        push @cw, 1e3 * unit_seconds('tests/bench/w6b.unc', 2, 12, 'cw');
        push @peer, [split ' ', qx{$python tests/bench/w6b_torch.py}] if $torch;
    }
    my @best = map { my $k = $_; $torch ? median(map { $_->[$k] } @peer) : undef } 0 .. 2;
    row('W6 fgsm on an MLP, batch 128', median(@fgsm), $best[0], 1);
    row('    and the classes it led to', median(@judged), $best[1], 1);
    row('W6 a step of cw on the CNN, batch 128', median(@cw), $best[2], 1);
}

# Four chains of 1,000 draws beside rstan, which takes a minute to compile each model.
sub chains {
    my %peer;
    my $rstan = -e "$peers/w8_models.R" && system("Rscript -e 'library(rstan); library(coda)' >/dev/null 2>&1") == 0;
    for ($rstan ? qx{cd $peers && Rscript w8_models.R schools logit 2>/dev/null} : ()) {
        $peer{$1} = [$3, 1e3 / $2] if /^W8 (\w+) rstan NUTS.* per chain-second ([\d.]+) .*us per leapfrog ([\d.]+)/;
    }
    for my $model ('schools', 'logit') {
        my (@step, @draw);
        for (1 .. 5) {
            my ($s, $leapfrogs, $ess) = split ' ', qx{$unc --threads 1 tests/bench/w8.unc $model 2>/dev/null};
            push @step, 1e6 * $s / $leapfrogs;
            push @draw, 1e3 * $s / $ess;
        }
        my $name = $model eq 'schools' ? 'eight schools' : 'logistic regression';
        row("W8 $name, a leapfrog step", median(@step), $peer{$model} && $peer{$model}[0], 1, 'us');
        row("W8 $name, an effective draw", median(@draw), $peer{$model} && $peer{$model}[1], 1);
    }
}

sub row {
    my ($work, $ours, $peer, $limit, $unit) = (@_, 'ms');
    my $ratio = $peer ? sprintf('1/%.1f', $peer / $ours) : '-';
    my $over = $peer && $ours / $peer > $limit;
    $failed ||= $over;
    printf "%-44s %10.4g $unit %10s $unit %8s  %s\n", $work, $ours,
        $peer ? sprintf('%.4g', $peer) : '-', $ratio,
        sprintf('limit 1/%.3g%s', 1 / $limit, $over ? ', MISSED' : '');
}

$| = 1;
printf "%-44s %13s %13s %8s\n", 'work', 'unc', 'peer', 'ratio';
row('W1 heteroscedastic MLP 1-50-2, a step', 1e3 * unit_seconds('tests/bench/w1.unc', 1000, 20000),
    peer_ms('w1_torch.py', 'W1', qr/^train step/), 1 / 12);
row('W3a MC dropout 13-50-1, 1,000 rows, T = 1,000',
    1e3 * unit_seconds('tests/bench/w3a.unc', 1, 11),
    peer_ms('w3_torch.py', 'W3a', qr/./), 1 / 12);
row('W4 mixture density network 1-64-64, K = 5, a step',
    1e3 * unit_seconds('tests/bench/w4.unc', 500, 6000),
    peer_ms('w4_torch.py', 'W4', qr/^train step/), 1 / 3);
images();
attacks();
flows();
chains();
gp();
wide();
draws();

my ($median, $best) = start_seconds($unc, '-e', 'print(1)');
my $over = $best > 0.010;
$failed ||= $over;
printf "%-44s %10.4g ms %s\n", 'W10 start to a printed number, median', 1e3 * $median, '';
printf "%-44s %10.4g ms %s\n", '    best of 20', 1e3 * $best,
    'limit 10 ms' . ($over ? ', MISSED' : '');
my %other = (lua => ['lua5.4', '-e', 'print(1)'], python3 => [$python, '-c', 'print(1)']);
for my $name (sort keys %other) {
    my ($m, $b) = eval { start_seconds(@{$other{$name}}) } or next;
    printf "%-44s %10.4g ms (best %.3g)\n", "    $name", 1e3 * $m, 1e3 * $b;
}
exit $failed ? 1 : 0;
