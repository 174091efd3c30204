#pragma once

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>

#include "adapters/system/file_descriptor.h"

namespace orc {

// A server on loopback that takes connections and never says a word. Throws std::system_error where it cannot be made.
class SilentServer {
 public:
  SilentServer() {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    auto* const address = reinterpret_cast<sockaddr*>(&address_);
    if (::bind(socket_.get(), address, size) != 0 || ::listen(socket_.get(), 8) != 0 || ::getsockname(socket_.get(), address, &size) != 0)
      throw std::system_error(errno, std::generic_category(), "a silent server");
  }

  int port() const { return ::ntohs(address_.sin_port); }

 private:
  FileDescriptor socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address_{};
};

}  // namespace orc
