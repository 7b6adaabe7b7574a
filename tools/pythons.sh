#!/usr/bin/env bash
# Puts Pythons that are missing here into a directory: tools/pythons.sh DIRECTORY VERSION...
# `tools/pythons.sh ~/.cache/pythons 3.14` makes ~/.cache/pythons/bin/python3.14. It installs nothing
# and needs no rights: it unpacks what Debian sid has, with sid's own C library, which Debian's apt
# downloads and checks. Ends with 1, and a line on stderr, where there is no such Python in the end.
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
for suite in sid bookworm; do
  echo "deb [signed-by=$keys] ${mirror:-http://deb.debian.org/debian} $suite main"
done >"$work/sources.list"
download() {
  apt-get -qq -o APT::Sandbox::User=root -o Debug::NoLocking=true -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::SourceList="$work/sources.list" -o Dir::State::Lists="$work/lists" \
    -o Dir::State::status="$work/status" -o Dir::Cache::Archives="$work/archives" \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "$@" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; fail "Debian sid does not have it"; }
}
unpack() {
  for package in "$work"/archives/*.deb; do
    dpkg-deb -x "$package" "$1"
  done
}

download update
packages=()
for version in "${missing[@]}"; do
  packages+=("python$version" "libpython$version-testsuite" "python$version-venv")
done
download install --download-only --no-install-recommends -y "${packages[@]}"
rm -f "$work"/archives/{dpkg,perl,tar,debconf,coreutils,base-files,init-system,install-info}*
unpack "$directory"
rm "$work"/archives/*.deb
(cd "$work/archives" && download download patchelf/bookworm) # sid's breaks programs
unpack "$work/tools"

loader=$(find "$directory" -name 'ld-linux-*.so.*' | head -n 1)
triplet=$(basename "$(dirname "$(find "$directory/usr/lib" -name 'libc.so.6' | head -n 1)")")
libraries=$directory/usr/lib/$triplet:$directory/lib/$triplet
mkdir -p "$directory/bin"
for version in "${missing[@]}"; do
  # An RPATH, unlike a RUNPATH, is also used for what the libraries and extension modules load.
  "$loader" --library-path "$libraries" "$work/tools/usr/bin/patchelf" --set-interpreter "$loader" \
    --force-rpath --set-rpath "$libraries" "$directory/usr/bin/python$version"
  ln -sf "../usr/bin/python$version" "$directory/bin/python$version"
  "$directory/bin/python$version" -VV
done
