#!/usr/bin/env bash
# Downloads a project's own source, as Debian sid has it, into a directory, and prints the file's path:
# tools/debian_source.sh DIRECTORY NAME. It is for projects whose releases on PyPI lack their tests.
# It installs nothing and needs no rights; Debian's apt downloads and checks the file.
set -euo pipefail
directory=$(mkdir -p "$1" && cd "$1" && pwd)
name=$2

fail() { echo "tools/debian_source.sh: cannot get the source of $name: $1" >&2; exit 1; }
. "$(dirname "$0")/debian_apt.sh"

use deb-src sid
mkdir "$work/source"
cd "$work/source"
download apt-get source --download-only --tar-only "$name"
mv -- *.orig.tar.* "$directory"
ls "$directory/$name"_*.orig.tar.*
