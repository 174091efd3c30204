#include "adapters/http/http_server.h"
#include "adapters/remote_cluster/http_work_source.h"
#include "adapters/rest/problem.h"
#include "adapters/rest/worker_routes.h"
#include "tests/contract/work_source_contract.h"

namespace orc {
namespace {

// The desk itself, as a worker of the same process sees it.
class LocalSite final : public WorkSourceSite {
 public:
  WorkSource& source() override { return desk_.desk; }
  CoroutineThread& thread() override { return desk_.thread; }
  DeskSite& behind() override { return desk_; }

 private:
  DeskSite desk_;
};

INSTANTIATE_TEST_SUITE_P(WorkDesk, WorkSourceContract, testing::Values([] { return std::make_unique<LocalSite>(); }));

// The routes of the worker protocol alone. Who may call them is tested beside them.
class WorkerHandler final : public HttpHandler {
 public:
  explicit WorkerHandler(DeskSite& desk)
      : routes({.desk = desk.desk,
                .workers = desk.stores.workers,
                .blobs = desk.stores.blobs,
                .parsing = pool_,
                .wake_ups = desk.wake_ups,
                .clock = desk.clock}) {
    routes.add_to(table_);
  }

  boost::asio::awaitable<HeadDecision> before_body(HttpRequestHead& head) override {
    ++requests;
    if (refuse_with != 0) co_return http_problem(refuse_with, "refused by the test");
    auto found = table_.find(head.method, head.path);
    if (auto* response = std::get_if<HttpResponse>(&found)) co_return std::move(*response);
    head.context = std::get<RouteMatch>(found);
    co_return BodyRule{table_.at(std::get<RouteMatch>(found).route).body.bytes_max};
  }
  boost::asio::awaitable<HttpResponse> handle(HttpRequest& request) override {
    if (ends_of_claims_go_astray && request.path.ends_with("/claim") && request.body.contains("\"count\":0"))
      co_return json_answer(200, R"({"runs":[],"versions":[]})");
    const auto match = std::any_cast<RouteMatch>(request.context);
    RestRequest rest{.http = request, .path = match.parameters, .actor = {}};
    if (request.path.ends_with("/claim")) ++claims;
    HttpResponse response = co_await table_.at(match.route).answer(rest);
    if (const auto word = response.body.find(",\"counts_slots\":true"); is_older && word != std::string::npos)
      response.body.erase(word, std::string_view(",\"counts_slots\":true").size());
    co_return response;
  }

  std::atomic<int> refuse_with = 0;
  std::atomic<bool> is_older = false;  // does not say that it counts slots
  std::atomic<int> requests = 0;
  std::atomic<bool> ends_of_claims_go_astray = false;  // to another process on the same port
  std::atomic<int> claims = 0;

 private:
  WorkPool pool_{"bodies", {.threads = 1, .waiting_max = 8}};

 public:
  WorkerRoutes routes;

 private:
  RouteTable table_;
};

class SilentObserver final : public HttpObserver {
 public:
  void request_finished(const FinishedRequest&) override {}
  void connections_changed(std::size_t) override {}
  void connection_cut(HttpCut, std::string_view) override {}
  void handler_failed(std::string_view, std::string_view what) override { ADD_FAILURE() << what; }
};

// A worker on a thread of its own, and the server behind a socket.
class HttpSite final : public WorkSourceSite {
 public:
  HttpSite() {
    const auto endpoint = server_.start("127.0.0.1", 0);
    if (!endpoint) throw std::runtime_error(endpoint.error().message);
    address_ = {.url = "http://127.0.0.1:" + std::to_string(endpoint->port), .token = "key"};
    blobs_.emplace(*RemoteClient::create(address_), *RemoteClient::create(address_), digest_);
    source_ = std::move(
        *HttpWorkSource::create(worker_thread_.io.get_executor(), address_, {.blobs = *blobs_, .wake_ups = wake_ups_, .clock = clock_}));
  }
  ~HttpSite() override {
    desk_.within([&] {
      handler.routes.end_waits();
      return true;
    });
    worker_thread_.end();
    server_.wait(std::chrono::steady_clock::now() + std::chrono::seconds{10});
    desk_.thread.end();
  }

  WorkSource& source() override { return *source_; }
  CoroutineThread& thread() override { return worker_thread_; }
  DeskSite& behind() override { return desk_; }

 private:
  DeskSite desk_;

