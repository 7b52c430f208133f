#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The REPL on a terminal (script(1) makes one): editing, completion, Ctrl-C, history.
use strict;
use warnings;
use lib 'tests';
use File::Temp 'tempdir';
use Run;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'script(1) can make no terminal here'
    if system('script -qefc true /dev/null </dev/null >/dev/null 2>&1') != 0;
my $state = tempdir(CLEANUP => 1);
$SIG{PIPE} = 'IGNORE'; # a command that has ended is no reason to end
my $slow = build_name() eq 'release' ? 1 : 4;
$ENV{XDG_STATE_HOME} = $state;
$ENV{TERM} = 'xterm';
$ENV{LC_ALL} = 'C.UTF-8';
$ENV{NO_COLOR} = 1;
# libedit itself forgets the names of added functions.
$ENV{ASAN_OPTIONS} = 'detect_leaks=0';

# What the terminal showed while PIECES were typed; a number is a pause in seconds, a
# pattern is waited for (5 seconds at most, from where the last one ended).
sub typed {
    my ($command, @pieces) = @_;
    my $shown = "$state/shown";
    spew($shown, '');
    open my $keys, '|-', "exec script -qefc '$command' $shown >/dev/null 2>&1" or die;
    $keys->autoflush(1);
    my $seen = 0;
    for my $piece (@pieces) {
        if (ref $piece) {
            my $until = time + 5 * $slow;
            sleep 0.02 while time < $until && substr(slurp($shown), $seen) !~ $piece;
            $seen += $+[0] if substr(slurp($shown), $seen) =~ $piece;
        } elsif ($piece =~ /^[\d.]+\z/) { sleep $piece * $slow }
        else { print $keys $piece }
    }
    print $keys "\n:quit\n"; # should it not have left
    sleep 0.1;
    close $keys;
    return slurp($shown);
}

my $prompt = qr/unc> /;
my $text = typed(unc(),
    $prompt, "\\sig\t\t = 7\n", $prompt, "\\sigma\t + 1\n", qr/8/, $prompt, "undefin\x03", $prompt,
    "x = [1,\n", qr/\.\.\.> /, "2]\n", $prompt, "sum(x)\n", qr/3/, $prompt, "nosuchname\n", qr/error/,
    $prompt, "linsp\t(0, 1, 3)\n", qr/0\.5/, $prompt, ":vars\n", qr/σ/, $prompt, ":doc linspace\n", qr/linspace\(/, $prompt, "\x04", 0.3);
like($text, qr/σ = 7|σ.*= 7/s, 'Tab after a backslash gives the letter');
like($text, qr/\n8\r/, 'which is a name');
like($text, qr/\.\.\.> .*\n3\r/s, 'an unfinished line asks for more');
like($text, qr/:doc linspace\r?\n.*linspace\(from, to/s, ':doc tells what a name is');
like($text, qr/nosuchname/, 'an error is told');
like($text, qr/0\.5/, 'and what was there goes on; a name is completed');
unlike($text, qr/undefin.*E0101/, 'Ctrl-C clears the line');
like(slurp("$state/unc/history"), qr/sum\(x\)/, 'the history is kept');

$text = typed(unc(), $prompt, "\x1b[A\x1b[A\n", $prompt, "\x04", 0.3);
like($text, qr/linspace/, 'and there in the next session');

my $fit = 'x = linspace(-1, 1, 50); model line(x: real[N]) { param a: real; param s: positive; '
    . 'likelihood y: real[N] ~ Normal(a * x, s) }; '
    . 'post = fit(line, {x, y = 3 * x}, mle(), steps = 100000000)';
$text = typed(unc(), $prompt, "$fit\n", qr/steps\/s/, "\x03", $prompt, "print(\"a is {post.a:.1f}\")\n", qr/a is \d/,
    $prompt, "\x04", 0.3);
like($text, qr/line .*loss .*steps\/s.*left/, 'a fit shows how it stands');
like($text, qr/a is [\d.]/, 'Ctrl-C ends it, and what it learnt is kept');
done_testing();
