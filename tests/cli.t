#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The command: what it takes, what it prints where, and its exit status.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

# told TITLE, [STATUS, OUT, ERR], ({stdin}), ARG…: OUT is exact, ERR a pattern.
sub told {
    my ($title, $want, @command) = @_;
    my $how = ref $command[0] ? shift @command : {};
    my $r = run({%$how, dir => workplace()}, unc(), @command);
    my ($status, $out, $err) = @$want;
    my @why;
    push @why, "status $r->{code}, not $status" if $r->{code} != $status;
    push @why, "output '$r->{out}', not '$out'" if ref $out ? $r->{out} !~ $out : $r->{out} ne $out;
    push @why, "messages '$r->{err}'" if $r->{err} !~ ($err // qr/^$/);
    ok(!@why, $title) or diag(join "\n", @why);
}

my $dir = workplace();
spew("$dir/one.unc", "print(1 + 1)\n");
spew("$dir/args.unc", "print(args)\n");
spew("$dir/wrong.unc", "print(1)\nprint(nosuchname)\n");
spew("$dir/good_check.unc", "x = 1\ncheck \"one\" { x == 1 }\n");
spew("$dir/bad_check.unc", "x = 1\ncheck \"one\" { x == 1 }\ncheck \"two\" { x == 2 }\n");

told('a file', [0, "2\n"], 'one.unc');
told('a piece of code', [0, "1\n"], '-e', 'print(1)');
told('standard input', [0, "3\n"], {stdin => "print(3)\n"}, '-');
spew("$dir/sized.unc", "print(zeros(number(args[0])))\n");
told('an argument as a number', [0, qr/^\[0, 0\]$/m], 'sized.unc', '2');
told('an argument that is not there', [1, '', qr/E0328.*unc FILE ARG/s], 'sized.unc');
told('arguments are not known before', [0, qr/^$/], 'check', 'sized.unc');
told('arguments of a program', [0, qr/a.*--seed/], 'args.unc', 'a', '--seed');
told('the version', [0, qr/^unc \d+\.\d+\.\d+\n$/], '--version');
told('help', [0, qr/^unc: .*unc test/s], '--help');
told('an error in the program', [1, qr//, qr/error\[E\d+\].*nosuchname/s], 'wrong.unc');
told('a file that is not there', [1, '', qr/absent\.unc/], 'absent.unc');
told('a folder', [1, '', qr/./], 'examples');
told('an unknown option', [2, '', qr/--frob/], '--frob');
told('an option without its value', [2, '', qr/-e/], '-e');
told('a seed that is no number', [2, '', qr/--seed/], '--seed', 'x', 'one.unc');
told('no threads', [2, '', qr/--threads/], '--threads', '0', 'one.unc');
told('options before the file', [0, "2\n"], '--seed', '3', '--threads=1', 'one.unc');
spew("$dir/wrongs.unc", "x = nosuch\ny = 1\nprint(y, alsono)\n");
told('check of a right program', [0, ''], 'check', 'one.unc');
told('check runs nothing and tells all', [1, '', qr/wrongs\.unc:1:5.*wrongs\.unc:3:10/s], 'check', 'wrongs.unc');
told('check of two files', [1, '', qr/nosuchname/], 'check', 'one.unc', 'wrong.unc');
told('check for tools', [1, qr/^\{"code": "E0101".*"line": 1, "column": 5, "end_line": 1, "end_column": 11.*\}\n\{.*"line": 3.*\}\n$/],
    'check', '--json', 'wrongs.unc');
spew("$dir/doubtful.unc", "x = 1\nx == 2\n");
told('a warning is no error', [0, '', qr/^warning\[W0006\]/], 'check', 'doubtful.unc');
told('unless it is to be', [1, '', qr/^warning\[W0006\]/], 'check', '--strict', 'doubtful.unc');
told('a program with one runs', [0, '', qr/^warning\[W0006\]/], 'doubtful.unc');
told('check without a file', [2, '', qr/file/], 'check');
told('an unknown option of check', [2, '', qr/--soul/], 'check', '--soul', 'one.unc');
told('test without a file', [2, '', qr/test/], 'test');
told('test, passed', [0, qr/^ok 1 - one\n1\.\.1\n$/], 'test', 'good_check.unc');
told('test, failed', [1, qr/^ok 1 - one\nnot ok 2 - two\n(# .*\n)*1\.\.2\n$/], 'test', 'bad_check.unc');
told('test of two files', [0, qr/^ok 1 - one\nok 2 - one\n1\.\.2\n$/], 'test', ('good_check.unc') x 2);
told('test of a wrong program', [1, qr/^not ok 1/m, qr/nosuchname/], 'test', 'wrong.unc');
told('what a tested program prints is a comment', [0, qr/^# 2\n/], 'test', 'one.unc');
told("checks are skipped when a program runs", [0, ''], 'bad_check.unc');
told("dump --$_", [0, qr/./], 'dump', "--$_", 'one.unc') for qw(tokens ast checked);
told('dump without a stage', [2, '', qr/stage/], 'dump', 'one.unc');
told('an unknown stage', [2, '', qr/--soul/], 'dump', '--soul', 'one.unc');
told('what a code means', [0, qr/./], 'explain', 'E0101');
my @codes = slurp('interp/base/diag.def') =~ /^\s*DIAG\(\s*(\w+)/gm;
for my $code (@codes) {
    my $r = run(unc(), 'explain', $code);
    my $text = $r->{out};
    utf8::decode($text);
    my $page = $text =~ /^\S.*\.$/m && $text !~ /^\S.{80}/m;
    $page &&= $text =~ /\n\nA program that shows it:\n\n    .*\n\nRepaired:\n\n    /s;
    ok($r->{code} == 0 && $page, "the page of $code") or diag($r->{out});
}
told('a code that is none', [1, '', qr/E9999/], 'explain', 'E9999');
told('documentation', [0, qr/Normal\(/], 'doc', 'Normal');
told('documentation of a word that is an attack, too', [0, qr/^square\(x\)\n.*^attack square\(/ms], 'doc', 'square');
told('no documentation', [1, '', qr/nosuchname/], 'doc', 'nosuchname');
told('what comes later is refused', [2, '', qr/fmt/], 'fmt', 'one.unc');

my $lines = "x = [1,\n 2]\nsum(x)\n:vars\nnosuchname\ny = 5\ny\n";
told('the REPL without a terminal', [1, qr/^3\n.*x: .*\n5\n$/s, qr/nosuchname/], {stdin => $lines});
told(':type', [0, qr/real.*3/], {stdin => ":type [1.0, 2.0, 3.0]\n"});
told(':load and :quit', [0, "2\n"], {stdin => ":load one.unc\n:quit\nprint(7)\n"});
told('an unfinished end', [1, '', qr/error/], {stdin => "f(\n"});
if (-w '/dev/full') {
    my $r = run('/bin/sh', '-c', unc() . " -e 'print(1)' > /dev/full");
    is($r->{code}, 1, 'output that cannot be written');
}

my $code = 'write_csv({x = [1, 2]}, "out.csv")';
told('a program writes below its folder', [0, ''], '-e', $code);
is(slurp("$dir/out.csv"), "x\n1\n2\n", 'whole');
my $outside = File::Temp::tempdir(CLEANUP => 1);
$code = "write_csv({x = [1, 2]}, \"$outside/out.csv\")";
told('and not elsewhere', [1, '', qr/E0542.*out\.csv/], '-e', $code);
symlink $outside, "$dir/link";
told('nor through a link', [1, '', qr/E0542/], '-e', 'write_csv({x = [1, 2]}, "link/out.csv")');
ok(!-e "$outside/out.csv", 'nothing was written');
told('unless it may', [0, ''], '--allow-write', $outside, '-e', $code);
done_testing();
