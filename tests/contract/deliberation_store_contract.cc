#include <limits>

#include "domain/deliberation/deliberation_script.h"
#include "domain/deliberation/listed_text.h"
#include "tests/contract/store_fixture.h"

namespace orc {

// What every DeliberationStore must do.
class DeliberationStoreContract : public StoreContract {
 protected:
  std::string add(std::string id, std::optional<UserId> owner = {}) {
    ok(db.deliberations.add({.id = id, .owner = owner, .request = request, .plan = plan}));
    return id;
  }

  static FinishedCall call(std::uint32_t agent) {
    return {.name = {.stage = 1, .agent = agent, .sample = 2},
            .text = "eleven \xC3\xA9\n",
            .reasoning = "2, 3, 5, 7, \xC3\xA9",
            .answer = "11",
            .score = 0.1,
            .finish = FinishReason::length,
            .attempts = 3,
            .usage = {.in = 7, .out = 5, .cached = 3},
            .cost_micros = 12,
            .duration = std::chrono::milliseconds{34}};
  }

  DeliberationEnd completed() {
    DeliberationScript script(2, plan);
    return script.play([](CallName name) { return DeliberationScript::success(name, "eleven"); });
  }
  static DeliberationEnd failed() { return {.status = DeliberationStatus::failed, .cut = CutShort::by_time, .error = "timeout"}; }

  // A decision, and the results of so many agents with a proposal and a reasoning of so many bytes each.
  static DeliberationEnd with_long_texts(std::size_t agents, std::size_t bytes) {
    std::string text = "x";
    while (text.size() < bytes) text += "\xC3\xA9";
    std::vector<DeliberationResult> results;
    for (std::size_t i = 0; i < agents; ++i)
      results.push_back(DeliberationResult::create({.agent_id = "a-" + std::to_string(i),
                                                    .proposal = text,
                                                    .reasoning = text,
                                                    .score = 0.5,
                                                    .metadata = {{"score_method", "agreement"}}})
                            .value());
    return {.decision = results.front(),
            .together = MultiAgentDeliberationResult::create(
                            {.results = results, .total_agents = agents, .completed_agents = agents, .failed_agents = 0})
                            .value(),
            .error = {}};
  }

  std::vector<std::string> ids_running(const std::string& after, int count) {
    std::vector<std::string> ids;
    for (const RunningJob& one : ok(db.deliberations.running_jobs(after, count))) ids.push_back(one.id);
    EXPECT_EQ(ok(db.deliberations.ids_running(after, count)), ids);
    return ids;
  }

  const DeliberationPlan plan = preset_plan("independent", {}).value();
  const DeliberationRequest request = DeliberationScript::request_for(2);
};

using std::chrono_literals::operator""ms;

TEST_F(DeliberationStoreContract, one_is_read_back_as_it_was_given) {
  EXPECT_EQ(ok(db.deliberations.add({.id = "d-1", .owner = user.id, .request = request, .plan = plan})), start);
  const Deliberation stored = ok(db.deliberations.get("d-1"));
  EXPECT_EQ(stored.id, "d-1");
  EXPECT_EQ(stored.owner, user.id);
  EXPECT_EQ(stored.request, request);
  EXPECT_EQ(stored.plan, plan);
  EXPECT_EQ(stored.status(), DeliberationStatus::running);
  EXPECT_EQ(stored.created_at, start);
  EXPECT_FALSE(stored.ended_at);
  EXPECT_EQ(stored.spent, Spending{});
}

TEST_F(DeliberationStoreContract, one_has_begun_once_a_phase_was_told) {
  add("d-1");
  EXPECT_FALSE(ok(db.deliberations.get("d-1")).has_begun);
  ok(db.deliberations.tell("d-1", {{.kind = EventKind::phase}}));
  add("d-2");
  EXPECT_TRUE(ok(db.deliberations.get("d-1")).has_begun);
  const auto running = ok(db.deliberations.running_jobs("", 10));
  ASSERT_EQ(running.size(), 2u);
  EXPECT_TRUE(running[0].has_begun && !running[1].has_begun);
  EXPECT_TRUE(ok(db.deliberations.list({})).items.back().has_begun);
}

TEST_F(DeliberationStoreContract, who_has_the_seat_keeps_it) {
  EXPECT_TRUE(ok(db.deliberations.take_seat()));
  EXPECT_TRUE(ok(db.deliberations.take_seat()));
}

TEST_F(DeliberationStoreContract, an_id_is_taken_once) {
  add("d-1");
  EXPECT_EQ(code_of(db.deliberations.add({.id = "d-1", .request = request, .plan = plan})), ErrorCode::conflict);
  EXPECT_EQ(ok(db.deliberations.counts()).running, 1);
}

TEST_F(DeliberationStoreContract, what_is_not_there_is_not_found) {
  EXPECT_EQ(code_of(db.deliberations.get("../x")), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.deliberations.record("x", call(0))), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.deliberations.end("x", failed())), ErrorCode::not_found);
  EXPECT_TRUE(ok(db.deliberations.calls("x")).empty());
}

