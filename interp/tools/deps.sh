#!/bin/sh
# SPDX-License-Identifier: MIT
# Finds what the build needs, installs what is missing where it may (apt, as root or by
# sudo without a password), else prints the one line to run. Then writes the make
# variables of this machine. Usage: deps.sh CONFIG [dev]
set -eu
config=$1
cc=${CC:-gcc}

has() { command -v "$1" >/dev/null 2>&1; }

# Does a line of C (headers, libraries) compile and link?
links() { # header flags…
    header=$1
    shift
    printf '#include <stddef.h>\n#include <stdio.h>\n#include <%s>\nint main(void){return 0;}\n' \
        "$header" | "$cc" -x c - -o /dev/null "$@" >/dev/null 2>&1
}

multiarch() { "$cc" -print-multiarch 2>/dev/null || true; }

blas_dir() { # the folder of the static pthread build, where there is one
    for d in "/usr/lib/$(multiarch)/openblas-pthread" /usr/lib/openblas-pthread \
        /usr/local/lib; do
        if [ -f "$d/libopenblas.a" ]; then
            echo "$d"
            return
        fi
    done
}

blas_flags() {
    d=/usr/include/$(multiarch)/openblas-pthread
    if [ -f "$d/cblas.h" ]; then echo "-I$d"; else pkg-config --cflags openblas 2>/dev/null || true; fi
}

blas_libs() {
    d=$(blas_dir)
    if [ -n "$d" ]; then
        fortran=
        for lib in gfortran quadmath; do
            if [ "$("$cc" -print-file-name=lib$lib.so)" != "lib$lib.so" ]; then
                fortran="$fortran -l$lib"
            fi
        done
        echo "$d/libopenblas.a -Wl,--as-needed$fortran -Wl,--no-as-needed"
    else
        echo "-lopenblas"
    fi
}

# Pictures: the static libraries where they are there, so that a start loads nothing.
picture_libs() {
    for lib in turbojpeg png z; do
        at=$("$cc" -print-file-name=lib$lib.a)
        if [ "$at" != lib$lib.a ]; then echo "$at"; else echo "-l$lib"; fi
    done
}

# The search of fits over whole data.
lbfgs_libs() {
    at=$("$cc" -print-file-name=liblbfgs.a)
    if [ "$at" != liblbfgs.a ]; then echo "$at"; else echo "-llbfgs"; fi
}

missing() { # Debian's names of what is not there
    [ -f build/gen/syntax.c ] && [ -f build/gen/tokens.c ] || { has lemon || echo lemon; }
    [ -f build/gen/tokens.c ] || has re2c || echo re2c
    has pkg-config || echo pkg-config
    has prove || echo perl
    if ! has "$cc" || ! links stdlib.h; then
        echo "gcc libc6-dev libffi-dev libopenblas-dev libedit-dev libpng-dev libturbojpeg0-dev zlib1g-dev liblbfgs-dev"
        return
    fi
    links ffi.h -lffi || echo libffi-dev
    links histedit.h -ledit || echo libedit-dev
    links zlib.h -lz || echo zlib1g-dev
    links png.h -lpng -lz || echo libpng-dev
    links turbojpeg.h -lturbojpeg || echo libturbojpeg0-dev
    links lbfgs.h -llbfgs -lm || echo liblbfgs-dev
    # shellcheck disable=SC2046
    { [ -n "$(blas_dir)" ] || links cblas.h $(blas_flags) -lopenblas; } || echo libopenblas-dev
}

missing_dev() {
    has clang || echo clang
    has clang-format || echo clang-format
    has clang-tidy || echo clang-tidy
    has mandoc || echo mandoc
    # the runtime of sanitizers and fuzzers, apart from the compiler
    echo 'int main(void){return 0;}' |
        clang -x c - -fsanitize=address,undefined -o /dev/null >/dev/null 2>&1 ||
        echo libclang-rt-14-dev
}

install_packages() {
    run=
    if [ "$(id -u)" != 0 ]; then
        run="sudo -n"
        if ! has sudo || ! sudo -n true 2>/dev/null; then run=none; fi
    fi
    if [ "$run" = none ] || ! has apt-get; then
        echo "unc needs packages that are not installed. Run this once:" >&2
        echo "    sudo apt-get update && sudo apt-get install -y $*" >&2
        exit 1
    fi
    echo "installing: $*" >&2
    export DEBIAN_FRONTEND=noninteractive
    $run apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 || {
        $run apt-get update -qq
        $run apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    }
}

list=$(missing)
[ "${2:-}" != dev ] || list="$list $(missing_dev)"
list=$(echo $list)
# shellcheck disable=SC2086
[ -z "$list" ] || install_packages $list

mkdir -p "$(dirname "$config")"
cat >"$config.tmp" <<END
# Written by interp/tools/deps.sh for this machine; \`make deps\` writes it again.
MACHINE   := $("$cc" -dumpmachine | cut -d- -f1)
BLAS_INC  := $(blas_flags)
BLAS_LIBS := $(blas_libs)
FFI_INC   := $(pkg-config --cflags libffi 2>/dev/null)
FFI_LIBS  := $(pkg-config --libs libffi 2>/dev/null || echo -lffi)
PICT_LIBS := $(picture_libs | tr '\n' ' ')
FIT_LIBS  := $(lbfgs_libs)
EDIT_INC  := $(pkg-config --cflags libedit 2>/dev/null)
EDIT_LIBS := $(pkg-config --libs libedit 2>/dev/null || echo -ledit)
END
mv "$config.tmp" "$config"
