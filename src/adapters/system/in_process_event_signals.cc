#include "adapters/system/in_process_event_signals.h"

namespace orc {

class InProcessEventSignals::Registered final : public Watch {
 public:
  Registered(Watches& watches, Watches::iterator place) : watches_(watches), place_(place) {}
  ~Registered() override { watches_.erase(place_); }
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;

 private:
  Watches& watches_;
  const Watches::iterator place_;
};

void InProcessEventSignals::happened(std::string_view deliberation) {
  const auto [first, last] = watches_.equal_range(deliberation);
  for (auto watch = first; watch != last; ++watch) watch->second();
}

std::unique_ptr<EventSignals::Watch> InProcessEventSignals::watch(std::string_view deliberation, std::function<void()> on_event) {
  return std::make_unique<Registered>(watches_, watches_.emplace(deliberation, std::move(on_event)));
}

}  // namespace orc
