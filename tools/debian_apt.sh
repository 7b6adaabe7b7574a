# Sourced by scripts beside it: Debian's apt in a directory of its own, which `$work` names and the end
# of the script removes. It downloads and checks packages, installs nothing and needs no rights.
# The script has a function `fail`, which gets what went wrong.
for program in apt-get dpkg-deb; do
  command -v "$program" >/dev/null || fail "no $program here; install them in another way, as with pyenv or uv"
done
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keys" ] || fail "no $keys here: this is not Debian"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial"
: >"$work/status" # nothing is installed, so that all that is needed comes along
mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
  head -n 1 | tr -d ' ') || true
use() { # `use deb sid` takes packages from one release only, as two of them do not fit together
  echo "$1 [signed-by=$keys] ${mirror:-http://deb.debian.org/debian} $2 main" >"$work/sources.list"
  download apt-get update
}
download() {
  "$1" -qq -o APT::Sandbox::User=root -o Debug::NoLocking=true -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::SourceList="$work/sources.list" -o Dir::State::Lists="$work/lists" \
    -o Dir::State::status="$work/status" -o Dir::Cache::Archives="$work/archives" \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "${@:2}" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; fail "apt failed"; }
}
