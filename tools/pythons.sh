#!/usr/bin/env bash
# Puts Pythons that are missing here into a directory: tools/pythons.sh DIRECTORY NAME...
# `tools/pythons.sh ~/.cache/pythons python3.14` makes ~/.cache/pythons/bin/python3.14. It installs
# nothing and needs no rights: it unpacks what Debian has, with CPython's own tests and the release's own C
# library, which Debian's apt downloads and checks. `pypy3` is the newest PyPy. What sid has comes into DIRECTORY itself; what
# only an older release has, into a directory of that release: ~/.cache/pythons/bookworm.
# Ends with 1, and a line on stderr, where there is no such Python in the end.
set -euo pipefail
umask 022
directory=$(mkdir -p "$1" && cd "$1" && pwd)
shift
missing=()
for name in "$@"; do
  "$directory/bin/$name" -c "" 2>/dev/null || missing+=("$name")
done
[ ${#missing[@]} -gt 0 ] || exit 0

fail() { echo "tools/pythons.sh: cannot get ${missing[*]}: $1" >&2; exit 1; }
trap 'fail "line $LINENO failed"' ERR
. "$(dirname "$0")/debian_apt.sh"
unpack() {
  for package in "$work"/archives/*.deb; do
    dpkg-deb -x "$package" "$1"
  done
}

mkdir "$work/tools"
use deb bookworm
(cd "$work/archives" && download apt-get download patchelf) # sid's breaks programs
unpack "$work/tools"
mkdir -p "$directory/bin"
for suite in sid trixie bookworm; do
  [ ${#missing[@]} -gt 0 ] || break
  use deb "$suite"
  found=() packages=() still=()
  all=$(download apt-cache pkgnames && cat "$work/log")
  for name in "${missing[@]}"; do
    tests=lib$name-testsuite
    [ "$name" != pypy3 ] || tests=
    if grep -qx "${tests:-$name}" <<<"$all"; then
      found+=("$name")
      packages+=("$name" "$name-venv" $tests)
    else
      still+=("$name")
    fi
  done
  [ ${#found[@]} -gt 0 ] || continue
  root=$directory inside=..
  [ "$suite" = sid ] || { root=$directory/$suite inside=../$suite; }
  mkdir -p "$root"
  rm -f "$work"/archives/*.deb
  download apt-get install --download-only --no-install-recommends -y "${packages[@]}"
  rm -f "$work"/archives/{dpkg,perl,tar,debconf,coreutils,base-files,init-system,install-info}*
  unpack "$root"

  loader=$({ find "$root"/{,usr/}lib -type f -name 'ld-linux-*.so.*' 2>/dev/null || true; } | head -n 1)
  triplet=$(basename "$(dirname "$loader")")
  libraries=$root/usr/lib/$triplet:$root/lib/$triplet
  for name in "${found[@]}"; do
    # An RPATH, unlike a RUNPATH, is also used for what the libraries and extension modules load.
    "$loader" --library-path "$libraries" "$work/tools/usr/bin/patchelf" --set-interpreter "$loader" \
      --force-rpath --set-rpath "$libraries" "$(readlink -f "$root/usr/bin/$name")"
    ln -sf "$inside/usr/bin/$name" "$directory/bin/$name"
    "$directory/bin/$name" -VV
  done
  missing=("${still[@]}")
done
[ ${#missing[@]} -eq 0 ] || fail "Debian does not have it"
