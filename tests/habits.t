#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What fingers bring from other languages: each habit gets one message, at its place, that
# says what is written here. A row: where and what is told, what the help has, the text.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

my @habits = (
    # numbers, tables, pictures of Python
    ['1:5 E0101', 'prior mu ~ Normal', 'x = pyro.sample("x", dist.Normal(0, 1))'],
    ['1:5 E0101', 'prior mu ~ Normal', 'x = numpyro.sample("x", dist.Normal(0, 1), obs = y)'],
    ['1:5 E0101', '`zeros`',           'x = np.zeros(3)'],
    ['1:5 E0101', 'Normal(mean, sd)',  'x = np.random.normal(0, 1)'],
    ['1:5 E0101', '[1, 2, 3]',         'x = np.array([1, 2])'],
    ['1:5 E0101', 'max(a, b)',         'x = torch.maximum(1, 2)'],
    ['1:5 E0101', 'print(x)',          'x = torch.cat(a, b)'],
    ['1:5 E0101', '`Normal`',          'd = tfd.Normal(0, 1)'],
    ['1:5 E0101', 'Normal(0, 1)',      'd = stats.norm(0, 1)'],
    ['1:5 E0101', 'logpdf',            'p = stats.norm.pdf(0)'],
    ['1:5 E0306', 'logpdf',            'p = norm.pdf(0)'],
    ['1:1 E0101', 'dense(units)',      'nn.Linear(3, 4)'],
    ['1:1 E0101', '>>',                'nn.Sequential(nn.Linear(3, 4), nn.ReLU())'],
    ['1:5 E0101', '`relu`',            'y = F.relu([1, 2])'],
    ['1:5 E0101', 'adam(0.001)',       'o = torch.optim.Adam(params, lr=0.1)'],
    ['1:1 E0101', 'trains by itself',  'opt.zero_grad()'],
    ['1:1 E0101', 'points(x, y)',      'plt.plot(x, y)'],
    ['1:5 E0101', 'read_csv',          'd = pd.read_csv("a.csv")'],
    ['1:18 E0101', 'no objects',       'fn f(x) { return self.w * x }'],
    ['1:5 E0101', '{x = 1, y = 2}',    'd = dict(a = 1)'],
    ['1:5 E0101', 'round(x)',          'x = int(2.5)'],
    ['1:5 E0101', 'number(text)',      'x = float(2)'],
    ['1:16 E0101', 'braces',           'print("n = " + str(3))'],
    ['1:10 E0101', '0..n',             'for i in range(10) { print(i) }'],
    ['1:5 E0101', '`none`',            'x = None'],
    # fields and methods
    ['2:5 E0306', 'transpose(x)',      "x = ones(3, 2)\ny = x.T"],
    ['2:5 E0306', 'shape(x)',          "x = ones(3, 2)\nn = x.shape[0]"],
    ['2:1 E0306', 'grad(f)(x)',        "loss = 1\nloss.backward()"],
    ['2:7 E0306', 'as it is',          "loss = 1.5\nprint(loss.item())"],
    ['2:1 E0306', 'concat(x, [2])',    "x = [1]\nx.append(2)"],
    ['2:5 E0306', 'reshape(x',         "x = ones(4)\ny = x.view(-1, 2)"],
    ['2:5 E0306', 'sd(x)',             "x = ones(4)\ny = x.std()"],
    ['2:5 E0306', '`mean(x)`',         "x = ones(4)\ny = x.mean()"],
    ['2:7 E0302', 'in braces',         "n = 3\nprint(\"n = %d\" % n)"],
    # R and Stan
    ['1:5 E0101', '[1, 2, 3]',         'x = c(1, 2)'],
    ['1:5 E0101', '`true`',            'x = TRUE'],
    ['1:5 E0101', '`nan`',             'x = NA'],
    ['1:5 E0101', 'sample(Normal',     'x = rnorm(10)'],
    ['1:1 E0101', 'no import',         'library(rstan)'],
    ['1:5 E0101', 'transpose(x)',      'y = t([[1, 2]])'],
    ['1:5 E0101', 'where(c, a, b)',    'y = ifelse(true, 1, 2)'],
    ['1:5 E0101', 'fill(0.5, 3)',      'y = rep(0, 10)'],
    ['1:5 E0101', 'read_csv',          'd = read.csv("a.csv")'],
    ['1:5 E0101', 'logpdf',            'y = normal_lpdf(1, 0, 1)'],
    ['1:5 E0101', 'var = v',           'd = 𝒩(0, 1)'],
);

my $dir = workplace();
for (@habits) {
    my ($told, $help, $text) = @$_;
    spew("$dir/a.unc", "$text\n");
    my $r = run({dir => $dir}, unc(), 'check', 'a.unc');
    my @got;
    push @got, "$2 $1" while $r->{err} =~ /^error\[(\w+)\].*\n +┌─ a\.unc:(\d+:\d+)$/gm;
    my ($said) = $r->{err} =~ /^ += help: (.*(?:\n {5,}.*)*)/m;
    (my $name = $text) =~ s/\n/; /g;
    ok("@got" eq $told && index($said // '', $help) >= 0, $name) or diag("wanted $told, $help\n$r->{err}");
}
# The rows of foreign.def are unique, and none is a word or definition of the language.
my %seen;
my @rows = slurp('interp/front/foreign.def') =~ /^FOREIGN_(\w+\("[^"]+)"/gm;
ok(!(grep { $seen{$_}++ } @rows), 'no row of foreign.def stands twice');
my %word = map { $_ => 1 } slurp('interp/eval/intrinsic.def') =~ /^WORD\((\w+),/gm;
$word{$_} = 1 for map { m{(\w+)\.unc$} } files('stdlib/*/*.unc');
my @known = grep { /^(?!FIELD)\w+\("(.*)/ && $word{$1} } @rows;
ok(!@known, 'no row of foreign.def is a name of this language') or diag("@known");
done_testing();
