#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Ctrl-C in a script: the first ends a fit, which keeps what it has; outside of a fit it ends
# the program with status 130, and a second one in a row kills.
use strict;
use warnings;
use lib 'tests';
use File::Temp 'tempdir';
use Run;
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = tempdir(CLEANUP => 1);
my $slow = build_name() eq 'release' ? 1 : 4;

# Runs the text; interrupts it once for each pattern, when standard output shows it.
sub interrupted {
    my ($text, @patterns) = @_;
    spew("$dir/program.unc", $text);
    spew("$dir/$_", '') for qw(out err);
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDOUT, '>', "$dir/out" or die;
        open STDERR, '>', "$dir/err" or die;
        exec unc(), "$dir/program.unc";
        exit 127;
    }
    for my $pattern (@patterns) {
        my $until = time + 10 * $slow;
        sleep 0.02 while time < $until && slurp("$dir/out") . slurp("$dir/err") !~ $pattern;
        sleep 0.8 * $slow; # past the start, also on a busy machine
        kill INT => $pid;
    }
    my $guard = time + 20 * $slow;
    my $ended = 0;
    while (time < $guard && !$ended) {
        $ended = waitpid($pid, 1) == $pid; # WNOHANG
        sleep 0.02 if !$ended;
    }
    my $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;
    if (!$ended) { kill KILL => $pid; waitpid $pid, 0; $code = -1 }
    return {code => $code, out => slurp("$dir/out"), err => slurp("$dir/err")};
}

my $fit = <<'END';
x = linspace(-1, 1, 200)
model line(x: real[N]) {
  param a: real
  likelihood y: real[N] ~ Normal(a * x, 1)
}
post = fit(line, {x, y = 3 * x}, mle(), steps = 20000000)
print("kept {len(post.loss) > 0}")
END
my $r = interrupted($fit, qr/^/);
is($r->{code}, 0, 'a fit that was stopped is no error');
is($r->{out}, "kept true\n", 'the program goes on with what was learnt');
like($r->{err}, qr/fit stopped after \d+ of 20000000 steps; what was learnt is kept/, 'and it is told');

# N = 1500 keeps a search busy: it is stopped within a look at the loss.
$r = interrupted(<<'END', qr/^/);
x = linspace(-9, 9, 1500)
model smooth(x: real[N, 1]) {
  param length: positive = 3
  param noise: positive = 3
  likelihood y: real[N] ~ GP(rbf(length), x, noise)
}
post = fit(smooth, {x, y = sin(x ^ 2)}, mle(), optimizer = lbfgs(tolerance_grad = 0, tolerance_change = 0))
print("kept {post.length > 0 and post.noise < 4}")
END
is($r->{code}, 0, 'a search over whole data that was stopped is no error');
is($r->{out}, "kept true\n", 'it leaves the weights of its last iteration');
like($r->{err}, qr/fit stopped after \d+ of 1000 steps; what was learnt is kept/, 'and says so');

$r = interrupted("while true { x = 1 }\n", qr/^/);
is($r->{code}, 130, 'outside of a fit the program ends with 130');
like($r->{err}, qr/E0602.*program\.unc:1:7/s, 'and says where');

$r = interrupted("${fit}while true { x = 1 }\n", qr/^/, qr/kept/);
is($r->{code}, 130, 'after a fit that was stopped the next Ctrl-C is a first one');
like($r->{err}, qr/fit stopped.*E0602/s, 'which ends the program in order');
done_testing();
