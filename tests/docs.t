#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The documentation is true: every word of intrinsic.def and every definition of stdlib stands
# in man/unc.7 as it is declared (UPDATE=1 writes that list again), `unc doc` knows it, the
# examples in README.md and the pages run and print what they say, pages are well formed.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

my $page = 'man/unc.7';

# ---- the list of words, as it ought to be
sub roff {
    my ($text) = @_;
    $text =~ s/\\/\\e/g;
    $text =~ s/"/\\(dq/g;
    $text =~ s/-(?=\d|inf)/\\-/g;
    $text =~ s/…/.../g;
    $text =~ s/±/\\(+-/g;
    return $text;
}

# Sentences, then lines set in from the left as an example.
sub body {
    my ($doc) = @_;
    my $out = '';
    for my $paragraph (split /\n{2,}/, $doc) {
        $paragraph =~ s/\n+\z//;
        if ($paragraph =~ /^  /) {
            $paragraph =~ s/^  //mg;
            $out .= ".Bd -literal -offset indent -compact\n" . roff($paragraph) . "\n.Ed\n";
            next;
        }
        # A sentence a line.
        $paragraph =~ s/\s*\n\s*/ /g;
        $paragraph =~ s/([.;:]) (?=[A-Z])/$1\n/g;
        $paragraph = roff($paragraph);
        $paragraph =~ s/^(?=[.'])/\\&/mg;
        $out .= "$paragraph\n";
    }
    return $out;
}

sub entry {
    my ($signature, $doc) = @_;
    return '.It Li "' . roff($signature) . "\"\n" . body($doc);
}

my (%word, @sections);
for (split /\n/, slurp('interp/eval/intrinsic.def')) {
    push @sections, [$1] if /^SECTION\("(.*)"\)/;
    next if !/^WORD\((\w+), "((?:[^"\\]|\\.)*)", (\w+), .*?, "((?:[^"\\]|\\.)*)"\)$/ || $3 eq 'word_later';
    my ($name, $signature, $doc) = ($1, $2, $4);
    $word{$name} = 1;
    s/\\n/\n/g, s/\\(.)/$1/g for $signature, $doc;
    push @{$sections[-1]}, entry("$name($signature)", $doc);
}
my %title = (dist => 'Distributions', activation => 'Activations', layer => 'Layers', flow => 'Flows', init => 'Initialisers',
    kernel => 'Kernels', optim => 'Optimisers and schedules', guide => 'Guides', estimate => 'Estimators',
    data => 'Data sets', attack => 'Attacks', defence => 'Defences',
    loss => 'Losses of attacks');
my @definitions;
my $balanced = qr/(\((?:[^()]++|(?-1))*\))/;
for my $kind (qw(dist kernel activation layer flow init optim guide estimate data attack defence loss)) {
    push @sections, [$title{$kind} // $kind];
    for my $path (files("stdlib/$kind/*.unc")) {
        my ($comment, $gap) = ('', 0);
        my @lines = split /\n/, slurp($path);
        while (defined(my $line = shift @lines)) {
            if ($line =~ /^# ?(.*)/) {
                $comment = ($gap ? '' : $comment) . "$1\n";
                $gap = 0;
                next;
            }
            if ($line eq '') { $gap = 1; next }
            if ($line =~ /^(?:dist|layer|flow|optimizer|guide|attack|fn) (\w+)/) {
                my $name = $1;
                $line .= ' ' . shift(@lines) =~ s/^\s+//r while $line !~ /^fn \w+$balanced|^(?!fn ).*\{$/;
                my ($signature) = $line =~ /^(fn \w+$balanced)/ ? $1 : $line =~ /^(.*) \{$/;
                if ($comment =~ s/^\Q$name\E: //) {
                    push @definitions, $name;
                    push @{$sections[-1]}, entry($signature, $comment);
                }
            }
            $comment = '';
        }
    }
}
my ($begin, $end) = (".\\\" words: begin (UPDATE=1 prove tests/docs.t)\n", ".\\\" words: end\n");
my $list = $begin;
for (@sections) {
    my ($name, @entries) = @$_;
    next if !@entries;
    $list .= '.Ss ' . ucfirst($name) . "\n.Bl -tag -width Ds\n" . join('', @entries) . ".El\n";
}
$list .= $end;

my $text = slurp($page);
my ($there) = $text =~ /(\Q$begin\E.*?\Q$end\E)/s;
if ($ENV{UPDATE} && $there) {
    $text =~ s/\Q$there\E/$list/;
    spew($page, $text);
    $there = $list;
}
my $difference = same_lines($there // '', $list);
ok(!$difference, "$page has every word and definition as it is declared") or diag($difference);

# ---- unc doc
my @known = (sort(keys %word), @definitions);
my $r = run(unc(), 'doc', @known);
ok($r->{code} == 0, sprintf 'unc doc knows %d names', scalar @known) or diag($r->{err});
my @silent = grep { run(unc(), 'doc', $_)->{out} !~ /\n\n\S/ } @known;
ok(!@silent, 'and has something to say of each') or diag("@silent");

# Without a name, all that may be used, by topic: not what is to come, nor mere parts of others.
my $overview = run(unc(), 'doc')->{out};
my @missing = grep { $overview !~ /^  (?:.* )?\Q$_\E(?: |$)/m } keys %word, 'Normal', 'dense', 'pgd', 'linear_decay', 'silu';
ok(!@missing, 'unc doc lists them') or diag("@missing");
unlike($overview, qr/\b(?:sgld|made_in_order|log_mass)\b|.{81}/, 'but neither parts of others nor what is to come, in 80 columns');
is(run(unc(), 'doc', 'sgld')->{out}, "`sgld` is not in this version.\n", 'and says of that so');

for my $path (files('stdlib/*/*.unc')) {
    my ($name) = $path =~ m{([^/]+)\.unc$};
    next if $name eq 'schedule';
    ok((grep { $_ eq $name } @definitions), "$path begins with `# $name: …`");
}

# ---- examples
# A block of README.md that is a program: its first line binds a name or prints.
sub programs_of_markdown {
    my @found;
    for my $block ($_[0] =~ /((?:^ {4}.*\n|^\n(?= {4}))+)/mg) {
        (my $program = $block) =~ s{^ {4}}{}mg;
        $program =~ s{\A\n+}{};
        push @found, $program if $program =~ /\A(?:\w+ = |print\()/;
    }
    return @found;
}

# In a page: .Bd … .Ed after the comment `example`, with what it prints after `# prints`.
sub programs_of_page {
    my @found;
    while ($_[0] =~ /^\.\\" example\n\.Bd[^\n]*\n(.*?)^\.Ed\n/msg) {
        my $program = $1;
        $program =~ s/^\\&//mg;
        $program =~ s/\\\(dq/"/g;
        $program =~ s/\\-/-/g;
        $program =~ s/\\e/\\/g;
        push @found, $program;
    }
    return @found;
}

sub runs {
    my ($title, $program) = @_;
    my $want = join '', map { "$_\n" } $program =~ /#\s?prints (.*)$/mg;
    my $got = run({dir => workplace(), stdin => $program}, unc(), '-');
    my $why = $got->{code} ? $got->{err} : $want ? same_lines($got->{out}, $want) : '';
    ok(!$why, "$title runs") or diag("$program\n$why");
}
my @programs = programs_of_markdown(slurp('README.md'));
ok(@programs > 0, 'README.md shows a program');
runs('README.md, program ' . ($_ + 1), $programs[$_]) for 0 .. $#programs;
for my $path (files('man/*')) {
    my @examples = programs_of_page(slurp($path));
    runs("$path, example " . ($_ + 1), $examples[$_]) for 0 .. $#examples;
    my @commands = slurp($path) =~ /^\$ (unc -e '[^']*')\n((?:(?![.\$]).*\n)*)/mg;
    while (my ($command, $want) = splice @commands, 0, 2) {
        my ($code) = $command =~ /'(.*)'/;
        my $got = run({dir => workplace()}, unc(), '-e', $code);
        is($got->{out}, $want, "$path: $command");
    }
}

# ---- the header in its page, and the program there
my ($c) = slurp('man/libunc.3') =~ /^\.\\" program\n\.Bd[^\n]*\n(.*?)^\.Ed\n/ms;
$c =~ s/\\e/\\/g;
spew(workplace() . '/page.c', $c);
my $compiler = run($ENV{CC} || 'cc', qw(-std=c11 -Wall -Werror -fsyntax-only -Iinterp), workplace() . '/page.c');
ok($compiler->{code} == 0, 'the program of man/libunc.3 compiles') or diag($compiler->{err});
my @api = slurp('interp/unc.h') =~ /^UNC_API[^;]*?\b(unc_\w+)\s*\(/mg;
my $libunc = slurp('man/libunc.3');
my @absent = grep { $libunc !~ /^\.Fo? "?\Q$_\E\b/m && $libunc !~ /^\.Fn \Q$_\E\b/m } @api;
ok(!@absent, 'man/libunc.3 has every function of unc.h') or diag("@absent");

# ---- form
my %most = ('interp/README.md' => 199, 'README.md' => 70);
for my $path ('README.md', files('*/README.md')) {
    my $n = () = slurp($path) =~ /\n/g;
    my $most = $most{$path} // 60;
    cmp_ok($n, '<=', $most, "$path: at most $most lines");
}
SKIP: {
    skip 'mandoc is not here', 1 if system('command -v mandoc >/dev/null 2>&1') != 0;
    my $lint = run('mandoc', '-T', 'lint', '-W', 'warning', files('man/*'));
    ok($lint->{out} eq '', 'the pages are well formed') or diag($lint->{out});
}
done_testing();
