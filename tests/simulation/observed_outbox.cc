#include "tests/simulation/observed_outbox.h"

namespace orc::simulation {

Async<std::vector<DueCallback>> ObservedOutbox::claim(std::string origin, int count) {
  auto due = co_await callbacks_.claim(std::move(origin), count);
  if (!due || bug_ != PlantedBug::callbacks_are_noted_first) co_return due;
  for (const DueCallback& one : *due) {
    CallbackTry tried{.id = one.id, .number = one.number, .state = CallbackState::delivered, .wait = {}, .answer = {}};
    [[maybe_unused]] const auto noted = co_await callbacks_.record(std::move(tried));
  }
  co_return due;
}

Async<std::vector<StoredEvent>> ObservedOutbox::unpublished(int count) {
  auto events = co_await events_.unpublished(count);
  if (!events || bug_ != PlantedBug::events_are_noted_first) co_return events;
  std::vector<EventId> ids;
  for (const StoredEvent& event : *events) ids.push_back(event.id);
  [[maybe_unused]] const auto noted = co_await events_.note_published(std::move(ids));
  co_return events;
}

Async<bool> ObservedOutbox::take_seat(std::string process) {
  if (seat_.empty() || !lives_(seat_)) seat_ = process;
  co_return seat_ == process;
}

}  // namespace orc::simulation
