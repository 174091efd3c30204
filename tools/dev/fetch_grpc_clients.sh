#!/usr/bin/env bash
# Fetches the gRPC clients of Go and JavaScript that the tests call our service with, and h2spec, into build/third_party/grpc_clients/, once:
# Go's modules and npm's packages as tests/grpc_clients/ pins them by hash. The tests call this by themselves.
set -euo pipefail

source=tests/grpc_clients
target=build/third_party/grpc_clients
pins=$(cat "$source"/go/* "$source"/h2spec/* "$source"/javascript/package*.json | sha256sum)

mkdir -p "$target"
exec 9>"$target/lock"
flock 9 # tests run in several processes
[ "$(cat "$target/VERSION" 2>/dev/null)" != "$pins" ] || exit 0
cp "$source"/javascript/package*.json "$target/"
npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund --loglevel error >&2
output=$PWD/$target/go_client
(cd "$source/go" && go build -mod=readonly -o "$output" .) >&2
output=$PWD/$target/h2spec
(cd "$source/h2spec" && go build -mod=readonly -o "$output" github.com/summerwind/h2spec/cmd/h2spec) >&2
echo "$pins" >"$target/VERSION"
