#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Foreign functions against a library built here: tensors in and out, what becomes of the
# floating-point state, one call at a time, who may call. tests/lang/foreign*.unc call libm.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

my $dir = workplace();
my @cc = split ' ', $ENV{CC} || 'cc';
my $built = run(@cc, qw(-std=gnu11 -Ofast -shared -fPIC -o), "$dir/strange.so", 'tests/foreign/strange.c', '-lm');
ok($built->{code} == 0, 'the library is built') or diag($built->{err});

my $functions = <<'END';
extern "./strange.so" {
  fn dot(a: real[N], b: real[N]) -> real derivative [b, a]
  fn outer(a: real[N], b: real[M], c: real) -> real[N, M] derivative [slope_a(a, b), slope_b(a, b), 1]
  fn trace(x: int[N, M]) -> int
  fn running(x: int[N]) -> int[N]
  fn half(x: real) -> real[4]
  fn minus(x: real) -> positive
  fn careless(x: real) -> real derivative 1
  fn alone(x: real) -> real
}
END
my $slopes = <<'END';
# d out[i, j] / d a[k] = (i == k) b[j], d out[i, j] / d b[k] = (j == k) a[i]
fn slope_a(a, b) = reshape(eye(len(a)), [len(a), 1, len(a)]) * reshape(b, [1, len(b), 1])
fn slope_b(a, b) = reshape(a, [len(a), 1, 1]) * reshape(eye(len(b)), [1, len(b), len(b)])
END

# prints TITLE, OUT, PROGRAM: what the program prints after the declarations; a pattern is
# of its messages.
sub prints {
    my ($title, $want, $program, @options) = @_;
    my $r = run({dir => $dir, stdin => $slopes . $functions . $program}, unc(), '--allow-ffi', @options, '-');
    my $fine = ref $want ? $r->{code} == 1 && $r->{err} =~ $want : $r->{code} == 0 && $r->{out} eq $want;
    ok($fine, $title) or diag("$r->{out}$r->{err}");
}

prints('vectors go as pointer and length', "32 [14, 32]\n",
    "print(dot([1, 2, 3], [4, 5, 6]), dot([[1, 2, 3], [4, 5, 6]], [1, 2, 3]))\n");
prints('a result of two axes comes through a pointer', "[[4.5, 5.5], [8.5, 10.5], [12.5, 15.5]]\n",
    "print(outer([1, 2, 3], [4, 5], 0.5))\n");
prints('ints are ints of C', "15 [1, 3, -2]\n", "print(trace([[1, 2, 3], [4, 5, 6], [7, 8, 9]]), running([1, 2, -5]))\n");
prints('no elements', "0 []\n", "print(dot(zeros(0), zeros(0)), dot(zeros([0, 3]), [1, 2, 3]))\n");
prints('what is left unwritten is not a number', qr/E0640.*`half\(2\)` gives nan at \[2\]/, "print(half(2))\n");
prints('a support that does not hold is told', qr/E0601.*`minus` is declared to give a positive number, but gave -2/,
    "print(minus(-1), minus(2))\n");
prints('the same in a recording', qr/E0601.*`minus`.*gave -2/, "print(grad(fn(x) = x * minus(stop(x)))(2.0))\n");
prints('sizes must agree', qr/E0201.*`b` is declared `real\[N\]`.*`N` is 3 already/s, "print(dot([1, 2, 3], [4, 5]))\n");
prints('an axis is missing', qr/E0201.*`a` is declared `real\[N\]`, but what is given is `real`/, "print(dot(1, 2))\n");

# Slopes of the tensor forms against the same in the language, over rows and over draws.
prints('slopes of vectors', "0 0 0\n", <<'END');
a = [0.3, -1.2, 2]; b = [0.7, 0.1]; w = reshape(0..6, [3, 2]) / 3
fn mine(a, b, c) = sum(w * outer(a, b, c) ^ 2)
fn plain(a, b, c) = sum(w * (reshape(a, [3, 1]) * reshape(b, [1, 2]) + c) ^ 2)
fn of(f) = concat(grad(fn(v) = f(v, b, 0.4))(a), grad(fn(v) = f(a, v, 0.4))(b), grad(fn(v) = f(a, b, v[0]))([0.4]))
fn rows(f) = grad(fn(m) = sum(f(m, [1, 2, 3]) ^ 3))([[1.0, 2, 1], [0, 1, -1]])
fn both(f) = jacobian(fn(m) = f([[1.0, 2, 1], [0, 1, -1]], m))([1.0, 2, 3])
fn far(p, q) = if max(abs(p - q)) < 1e-12 then 0 else max(abs(p - q))
print(far(of(mine), of(plain)), far(rows(dot), rows(fn(x, y) = sum(x * y, axis = -1))), far(both(dot), both(fn(x, y) = sum(x * y, axis = -1))))
END
prints('second slopes of vectors', "0\n", <<'END');
fn mine(v) = sum(outer(v[0:2], v[2:4], v[4]) ^ 3)
fn plain(v) = sum((reshape(v[0:2], [2, 1]) * reshape(v[2:4], [1, 2]) + v[4]) ^ 3)
x = [0.3, -1.2, 2, 0.5, 0.1]
d = max(abs(hessian(mine)(x) - hessian(plain)(x)))
print(if d < 1e-11 then 0 else d)
END

# The floating-point state. 5e-324 / 2 rounds to even, 1e-310 is a denormal.
my $arithmetic = 'a = 1e-310; one = 1.0; three = 3.0; v = [1e-310, 1.0] * [0.5, 1]
print(a * 0.5 == 5e-311, a * 0.5 > 0, v[0] == 5e-311, one / three, -one / three)';
my $before = run({dir => $dir, stdin => $arithmetic}, unc(), '-')->{out};
is($before, "true true true 0.3333333333333333 -0.3333333333333333\n", 'denormals are numbers');
prints('and still are when the library is loaded', $before, $arithmetic);
prints('and when it left everything changed', $before, "print_nothing = careless([1.0, 2])\n$arithmetic");
prints('in the function that is differentiated, too', "1 true true\n", <<'END');
fn f(x) = careless(x) * 1e-310 * 0.5
print(grad(careless)(2.0), grad(f)(1.0) == 5e-311, grad(f)(1.0) > 0)
END
spew("$dir/load.c", <<'END');
#include <dlfcn.h>
#include <stdio.h>
int main(void)
{
    volatile double tiny = 1e-310;
    if (!dlopen("./strange.so", RTLD_NOW)) return 2;
    printf("%g\n", tiny * 0.5);
    return 0;
}
END
my $host = run(@cc, '-O0', '-o', "$dir/load", "$dir/load.c", '-ldl');
note('without unc, loading it gives 1e-310 / 2 = ' . run({dir => $dir}, "$dir/load")->{out}) if $host->{code} == 0;

# One call at a time, although predictions run on several threads.
prints('calls never overlap', "true\n", <<'END', '--threads', '4');
model m(x: real[N]) {
  prior a ~ Normal(0, 1)
  wide = sort(a + linspace(0, 1, 20_000))   # few draws fill the cache, so there are many pieces
  z = alone(x + 0 * wide[0])
  likelihood y: real[N] ~ Normal(z + a, 1)
}
x = linspace(1, 2, 4)
p = predict(fit(m, {x, y = x}, vi(meanfield()), steps = 0), {x}, draws = 400)
print(all(p.z == x))
END
done_testing();
