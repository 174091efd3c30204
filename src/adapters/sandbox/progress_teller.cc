#include "adapters/sandbox/progress_teller.h"

namespace orc {

void ProgressTeller::tell(const std::optional<Progress>& progress) const {
  if (progress) tell_(*progress);
}

void ProgressTeller::add(std::string_view bytes, SteadyTime now) {
  tell(lines_.add(bytes, now));
  tell_when_due();
}

void ProgressTeller::tell_when_due() {
  const auto due = lines_.due();
  if (!due || timer_.expiry() == *due) return;
  timer_.expires_at(*due);
  timer_.async_wait([this, lives = std::weak_ptr(lives_)](boost::system::error_code cancelled) {
    if (cancelled || lives.expired()) return;
    tell(lines_.judge_late(std::chrono::steady_clock::now()));
  });
}

void ProgressTeller::end() {
  timer_.cancel();
  tell(lines_.end());
}

}  // namespace orc
