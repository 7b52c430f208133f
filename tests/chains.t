#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Markov chains from outside: the same bits on one thread and on several, what is kept when they are
# interrupted, and what they say of themselves when they cannot be trusted.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

my $dir = workplace();
my $schools = <<'END';
model schools(sigma: positive[J]) {
  prior mu  ~ Normal(0, 5)
  prior tau ~ HalfCauchy(5)
  prior z: real[J] ~ Normal(0, 1)
  theta = mu + tau * z
  likelihood y: real[J] ~ Normal(theta, sigma)
}
d = {y = [28.0, 8, -3, 7, -1, 1, 18, 12], sigma = [15.0, 10, 16, 11, 9, 11, 10, 18]}
END

sub told { my ($text, @options) = @_; spew("$dir/p.unc", $text); return run({dir => $dir}, unc(), @options, 'p.unc') }

my $print = $schools . <<'END';
post = fit(schools, d, nuts(chains = 5, warmup = 200, draws = 100), seed = 3)
print(sum(post.theta), sum(post.tau), post.leapfrogs, post.divergences, rhat(post), shape(post.theta))
print(post.mu[0], post.mu[499], mean(predict(post).mean), mean(predict(post, draws = 7).mean))
END
my $one = told($print, '--threads', 1);
like($one->{out}, qr/ \[500, 8\]\n/, 'draws of all chains, one chain after the other');
is(told($print, '--threads', $_)->{out}, $one->{out}, "$_ threads give the same bits") for 2, 3;

my $same = told($schools . <<'END');
post = fit(schools, d, nuts(chains = 2, warmup = 300, draws = 200))
p = predict(post)
print(max(abs(mean(post.theta, axis = 0) - p.mean)) < 1e-12, shape(p.samples), shape(p.theta), max(abs(p.theta - post.theta)))
few = predict(post, draws = 100)
print(max(abs(few.theta - post.theta[2 * (0..100) * 2])) , max(abs(var(post.theta, axis = 0) * 399 / 400 - p.epistemic)) < 1e-12)
model line(x: real[N]) {
  prior a ~ Normal(0, 2)
  likelihood y: real[N] ~ Normal(a * x, 1)
}
x = [1.0, 2, 3]
y = [0.5, 2.0, 2.5]
post = fit(line, {x, y}, nuts(chains = 2, draws = 200))
fn f(x) = sum(log_likelihood(post, {x, y}, draws = 400))
l = log(mean(exp(logpdf(Normal(insert_axis(post.a) * insert_axis(x, 0), 1), insert_axis(y, 0))), axis = 0))
print(abs(f(x) - sum(l)) < 1e-12, abs(value_and_grad(f)(x)[0] - sum(l)) < 1e-12, all(abs(grad(f)(x)) > 0.01))
END
is($same->{out}, "true [400, 8] [400, 8] 0\n0 true\ntrue true true\n", 'one index is one draw throughout, fewer lie evenly')
    or diag($same->{err});

my $funnel = told(<<'END');
model funnel(one: real[N]) {
  prior v ~ Normal(0, 3)
  prior x: real[4] ~ Normal(0, exp(v / 2))
  likelihood y: real[N] ~ Normal(sum(x), 100 * one)
}
post = fit(funnel, {one = ones(1), y = zeros(1)}, nuts())
summary(post)
print(post.divergences > 0)
END
like($funnel->{err}, qr/warning\[W0012\]: \d+ of 4000 draws of `funnel` diverged/, 'draws that diverge are told');
like($funnel->{out}, qr/^warning: \d+ of 4000 draws diverged$/m, 'in the summary, too');
like($funnel->{out}, qr/^true$/m, 'and as a field');

my $modes = told(<<'END');
model modes(one: real[N]) {
  prior a ~ Normal(0, 3)
  likelihood y: real[N] ~ Normal(a ^ 2, 0.01)
}
post = fit(modes, {one = ones(1), y = [1.0]}, nuts(chains = 10))
print(max(rhat(post)) > 1.5, min(ess(post)) < 50)
END
like($modes->{err}, qr/warning\[W0011\]: the chains of `modes` have not mixed well: R-hat of `a` is [\d.]+\n/,
    'chains in different modes are told');
is($modes->{out}, "true true\n", 'R-hat and ess see it');

# A network: of its weights, whose units may change places, nothing is said; it goes into an ensemble, behind a
# defence, and under attack.
my $net = told(<<'END');
model bnn(x: real[N, 1]) {
  net f = dense(4, tanh) >> dense(1) >> squeeze
  prior f.params ~ Normal(0, 1)
  likelihood y: real[N] ~ Normal(f(x), 0.3)
}
x = linspace(-1, 1, 20)
y = sin(3 * x)
post = fit(bnn, {x, y}, nuts(chains = 3, warmup = 200, draws = 100))
e = fit(bnn, {x, y}, ensemble(2, nuts(chains = 1, warmup = 200, draws = 100)))
d = defend(post, fn(x) = clip(x, -1, 1))
print(score(predict(post), y).rmse < 0.3, score(predict(e), y).rmse < 0.3, score(predict(d, {x}), y).rmse < 0.3)
print(shape(post.f(column(x))), attack(post, {x, y}, pgd(eps = 0.2, steps = 5)).success_rate >= 0)
END
is($net->{out}, "true true true\n[300, 20] true\n", 'a Bayesian network by chains') or diag($net->{err});
unlike($net->{err}, qr/R-hat of `f/, '... whose weights are not compared one by one');

# Ctrl-C: in the warm-up there is nothing to keep, after it the draws that all chains have.
my $long = $schools . "post = fit(schools, d, nuts(warmup = W, draws = D))\nsummary(post)\nprint(\"went on\")\n";
my $text = $long =~ s/W/200/r =~ s/D/400000/r;
spew("$dir/p.unc", $text);
my $kept = run({dir => $dir, interrupt => 0.8}, unc(), 'p.unc');
like($kept->{out}, qr/^[1-4] chains? of [1-9]\d* draws, \d+ leapfrog steps \(stopped early\)$/m, 'interrupted: the draws are kept')
    or diag($kept->{out} . $kept->{err});
like($kept->{out}, qr/^went on$/m, '... and the program goes on');
$text = $long =~ s/W/9000000/r =~ s/D/10/r;
spew("$dir/p.unc", $text);
my $none = run({dir => $dir, interrupt => 0.5}, unc(), 'p.unc');
is($none->{code}, 130, 'interrupted in the warm-up: nothing is kept') or diag($none->{out} . $none->{err});
unlike($none->{out}, qr/went on/, '... and the program ends');

# No start: the line that has no number is named.
my $no = told(<<'END');
model none(one: real[N]) {
  prior a ~ Normal(0, 1)
  likelihood y: real[N] ~ Normal(log(-exp(a)), one)
}
post = fit(none, {one = ones(1), y = [1.0]}, nuts())
END
is($no->{code}, 1, 'a density without a number');
like($no->{err}, qr/error\[E0603\].*\n.*p\.unc:3:/, '... is told at its line') or diag($no->{err});
done_testing();
