#pragma once

#include "adapters/cli/client_context.h"

namespace orc {

// Outage is how long a command that waits for something bears with a server that is away or cannot answer: a restart of it shall end no
// command whose job goes on. Half a minute, as a server that stops may wait for its runs. Not thread-safe.
class Outage {
 public:
  static constexpr int tries_max = 60;

  // `context` outlives it.
  explicit Outage(const ClientContext& context) : context_(context) {}

  // Whether to ask again after `failure`; then it has paused. False for what another try does not mend, and after tries_max in a row.
  bool is_borne(const Failure& failure);

  // The server has answered.
  void end() { tries_ = 0; }

  // The same after a stream. That the server ended one by itself is no outage, but it stops then: there is the pause all the same.
  bool is_borne(const Outcome<void>& stream);

 private:
  void pause() const;

  const ClientContext& context_;
  int tries_ = 0;
};

}  // namespace orc
