#pragma once

#include <csignal>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/cli/client_context.h"
#include "adapters/system/file_descriptor.h"

namespace orc {

// LastWords tells, where SIGINT or SIGTERM ends this process while it lives, what goes on without it: its sentence stands on the error
// output before the signal ends the process as it would have anyway. One that is ignored, as by nohup, stays ignored. Made before any other
// thread of the process, which then inherits that the signals are blocked. change_to() is for the thread that made it.
class LastWords {
 public:
  // `context` outlives it.
  LastWords(ClientContext& context, std::string sentence);
  ~LastWords();
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;

  void change_to(std::string sentence);

 private:
  void listen();
  [[noreturn]] void end_by(int signal);

  ClientContext& context_;
  sigset_t signals_{};
  sigset_t mask_before_{};
  FileDescriptor came_;     // readable at a signal
  FileDescriptor is_over_;  // readable once nobody listens any more

  std::mutex mutex_;
  std::string sentence_;  // guarded by mutex_
  std::thread listener_;
};

// What goes on when nobody waits for that job any more.
std::string words_of_job_that_goes_on(const std::string& id);

}  // namespace orc
