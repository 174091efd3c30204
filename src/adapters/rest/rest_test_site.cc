#include "adapters/rest/rest_test_site.h"

#include <boost/asio/co_spawn.hpp>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#include "adapters/http/request_target.h"
#include "adapters/json/json_document.h"

namespace orc {
namespace {

HttpField bearer(const std::string& token) { return {"Authorization", "Bearer " + token}; }

RestReply reply_of(HttpResponse response) {
  return {.status = response.status,
          .body = std::string(response.content()),
          .content_type = response.content_type,
          .headers = std::move(response.headers)};
}

HttpRequest request_of(const RestCall& call) {
  HttpRequest request;
  request.method = call.method;
  request.peer_address = call.peer;
  request.request_id = "0123456789abcdef";
  request.received = std::chrono::steady_clock::now();
  const auto read = read_request_target(call.target, "localhost", 100, request);
  EXPECT_TRUE(read) << call.target;
  if (std::ranges::none_of(call.headers, [](const HttpField& field) { return field.name == "Host"; }))
    request.headers.add("Host", "localhost:5901");
  bool has_type = false;
  for (const HttpField& field : call.headers) {
    has_type = has_type || field.name == "Content-Type";
    if (!field.value.empty()) request.headers.add(field.name, field.value);
  }
  if (!call.body.empty()) request.headers.add("Content-Length", std::to_string(call.body.size()));
  if (!has_type && (call.method == "POST" || call.method == "PUT")) request.headers.add("Content-Type", "application/json");
  request.body = call.body;
  return request;
}

}  // namespace

std::string RestReply::header(std::string_view name) const {
  for (const HttpField& field : headers)
    if (field.name == name) return field.value;
  return {};
}

RestSite::RestSite(RestSettings settings, Registration registration, Rates rates)
    : failed_logins(rates.failed_logins, stores.clock),
      submissions(rates.submissions, stores.clock),
      register_user(stores.users, hasher, stores.audit, registration),
      api(RestSurface::api, use_cases(), ports(), settings),
      registry(RestSurface::registry, use_cases(), ports(), settings) {}

RestUseCases RestSite::use_cases() {
  return {.authenticate = authenticate,
          .log_in = log_in,
          .register_user = register_user,
          .change_user = change_user,
          .delete_user = delete_user,
          .create_api_key = create_api_key,
          .delete_api_key = delete_api_key,
          .submit_jobs = submit_jobs,
          .job_access = job_access,
          .explain_job = explain_job,
          .await_job = await_job,
          .cancel_job = cancel_job,
          .retry_job = retry_job,
          .delete_job = delete_job,
          .upload_blob = upload_blob,
          .work_desk = work_desk,
          .drain_worker = drain_worker,
          .add_plugin = add_plugin_case,
          .change_plugin = change_plugin,
          .upload_package = upload_package,
          .roll_back_plugin = roll_back_plugin,
          .delete_plugin = delete_plugin,
          .execute_deliberation = execute_deliberation,
          .deliberation_access = deliberation_access,
          .cancel_deliberation = cancel_deliberation};
}

RestPorts RestSite::ports() {
  return {.users = stores.users,
          .api_keys = stores.api_keys,
          .jobs = stores.job_reader,
          .callbacks = stores.callbacks,
          .deliberations = stores.deliberations,
          .events = stores.events,
          .event_signals = event_signals,
          .plugins = stores.plugin_reader,
          .workers = stores.workers,
          .worker_beats = worker_beats,
          .blobs = stores.blobs,
          .signals = signals,
          .wake_ups = wake_ups,
          .clock = stores.clock,
          .access_log = access_log,
          .parsing = pool,
          .digest = stores.digest,
          .readiness = readiness,
          .failed_logins = failed_logins,
          .submissions = submissions,
          .metrics = []() -> boost::asio::awaitable<std::string> { co_return "orc_up 1\n"; },
          .callback_secrets = callback_secrets};
}

template <typename T>
T RestSite::run(boost::asio::awaitable<T> work) {
  std::optional<T> answer;
  boost::asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& failed, T value) {
    if (failed) std::rethrow_exception(failed);
    answer = std::move(value);
  });
  io.restart();
  io.run();
  return std::move(*answer);
}

boost::asio::awaitable<RestReply> RestSite::answer(RestApi& to, RestCall call) {
  HttpRequest request = request_of(call);
  request.take_room = [this](std::uint64_t bytes) { return bytes <= room; };
  auto decision = co_await to.before_body(request);
  auto* refused = std::get_if<HttpResponse>(&decision);
  if (!refused && request.body.size() > std::get<BodyRule>(decision).body_max) co_return RestReply{.status = 413};
  HttpResponse response = refused ? std::move(*refused) : co_await to.handle(request);
  to.complete(request, response);
  co_return reply_of(std::move(response));
}

