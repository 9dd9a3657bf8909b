#!/bin/sh
# compile_with_ccache.sh CCACHE COMPILER ARG...: what CMake puts before each compilation.
# ccache takes a precompiled header that lies beside its source for one that the compilation uses, and
# then never looks at the headers inside: a changed .proto would give the old one back. So an old one
# goes before a new one is made.
set -eu
header=no output=no previous=
for argument; do
  case $previous in
    -x) if [ "$argument" = c++-header ]; then header=yes; fi ;;
    -o) output=$argument ;;
  esac
  previous=$argument
done
if [ "$header" = yes ] && [ "$output" != no ]; then rm -f -- "$output"; fi
# What ccache has to be told before it keeps anything that uses a precompiled header.
export CCACHE_SLOPPINESS=pch_defines,time_macros
exec "$@"
