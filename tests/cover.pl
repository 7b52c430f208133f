#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Adds up what gcov says of a build made with --coverage: lines and branches taken, by
# room, and the files that lack most. Usage: cover.pl build/cover
use strict;
use warnings;
use File::Find;

my ($build) = @ARGV;
my (@data, %line, %branch);
find({wanted => sub { push @data, $_ if /\.gcda$/ }, no_chdir => 1}, $build);
die "no coverage data in $build; did the tests run?\n" if !@data;

# Text of gcov: `count:line:source`, and `branch N taken P% …` under it.
for my $data (grep { m{/interp/} && !m{/cli/} } sort @data) {
    my ($source, $at) = ('', 0);
    open my $gcov, '-|', 'gcov', '-b', '-c', '-t', '-r', $data or die;
    while (<$gcov>) {
        if (/^\s*-:\s*0:Source:(.*)$/) { $source = $1 }
        elsif (/^\s*([^:\s]+):\s*(\d+):/) {
            ($at) = $2;
            next if $1 eq '-' || $at == 0;
            $line{$source}{$at} ||= $1 !~ /^[#=]/;
        }
        elsif (/^branch\s+(\d+) (never executed|taken (\d+))/) {
            $branch{$source}{"$at.$1"} ||= ($3 // 0) > 0;
        }
    }
}

sub share {
    my ($of, @files) = @_;
    my ($all, $hit) = (0, 0);
    for my $f (@files) { for (values %{$of->{$f} || {}}) { $all++; $hit += $_ ? 1 : 0 } }
    return $all ? sprintf('%6.1f %% of %6d', 100 * $hit / $all, $all) : '      -          ';
}

my %room;
for (sort keys %line) { push @{$room{$1}}, $_ if m{^interp/([^/]+)/} }
printf "%-28s %-18s %s\n", '', 'lines', 'branches';
printf "%-28s %s  %s\n", $_, share(\%line, @{$room{$_}}), share(\%branch, @{$room{$_}}) for sort keys %room;
my @all = map { @$_ } values %room;
printf "%-28s %s  %s\n", 'all', share(\%line, @all), share(\%branch, @all);

my %lack = map { my $f = $_; $f => scalar grep { !$_ } values %{$line{$f}} } @all;
my @worst = (sort { $lack{$b} <=> $lack{$a} } @all)[0 .. 9];
print "\nlines never run:\n";
printf "%6d  %s\n", $lack{$_}, $_ for grep { $_ && $lack{$_} } @worst;
