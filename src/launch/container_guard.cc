#include "launch/container_guard.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <poll.h>
#include <set>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

#include "launch/guard.h"

namespace orc::launch {
namespace {

constexpr std::size_t name_bytes_max = 200;
constexpr std::size_t asked_at_once_max = 64;
constexpr int answer_seconds_max = 10;
constexpr int pause_ms = 100;
// One that the worker had asked for when it was killed may be made a little later.
constexpr int absent_seconds = 10;
constexpr int seconds_max = 60;

void take_line(const std::string& line, std::set<std::string>& names) {
  if (line.size() < 2 || line.size() > name_bytes_max) return;
  if (line[0] == '+') names.insert(line.substr(1));
  if (line[0] == '-') names.erase(line.substr(1));
}

std::set<std::string> names_until_the_worker_ends() {
  std::set<std::string> names;
  std::string line;
  char part[4096];
  for (;;) {
    const ssize_t size = read(STDIN_FILENO, part, sizeof part);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return names;  // an unfinished line is of one that was not asked for yet
    for (ssize_t i = 0; i < size; ++i) {
      if (part[i] != '\n') {
        line += part[i];
        continue;
      }
      take_line(line, names);
      line.clear();
    }
  }
}

// A connection on which the removal of that container was asked for; -1: the engine is away.
int ask_for_removal(const char* socket_path, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_path, sizeof address.sun_path - 1);
  const int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0) return -1;
  const timeval patience{.tv_sec = answer_seconds_max, .tv_usec = 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const std::string request = "DELETE /containers/" + name + "?force=1&v=1 HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n";
  if (connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      send(connection, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()))
    return connection;
  close(connection);
  return -1;
}

// 0: none came.
int status_on(int connection) {
  std::string answer;
  char part[64];
  constexpr std::size_t status_at = sizeof "HTTP/1.1 " - 1;
  while (answer.size() < status_at + 3) {
    const ssize_t size = recv(connection, part, sizeof part, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return 0;
    answer.append(part, static_cast<std::size_t>(size));
  }
  return answer.starts_with("HTTP/1.") ? std::atoi(answer.substr(status_at, 3).c_str()) : 0;
}

// The containers that are to go.
class Removal {
 public:
  Removal(const char* socket_path, const std::set<std::string>& names) : socket_path_(socket_path) {
    for (const std::string& name : names) left_.emplace(name, Known::nothing);
  }

  bool is_done() const { return left_.empty(); }
  // All that are left were not there when they were asked for last.
  bool are_absent() const {
    return std::ranges::all_of(left_, [](const auto& one) { return one.second == Known::absent; });
  }

  // Asks for some before it reads the first answer, as the engine removes several at once. They take turns, as those that nobody has made
  // stay among them.
  void remove_some() {
    std::vector<std::pair<std::string, int>> asked;
    while (asked.size() < std::min(left_.size(), asked_at_once_max)) {
      auto next = left_.upper_bound(last_);
      if (next == left_.end()) next = left_.begin();
      last_ = next->first;
      asked.emplace_back(last_, ask_for_removal(socket_path_, last_));
    }
    for (const auto& [name, connection] : asked) {
      const int status = connection < 0 ? 0 : status_on(connection);
      if (connection >= 0) close(connection);
      if (status >= 200 && status < 300) {
        left_.erase(name);
      } else {
        left_[name] = status == 404 ? Known::absent : Known::nothing;
      }
    }
  }

 private:
  enum class Known : std::uint8_t { nothing, absent };

  const char* const socket_path_;
  std::map<std::string, Known> left_;
  std::string last_;  // that was asked for
};

time_t seconds_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

}  // namespace

int guard_containers(const char* socket) {
  leave_the_workers_group();
  Removal removal(socket, names_until_the_worker_ends());
  const time_t begin = seconds_now();
  while (!removal.is_done()) {
    removal.remove_some();
    if (seconds_now() - begin >= (removal.are_absent() ? absent_seconds : seconds_max)) break;
    if (!removal.is_done()) poll(nullptr, 0, pause_ms);
  }
  return removal.is_done() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace orc::launch