RestReply RestSite::send(RestApi& to, RestCall call) { return run(answer(to, std::move(call))); }

std::pair<RestReply, RestReply> RestSite::call_both(RestCall first, RestCall second) {
  std::pair<RestReply, RestReply> replies;
  boost::asio::co_spawn(io, answer(api, std::move(first)),
                        [&](const std::exception_ptr&, RestReply reply) { replies.first = std::move(reply); });
  boost::asio::co_spawn(io, answer(api, std::move(second)),
                        [&](const std::exception_ptr&, RestReply reply) { replies.second = std::move(reply); });
  io.restart();
  io.run();
  return replies;
}

std::vector<RestReply> RestSite::call_all(std::vector<RestCall> calls) {
  std::vector<RestReply> replies(calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i)
    boost::asio::co_spawn(io, answer(api, std::move(calls[i])),
                          [&replies, i](const std::exception_ptr&, RestReply reply) { replies[i] = std::move(reply); });
  io.restart();
  io.run();
  return replies;
}

RestReply RestSite::get(std::string target, const std::string& token) { return call({"GET", std::move(target), "", {bearer(token)}}); }

RestReply RestSite::post(std::string target, std::string body, const std::string& token) {
  return call({"POST", std::move(target), std::move(body), {bearer(token)}});
}

RestReply RestSite::put(std::string target, std::string body, const std::string& token) {
  return call({"PUT", std::move(target), std::move(body), {bearer(token)}});
}

RestReply RestSite::erase(std::string target, const std::string& token) { return call({"DELETE", std::move(target), "", {bearer(token)}}); }

std::string RestSite::token_of_new(const std::string& email) {
  const auto made = call({"POST", "/api/v1/users", R"({"email": ")" + email + R"(", "password": "long enough"})"});
  EXPECT_EQ(made.status, 201) << made.body;
  const auto session = call({"POST", "/api/v1/auth/token", R"({"username": ")" + email + R"(", "password": "long enough"})"});
  EXPECT_EQ(session.status, 200) << session.body;
  const std::string token = member_of(session.body, "access_token");
  return token.size() < 2 ? "" : token.substr(1, token.size() - 2);
}

std::string RestSite::token_of_new_admin() {
  const auto user = run(stores.users.add({.email = "first@b.example", .full_name = {}, .role = Role::admin, .password_hash = "hash of x"}));
  EXPECT_TRUE(user);
  const auto expires = std::chrono::floor<std::chrono::seconds>(stores.clock.now()) + std::chrono::hours{1};
  return signer.sign({.user = user->id, .expires_at = expires, .issued_at = {}, .epoch = user->epoch});
}

void RestSite::add_plugin(const std::string& name) {
  const auto plugin = run(stores.plugins.add({.name = name, .version = "1.0.0", .description = "", .spec = {.docker_image_url = "x:1"}}));
  EXPECT_TRUE(plugin);
}

void RestSite::run_next_job(JobTrigger trigger, std::string text) {
  if (!worker_) worker_ = *run(stores.workers.add({.name = "host:1"}));
  const auto claim = run(stores.jobs.claim(*worker_, 1));
  ASSERT_TRUE(claim && claim->jobs.size() == 1);
  stores.clock.advance(std::chrono::milliseconds{250});
  const bool good = trigger == JobTrigger::succeeded;
  AttemptEnd end{.id = claim->jobs[0].id,
                 .fence = claim->jobs[0].fence,
                 .trigger = trigger,
                 .outcome = good ? AttemptOutcome::succeeded : AttemptOutcome::failed,
                 .exit_code = good ? 0 : 1,
                 .usage = {.cpu = std::chrono::milliseconds{120}, .peak_bytes = 4096},
                 .log = {{.n = 1, .t = stores.clock.now(), .stream = LogStream::err, .text = "one"},
                         {.n = 2, .t = stores.clock.now(), .stream = LogStream::err, .text = "two \"2\""}}};
  if (good) {
    end.result = Payload{.text = std::move(text), .blob = {}};
  } else {
    end.message = std::move(text);
  }
  ASSERT_TRUE(run(stores.jobs.finish(std::move(end))));
}

std::string member_of(const std::string& json, std::string_view name) {
  const auto document = JsonDocument::parse(json);
  EXPECT_TRUE(document) << json;
  const auto member = document ? document->root().find(name) : std::nullopt;
  return member ? std::string(member->raw()) : "";
}

bool equals_golden(std::string_view name, const std::string& json) {
  const std::string path = std::string(ORC_GOLDEN_FOLDER "/").append(name).append(".json");
  if (std::getenv("ORC_REWRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << json << '\n';
    return true;
  }
  std::ifstream file(path);
  const std::string wanted(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(json + "\n", wanted) << path << " (ORC_REWRITE_GOLDEN=1 rewrites it)";
  return json + "\n" == wanted;
}

}  // namespace orc
