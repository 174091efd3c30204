//go:build tools

// Keeps h2spec, whose command fetch_grpc_clients.sh builds, among what go.mod needs.
package tools

import _ "github.com/summerwind/h2spec/cmd/h2spec"
