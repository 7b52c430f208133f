#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The library shows unc_* and nothing else, and holds no writable global.
use strict;
use warnings;
use lib 'tests';
use Run;
use Test::More;

plan skip_all => 'sanitizers and coverage add globals of their own' if build_name() ne 'release';
my $lib = 'build/release/libunc.a';

my @shown = map { (split)[-1] } grep { / [A-Z] / } split /\n/, run('nm', '-g', '--defined-only', $lib)->{out};
my @strange = grep { !/^unc_/ } @shown;
ok(!@strange, 'every exported name begins with unc_') or diag("@strange");

my %declared = map { $_ => 1 } slurp('interp/unc.h') =~ /^UNC_API[^;]*?\b(unc_\w+)\s*\(/gm;
is_deeply([sort @shown], [sort keys %declared], 'unc.h declares what is exported, and all of it is there');

my @writable;
for (split /\n/, run('objdump', '-t', $lib)->{out}) {
    # address flags section size name; .data.rel.ro is const data with addresses in it
    next if !/ (\.data|\.bss|\*COM\*|\.tdata|\.tbss)(?:\.(?!rel\.ro)\S*)?\s+([0-9a-f]+)\s+(?:\.hidden )?(\S+)$/;
    push @writable, $3 if hex $2;
}
ok(!@writable, 'no writable globals') or diag("@writable");
done_testing();
