#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "domain/deliberation/deliberation.h"
#include "ports/deliberation_store.h"

namespace prometheus {
class Registry;
}

namespace orc {

// DeliberationMeters counts what deliberations do and what models are asked. Thread-safe.
class DeliberationMeters {
 public:
  // Models beyond so many are counted together as "other": a client makes up their names.
  static constexpr std::size_t models_max = 50;

  explicit DeliberationMeters(prometheus::Registry& registry);
  ~DeliberationMeters();
  DeliberationMeters(const DeliberationMeters&) = delete;
  DeliberationMeters& operator=(const DeliberationMeters&) = delete;

  void submitted();
  // By this process.
  void ended(DeliberationStatus status);
  // A call was recorded, so that it counts.
  void call_recorded(const FinishedCall& call);

  // A model was asked. `outcome`: "answered", or the word of an error.
  void model_call_begun();
  void model_call_ended(std::string_view model, std::string_view outcome, const TokenUsage& usage, std::chrono::nanoseconds duration,
                        std::optional<std::chrono::nanoseconds> to_first_token);

  // What answers of deliberations that run here hold as it stands now, and how many were given up since the start for lack of room.
  void answers_are(std::size_t bytes, std::uint64_t refused);

  // What was read of the store just before the page is told; nothing: it cannot be read now, and is left out.
  void counts_are(const std::optional<DeliberationCounts>& counts);

 private:
  struct Instruments;
  const std::unique_ptr<Instruments> instruments_;
};

}  // namespace orc