TEST_F(DeliberationStoreContract, calls_are_read_in_the_order_in_which_they_were_recorded) {
  add("d-1");
  add("d-2");
  ok(db.deliberations.record("d-1", call(1)));
  ok(db.deliberations.record("d-2", call(0)));
  FinishedCall broken{.name = {.agent = 4}, .outcome = CallOutcome::failed, .text = "it broke", .answer = {}, .score = {}};
  ok(db.deliberations.record("d-1", broken));
  ok(db.deliberations.record("d-1", call(0)));
  EXPECT_EQ(ok(db.deliberations.calls("d-1")), (std::vector{call(1), broken, call(0)}));
  Spending spent;
  for (const FinishedCall& one : {call(1), broken, call(0)}) spent.add(one);
  EXPECT_EQ(ok(db.deliberations.get("d-1")).spent, spent);
}

TEST_F(DeliberationStoreContract, a_call_is_recorded_once_and_not_after_the_end) {
  add("d-1");
  ok(db.deliberations.record("d-1", call(1)));
  EXPECT_EQ(code_of(db.deliberations.record("d-1", call(1))), ErrorCode::conflict);
  ok(db.deliberations.end("d-1", failed()));
  EXPECT_EQ(code_of(db.deliberations.record("d-1", call(0))), ErrorCode::conflict);
  EXPECT_EQ(ok(db.deliberations.get("d-1")).spent.calls, 3);
}

TEST_F(DeliberationStoreContract, calls_of_a_cancelled_one_are_recorded_behind_its_end) {
  add("d-1", user.id);
  add("d-2");
  EXPECT_EQ(code_of(db.deliberations.record_after_cancel("x", call(0))), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.deliberations.record_after_cancel("d-1", call(0))), ErrorCode::conflict) << "it runs";
  ok(db.deliberations.end("d-1", {.status = DeliberationStatus::cancelled, .cut = CutShort::by_cancel, .error = "cancelled"}));
  ok(db.deliberations.end("d-2", failed()));
  EXPECT_EQ(code_of(db.deliberations.record_after_cancel("d-2", call(0))), ErrorCode::conflict) << "it was not cancelled";
  FinishedCall hung_up = call(0);
  hung_up.outcome = CallOutcome::cancelled;
  ok(db.deliberations.record_after_cancel("d-1", hung_up));
  EXPECT_EQ(code_of(db.deliberations.record_after_cancel("d-1", hung_up)), ErrorCode::conflict) << "it is recorded already";
  EXPECT_EQ(ok(db.deliberations.calls("d-1")), std::vector{hung_up});
  EXPECT_EQ(ok(db.deliberations.get("d-1")).spent.calls, 3);
  EXPECT_EQ(ok(db.deliberations.usage(user.id)).account.spent.calls, 3);
  EXPECT_EQ(ok(db.deliberations.usage(user.id)).account.failed, 0);
  const auto events = ok(db.events.of("d-1", 0, 10, event_bytes_at_once_max));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[2].event.kind, EventKind::answer);
  hung_up.reasoning.clear();  // events have all but that
  EXPECT_EQ(events[2].call, hung_up);
}

TEST_F(DeliberationStoreContract, it_ends_once_and_its_end_is_read_back) {
  add("d-1");
  db.clock.advance(1500ms);
  const DeliberationEnd end = completed();
  ok(db.deliberations.end("d-1", end));
  EXPECT_EQ(code_of(db.deliberations.end("d-1", failed())), ErrorCode::conflict);
  const Deliberation stored = ok(db.deliberations.get("d-1"));
  EXPECT_EQ(stored.end, end);
  EXPECT_EQ(stored.ended_at, start + 1500ms);
}

