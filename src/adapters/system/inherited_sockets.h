#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/system/file_descriptor.h"
#include "domain/result.h"

namespace orc {

// InheritedSockets are TCP sockets that a supervisor opened, has listening, and handed to this process: socket activation, as systemd does
// it (sd_listen_fds(3): LISTEN_FDS descriptors from 3 on, if LISTEN_PID is this process). As the supervisor keeps them open, and may hand
// them to several processes, no connection is lost while one process stops and another starts. Not thread-safe.
class InheritedSockets {
 public:
  // Takes over what LISTEN_FDS names, and removes the variables, so that no child looks for them. Call once, early.
  // Errors: invalid_argument, if a variable is malformed or a descriptor is no listening TCP socket.
  static Result<InheritedSockets> from_environment();

  // The socket that listens there, if it was handed over and not taken yet. `host` is a numeric address or "localhost" (127.0.0.1).
  std::optional<FileDescriptor> take(const std::string& host, std::uint16_t port);

  // host:port of those that nobody took.
  std::vector<std::string> left() const;

 private:
  struct Listening {
    FileDescriptor socket;
    std::string address;  // numeric
    std::uint16_t port = 0;
  };
  static Result<Listening> examine(FileDescriptor socket);

  std::vector<Listening> sockets_;
};

}  // namespace orc
