// Who runs a deliberation, and who ends it from outside: another process, its owner, an administrator.

#include "application/duties/end_orphan_deliberations.h"
#include "tests/fakes/deliberation_runner_fixture.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

TEST_F(deliberation_runner, only_who_has_the_seat_runs_them) {
  model.takes = [](const ModelQuestion&) { return 100'000ms; };
  store.has_seat = false;
  add();
  const SteadyTime begun = clock.steady_now();
  bool asks_early = false;
  work([&] {
    if (clock.steady_now() > begun + 10s)
      store.has_seat = model.questions.empty();  // until it has been used
    else
      asks_early = asks_early || !model.questions.empty();
    return model.stopped == 3;
  });
  EXPECT_FALSE(asks_early);
  EXPECT_EQ(model.questions.size(), 3u);
  EXPECT_EQ(store.running_now(), 1);
  EXPECT_LT(clock.steady_now() - begun, 20s);
  EXPECT_TRUE(log.holds("left to another process"));
}

TEST_F(deliberation_runner, who_loses_the_seat_leaves_the_plugins_that_verify_to_the_next_one) {
  int left = 0;
  int stopped = 0;
  verifier.rests = [&](VerificationEnds ends) -> boost::asio::awaitable<void> {
    const auto pause = wake_ups.make();
    const std::stop_callback on_stop(ends.stop, [&] { pause->wake(); });
    const std::stop_callback on_leave(ends.leave, [&] { pause->wake(); });
    while (!ends.stop.stop_requested() && !ends.leave.stop_requested()) co_await pause->wait(clock.steady_now() + 1h);
    ++(ends.stop.stop_requested() ? stopped : left);
  };
  const std::string id = add(preset_plan("best_of_n", {.verifier = "judge"}).value());
  work([&] {
    if (verifier.asked.size() == 3) store.has_seat = false;
    return left + stopped == 3;
  });
  EXPECT_EQ(left, 3);
  EXPECT_EQ(stopped, 0);
  EXPECT_EQ(outcomes(id), "succeeded succeeded succeeded ");

  store.has_seat = true;
  cancel_when(id, [&] { return verifier.asked.size() == 6; });
  EXPECT_EQ(stopped, 3) << "what was cancelled needs no verdict";
}

TEST_F(deliberation_runner, what_another_process_has_ended_is_hung_up_on) {
  model.takes = [](const ModelQuestion&) { return 100'000ms; };
  const std::string id = add();
  const SteadyTime begun = clock.steady_now();
  work([&] {
    if (model.open == 3 && store.running_now() == 1) store.end_now(id, {.status = DeliberationStatus::cancelled, .error = "cancelled"});
    return model.stopped == 3;
  });
  EXPECT_EQ(model.stopped, 3);
  EXPECT_LT(clock.steady_now() - begun, 10s);
}

TEST_F(deliberation_runner, what_another_process_has_ended_is_seen_though_there_is_room_for_no_more) {
  model.takes = [](const ModelQuestion&) { return 100'000ms; };
  const std::string id = add();
  add();
  const SteadyTime begun = clock.steady_now();
  work(
      [&] {
        if (model.open == 3 && store.running_now() == 2) store.end_now(id, {.status = DeliberationStatus::cancelled, .error = "cancelled"});
        return model.stopped == 3;
      },
      {.deliberations_max = 1, .calls_max = 10});
  EXPECT_GE(model.stopped, 3);
  EXPECT_LT(clock.steady_now() - begun, 10s);
}

TEST_F(deliberation_runner, one_whose_seat_was_lost_while_it_was_read_is_not_begun) {
  for (const bool comes_back : {false, true}) {
    store.has_seat = true;
    int reads = 0;
    store.before_calls = [&, pause = std::shared_ptr<WakeUp>(wake_ups.make())]() -> boost::asio::awaitable<void> {
      if (++reads > 1) co_return;
      store.has_seat = false;
      co_await pause->wait(clock.steady_now() + 5s);
      store.has_seat = comes_back;
      co_await pause->wait(clock.steady_now() + 5s);
    };
    add();
    bool was_begun = false;
    const SteadyTime begun = clock.steady_now();
    work([&] {
      was_begun = was_begun || (reads == 1 && !model.questions.empty());
      return clock.steady_now() > begun + 20s;
    });
    EXPECT_FALSE(was_begun);
    EXPECT_EQ(model.questions.empty(), !comes_back) << "whoever has the seat again reads again";
    store.before_calls = nullptr;
    model.questions.clear();
  }
}

TEST_F(deliberation_runner, one_that_is_cancelled_while_it_is_read_is_not_begun) {
  for (const bool is_here : {false, true}) {
    const std::string id = add();
    const SteadyTime begun = clock.steady_now();
    store.before_calls = [&]() -> boost::asio::awaitable<void> {
      if (store.running_now() == 0) co_return;
      if (is_here) co_await runner->hang_up(id);
      store.end_now(id, {.status = DeliberationStatus::cancelled, .cut = CutShort::by_cancel, .error = "the deliberation was cancelled"});
      if (!is_here) runner->ended(id);
    };
    work([&] { return clock.steady_now() > begun + 5s; });
    EXPECT_EQ(model.questions.size(), 0u) << is_here;
    EXPECT_EQ(get(id).status(), DeliberationStatus::cancelled);
    store.before_calls = nullptr;
  }
}

TEST_F(deliberation_runner, one_that_was_hung_up_on_while_it_was_read_and_is_not_ended_goes_on) {
  const std::string id = add();
  bool is_asked = false;
  store.before_calls = [&]() -> boost::asio::awaitable<void> {
    if (!std::exchange(is_asked, true)) co_await runner->hang_up(id);
  };
  work_to_the_end();
  EXPECT_EQ(get(id).status(), DeliberationStatus::completed);
}

TEST_F(deliberation_runner, those_of_a_removed_user_are_cancelled_and_hung_up_on) {
  model.takes = [](const ModelQuestion&) { return 100'000ms; };
  state.users[UserId{7}] = {};
  const auto add_of = [&](std::string id, std::optional<UserId> owner) {
    ok(store.add(
        {.id = std::move(id), .owner = owner, .request = DeliberationScript::request_for(1), .plan = preset_plan("vote", {}).value()}));
  };
  add_of("theirs", UserId{7});
  add_of("nobodys", std::nullopt);
  bool is_done = false;
  work([&, is_asked = false]() mutable {
    if (model.open == 2 && !std::exchange(is_asked, true)) {
      state.users.clear();
      const auto round = [](DeliberationStore& all, DeliberationSignals& signals, bool& done) -> boost::asio::awaitable<void> {
        EndOrphanDeliberations duty(all, signals);
        EXPECT_TRUE(co_await duty.run_once());
        done = true;
      };
      boost::asio::co_spawn(*executor, round(store, *runner, is_done), boost::asio::detached);
    }
    return is_done;
  });
  EXPECT_EQ(get("theirs").status(), DeliberationStatus::cancelled);
  EXPECT_EQ(outcomes("theirs"), "cancelled ");
  EXPECT_EQ(get("nobodys").status(), DeliberationStatus::running);
}

TEST_F(deliberation_runner, only_its_owner_or_an_administrator_cancels) {
  ok(store.add({.id = "d", .owner = UserId{7}, .request = DeliberationScript::request_for(1), .plan = preset_plan("vote", {}).value()}));
  RecordingDeliberationSignals told;
  DeliberationAccess access(store);
  RecordingAuditLog audit(state);
  CancelDeliberation cancel(store, access, told, audit);
  const auto actor = [](std::int64_t user, Role role = Role::user) {
    return Actor{.kind = Actor::Kind::account, .principal = {.user = UserId{user}, .role = role}, .from = {}};
  };
  EXPECT_EQ(code_of(cancel.run(actor(8), "d")), ErrorCode::permission_denied);
  EXPECT_EQ(code_of(cancel.run(actor(7), "x")), ErrorCode::not_found);
  EXPECT_EQ(ok(cancel.run(actor(7), "d")).status(), DeliberationStatus::cancelled);
  EXPECT_EQ(code_of(cancel.run(actor(7), "d")), ErrorCode::conflict);
  EXPECT_TRUE(state.audit.empty());
  const std::string nobodys = add();
  EXPECT_EQ(ok(cancel.run(actor(1, Role::admin), nobodys)).status(), DeliberationStatus::cancelled);
  ASSERT_EQ(state.audit.size(), 1u);
  EXPECT_EQ(state.audit[0].entry.action, "deliberation.cancel");
  EXPECT_EQ(told.ended_ids, (std::vector<std::string>{"d", nobodys}));
}

}  // namespace
}  // namespace orc
