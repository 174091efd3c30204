#include "adapters/system/inherited_sockets.h"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace orc {
namespace {

// Puts a descriptor of a test at 3, where a supervisor would, and back what stood there.
class AtThree {
 public:
  explicit AtThree(int descriptor) : before_(fcntl(3, F_DUPFD_CLOEXEC, 100)) { dup2(descriptor, 3); }
  ~AtThree() {
    if (before_ < 0) {
      close(3);
      return;
    }
    dup2(before_, 3);
    close(before_);
  }
  AtThree(const AtThree&) = delete;
  AtThree& operator=(const AtThree&) = delete;

 private:
  const int before_;
};

void say(const std::string& process, const std::string& count) {
  setenv("LISTEN_PID", process.c_str(), 1);
  setenv("LISTEN_FDS", count.c_str(), 1);
}

std::string me() { return std::to_string(getpid()); }

FileDescriptor listening_socket(std::uint16_t& port) {
  FileDescriptor made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  EXPECT_EQ(bind(made.get(), reinterpret_cast<sockaddr*>(&where), size), 0);
  EXPECT_EQ(listen(made.get(), 1), 0);
  EXPECT_EQ(getsockname(made.get(), reinterpret_cast<sockaddr*>(&where), &size), 0);
  port = ntohs(where.sin_port);
  return made;
}

TEST(InheritedSockets, a_listening_socket_is_found_by_its_place_and_taken_once) {
  std::uint16_t port = 0;
  const FileDescriptor given = listening_socket(port);
  const AtThree at_three(given.get());
  say(me(), "1");
  auto sockets = InheritedSockets::from_environment();
  ASSERT_TRUE(sockets) << sockets.error().message;
  EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr);
  EXPECT_NE(fcntl(3, F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(sockets->left(), std::vector{"127.0.0.1:" + std::to_string(port)});
  EXPECT_FALSE(sockets->take("127.0.0.1", static_cast<std::uint16_t>(port + 1)));
  EXPECT_FALSE(sockets->take("127.0.0.2", port));
  const auto taken = sockets->take("localhost", port);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->get(), 3);
  EXPECT_FALSE(sockets->take("127.0.0.1", port));
  EXPECT_TRUE(sockets->left().empty());
}

TEST(InheritedSockets, what_is_meant_for_another_process_is_left_alone) {
  say(std::to_string(getpid() + 1), "1");
  const auto sockets = InheritedSockets::from_environment();
  ASSERT_TRUE(sockets);
  EXPECT_TRUE(sockets->left().empty());
  EXPECT_NE(std::getenv("LISTEN_FDS"), nullptr);
}

TEST(InheritedSockets, nonsense_is_refused_in_words) {
  for (const char* count : {"", "x", "-1", "65", "1 "}) {
    say(me(), count);
    const auto sockets = InheritedSockets::from_environment();
    ASSERT_FALSE(sockets) << count;
    EXPECT_EQ(sockets.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(sockets.error().message.contains("LISTEN_FDS")) << sockets.error().message;
  }
  const FileDescriptor no_socket(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const AtThree at_three(no_socket.get());
  say(me(), "1");
  const auto sockets = InheritedSockets::from_environment();
  ASSERT_FALSE(sockets);
  EXPECT_TRUE(sockets.error().message.contains("descriptor 3")) << sockets.error().message;
}

}  // namespace
}  // namespace orc
