#pragma once

#include "ports/readiness.h"
#include "tests/fakes/memory_state.h"

namespace orc {

// Ready while the store takes changes.
class MemoryReadiness final : public ReadinessProbe {
 public:
  explicit MemoryReadiness(MemoryState& state) : state_(state) {}

  std::string_view name() const override { return "database"; }
  Async<std::string> check() override {
    if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
    co_return "writes are durable";
  }

 private:
  MemoryState& state_;
};

}  // namespace orc
