#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Programs with a token missing: whichever it is, of any example, `unc check` ends of
# itself, and what it tells has its place inside the file. A sample of the tokens is
# tried; TOKENS=all tries each.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

my $together = 40; # programs of one run
my @programs = files('examples/*.unc');
my %tokens = map { $_ => [grep { /^\d+:\d+ / } split /\n/, tokens_of($_)] } @programs;
my $count = 0;
$count += @$_ for values %tokens;
my $every = ($ENV{TOKENS} // '') eq 'all' ? 1 : int($count / 1000) || 1;
my $dir = workplace();

sub tokens_of { return run(unc(), 'dump', '--tokens', $_[0])->{out} }

# The text without the token at line:column (characters), or nothing for one that has no
# text, such as the end of a statement.
sub without {
    my ($text, $place) = @_;
    my ($line, $column, $token) = $place =~ /^(\d+):(\d+) \w+ "(.*)"$/ or return;
    $token =~ s/\\(["\\])/$1/g;
    utf8::decode($text);
    utf8::decode($token);
    my @lines = split /^/, $text;
    my $at = $column - 1;
    return if substr($lines[$line - 1], $at, length $token) ne $token || $token eq '';
    substr($lines[$line - 1], $at, length $token) = '';
    $text = join '', @lines;
    utf8::encode($text);
    return $text;
}

# Whether line:column is in the text, or one behind the end of a line.
sub inside {
    my ($text, $line, $column) = @_;
    utf8::decode($text);
    my @lines = split /\n/, $text, -1;
    return $line >= 1 && $line <= @lines && $column >= 1 && $column <= length($lines[$line - 1]) + 1;
}

sub try {
    my ($program, %text) = @_;
    spew("$dir/$_", $text{$_}) for keys %text;
    my $r = run({dir => $dir}, 'timeout', '20', unc(), 'check', '--json', sort keys %text);
    my @outside;
    while ($r->{err} =~ /"file": "([^"]+)", "line": (\d+), "column": (\d+)/g) {
        push @outside, "$1:$2:$3" if $text{$1} && !inside($text{$1}, $2, $3);
    }
    ok($r->{code} <= 1 && !@outside, "$program: " . keys(%text) . ' programs')
        or diag("exit status $r->{code}; places outside: @outside");
    unlink map { "$dir/$_" } keys %text;
}

for my $program (@programs) {
    my ($text, $k, %text) = (slurp($program), 0);
    for my $token (@{$tokens{$program}}) {
        next if $k++ % $every;
        my $short = without($text, $token) // next;
        $text{"without$k.unc"} = $short;
        next if keys %text < $together;
        try($program, %text);
        %text = ();
    }
    try($program, %text) if %text;
}
done_testing();
