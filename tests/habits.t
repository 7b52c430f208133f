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
    ['1:6 E0101', 'points(x, y)',      'plot(scatter([1, 2], [3, 4]))'],
    ['1:6 E0101', 'histogram(x)',      'plot(hist([1, 2]))'],
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
    # arguments and methods
    ['1:15 E0314', 'optimizer',        'd = fit(1, 2, lr = 0.1)'],
    ['1:15 E0314', 'optimizer',        'o = adam(0.1, lr = 0.1)'],
    ['1:13 E0314', '`size`',           'f = conv(8, kernel_size = 3)'],
    ['1:19 E0314', '`axis`',           's = sum([[1, 2]], dim = 0)'],
    ['1:12 E0314', '`sd`',             'd = Normal(sigma = 1)'],
    ['1:5 E0101', 'vi(meanfield())',   'm = ADVI()'],
    ['1:5 E0101', 'vi(fullrank())',    'm = FullRankADVI()'],
    ['1:5 E0101', 'lowrank(k)',        'm = AutoLowRankMultivariateNormal()'],
    ['1:5 E0101', 'mle()',             'm = MLE()'],
    # attacks of Foolbox, torchattacks, ART and AutoAttack
    ['1:5 E0101', '`pgd()`',           'a = LinfPGD()'],
    ['1:5 E0101', '`bim(eps)`',        'a = torchattacks.BIM(model, eps = 8/255)'],
    ['1:5 E0101', 'cw(norm = inf)',    'a = CarliniLInfMethod()'],
    ['1:5 E0101', '`auto(eps)`',       'a = AutoAttack(model, norm = "Linf", eps = 0.1)'],
    ['1:5 E0101', 'success_rate',      'r = robust_accuracy(1, 2)'],
    ['1:20 E0314', '`step`',           'a = pgd(eps = 0.1, alpha = 0.01)'],
    ['1:9 E0314', '`steps`',           'a = bim(nb_iter = 10)'],
    ['1:9 E0314', 'bounds = [0, 1]',   'a = pgd(clip_min = 0, clip_max = 1)'],
    ['1:8 E0314', 'least change',      'a = cw(eps = 0.1)'],
    ['1:8 E0314', '`rounds`',          'a = cw(binary_search_steps = 9)'],
    ['1:31 E0314', 'target = 3',       'a = attack(1, {x = 1}, pgd(), targeted = true)'],
    ['1:31 E0314', '`pgd(eps = 0.1)`', 'a = attack(1, {x = 1}, pgd(), eps = 0.1)'],
    # what the grammar does not take
    ['1:1 E0014',  'model m(x: real[N])', "with pm.Model() as m:\n    mu = pm.Normal(\"mu\", 0, 1)"],
    ['1:1 E0014',  'fn f(x)',          "def f(x):\n    if x > 0:\n        return 1\n    else:\n        return 2"],
    ['1:1 E0014',  'no classes',       "class Net(nn.Module):\n    def __init__(self):\n        self.a = 1"],
    ['2:9 E0002',  'in braces',        "x = 1\nif x > 0:\n    print(x)\nelif x < 0:\n    print(2)\nelse:\n    print(3)"],
    ['1:11 E0002', 'in braces',        "while True:\n    break"],
    ['1:1 E0014',  'with `if`',        "try:\n    x = 1\nexcept:\n    x = 2"],
    ['1:19 E0002', 'in braces',        "for i in range(10):\n    print(i)"],
    ['1:6 E0002',  '0..len(x)',        'for i, v in enumerate(x) { print(i) }'],
    ['2:1 E0014',  'go by themselves', "x = 1\ndel x"],
    ['2:7 E0002',  '`print(x)`',       "x = 1\nprint x"],
    ['2:8 E0002',  '`assert(x > 0)`',  "x = 1\nassert x > 0"],
    ['2:2 E0007',  'x = x + 1',        "i = 1\ni++"],
    ['2:2 E0007',  'x = x - 1',        "i = 1\ni--"],
    ['2:3 E0007',  'x = x + 1',        "x = 1\nx += 1"],
    ['2:7 E0007',  'no step',          "x = [1, 2]\ny = x[::-1]"],
    ['2:10 E0002', 'no step',          "x = [1, 2]\ny = x[0:2:2]"],
    ['1:1 E0007',  'begin with `#`',   "\"\"\"What it does\nand {how}\n\"\"\"\nx = 1"],
    ['1:1 E0007',  'begin with `#`',   "/* what it does\n   and how */\nx = 1"],
    ['1:7 E0007',  'begin with `#`',   'x = 1 // one'],
    ['1:13 E0002', '{{',               'print("n = {}".format(3))'],
    ['1:6 E0002',  'name = value',     'd = {"a": 1}'],
    ['1:7 E0002',  '[1, 2]',           'x = (1, 2)'],
    ['1:19 E0002', 'return [x, y]',    'fn f(x) { return x, x }'],
    ['1:1 E0007',  'no import',        'import numpy as np'],
    ['1:1 E0014',  'no import',        'from torch import nn'],
    ['1:7 E0007',  'double quotes',    "print('text')"],
    ['1:8 E0002',  'as it is',         'print(f"x = {1}")'],
    ['1:5 E0014',  'fn(x) = x ^ 2',    'f = lambda x: x + 1'],
    ['1:5 E0014',  'fn f(x)',          'f = function(x) x + 1'],
    ['1:3 E0007',  'bound with `=`',   'f <- function(x) { x + 1 }'],
    ['1:1 E0014',  'fn f(x)',          "function f(x)\n  return x + 1\nend"],
    ['1:1 E0002',  'nothing stands in front', "\@jit\nx = 1"],
    ['1:11 E0002', '0..n',             "for i in 1:10\n  print(i)\nend"],
    ['1:5 E0002',  '0..n',             'for (i in 1:10) { print(i) }'],
    ['1:7 E0002',  '0..n',             'for i = 1:10 { print(i) }'],
    ['2:7 E0007',  '|>',               "x = [1, 2]\ny = x %>% sum"],
    ['1:11 E0007', '`a @ b`',          'y = [[1]] %*% [[2]]'],
    ['1:7 E0007',  '`a % b`',          'y = 5 %% 2'],
    ['1:7 E0007',  'floor(a / b)',     'y = 5 %/% 2'],
    ['1:7 E0007',  '`in`',             'y = 5 %in% [1, 5]'],
    ['2:8 E0007',  'r.x',              "r = {x = 1}\nprint(r\$x)"],
    ['1:3 E0002',  'no formulas',      'y ~ x + z'],
    ['1:8 E0017',  'no formulas',      'm = lm(y ~ x + z)'],
    ['1:3 E0002',  'on the left',      'x -> y'],
    ['2:4 E0007',  '`not`',            "x = true\nif !x { print(1) }"],
    ['2:23 E0014', 'else if',          "x = 1\nif x > 0 { print(1) } elif x < 0 { print(2) }"],
    # Stan's blocks and declarations
    ['1:1 E0014 6:1 E0014', 'model\'s header', "data {\n  int N;\n  vector[N] y;\n  real<lower=0> s;\n}\nparameters {\n  real mu;\n}"],
    ['1:1 E0014',  'line of the model', "transformed parameters {\n  real b = 1;\n}"],
    ['1:1 E0007',  'has a name',       "model {\n  mu ~ normal(0, 1);\n  y ~ normal(mu, 1);\n}"],
    (map { [$_->[0], $_->[1], "model m(x: real[N]) {\n  $_->[2]\n  likelihood y: real[N] ~ Normal(x, 1)\n}"] }
        ['2:3 E0014',  'stands in the header', 'vector[N] z;'],
        ['2:3 E0007',  'stands in the header', 'real z[N];'],
        ['2:3 E0014',  'stands in the header', 'array[N] real z;'],
        ['2:3 E0007',  'stands in the header', 'matrix[N, K] z;'],
        ['2:3 E0007',  'simplex[3]',       'simplex[K] theta;'],
        ['2:3 E0007',  'positive',         'real<lower=0> sigma;'],
        ['2:3 E0007',  'a size',           'int N;'],
        ['2:3 E0014',  'likelihood y',     'observe z ~ Normal(0, 1)'],
        ['2:10 E0007', 'likelihood adds',  'target += normal_lpdf(y | mu, s);'],
        ['2:6 E0002',  'prior mu',         'mu ~ normal(0, 1);'],
        ['2:5 E0002',  'no formulas',      'z ~ x + 1'],
        ['2:27 E0014', 'truncated',        'prior mu ~ Normal(0, 1) T[0, ]'],
        ['2:14 E0101', 'Normal(mean, sd)', 'prior mu ~ normal(0, 1)'],
        ['2:14 E0101', 'Normal(mean, sd)', 'prior mu ~ dnorm(0, 0.01)'],
        ['2:14 E0321', 'var = v',          'prior mu ~ N(0, 1)'],
        ['2:11 E0101', 'dense(units)',     'net f = nn.Linear(1, 2)'],
        ['2:20 E0334', 'without quotes',   'net f = dense(2, "relu")']),
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
# The rows of foreign.def, and of what it includes, are unique, and none is a word or definition of the language.
my %seen;
my $foreign = slurp('interp/front/foreign.def') . slurp('interp/front/foreign_attack.def');
my @rows = $foreign =~ /^FOREIGN_(\w+\("[^"]+)"/gm;
ok(!(grep { $seen{$_}++ } @rows), 'no row of foreign.def stands twice');
my %word = map { $_ => 1 } slurp('interp/eval/intrinsic.def') =~ /^WORD\((\w+),/gm;
$word{$_} = 1 for map { m{(\w+)\.unc$} } files('stdlib/*/*.unc');
my @known = grep { /^(?!FIELD|ARGUMENT|ATTACK)\w+\("(.*)/ && $word{$1} } @rows;
ok(!@known, 'no row of foreign.def is a name of this language') or diag("@known");
# What a row says to call is there. Names of one's own stand for what is given.
my %own = map { $_ => 1 } qw(f m D fn);
my @unknown;
for my $row ($foreign =~ /^FOREIGN_\w+\((.*)\)$/gm) {
    my ($name, $here) = $row =~ /^"(.*?)", "(.*)"$/ or next;
    my @code = $here =~ /`(.*?)`/g;
    push @unknown, "$name: $_" for grep { !$word{$_} && !$own{$_} } map { /\b([A-Za-z_]\w*)\(/g } @code;
}
ok(!@unknown, 'what the rows of foreign.def call is there') or diag(join "\n", @unknown);
done_testing();
