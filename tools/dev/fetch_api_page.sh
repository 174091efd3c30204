#!/usr/bin/env bash
# Fetches the sources of the interactive API page (swagger-ui) from npm into build/third_party/swagger-ui/, once. The build embeds
# them, so a running server asks nobody for anything. The archive is pinned by its SHA-512. The build calls this by itself.
set -euo pipefail

version=5.35.0
sha512=534eaba4cb56f55dd73c638179a993512af4674f63317e0826e00da44fc465b021c341bc0a0c2bcd4e18997927fe1d3008336c5dd19aad334d1c2dec53cc9551
wanted=(package/swagger-ui-bundle.js package/swagger-ui.css package/LICENSE package/NOTICE)
target=build/third_party/swagger-ui

if [ "$(cat "$target/VERSION" 2>/dev/null)" = "$version" ]; then
  touch "$target"/swagger-ui* # newer than this script, or the build would ask again
  exit 0
fi
echo "build: fetching swagger-ui-dist $version"
mkdir -p "$target"
archive=$(mktemp -d)
trap 'rm -rf "$archive"' EXIT
if ! npm pack --loglevel error --pack-destination "$archive" "swagger-ui-dist@$version" >"$archive/log" 2>&1; then
  cat "$archive/log" >&2
  echo "build: npm could not fetch swagger-ui-dist $version; its words are above" >&2
  exit 1
fi
file="$archive/swagger-ui-dist-$version.tgz"
if ! echo "$sha512  $file" | sha512sum --check --status; then
  echo "build: swagger-ui-dist $version is not the archive that was pinned (SHA-512 differs); not used" >&2
  exit 1
fi
tar -xzmf "$file" -C "$target" --strip-components=1 "${wanted[@]}"
echo "$version" >"$target/VERSION"
