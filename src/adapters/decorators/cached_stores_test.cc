#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>
#include <string>

#include "adapters/decorators/cached_api_keys.h"
#include "adapters/decorators/cached_plugins.h"
#include "adapters/decorators/cached_user_store.h"
#include "adapters/decorators/signalled_deliberation_store.h"
#include "tests/contract/store_fixture.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_deliberation_parts.h"
#include "tests/fakes/memory_stores.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

// The decorated stores pass the contracts of the plain ones.
struct CachedStores {
  MemoryStores memory;
  CacheTrust alone;
  PluginCache cache{alone};
  AccountCache accounts{alone};
  CachedUserStore users{memory.users, accounts};
  CachedApiKeyStore keys{memory.api_keys, accounts};
  CachedPluginStore plugins{memory.plugins, cache};
  CachedPluginReader plugin_reader{memory.plugin_reader, cache};
  RecordingEventSignals signals;
  SignalledDeliberationStore deliberations{memory.deliberations, signals};
};

}  // namespace

StoreFixture open_store_under_test() {
  auto stores = std::make_shared<CachedStores>();
  CachedStores& all = *stores;
  return {.owner = std::move(stores),
          .jobs = all.memory.jobs,
          .reader = all.memory.job_reader,
          .plugins = all.plugins,
          .plugin_reader = all.plugin_reader,
          .users = all.users,
          .keys = all.keys,
          .workers = all.memory.workers,
          .audit = all.memory.audit,
          .retention = all.memory.retention,
          .callbacks = all.memory.callbacks,
          .catalog = all.memory.blob_catalog,
          .deliberations = all.deliberations,
          .events = all.memory.events,
          .clock = all.memory.clock};
}

namespace {

// Where coroutines wait while it is closed.
class Gate {
 public:
  explicit Gate(boost::asio::io_context& io) : timer_(io, boost::asio::steady_timer::time_point::max()) {}

  void close() { is_open_ = false; }
  void open() {
    is_open_ = true;
    timer_.cancel();
  }
  boost::asio::awaitable<void> pass() {
    boost::system::error_code cancelled;
    if (!is_open_) co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
  }

 private:
  boost::asio::steady_timer timer_;
  bool is_open_ = true;
};

// One user. A read sees the user at its start, a change takes effect at its start; each answers when its gate lets it.
class GatedUserStore final : public UserStore {
 public:
  explicit GatedUserStore(boost::asio::io_context& io) : read_gate(io), change_gate(io) {}

  Async<User> get(UserId) override {
    ++reads;
    const User seen = user_;
    co_await read_gate.pass();
    co_return seen;
  }
  Async<User> change(UserId, UserChange change) override {
    if (change.full_name) user_.full_name = std::move(*change.full_name);
    const User changed = user_;
    co_await change_gate.pass();
    co_return changed;
  }
  Async<void> erase(UserId) override { co_return Result<void>{}; }
  Async<User> add(NewUser) override { co_return user_; }
  Async<User> by_email(std::string_view) override { co_return user_; }
  Async<UserPage> list(Page) override { co_return UserPage{}; }
  Async<std::int64_t> count_active() override { co_return 1; }

  Gate read_gate;
  Gate change_gate;
  int reads = 0;

 private:
  User user_{.id = UserId{1}, .email = "ada@example.org", .full_name = "old", .password_hash = "x"};
};

struct CachedUsers : testing::Test {
  // Starts it and runs until nothing moves any more.
  template <typename T>
  void start(Async<T> coroutine) {
    boost::asio::co_spawn(io, std::move(coroutine), boost::asio::detached);
    io.restart();
    io.poll();
  }

  void drain() {
    io.restart();
    io.poll();
  }

  std::string name_now() {
    std::string name;
    start([](CachedUserStore& users, std::string& out) -> Async<void> {
      out = *(co_await users.get(UserId{1}))->full_name;
      co_return Result<void>{};
    }(users, name));
    return name;
  }

