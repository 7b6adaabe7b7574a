#!/usr/bin/env bash
# Puts Pythons that are missing here into a directory: tools/pythons.sh DIRECTORY VERSION...
# `tools/pythons.sh ~/.cache/pythons 3.14` makes ~/.cache/pythons/bin/python3.14. It installs nothing
# and needs no rights: it unpacks what Debian has, with CPython's own tests and the release's own C
# library, which Debian's apt downloads and checks. What sid has comes into DIRECTORY itself; what
# only an older release has, into a directory of that release: ~/.cache/pythons/bookworm.
# Ends with 1, and a line on stderr, where there is no such Python in the end.
set -euo pipefail
umask 022
directory=$(mkdir -p "$1" && cd "$1" && pwd)
shift
missing=()
for version in "$@"; do
  "$directory/bin/python$version" -c "" 2>/dev/null || missing+=("$version")
done
[ ${#missing[@]} -gt 0 ] || exit 0

fail() { echo "tools/pythons.sh: cannot get Python ${missing[*]}: $1" >&2; exit 1; }
trap 'fail "line $LINENO failed"' ERR
for program in apt-get dpkg-deb; do
  command -v "$program" >/dev/null || fail "no $program here; install them in another way, as with pyenv or uv"
done
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keys" ] || fail "no $keys here: this is not Debian"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/tools"
: >"$work/status" # nothing is installed, so that all that is needed comes along
mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
  head -n 1 | tr -d ' ') || true
use() { # takes packages from one release only, as two of them do not fit together
  echo "deb [signed-by=$keys] ${mirror:-http://deb.debian.org/debian} $1 main" >"$work/sources.list"
  download apt-get update
}
download() {
  "$1" -qq -o APT::Sandbox::User=root -o Debug::NoLocking=true -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::SourceList="$work/sources.list" -o Dir::State::Lists="$work/lists" \
    -o Dir::State::status="$work/status" -o Dir::Cache::Archives="$work/archives" \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "${@:2}" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; fail "apt failed"; }
}
unpack() {
  for package in "$work"/archives/*.deb; do
    dpkg-deb -x "$package" "$1"
  done
}

use bookworm
(cd "$work/archives" && download apt-get download patchelf) # sid's breaks programs
unpack "$work/tools"
mkdir -p "$directory/bin"
for suite in sid trixie bookworm; do
  [ ${#missing[@]} -gt 0 ] || break
  use "$suite"
  versions=() packages=() still=()
  names=$(download apt-cache pkgnames && cat "$work/log")
  for version in "${missing[@]}"; do
    if grep -qx "libpython$version-testsuite" <<<"$names"; then
      versions+=("$version")
      packages+=("python$version" "libpython$version-testsuite" "python$version-venv")
    else
      still+=("$version")
    fi
  done
  [ ${#versions[@]} -gt 0 ] || continue
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
  for version in "${versions[@]}"; do
    # An RPATH, unlike a RUNPATH, is also used for what the libraries and extension modules load.
    "$loader" --library-path "$libraries" "$work/tools/usr/bin/patchelf" --set-interpreter "$loader" \
      --force-rpath --set-rpath "$libraries" "$root/usr/bin/python$version"
    ln -sf "$inside/usr/bin/python$version" "$directory/bin/python$version"
    "$directory/bin/python$version" -VV
  done
  missing=("${still[@]}")
done
[ ${#missing[@]} -eq 0 ] || fail "Debian does not have it"