 public:
  WorkerHandler handler{desk_};

 private:
  SilentObserver observer_;
  ByteBudget budget_{std::uint64_t{256} << 20, std::uint64_t{16} << 10};
  HttpServer server_{desk_.thread.io, {}, budget_, handler, observer_};
  RemoteServer address_;
  FakeDigest digest_;  // as the stores in memory have
  SystemClock clock_;
  CoroutineThread worker_thread_;
  AsioWakeUps wake_ups_{worker_thread_.io.get_executor()};
  std::optional<HttpBlobs> blobs_;
  std::unique_ptr<HttpWorkSource> source_;
};

INSTANTIATE_TEST_SUITE_P(HttpWorkSource, WorkSourceContract, testing::Values([] { return std::make_unique<HttpSite>(); }));

struct HttpWorkSourceTest : testing::Test {
  template <typename T>
  Result<T> asked(Async<T> question) {
    return site.thread().run(std::move(question));
  }
  Result<WorkerId> sign_on() { return asked(site.source().sign_on({.name = "host:1"})); }
  void claim_one(WorkerId worker) { EXPECT_TRUE(ok(asked(site.source().claim(worker, 1, std::chrono::steady_clock::now(), {}))).empty()); }

  HttpSite site;
};

TEST_F(HttpWorkSourceTest, a_key_that_is_refused_is_not_tried_at_every_turn) {
  for (const auto& [status, code] : {std::pair{401, ErrorCode::unauthenticated}, std::pair{403, ErrorCode::permission_denied}}) {
    HttpSite fresh;
    fresh.handler.refuse_with = status;
    for (int i = 0; i < 5; ++i) {
      const auto refused = fresh.thread().run(fresh.source().sign_on({.name = "host:1"}));
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, code);
      EXPECT_TRUE(refused.error().message.contains("scope worker")) << refused.error().message;
    }
    EXPECT_EQ(fresh.handler.requests, 1);
  }
}

TEST_F(HttpWorkSourceTest, a_claim_that_waits_at_another_process_than_the_one_that_was_asked_to_end_it_is_hung_up_on) {
  site.handler.ends_of_claims_go_astray = true;
  const WorkerId worker = ok(sign_on());
  std::stop_source stop;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  auto waiting = site.thread().begin(site.source().claim(worker, 1, until, stop.get_token()));
  const auto request_stop = [](std::stop_source source) -> boost::asio::awaitable<bool> { co_return source.request_stop(); };
  site.thread().run(request_stop(stop));
  ASSERT_EQ(waiting.wait_for(std::chrono::seconds{10}), std::future_status::ready);
  EXPECT_TRUE(ok(waiting.get()).empty());
  ok(asked(site.source().sign_off(worker)));
  const JobId job = site.behind().submit();
  EXPECT_EQ(site.behind().job(job).status, JobStatus::queued) << "nobody has claimed it";
}

TEST_F(HttpWorkSourceTest, slots_are_counted_here_only_for_a_server_that_does_not_count_them) {
  std::unique_ptr<WorkSource::Watch> run;
  const auto on_thread = [&](auto act) {
    const auto acting = [&]() -> boost::asio::awaitable<void> {
      act();
      co_return;
    };
    site.thread().run(acting());
  };
  site.handler.is_older = true;
  const WorkerId of_older = ok(sign_on());
  on_thread([&] { run = site.source().watch({.job = JobId{1}, .fence = Fence{1}}, [] {}); });
  claim_one(of_older);
  EXPECT_EQ(site.handler.claims, 0) << "its one slot is taken";
  site.handler.is_older = false;
  const WorkerId of_newer = ok(sign_on());  // the server was replaced
  claim_one(of_newer);
  EXPECT_EQ(site.handler.claims, 1);
  on_thread([&] { run.reset(); });
}

TEST_F(HttpWorkSourceTest, what_the_server_answers_becomes_our_words) {
  const std::pair<int, ErrorCode> cases[] = {{409, ErrorCode::conflict},         {429, ErrorCode::resource_exhausted},
                                             {503, ErrorCode::unavailable},      {500, ErrorCode::internal},
                                             {413, ErrorCode::invalid_argument}, {404, ErrorCode::invalid_argument}};
  for (const auto& [status, code] : cases) {
    site.handler.refuse_with = status;
    const auto refused = sign_on();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, code) << status;
  }
}

}  // namespace
}  // namespace orc
