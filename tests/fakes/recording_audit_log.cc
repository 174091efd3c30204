#include "tests/fakes/recording_audit_log.h"

namespace orc {

Async<void> RecordingAuditLog::append(AuditEntry entry) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  if (state_.faults.audit_fails) co_return fail(ErrorCode::unavailable, "the audit log cannot be written: a test says so");
  state_.audit.push_back({.at = state_.clock.now(), .entry = std::move(entry)});
  co_return Result<void>{};
}

}  // namespace orc