  boost::asio::io_context io;
  GatedUserStore store{io};
  CacheTrust alone;
  AccountCache cache{alone};
  CachedUserStore users{store, cache};
};

TEST_F(CachedUsers, a_user_is_read_once) {
  EXPECT_EQ(name_now(), "old");
  EXPECT_EQ(name_now(), "old");
  EXPECT_EQ(store.reads, 1);
}

TEST_F(CachedUsers, a_change_is_seen_by_the_next_read) {
  name_now();
  start(users.change(UserId{1}, {.full_name = "new"}));
  EXPECT_EQ(name_now(), "new");
  EXPECT_EQ(name_now(), "new");
  EXPECT_EQ(store.reads, 2);
}

TEST_F(CachedUsers, a_read_that_began_before_a_change_leaves_nothing_stale) {
  store.read_gate.close();
  start(users.get(UserId{1}));  // has seen "old", and has not answered
  start(users.change(UserId{1}, {.full_name = "new"}));
  store.read_gate.open();
  drain();
  EXPECT_EQ(name_now(), "new");
}

TEST_F(CachedUsers, a_read_during_a_change_leaves_nothing_stale) {
  store.change_gate.close();
  start(users.change(UserId{1}, {.full_name = "new"}));
  start(users.get(UserId{1}));
  const int during = store.reads;
  store.change_gate.open();
  drain();
  EXPECT_EQ(name_now(), "new");
  EXPECT_EQ(store.reads, during + 1);  // what was read meanwhile was not kept
}

TEST(ReadCache, forgets_all_when_the_costs_exceed_the_bound) {
  const CacheTrust alone;
  ReadCache<int, int> cache(10, alone);
  cache.put(1, 1, 6, cache.ticket());
  cache.put(2, 2, 4, cache.ticket());
  EXPECT_TRUE(cache.find(1) && cache.find(2));
  cache.put(3, 3, 1, cache.ticket());
  EXPECT_FALSE(cache.find(1) || cache.find(2));
  EXPECT_EQ(cache.find(3), 3);
  cache.put(4, 4, 11, cache.ticket());
  EXPECT_FALSE(cache.find(4));
}

TEST(ReadCache, keeps_nothing_from_before_or_during_a_change) {
  const CacheTrust alone;
  ReadCache<int, int> cache(10, alone);
  const auto before = cache.ticket();
  {
    const ReadCache<int, int>::Change change(cache);
    cache.put(1, 1, 1, before);
    cache.put(2, 2, 1, cache.ticket());
    EXPECT_FALSE(cache.find(1) || cache.find(2));
  }
  cache.put(1, 1, 1, before);
  EXPECT_FALSE(cache.find(1));
  cache.put(1, 1, 1, cache.ticket());
  EXPECT_EQ(cache.find(1), 1);
}

TEST(ReadCache, keeps_nothing_from_before_or_during_a_change_elsewhere) {
  const CacheTrust alone;
  ReadCache<int, int> cache(10, alone);
  cache.put(1, 1, 1, cache.ticket());
  const auto before = cache.ticket();
  cache.forget();
  cache.put(2, 2, 1, before);
  EXPECT_FALSE(cache.find(1) || cache.find(2));
}

struct SharedReadCache : testing::Test {
  // Whether what was read `age` ago is still found.
  bool is_good_after(std::chrono::milliseconds age) {
    cache.forget();
    cache.put(1, 1, 1, cache.ticket());
    clock.advance(age);
    return cache.find(1).has_value();
  }

  FakeClock clock;
  CacheTrust trust{&clock};
  ReadCache<int, int> cache{10, trust};
};

TEST_F(SharedReadCache, is_good_for_a_second_while_the_others_are_not_heard) {
  EXPECT_TRUE(is_good_after(1s));
  EXPECT_FALSE(is_good_after(1001ms));
}

TEST_F(SharedReadCache, is_good_for_long_while_the_others_are_heard) {
  cache.put(1, 1, 1, cache.ticket());
  for (int i = 0; i < 100; ++i) {
    clock.advance(1s);
    trust.hear(clock.steady_now());
    EXPECT_TRUE(cache.find(1));
  }
}

TEST_F(SharedReadCache, does_not_rely_on_silence_for_long) {
  cache.put(1, 1, 1, cache.ticket());
  clock.advance(2s);
  trust.hear(clock.steady_now());
  clock.advance(CacheTrust::heard_for);
  EXPECT_TRUE(cache.find(1));
  clock.advance(1ms);
  EXPECT_FALSE(cache.find(1)) << "it may have been cut off in the meantime";
  EXPECT_TRUE(is_good_after(1s)) << "what is read from now on is good for a second";
}

TEST_F(SharedReadCache, doubts_at_once_when_the_others_are_known_to_be_out_of_hearing) {
  cache.put(1, 1, 1, cache.ticket());
  clock.advance(1001ms);
  trust.hear(clock.steady_now());
  EXPECT_TRUE(cache.find(1));
  trust.doubt();
  EXPECT_FALSE(cache.find(1));
}

TEST_F(SharedReadCache, remembers_again_what_had_to_be_read_again) {
  EXPECT_FALSE(is_good_after(2s));
  cache.put(2, 2, 1, cache.ticket());
  for (int i = 0; i < 20; ++i) cache.put(1, i, 4, cache.ticket());
  EXPECT_EQ(cache.find(1), 19);
  EXPECT_EQ(cache.find(2), 2) << "a repeat costs nothing more";
}

}  // namespace
}  // namespace orc
