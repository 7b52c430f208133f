#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Wrong programs: each tests/bad/*.unc and its whole diagnostic, in one golden file. Every
# message of diag.def must be among them, but those that only some machines give (a first
# line `# only where ...`). UPDATE=1 writes the golden file again: read the difference before
# you keep it.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

sub options { return slurp($_[0]) =~ /^#\s?options:\s*(.*)$/m ? split(' ', $1) : () }

my $golden = 'tests/bad/bad.expected';
$ENV{ASAN_OPTIONS} = 'allocator_may_return_null=1'; # E0605 asks for too much
my (%want, $all, %elsewhere);
if (-e $golden) {
    my $name;
    for (split /^/, slurp($golden)) {
        if (/^=== (.+)$/) { $name = $1; $want{$name} = '' }
        else { $want{$name} .= $_ }
    }
}
for my $path (files('tests/bad/*.unc')) {
    my ($name) = $path =~ m{([^/]+)\.unc$};
    my @options = options($path);
    if (slurp($path) =~ /^# only /) { # on other machines: no part of this test but its page
        $elsewhere{substr $name, 0, 5} = 1;
        next;
    }
    my $interrupt = slurp($path) =~ /^# interrupted$/m && 0.3;
    my $r = run({dir => workplace(), interrupt => $interrupt}, unc(), @options, $path);
    $r->{err} =~ s/^==\d+==WARNING: AddressSanitizer failed to allocate.*\n//mg;
    my $ends = $r->{code} == ($name eq 'E0602' ? 130 : 1) || $name =~ /^W/ && $r->{code} == 0;
    ok($ends, "$name: exit status $r->{code}");
    $all .= "=== $name\n$r->{err}";
    next if $ENV{UPDATE};
    my $difference = same_lines($r->{err}, delete $want{$name} // '');
    ok(!$difference, "$name: the diagnostic is as it was") or diag($difference);
}
if ($ENV{UPDATE}) { spew($golden, $all // '') }
else { ok(!%want, 'the golden file has no others') or diag(join ' ', sort keys %want) }

my @codes = slurp('interp/base/diag.def') =~ /^\s*DIAG\(\s*(\w+)/gm;
my @missing = grep { ($all // '') !~ /\[$_\]/ && !$elsewhere{$_} } @codes;
ok(!@missing, 'every message of diag.def is shown by some program') or diag("without one: @missing");
# Some message of each code says what to do. E0358 has a text of the program's own and
# E0601 one of an op, the others say it in the message itself.
my %helped;
for my $one (split /^(?=(?:error|warning)\[)/m, $all // '') {
    my ($code) = $one =~ /^\w+\[(\w+)\]/;
    $helped{$code} = 1 if $code && $one =~ /^ += help: /m;
}
my %complete = map { $_ => 1 } qw(E0358 E0601 E0001 E0426 E0437 E0602), keys %elsewhere;
my @helpless = grep { !$helped{$_} && !$complete{$_} } @codes;
ok(!@helpless, 'every message says what to do') or diag("without help: @helpless");
# A repaired program stands in mended/ beside the wrong one: it runs without a word.
my %mended;
for my $path (files('tests/bad/mended/*.unc')) {
    my ($name) = $path =~ m{([^/]+)\.unc$};
    my @options = options($path);
    my $r = run({dir => workplace()}, unc(), @options, $path);
    my $told = $r->{err} =~ /(error|warning)\[/;
    ok($r->{code} == 0 && !$told && -e "tests/bad/$name.unc", "$name, repaired") or diag($r->{err});
    $mended{substr $name, 0, 5} = 1;
}
my @alone = grep { !$mended{$_} } @codes;
ok(!@alone, 'every message has a repaired program') or diag("@alone");
done_testing();
