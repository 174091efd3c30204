#pragma once

#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace orc::nats {

// For tests: a NATS server with JetStream of their own, on one port of loopback for its life, its streams in a temporary folder that is
// removed at the end. Throws std::runtime_error.
class PrivateNats {
 public:
  // Runs when it returns. `config` is in the server's own language, such as "max_payload: 4096".
  explicit PrivateNats(const std::string& config = {});
  PrivateNats(const PrivateNats&) = delete;
  PrivateNats& operator=(const PrivateNats&) = delete;
  ~PrivateNats();

  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }
  pid_t pid() const { return pid_; }

  // At once; returns when it is dead.
  void kill();
  void pause() const;
  void go_on() const;
  void start();
  // All streams with all that they kept. It must be dead.
  void wipe() const;

  struct Kept {
    std::string subject;
    std::string id;
    std::string body;
  };
  // Everything that a stream keeps, in its order.
  std::vector<Kept> kept(const std::string& stream) const;
  // Makes a stream as somebody else would.
  void make_stream(const std::string& name, const std::string& subject) const;

 private:
  std::string folder_;
  int port_ = 0;
  pid_t pid_ = 0;
  int log_ = -1;
};

// Ambush kills a server once it has handed out so many messages of deliberations since it was laid, whoever sends them.
class Ambush {
 public:
  Ambush(const PrivateNats& server, int messages);
  Ambush(const Ambush&) = delete;
  Ambush& operator=(const Ambush&) = delete;
  ~Ambush();

 private:
  struct Watch;
  const std::unique_ptr<Watch> watch_;
};

}  // namespace orc::nats
