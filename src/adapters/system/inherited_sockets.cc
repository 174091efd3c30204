#include "adapters/system/inherited_sockets.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <string_view>
#include <sys/socket.h>

namespace orc {
namespace {

constexpr int first_descriptor = 3;
constexpr int descriptors_max = 64;

std::optional<int> number_in(const char* variable) {
  const char* const text = std::getenv(variable);
  if (!text) return {};
  const std::string_view digits(text);
  int number = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} && end == digits.data() + digits.size() ? number : -1;
}

}  // namespace

Result<InheritedSockets> InheritedSockets::from_environment() {
  InheritedSockets inherited;
  const auto process = number_in("LISTEN_PID");
  const auto count = number_in("LISTEN_FDS");
  if (!process || !count || *process != getpid()) return inherited;  // meant for another process, or for nobody
  for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(variable);
  if (*count < 0 || *count > descriptors_max)
    return fail(ErrorCode::invalid_argument, "LISTEN_FDS must be a number from 0 to " + std::to_string(descriptors_max));
  for (int number = first_descriptor; number < first_descriptor + *count; ++number) {
    auto listening = examine(FileDescriptor(number));
    if (!listening) return pass_on(listening);
    inherited.sockets_.push_back(std::move(*listening));
  }
  return inherited;
}

Result<InheritedSockets::Listening> InheritedSockets::examine(FileDescriptor socket) {
  const std::string which = "descriptor " + std::to_string(socket.get()) + " of LISTEN_FDS";
  int is_listening = 0;
  socklen_t size = sizeof is_listening;
  if (fcntl(socket.get(), F_SETFD, FD_CLOEXEC) != 0 || getsockopt(socket.get(), SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) != 0 ||
      !is_listening)
    return fail(ErrorCode::invalid_argument, which + " is no socket that listens");
  sockaddr_storage where{};
  size = sizeof where;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&where), &size) != 0) where.ss_family = AF_UNSPEC;
  std::uint16_t port = 0;
  const void* address = nullptr;
  if (where.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(where);
    port = ntohs(v4.sin_port);
    address = &v4.sin_addr;
  } else if (where.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(where);
    port = ntohs(v6.sin6_port);
    address = &v6.sin6_addr;
  }
  if (!address || !inet_ntop(where.ss_family, address, text.data(), text.size()))
    return fail(ErrorCode::invalid_argument, which + " listens on no TCP port");
  return Listening{.socket = std::move(socket), .address = text.data(), .port = port};
}

std::optional<FileDescriptor> InheritedSockets::take(const std::string& host, std::uint16_t port) {
  const std::string address = host == "localhost" ? "127.0.0.1" : host;
  const auto found =
      std::ranges::find_if(sockets_, [&](const Listening& listening) { return listening.address == address && listening.port == port; });
  if (found == sockets_.end()) return {};
  FileDescriptor socket = std::move(found->socket);
  sockets_.erase(found);
  return socket;
}

std::vector<std::string> InheritedSockets::left() const {
  std::vector<std::string> places;
  for (const Listening& listening : sockets_) {
    const bool is_v6 = listening.address.contains(':');
    places.push_back((is_v6 ? "[" + listening.address + "]" : listening.address) + ":" + std::to_string(listening.port));
  }
  return places;
}

}  // namespace orc
