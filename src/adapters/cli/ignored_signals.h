#pragma once

#include <csignal>

namespace orc {

// Whether who started this process had a signal ignored, as nohup and a shell's background do: then it is to stay so. What blocks a signal
// or listens to it takes it nevertheless, and asks before.
inline bool is_ignored(int signal) {
  struct sigaction now{};
  return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace orc
