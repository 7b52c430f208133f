#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The house: a room includes only the rooms below it, and of another room only its door and
# its tables; some headers and calls belong to one file each.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

my %below = (
    base  => [],
    front => [qw(base)],
    check => [qw(base front)],
    graph => [qw(base)],
    ops   => [qw(base graph)],
    exec  => [qw(base graph ops)],
    eval  => [qw(base front check graph ops exec data plot)],
    infer => [qw(base front graph ops exec eval)],
    data  => [qw(base)],
    plot  => [qw(base)],
    api   => [qw(base front check graph ops exec eval infer data plot)],
);
my %one_place = (
    'cblas.h'  => 'ops/blas.c',
    'ffi.h'    => 'ops/ffi.c',
    'setjmp.h' => 'base/memory.c',
    'dlfcn.h'  => 'base/shared.c',
    'lbfgs.h'  => 'infer/whole.c',
    'zlib.h'   => 'data/inflate.c',
    'png.h'    => 'data/png.c',
    'turbojpeg.h' => 'data/jpeg.c',
);
# What only the defaults of the host functions may do.
my $host = qr/\b(?:fopen|freopen|printf|puts|putchar|perror|exit|abort|_Exit|fork|system|popen
                 |getenv|setlocale)\s*\(/x;

sub without_comments {
    my ($text) = @_;
    $text =~ s{"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)+'|/\*.*?\*/|//[^\n]*}
              {my $m = $&; $m =~ /^["']/ ? '""' : $m =~ s/[^\n]//gr}gse;
    return $text;
}

sub include_fault {
    my ($room, $file, $header) = @_;
    return if $header !~ m{/};    # of the own room, or generated
    my ($from, $name) = $header =~ m{^([^/]+)/(.+)$};
    return if $from eq $room || $from eq 'base' && $room ne 'cli';
    return "may not see $from" if !grep { $_ eq $from } @{$below{$room} || []};
    return "enters $from by $name, not by its door" if $name ne "$from.h" && $name !~ /\.def$/;
    return;
}

for my $room (sort keys %below) {
    my @faults;
    for my $path (files("interp/$room/*.[ch] interp/$room/*.def")) {
        my $text = slurp($path);
        my ($file) = $path =~ m{interp/(.*)};
        for my $header ($text =~ /^\s*#\s*include\s+"([^"]+)"/gm) {
            my $fault = include_fault($room, $file, $header);
            push @faults, "$path includes $header: $fault" if $fault;
            push @faults, "$path includes unc.h" if $header eq 'unc.h' && $room ne 'api';
        }
        for my $header ($text =~ /^\s*#\s*include\s+[<"]([^>"]+)[>"]/gm) {
            my ($name) = $header =~ m{([^/]+)$};
            push @faults, "$path includes $header, which is for $one_place{$name}"
                if $one_place{$name} && $one_place{$name} ne $file;
        }
        next if $file =~ m{^(?:api/\w+|base/memory)\.c$}; # the host functions; the one jump
        my $code = without_comments($text);
        push @faults, "$path calls $1)" while $code =~ /($host)/g;
    }
    ok(!@faults, "$room sees only what is below it") or diag(join "\n", @faults);
}

my @faults;
for my $path (files("interp/cli/*.[ch]")) {
    my @own = map { m{([^/]+)$} } files("interp/cli/*.h");
    for my $header (slurp($path) =~ /^\s*#\s*include\s+"([^"]+)"/gm) {
        push @faults, "$path includes $header"
            if $header ne 'unc.h' && !grep { $_ eq $header } @own;
    }
}
ok(!@faults, 'the command sees unc.h and nothing else') or diag(join "\n", @faults);

@faults = grep { slurp($_) =~ m{/(?:work|root|home)/\w} }
    files("Makefile .ci/* interp/*.h interp/*/* grammar/* stdlib/*/* examples/*.unc tests/*/* man/*");
ok(!@faults, 'no file names a place of one machine') or diag("@faults");

@faults = grep { slurp($_) !~ /SPDX-License-Identifier: MIT/ }
    files("interp/*.h interp/*/*.[ch] tests/*.[cht] tests/*/*.[ch]");
ok(!@faults, 'every file of C, and every test, tells its licence') or diag("@faults");
done_testing();
