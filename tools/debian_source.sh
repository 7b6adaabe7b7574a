#!/usr/bin/env bash
# Downloads a project's own source, as Debian sid has it, into a directory, and prints the file's path:
# tools/debian_source.sh DIRECTORY NAME. It is for projects whose releases on PyPI lack their tests.
# It installs nothing and needs no rights; Debian's apt downloads and checks the file.
set -euo pipefail
directory=$(mkdir -p "$1" && cd "$1" && pwd)
name=$2

fail() { echo "tools/debian_source.sh: cannot get the source of $name: $1" >&2; exit 1; }
command -v apt-get >/dev/null || fail "no apt-get here"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keys" ] || fail "no $keys here: this is not Debian"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/source"
: >"$work/status"
mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
  head -n 1 | tr -d ' ') || true
echo "deb-src [signed-by=$keys] ${mirror:-http://deb.debian.org/debian} sid main" >"$work/sources.list"
download() {
  apt-get -qq -o APT::Sandbox::User=root -o Debug::NoLocking=true -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::SourceList="$work/sources.list" -o Dir::State::Lists="$work/lists" \
    -o Dir::State::status="$work/status" -o Dir::Cache::Archives="$work/archives" \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "$@" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; fail "Debian sid does not have it"; }
}

download update
cd "$work/source"
download source --download-only --tar-only "$name"
mv -- *.orig.tar.* "$directory"
ls "$directory/$name"_*.orig.tar.*
