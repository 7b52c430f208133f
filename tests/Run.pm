# SPDX-License-Identifier: MIT
# What the .t files share: running a program with its input, output and time, reading
# files, and a folder in which programs may leave pictures.
package Run;
use strict;
use warnings;
use Cwd 'abs_path';
use Exporter 'import';
use File::Temp 'tempdir';
use Time::HiRes qw(sleep time);
our @EXPORT = qw(run unc slurp spew files workplace quick build_name same_lines);

my $here = abs_path('.');
my $scratch = tempdir(CLEANUP => 1);

sub build_name { $ENV{BUILD} || 'release' }
sub quick { $ENV{UNC_QUICK} }    # under sanitizers: no long fits

# The program under test, as an absolute path.
sub unc { abs_path($ENV{UNC} || 'build/unc') }

sub slurp {
    my ($path) = @_;
    open my $f, '<', $path or die "$path: $!";
    local $/;
    my $text = <$f>;
    return $text // '';
}

sub spew {
    my ($path, $text) = @_;
    open my $f, '>', $path or die "$path: $!";
    print $f $text;
    close $f or die "$path: $!";
}

sub files { my ($pattern) = @_; return sort glob $pattern }

# Seconds of processor time that a process has had.
sub worked {
    my ($pid) = @_;
    my @field = split ' ', slurp("/proc/$pid/stat") =~ s/^.*\) //r;
    return ($field[11] + $field[12]) / 100; # clock ticks, 100 a second on Linux
}

# run({stdin => TEXT, dir => DIR, interrupt => SECONDS of work}, PROGRAM, ARG…): {code, out,
# err, seconds, worked (of processor time)}; a program that a signal ended has the code 128 + its number, as in a shell.
sub run {
    my $how = ref $_[0] ? shift : {};
    my @command = @_;
    my ($in, $out, $err) = map { "$scratch/$_" } qw(in out err);
    spew($in, $how->{stdin} // '');
    my ($began, @before) = (time, times);
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDIN,  '<', $in  or die;
        open STDOUT, '>', $out or die;
        open STDERR, '>', $err or die;
        chdir $how->{dir} or die if $how->{dir};
        exec { $command[0] } @command;
        exit 127;
    }
    if ($how->{interrupt}) {
        sleep 0.02 while waitpid($pid, 1) == 0 && worked($pid) < $how->{interrupt}; # WNOHANG
        kill INT => $pid;
    }
    waitpid $pid, 0;
    my @after = times;
    my $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;
    return {code => $code, out => slurp($out), err => slurp($err), seconds => time - $began,
        worked => $after[2] + $after[3] - $before[2] - $before[3]};
}

# A folder to run programs of the project from: what they read is there, what they write
# does not litter the project.
sub workplace {
    my $dir = "$scratch/unc";
    if (!-d $dir) {
        mkdir $dir or die;
        symlink "$here/$_", "$dir/$_" for qw(examples tests build);
        symlink abs_path("$here/../shared"), "$scratch/shared" if -d "$here/../shared";
    }
    return $dir;
}

# Where two texts differ first, in words, or nothing.
sub same_lines {
    my ($got, $want) = @_;
    my @got = split /\n/, $got, -1;
    my @want = split /\n/, $want, -1;
    for my $i (0 .. ($#got > $#want ? $#got : $#want)) {
        my ($g, $w) = ($got[$i] // '(nothing)', $want[$i] // '(nothing)');
        return sprintf "line %d\n   got: %s\n  want: %s", $i + 1, $g, $w if $g ne $w;
    }
    return;
}

1;
