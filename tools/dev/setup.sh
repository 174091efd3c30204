#!/usr/bin/env bash
# usage: ./dev setup [--list]
#
# Installs what the build and the tests need and this machine lacks: packages of Debian 12, nothing else. Says what it installs.
# When all is there it ends at once. Without root it prints the one command to run as root and stops.
#
#   --list   print the packages that are needed and stop
set -euo pipefail

# One line per purpose; docs/decisions/dependencies.md says why each library is here.
packages=(
  clang-19 libclang-rt-19-dev clang-format-19 clang-tidy-19 llvm-19 cmake ninja-build ccache mold pkg-config
  libboost1.81-dev libsqlite3-dev libssl-dev libcrypt-dev libre2-dev libzstd-dev libarchive-dev
  libnghttp2-dev nghttp2-client libprotobuf-dev protobuf-compiler zlib1g-dev
  nats-server libnats-dev
  postgresql-15 libpq-dev iproute2 iptables
  libcli11-dev libspdlog-dev prometheus-cpp-dev libseccomp-dev
  bubblewrap skopeo docker-registry ca-certificates curl
  docker.io busybox-static
  libgtest-dev libgmock-dev librapidcheck-dev
  python3 python3-pytest python3-pytest-xdist python3-jsonschema python3-yaml python3-requests python3-grpcio python3-protobuf libfaketime
)

if [ "${1:-}" = --list ]; then
  printf '%s\n' "${packages[@]}" npm golang-go
  exit 0
fi
[ $# -eq 0 ] || { echo "dev setup: '$1' is no option; see ./dev setup --help" >&2; exit 2; }

# npm fetches the API page's sources. It comes with some builds of Node.js, so the command counts, not the package.
command -v npm >/dev/null 2>&1 || packages+=(npm)
# Go builds one of the gRPC clients of the tests; it may have come otherwise, too.
command -v go >/dev/null 2>&1 || packages+=(golang-go)

installed=" $(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "${packages[@]}" 2>/dev/null | sed -n 's/^ii \{1,2\}//p' | tr '\n' ' ' || true)"
missing=()
for package in "${packages[@]}"; do
  case "$installed" in *" $package "*) ;; *) missing+=("$package") ;; esac
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  {
    echo "This machine lacks ${#missing[@]} packages. Run this as root, then try again:"
    echo "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  } >&2
  exit 1
fi

echo "setup: installing from Debian: ${missing[*]}"
log=$(mktemp)
no_daemons=/usr/sbin/policy-rc.d  # asked by Debian's packages before they start what they bring: tests start their own servers, on loopback
if [ -e "$no_daemons" ]; then no_daemons=; else printf '#!/bin/sh\nexit 101\n' >"$no_daemons" && chmod +x "$no_daemons"; fi
trap 'rm -f "$log" $no_daemons' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get -o DPkg::Lock::Timeout=300 update -q && apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  echo "setup: apt-get failed; its last words are above. It needs Debian 12 and a reachable package mirror." >&2
  exit 1
fi
echo "setup: done"
