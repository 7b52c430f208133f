#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What pictures of attacks and defences say: their SVG is read, and its texts, pixels and
# lines are compared with numbers computed here.
use strict;
use warnings;
use utf8;
use lib 'tests';
use Compress::Zlib 'uncompress';
use MIME::Base64 'decode_base64';
use Run;
use Test::More;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output;

# The SVG that a program writes to a.svg.
sub drawn {
    my ($code) = @_;
    my $r = run({dir => workplace()}, unc(), '-e', $code);
    diag($r->{err}) if $r->{code};
    my $svg = slurp(workplace() . '/a.svg');
    utf8::decode($svg);
    return $svg;
}

sub attributes { return {$_[0] =~ /([\w:-]+)="([^"]*)"/g} }

# Texts in the order drawn: {x, y, text}.
sub texts {
    my ($svg) = @_;
    my @t;
    push @t, {%{attributes($1)}, text => $2} while $svg =~ m{<text([^>]*)>([^<]*)</text>}g;
    return @t;
}

# Pictures within the picture, {x, y, width, height, rgb(across, down)} where 0 <= across, down < 1.
sub images {
    my ($svg) = @_;
    my @images;
    while ($svg =~ m{<image([^>]*)/>}g) {
        my $image = attributes($1);
        my $png = decode_base64($image->{'xlink:href'} =~ s/.*base64,//r);
        my ($w, $h) = unpack 'x16 N2', $png;
        my ($n, $at) = (unpack('x33 N', $png), 41);
        my $rows = uncompress(substr $png, $at, $n);
        $image->{rgb} = sub {
            my ($across, $down) = @_;
            return join ' ', unpack 'C3',
                substr $rows, int($down * $h) * (3 * $w + 1) + 1 + 3 * int($across * $w), 3;
        };
        push @images, $image;
    }
    return @images;
}

# From a place in the picture to numbers, by the ticks of the axes.
sub scale_of {
    my ($svg) = @_;
    my @t = grep { ($_->{'font-size'} // 0) == 11 } texts($svg);
    my @across = grep { ($_->{'text-anchor'} // '') eq 'middle' } @t;
    my @up     = grep { ($_->{'text-anchor'} // '') eq 'end' } @t;
    my $number = sub { my $s = $_[0]{text}; $s =~ tr/−/-/; $s };
    my $map = sub {
        my ($axis, $shift, $a, $b) = @_;
        my $slope = ($number->($b) - $number->($a)) / ($b->{$axis} - $a->{$axis});
        return sub { $number->($a) + ($_[0] + $shift - $a->{$axis}) * $slope };
    };
    my ($x, $y) = ($map->('x', 0, @across[0, -1]), $map->('y', 4, @up[0, -1]));
    return sub { [$x->($_[0]), $y->($_[1])] };
}

# The lines drawn: {color, points as numbers}.
sub lines {
    my ($svg) = @_;
    my $scale = scale_of($svg);
    my @lines;
    while ($svg =~ m{<path fill="none" stroke="(\S+)" stroke-width="1.7"[^>]* d="M([^"HV]*)"}g) {
        my ($color, @at) = ($1, split /[ M]/, $2);
        my @points;
        push @points, $scale->(splice @at, 0, 2) while @at;
        push @lines, {color => $color, points => \@points};
    }
    return @lines;
}

# The dots drawn, in their order.
sub dots {
    my ($svg) = @_;
    my $scale = scale_of($svg);
    my @dots;
    push @dots, $scale->($1, $2) while $svg =~ m{<circle cx="(\S+)" cy="(\S+)"}g;
    return \@dots;
}

sub near_points {
    my ($got, $want, $name) = @_;
    my $bad = @$got != @$want;
    for my $i (0 .. $#$want) {
        last if $bad;
        $bad = grep { abs($got->[$i][$_] - $want->[$i][$_]) > 2e-3 } 0, 1;
    }
    ok(!$bad, $name) or diag(join ' ', map { sprintf '(%.4f, %.4f)', @$_ } @$got);
}

# The colour of the key that stands beside a text of the legend.
sub key_color {
    my ($svg, $label) = @_;
    my $pattern = qr{stroke="(\S+)" stroke-width="1.7"[^>]*/>\n<text[^>]*>\Q$label\E<};
    return $svg =~ $pattern ? $1 : 'none';
}

# ---- what an attack found: two classes, whose log odds are 4 (x·s), s = (1, 1, -1, -1) ----

my @x = ([0.6, 0.55, 0.5, 0.5], [0.5, 0.5, 0.5, 0.8]);
my @y = (1, 0);
my @s = (1, 1, -1, -1);
my $eps = 0.03;

sub told {
    my ($x) = @_;
    my $odds = 0;
    $odds += 4 * $x->[$_] * $s[$_] for 0 .. 3;
    my $up = 1 / (1 + exp(-$odds));
    return sprintf '%s (%.0f %%)', $up > 0.5 ? ('up', 100 * $up) : ('down', 100 - 100 * $up);
}

my $model = <<'EOP';
fn logits(x) = stack(0 * x[:, 0], 4 * (x @ [1.0, 1, -1, -1]), axis = -1)
d = {x = [[0.6, 0.55, 0.5, 0.5], [0.5, 0.5, 0.5, 0.8]], y = [1, 0]}
a = attack(logits, d, fgsm(eps = 0.03), bounds = [0, 1])
EOP
my $svg = drawn($model . 'plot(attack_grid(logits, d, a, names = ["down", "up"]), title = "a < b", file = "a.svg")');
my (@labels, @want) = map { $_->{text} } texts($svg);
for my $i (0, 1) {
    my @moved = map { $x[$i][$_] + $eps * $s[$_] * ($y[$i] ? -1 : 1) } 0 .. 3;
    push @want, 'original: ' . told($x[$i]), "change × 10, norm $eps", 'result: ' . told(\@moved);
}
is_deeply(\@labels, ['a &lt; b', @want], 'title, classes and confidences') or diag(join "\n", @labels);
my @grid = images($svg);
is(scalar @grid, 6, 'two rows of three');
for my $i (0 .. 5) {
    my ($t, $g) = ((texts($svg))[1 + $i], $grid[$i]);
    ok($t->{y} < $g->{y} && $t->{y} > $g->{y} - 15 && abs($t->{x} - $g->{x} - $g->{width} / 2) < 1, "'$want[$i]' above its image");
}
for my $row (0, 1) {
    my (@original, @change, @result);
    for my $j (0 .. 3) {
        my $by = $eps * $s[$j] * ($y[$row] ? -1 : 1);
        my @grey = map { join ' ', (sprintf '%.0f', 255 * $_) x 3 } $x[$row][$j] + 1e-9, 0.5 + 10 * $by, $x[$row][$j] + $by + 1e-9;
        my @seen = map { $grid[3 * $row + $_]{rgb}->(0.25 + 0.5 * ($j % 2), 0.25 + 0.5 * int($j / 2)) } 0 .. 2;
        is("@seen", "@grey", "row $row, pixel $j");
    }
}
$svg = drawn($model . 'plot(attack_grid(logits, d, a, rows = [1], times = 3), file = "a.svg")');
@labels = map { $_->{text} } texts($svg);
is_deeply([$labels[1]], ["change × 3, norm $eps"], 'one row, by its number');
like($labels[0], qr/^original: 0 \(77 %\)$/, 'classes by their numbers');

# ---- an answer of two numbers, which an attack moves to a corner: x + (0.1, 0.2) of each ----

$svg = drawn(<<'EOP');
model shift(x: real[N, 2, 2]) {
  param by: real[2] = [0.1, 0.2]
  likelihood y: real[N, 2] ~ Normal(x[:, 0] + by, 0.05)
}
d = {x = [[[0.25, 0.5], [0, 0]]], y = [[0.35, 0.7]]}
post = fit(shift, d, mle(), steps = 0)
a = attack(post, d, bim(eps = 0.1, step = 0.1, steps = 3), target = [[0.9, 0.9]])
plot(attack_grid(post, d, a), file = "a.svg")
EOP
@labels = map { $_->{text} } texts($svg);
is_deeply(\@labels, ['original: 0.35, 0.7', 'change × 10, norm 0.1', 'result: 0.45, 0.8'], 'the numbers before and after') or diag("@labels");

# ---- an answer that is a picture: seen before and after ----

$svg = drawn(<<'EOP');
fn logits(x) = stack(0 * x, 20 * (x - 0.5), axis = -1)
d = {x = [[[0.45, 0.55], [0.1, 0.45]]], y = [[[0, 1], [0, 0]]]}
a = attack(logits, d, fgsm(eps = 0.1), target = [[[1, 0], [0, 1]]], bounds = [0, 1])
plot(attack_grid(logits, d, a), file = "a.svg")
EOP
@labels = map { $_->{text} } texts($svg);
is_deeply(\@labels, ['original', 'change × 10, norm 0.1', 'result', 'seen before', 'seen after: 75 % other'], 'five panels')
    or diag("@labels");
my @seen = map { my $image = $_; join ',', map { $image->{rgb}->(@$_) =~ s/ .*//r } [0.2, 0.2], [0.7, 0.2], [0.2, 0.7], [0.7, 0.7] } (images($svg))[3, 4];
is_deeply(\@seen, ['0,255,0,0', '255,0,0,255'], 'three pixels are turned as chosen');

# ---- lines: certified accuracy over the radius, accuracy over eps ----

$svg = drawn(<<'EOP');
c = {class = [1, 0, -1, 1], radius = [0.5, 0.3, 0, 0.2], lower = [0, 0, 0, 0]}
plot(certified_curve(c, [1, 1, 1, 1], label = "sd 0.25"), file = "a.svg")
EOP
@labels = map { $_->{text} } texts($svg);
ok((grep { $_ eq 'radius in the norm 2' } @labels) && (grep { $_ eq 'certified accuracy' } @labels), 'what the axes are');
my ($curve) = lines($svg);
my @corners = ([0, 0.5], [0.2, 0.5], [0.2, 0.25], [0.5, 0.25], [0.5, 0]);
my @turns;    # points where the curve turns
for my $p (@{$curve->{points}}) {
    pop @turns if @turns > 1 && (grep { my $k = $_; !grep { abs($_->[$k] - $p->[$k]) > 1e-3 } @turns[-2, -1] } 0, 1);
    push @turns, $p if !@turns || grep { abs($turns[-1][$_] - $p->[$_]) > 1e-3 } 0, 1;
}
near_points(\@turns, \@corners, 'steps down at the radii of rows that are right');
is(key_color($svg, 'sd 0.25'), $curve->{color}, 'the legend names it');

$svg = drawn(<<'EOP');
r = {eps = [0, 0.1, 0.2], one = [0.9, 0.8, 0.7], white = [0.9, 0.6, 0.3], adaptive = [0.9, 0.5, 0.2], black = [0.9, 0.7, 0.45], moved = [0.9, 0.85, 0.75], worst = [0.9, 0.4, 0.1]}
plot(accuracy_curves(r), title = "a defence", file = "a.svg")
EOP
my %over = ('one step' => [0.9, 0.8, 0.7], 'white box' => [0.9, 0.6, 0.3], 'adaptive' => [0.9, 0.5, 0.2],
    'black box' => [0.9, 0.7, 0.45], 'transferred' => [0.9, 0.85, 0.75]);
my @curves = lines($svg);
for my $name (sort keys %over) {
    my ($line) = grep { $_->{color} eq key_color($svg, $name) } @curves;
    near_points($line->{points}, [map { [$_ / 10, $over{$name}[$_]] } 0 .. 2], "$name over eps");
}
near_points(dots($svg), [[0, 0.9], [0.1, 0.4], [0.2, 0.1]], 'dots where the worst is');
@labels = map { $_->{text} } texts($svg);
ok((grep { $_ eq 'the worst of all' } @labels), 'and what they are');
ok((grep { $_ eq 'eps' } @labels) && (grep { $_ eq 'accuracy left' } @labels), 'its axes');
# ---- what overlaps is told apart ----

$svg = drawn(<<'EOP');
plot(points([0, 1], [0, 1], label = "a"), line([0, 1], [1, 0], label = "b"), line([0, 1], [0.5, 0.5], label = "a"), file = "a.svg")
EOP
@labels = grep { /^[ab]$/ } map { $_->{text} } texts($svg);
is_deeply(\@labels, ['a', 'b'], 'parts of one label stand once in the legend');
my @colors = map { $_->{color} } lines($svg);
my ($dots) = $svg =~ /<g fill="(\S+)" stroke="none"/;
ok($dots eq $colors[1] && $dots ne $colors[0], 'and have one colour');

$svg = drawn('plot(contour([0, 1, 2], [0, 1], [[0, 1, 2], [1, 2, 3]]), points([0, 1], [0, 1]), file = "a.svg")');
ok(index($svg, '<circle') < index($svg, 'stroke-linecap="round" d="M'), 'contours stand over the points');

my $stairs = qr{<path fill="none" stroke="(\S+)" stroke-width="1.5"[^>]* d="([^"]*)"};
$svg = drawn('plot(histogram([1, 1, 2, 3]), histogram([2, 2, 2, 5], label = "b"), file = "a.svg")');
my @stairs;
push @stairs, {color => $1, d => $2} while $svg =~ /$stairs/g;
ok(rindex($svg, 'fill-opacity="0.3" d=') < index($svg, 'stroke-width="1.5"'), 'no bar hides an outline');
ok(@stairs == 2 && $stairs[0]{color} ne $stairs[1]{color}, 'histograms that overlap have outlines');
is($stairs[1]{d} =~ tr/M//, 2, 'which end where there is nothing');
unlike(drawn('plot(histogram([1, 1, 2, 3]), file = "a.svg")'), $stairs, 'one alone has none');

# ---- logarithmic axes, equal units ----

$svg = drawn('plot(points([1, 10, 100, 20], [0.001, 1, 1000, 200]), xscale = "log", yscale = "log", file = "a.svg")');
my @ticks = grep { ($_->{'font-size'} // 0) == 11 } texts($svg);
my @across = grep { $_->{'text-anchor'} eq 'middle' } @ticks;
my @up = grep { $_->{'text-anchor'} eq 'end' } @ticks;
is(join(' ', map { $_->{text} } @across), '1 2 5 10 20 50 100', '1, 2 and 5 in two decades');
is(join(' ', map { $_->{text} } @up), '0.001 0.01 0.1 1 10 100 1000', 'powers of ten in six');
sub decades { my ($v) = @_; return log($v) / log(10) }
sub between {    # where a value is, from the places of the ticks at the ends
    my ($v, $axis, @t) = @_;
    my ($from, $to) = map { decades($_->{text}) } @t[0, -1];
    return $t[0]{$axis} + (decades($v) - $from) / ($to - $from) * ($t[-1]{$axis} - $t[0]{$axis});
}
my @dot = $svg =~ m{<circle cx="(\S+)" cy="(\S+)"}g;
my $off = 0;
for my $p ([1, 0.001], [10, 1], [100, 1000], [20, 200]) {
    my ($x, $y) = splice @dot, 0, 2;
    for ($x - between($p->[0], 'x', @across), $y + 4 - between($p->[1], 'y', @up)) { $off = abs if abs > $off }
}
ok($off < 0.03, 'dots are where their logarithms are') or diag($off);
for ([1e-9, 1e6, '10⁻⁹ 10⁻⁶ 0.001 1 1000 10⁶'], [30, 45, '30 35 40 45'], [2e5, 9e5, '2×10⁵ 5×10⁵']) {
    my ($lo, $hi, $want) = @$_;
    $svg = drawn("plot(points([$lo, $hi], [1, 2]), xscale = \"log\", file = \"a.svg\")");
    is(join(' ', map { $_->{text} } grep { ($_->{'font-size'} // 0) == 11 && $_->{'text-anchor'} eq 'middle' } texts($svg)), $want, "ticks from $lo to $hi");
}
$svg = drawn('plot(axes(xscale = "log", ylabel = "y"), histogram([1, 10, 100]), line([1, 100], [0, 1]), file = "a.svg")');
like($svg, qr/>100</, 'axes may ask for it');

$svg = drawn('plot(line([0, 8], [0, 1]), equal = true, file = "a.svg")');
my $scale = scale_of($svg);
my ($corner, $other) = ($scale->(0, 0), $scale->(100, 100));
my ($dx, $dy) = map { abs($corner->[$_] - $other->[$_]) } 0, 1;
ok(abs($dx / $dy - 1) < 1e-3, 'equal units are equal') or diag("$dx $dy");
$svg = drawn('plot(line([0, 8], [0, 1]), file = "a.svg")');
$scale = scale_of($svg);
($corner, $other) = ($scale->(0, 0), $scale->(100, 100));
ok(abs($corner->[0] - $other->[0]) > 3 * abs($corner->[1] - $other->[1]), 'when asked for');

# ---- in a terminal, and what is left out ----

my $r = run({dir => workplace()}, unc(), '-e', <<'EOP');
plot(line([0, 1], [0, 1], label = "up"), line([0, 1], [1, 0], label = "down"), points([0.5, 0.5], [0.2, 0.8], label = "up"))
EOP
my $text = $r->{out};
utf8::decode($text);
my @rows = grep { /[│┤]/ } split /\n/, $text;
ok($rows[0] =~ /a$/ || $rows[1] =~ /a$/, 'a letter at the end of the line that goes up');
ok($rows[-1] =~ /b$/ || $rows[-2] =~ /b$/, 'another at the end of the one that goes down');
like($text, qr/^  a: up\n  b: down\n\z/m, 'and what they stand for');
$r = run({dir => workplace()}, unc(), '-e', 'plot(points([1, nan, 3], [1, 2, inf]), line([0, nan], [1, 2]), file = "a.svg")');
is($r->{err}, "plot: 2 of 3 points are not finite, and left out\n", 'what is left out is told');

# Panels without labels are called what is written for them, and five stand three above two.
$svg = drawn(<<'END');
x = [[0, 0.5], [1, 0.2]]
half = x / 2
plot(image(x), heatmap(half), heatmap(x ^ 2, label = "square"), heatmap(x + 1), heatmap([[1, 2]]), file = "a.svg")
END
@labels = grep { $_->{text} =~ /[a-z]/ } texts($svg);
is_deeply([map { $_->{text} } @labels], ['x', 'half', 'square', 'x + 1'], 'panels are named') or diag(join "\n", map { $_->{text} } @labels);
is(scalar(grep { $_->{y} == $labels[0]{y} } @labels), 3, 'three in the first row of five');
$svg = drawn('x = [[0, 0.5], [1, 0.2]]\nfn two(x) = [image(x), image(x)]\nplot(two(x), file = "a.svg")' =~ s/\\n/\n/gr);
ok(!(grep { $_->{text} =~ /[a-z]/ } texts($svg)), 'a name that tells panels from no other is left out');
done_testing();
