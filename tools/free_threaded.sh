#!/usr/bin/env bash
# Builds a Python without the global lock, which Debian does not have, into a directory:
# tools/free_threaded.sh DIRECTORY. It takes the newest of CPython's sources that can be downloaded from
# Debian sid, whose apt checks them, and makes DIRECTORY/bin/python3t. It needs a C compiler and the headers
# of the libraries that CPython uses, installs nothing elsewhere, and takes two minutes on two cores.
set -euo pipefail
directory=$(mkdir -p "$1" && cd "$1" && pwd)
"$directory/bin/python3t" -c "" 2>/dev/null && exit 0

fail() { echo "tools/free_threaded.sh: cannot make a free-threaded Python: $1" >&2; exit 1; }
. "$(dirname "$0")/debian_apt.sh"
for program in cc make; do
  command -v "$program" >/dev/null || fail "no $program here: apt-get install build-essential"
done

use deb-src sid
mkdir "$work/source" "$work/build"
cd "$work/source"
for name in python3.15 python3.14 python3.13; do
  versions=$(download apt-cache showsrc "$name" && sed -n 's/^Version: //p' "$work/log" | sort -rV)
  for version in $versions; do
    # A mirror may list a source that it does not have any more.
    (fail() { exit 1; }; download apt-get source --download-only --tar-only "$name=$version") 2>/dev/null || continue
    break 2
  done
done
ls ./*.orig.tar.* >/dev/null 2>&1 || fail "none of the sources can be downloaded"
tar xf ./*.orig.tar.*
cd "$work/build"
{
  "$work"/source/*/configure --prefix="$directory" --disable-gil --disable-test-modules
  make -j"$(nproc)"
  make install
} >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; fail "the build failed"; }
ln -sf "$(basename "$(ls "$directory"/bin/python3.*t | head -n 1)")" "$directory/bin/python3t"
"$directory/bin/python3t" -VV
