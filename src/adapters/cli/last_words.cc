#include "adapters/cli/last_words.h"

#include <array>
#include <cstdlib>
#include <ostream>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "adapters/cli/ignored_signals.h"

namespace orc {
namespace {

sigset_t ending_signals_that_count() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM})
    if (!is_ignored(number)) sigaddset(&signals, number);
  return signals;
}

}  // namespace

LastWords::LastWords(ClientContext& context, std::string sentence)
    : context_(context), signals_(ending_signals_that_count()), sentence_(std::move(sentence)) {
  pthread_sigmask(SIG_BLOCK, &signals_, &mask_before_);
  came_ = FileDescriptor(signalfd(-1, &signals_, SFD_CLOEXEC));
  is_over_ = FileDescriptor(eventfd(0, EFD_CLOEXEC));
  listener_ = std::thread([this] { listen(); });
}

LastWords::~LastWords() {
  eventfd_write(is_over_.get(), 1);
  listener_.join();
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void LastWords::change_to(std::string sentence) {
  const std::lock_guard lock(mutex_);
  sentence_ = std::move(sentence);
}

void LastWords::listen() {
  for (;;) {
    std::array<pollfd, 2> both = {pollfd{is_over_.get(), POLLIN, 0}, pollfd{came_.get(), POLLIN, 0}};
    if (poll(both.data(), both.size(), -1) < 0 && errno != EINTR) return;
    if (both[0].revents != 0) return;
    signalfd_siginfo taken{};
    if (both[1].revents != 0 && read(came_.get(), &taken, sizeof taken) == sizeof taken) end_by(static_cast<int>(taken.ssi_signo));
  }
}

void LastWords::end_by(int signal) {
  {
    const std::lock_guard lock(mutex_);
    // In the place of what is drawn there, and of the terminal's ^C.
    const std::string begin = context_.terminal.err_is_terminal ? "\r\x1b[K" : "";
    context_.err << begin + sentence_ + "\n" << std::flush;
  }
  pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
  raise(signal);
  std::abort();  // only who has given the signal another meaning comes here
}

std::string words_of_job_that_goes_on(const std::string& id) {
  return "job " + id + " goes on: orc job get " + id + ", orc job cancel " + id;
}

}  // namespace orc
