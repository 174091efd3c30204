#pragma once

#include "ports/callback_store.h"
#include "tests/fakes/memory_state.h"

namespace orc {

class MemoryCallbackStore final : public CallbackStore {
 public:
  explicit MemoryCallbackStore(MemoryState& state) : state_(state) {}

  Async<std::vector<DueCallback>> claim(std::string origin, int count) override;
  Async<void> record(CallbackTry tried) override;
  Async<std::int64_t> waiting() override;
  Async<std::vector<CallbackDelivery>> deliveries(JobId job) override;

 private:
  MemoryState& state_;
};

}  // namespace orc