TEST_F(DeliberationStoreContract, those_that_run_are_given_oldest_first_and_further) {
  for (const char* id : {"d-3", "d-1", "d-2", "d-4"}) add(id);
  ok(db.deliberations.end("d-1", failed()));
  EXPECT_EQ(ids_running("", 2), (std::vector<std::string>{"d-3", "d-2"}));
  EXPECT_EQ(ids_running("d-2", 2), (std::vector<std::string>{"d-4"}));
  EXPECT_TRUE(ids_running("d-4", 2).empty());
}

TEST_F(DeliberationStoreContract, jobs_that_run_are_those_of_nobody_with_what_their_requests_say) {
  DeliberationRequestFields fields = *request;
  fields.task_id = "ceremony \"7\" \\ \xC3\xA9";
  fields.task_description = std::string("\"role\":\"A\",\\\"role\":\"B\" role\":\"C\" \x01") + '\0' + std::string(100'000, '"');
  fields.role = R"(the "chair" \)" + std::string(200, '"');
  ok(db.deliberations.add({.id = "d-1", .owner = {}, .request = DeliberationRequest::create(fields).value(), .plan = plan}));
  add("d-2", user.id);
  add("d-3");
  ok(db.deliberations.end("d-3", failed()));
  add("d-4");
  const RunningJob first{.id = "d-1", .task_id = fields.task_id, .role = fields.role, .created_at = start};
  const RunningJob last{.id = "d-4", .task_id = request->task_id, .role = request->role, .created_at = start};
  EXPECT_EQ(ok(db.deliberations.running_jobs("", 10)), (std::vector{first, last}));
  EXPECT_EQ(ok(db.deliberations.running_jobs("d-2", 10)), (std::vector{last}));
  EXPECT_EQ(ok(db.deliberations.ids_running("", 10)), (std::vector<std::string>{"d-1", "d-2", "d-4"}));
}

TEST_F(DeliberationStoreContract, those_whose_owner_was_removed_are_found_while_they_run) {
  add("d-1", user.id);
  add("d-2", admin.id);
  add("d-3");
  add("d-4", user.id);
  add("d-5", user.id);
  ok(db.deliberations.end("d-4", failed()));
  EXPECT_TRUE(ok(db.deliberations.orphans(10)).empty());
  ok(db.users.erase(user.id));
  EXPECT_EQ(ok(db.deliberations.orphans(10)), (std::vector<std::string>{"d-1", "d-5"}));
  EXPECT_EQ(ok(db.deliberations.orphans(1)), std::vector<std::string>{"d-1"});
}

TEST_F(DeliberationStoreContract, a_list_is_newest_first_and_filtered) {
  add("d-1", user.id);
  add("d-2", admin.id);
  add("d-3", user.id);
  add("d-4");
  ok(db.deliberations.end("d-1", failed()));
  const auto listed = [&](DeliberationFilter filter) {
    std::string ids;
    const auto page = ok(db.deliberations.list(filter));
    for (const Deliberation& one : page.items) ids += one.id + " ";
    return ids + "of " + std::to_string(page.total);
  };
  EXPECT_EQ(listed({}), "d-4 d-3 d-2 d-1 of 4");
  EXPECT_EQ(listed({.owner = user.id}), "d-3 d-1 of 2");
  EXPECT_EQ(listed({.status = DeliberationStatus::failed}), "d-1 of 1");
  EXPECT_EQ(listed({.skip = 1, .limit = 2}), "d-3 d-2 of 4");
}

TEST_F(DeliberationStoreContract, how_much_would_be_read_is_known_before) {
  EXPECT_EQ(code_of(db.deliberations.mark("../x")), ErrorCode::not_found);
  add("d-1", user.id);
  const DeliberationMark begun = ok(db.deliberations.mark("d-1"));
  EXPECT_EQ(begun.owner, user.id);
  EXPECT_EQ(begun.status, DeliberationStatus::running);
  EXPECT_GT(begun.bytes, 0);
  EXPECT_EQ(begun.call_bytes, 0);
  FinishedCall long_call = call(0);
  long_call.text = std::string(50'000, 'x') + "\xC3\xA9";
  ok(db.deliberations.record("d-1", long_call));
  ok(db.deliberations.end("d-1", with_long_texts(2, 30'000)));
  const DeliberationMark ended = ok(db.deliberations.mark("d-1"));
  EXPECT_EQ(ended.status, DeliberationStatus::completed);
  EXPECT_GE(ended.call_bytes, 50'002);
  EXPECT_LT(ended.call_bytes, 50'100);
  EXPECT_GE(ended.bytes, begun.bytes + 3 * 2 * 30'000) << "the decision stands there beside both";
  EXPECT_LT(ended.bytes, begun.bytes + 3 * 2 * 30'000 + 2'000);
  EXPECT_FALSE(ok(db.deliberations.mark(add("d-2"))).owner);
}

TEST_F(DeliberationStoreContract, lists_hold_the_front_of_a_long_text) {
  DeliberationRequestFields fields = *request;
  fields.task_description = "x";
  for (int i = 0; i < 20'000; ++i) fields.task_description += "\xC3\xA9";
  const auto long_request = DeliberationRequest::create(fields).value();
  ok(db.deliberations.add({.id = "d-1", .owner = user.id, .request = long_request, .plan = plan}));
  const DeliberationEnd end = with_long_texts(2, 30'001);
  ok(db.deliberations.end("d-1", end));
  add("d-2");
  for (const std::optional<UserId> owner : {std::optional<UserId>(), std::optional(user.id)}) {
    EXPECT_LT(ok(db.deliberations.page_bytes({.owner = owner})), 40'000);
    EXPECT_GT(ok(db.deliberations.page_bytes({.owner = owner})), 6 * std::ssize(std::string(listed_text_bytes_max, ' ')));
    const auto items = ok(db.deliberations.list({.owner = owner})).items;
    const Deliberation& one = items.back();
    const auto expect_front = [](const std::string& front, const std::string& whole) {
      EXPECT_TRUE(whole.starts_with(front));
      EXPECT_GT(front.size(), listed_text_bytes_max);
      EXPECT_LT(front.size(), listed_text_bytes_max + 10);
      EXPECT_EQ(front.size() % 2, 1u) << "no character is cut";
    };
    expect_front(one.request->task_description, fields.task_description);
    expect_front((*one.end->decision)->proposal, (*end.decision)->proposal);
    for (const std::size_t i : {0U, 1U}) expect_front((*one.end->together)->results[i]->reasoning, (*end.together)->results[i]->reasoning);
    EXPECT_EQ((*one.end->decision)->metadata, (*end.decision)->metadata);
  }
  EXPECT_EQ(ok(db.deliberations.page_bytes({.skip = 2})), 0);
  EXPECT_EQ(ok(db.deliberations.get("d-1")).end, end);
  EXPECT_EQ(ok(db.deliberations.get("d-1")).request, long_request);
}

TEST_F(DeliberationStoreContract, all_are_counted_by_their_status) {
  for (const char* id : {"d-1", "d-2", "d-3", "d-4", "d-5"}) add(id);
  db.clock.advance(100ms);
  ok(db.deliberations.end("d-1", completed()));
  db.clock.advance(100ms);
  ok(db.deliberations.end("d-2", completed()));
  ok(db.deliberations.end("d-3", failed()));
  ok(db.deliberations.end("d-4", {.status = DeliberationStatus::cancelled, .error = "cancelled"}));
  EXPECT_EQ(ok(db.deliberations.counts()),
            (DeliberationCounts{.running = 1, .completed = 2, .failed = 1, .cancelled = 1, .completed_ms = 300}));
}

TEST_F(DeliberationStoreContract, what_an_owner_has_used_is_summed_and_outlives_what_is_pruned) {
  add("d-1", user.id);
  add("d-2", user.id);
  add("d-3");
  ok(db.deliberations.record("d-1", call(0)));
  FinishedCall broken = call(1);
  broken.outcome = CallOutcome::failed;
  ok(db.deliberations.record("d-2", broken));
  ok(db.deliberations.record("d-3", call(0)));
  EXPECT_EQ(code_of(db.deliberations.record("d-3", call(0))), ErrorCode::conflict);
  DeliberationUsage used{.deliberations = 2, .account = {}};
  for (const FinishedCall& one : {call(0), broken}) used.account.add(one);
  EXPECT_EQ(ok(db.deliberations.usage(user.id)), used);
  EXPECT_EQ(ok(db.deliberations.usage(admin.id)), DeliberationUsage{});
  EXPECT_EQ(ok(db.deliberations.usage(nobodys_usage)).account.spent.calls, 3);
  EXPECT_EQ(ok(db.deliberations.usage({})).account.spent.calls, 9);
  EXPECT_EQ(ok(db.deliberations.usage({})).deliberations, 3);
  for (const char* id : {"d-1", "d-2"}) ok(db.deliberations.end(id, failed()));
  db.clock.advance(1ms);
  EXPECT_GT(ok(db.deliberations.prune(db.clock.now(), 100)), 0);
  EXPECT_EQ(code_of(db.deliberations.get("d-1")), ErrorCode::not_found);
  EXPECT_EQ(ok(db.deliberations.usage(user.id)), used);
}

TEST_F(DeliberationStoreContract, tokens_of_an_owner_since_a_moment_are_those_used_and_of_what_runs_the_most) {
  const auto add_with = [&](const char* id, std::optional<UserId> owner, std::optional<std::int64_t> tokens) {
    PlanFields fields = *plan;
    fields.budget.tokens = tokens;
    fields.extraction = {.kind = Extraction::Kind::pattern, .detail = std::string("\"tokens\":7 \\\"tokens\\\":8") + '\0'};
    fields.prices = {{"tokens", {.in = 1}}};
    ok(db.deliberations.add({.id = id, .owner = owner, .request = request, .plan = DeliberationPlan::create(std::move(fields)).value()}));
  };
  const auto tokens = [&](UserId owner, Timestamp since) { return ok(db.deliberations.tokens_since(owner, since)); };
  EXPECT_EQ(tokens(user.id, start), 0);
  add_with("d-1", user.id, 1'000'000);
  db.clock.advance(1ms);
  add_with("d-2", user.id, 10);
  add_with("d-3", user.id, {});
  add_with("d-4", admin.id, 1'000);
  add_with("d-5", {}, 1'000);
  EXPECT_EQ(tokens(user.id, start), 1'000'010);
  for (const char* id : {"d-1", "d-2", "d-3", "d-5"}) ok(db.deliberations.record(id, call(0)));
  EXPECT_EQ(tokens(user.id, start), 1'000'000 + 12 + 12) << "what is used beyond a budget, and without one";
  ok(db.deliberations.end("d-1", failed()));
  ok(db.deliberations.end("d-3", failed()));
  EXPECT_EQ(tokens(user.id, start), 3 * 12);
  EXPECT_EQ(tokens(user.id, start + 1ms), 2 * 12);
  EXPECT_EQ(tokens(user.id, start + 2ms), 0);
  EXPECT_EQ(tokens(admin.id, start), 1'000);
  for (const char* id : {"d-6", "d-7"}) add_with(id, admin.id, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(tokens(admin.id, start), 1'000 + 2 * tokens_counted_max);
}

TEST_F(DeliberationStoreContract, ended_ones_are_pruned_by_the_time_they_ended_with_their_calls) {
  for (const char* id : {"d-1", "d-2", "d-3"}) {
    add(id);
    for (std::uint32_t agent = 0; agent < 3; ++agent) ok(db.deliberations.record(id, call(agent)));
  }
  ok(db.deliberations.end("d-1", failed()));
  db.clock.advance(10ms);
  ok(db.deliberations.end("d-2", failed()));
  EXPECT_EQ(ok(db.deliberations.prune(start, 100)), 0);
  EXPECT_EQ(ok(db.deliberations.prune(start + 10ms, 100)), 9) << "five events, three calls, itself";
  EXPECT_EQ(code_of(db.deliberations.get("d-1")), ErrorCode::not_found);
  EXPECT_TRUE(ok(db.deliberations.calls("d-1")).empty());
  EXPECT_EQ(ok(db.deliberations.calls("d-2")).size(), 3u);
  EXPECT_EQ(ok(db.deliberations.calls("d-3")).size(), 3u);
  EXPECT_EQ(ok(db.deliberations.counts()).failed, 2) << "pruned ones stay counted";
}

TEST_F(DeliberationStoreContract, they_are_pruned_in_batches_of_rows) {
  add("d-1");
  for (std::uint32_t agent = 0; agent < 3; ++agent) ok(db.deliberations.record("d-1", call(agent)));
  ok(db.deliberations.end("d-1", failed()));
  db.clock.advance(1ms);
  for (const int removed : {4, 4, 1, 0}) EXPECT_EQ(ok(db.deliberations.prune(db.clock.now(), 4)), removed);
  EXPECT_EQ(code_of(db.deliberations.get("d-1")), ErrorCode::not_found);
}

}  // namespace orc
