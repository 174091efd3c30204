#include "adapters/decorators/signalled_deliberation_store.h"

#include <gtest/gtest.h>

#include "domain/deliberation/deliberation_script.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/fake_deliberation_parts.h"
#include "tests/fakes/memory_stores.h"

namespace orc {
namespace {

TEST(SignalledDeliberationStore, each_change_that_was_tried_is_told_once) {
  MemoryStores stores;
  RecordingEventSignals signals;
  SignalledDeliberationStore store(stores.deliberations, signals);
  const DeliberationEnd cancelled{.status = DeliberationStatus::cancelled, .cut = CutShort::by_cancel, .error = "cancelled"};
  ok(store.add({.id = "d", .request = DeliberationScript::request_for(2), .plan = preset_plan("independent", {}).value()}));
  ok(store.tell("d", {{.kind = EventKind::phase}}));
  ok(store.tell_again("d", {{.kind = EventKind::phase}}));
  ok(store.record("d", DeliberationScript::success({.agent = 0}, "eleven")));
  ok(store.end("d", cancelled));
  ok(store.record_after_cancel("d", DeliberationScript::failure({.agent = 1}, "cancelled")));
  EXPECT_EQ(signals.told, std::vector<std::string>(6, "d"));
  EXPECT_EQ(code_of(store.end("other", cancelled)), ErrorCode::not_found);
  EXPECT_EQ(signals.told.back(), "other") << "one whose answer was lost has taken effect";
  ok(store.get("d"));
  EXPECT_EQ(signals.told.size(), 7u);
}

}  // namespace
}  // namespace orc
