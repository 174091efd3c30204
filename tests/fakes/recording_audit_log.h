#pragma once

#include "ports/audit_log.h"
#include "tests/fakes/memory_state.h"

namespace orc {

// RecordingAuditLog keeps what was said in MemoryState::audit, where a test finds it.
class RecordingAuditLog final : public AuditLog {
 public:
  explicit RecordingAuditLog(MemoryState& state) : state_(state) {}

  Async<void> append(AuditEntry entry) override;

 private:
  MemoryState& state_;
};

}  // namespace orc
