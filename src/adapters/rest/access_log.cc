#include "adapters/rest/access_log.h"

#include <utility>

namespace orc {
namespace {

LogLevel level_of(int status) {
  if (status >= 500) return LogLevel::warning;
  return status >= 400 ? LogLevel::info : LogLevel::debug;
}

double milliseconds(std::chrono::nanoseconds duration) { return static_cast<double>(duration.count() / 1000) / 1000.0; }

}  // namespace

std::string_view to_word(HttpCut why) {
  switch (why) {
    case HttpCut::idle:
      return "idle";
    case HttpCut::slow_header:
      return "slow header";
    case HttpCut::slow_body:
      return "slow body";
    case HttpCut::slow_reader:
      return "slow reader";
    case HttpCut::lingering:
      return "lingering";
    case HttpCut::too_many_connections:
      return "too many connections";
    case HttpCut::too_many_bytes:
      return "too many bytes";
    case HttpCut::no_descriptors:
      return "no descriptors";
    case HttpCut::stopping:
      return "stopping";
  }
  return {};
}

void AccessLog::answered(const HttpRequestHead& head, const HttpResponse& response, std::optional<UserId> user) {
  const auto duration = std::chrono::steady_clock::now() - head.received;
  const LogField request_id{"request_id", std::string_view(head.request_id)};
  const LogField method{"method", std::string_view(head.method)};
  const LogField path{"path", std::string_view(head.path)};
  const LogField status{"status", std::int64_t{response.status}};
  const LogField took{"duration_ms", milliseconds(duration)};
  const LogField peer{"peer", std::string_view(head.peer_address)};
  constexpr std::string_view event = "request answered";
  const LogLevel level = level_of(response.status);
  if (!user) return log_.write(level, event, {request_id, method, path, status, took, peer});
  log_.write(level, event, {request_id, method, path, status, took, peer, {"user_id", std::to_underlying(*user)}});
}

void AccessLog::submitted(const HttpRequestHead& head, UserId user, JobId first, JobId last, std::size_t made) {
  constexpr std::string_view event = "jobs submitted";
  const LogField request_id{"request_id", std::string_view(head.request_id)};
  const LogField user_id{"user_id", std::to_underlying(user)};
  const LogField jobs{"jobs", static_cast<std::int64_t>(made)};
  if (first == last) return log_.info(event, {request_id, user_id, {"job_id", std::to_underlying(last)}, jobs});
  log_.info(event, {request_id, user_id, {"first_job_id", std::to_underlying(first)}, {"last_job_id", std::to_underlying(last)}, jobs});
}

void AccessLog::submitted(const HttpRequestHead& head, UserId user, std::string_view deliberation) {
  log_.info("deliberation submitted",
            {{"request_id", std::string_view(head.request_id)}, {"user_id", std::to_underlying(user)}, {"deliberation_id", deliberation}});
}

void AccessLog::request_finished(const FinishedRequest& request) {
  if (!request.route.empty()) return;
  log_.write(level_of(request.status), "request refused",
             {{"request_id", request.request_id},
              {"method", request.method},
              {"path", request.path},
              {"status", std::int64_t{request.status}},
              {"duration_ms", milliseconds(request.duration)},
              {"peer", request.peer_address}});
}

void AccessLog::connections_changed(std::size_t) {}

void AccessLog::connection_cut(HttpCut why, std::string_view peer_address) {
  const bool ordinary = why == HttpCut::idle || why == HttpCut::lingering || why == HttpCut::stopping;
  log_.write(ordinary ? LogLevel::debug : LogLevel::warning, "connection cut", {{"reason", to_word(why)}, {"peer", peer_address}});
}

void AccessLog::handler_failed(std::string_view request_id, std::string_view what) {
  log_.write(LogLevel::error, "request failed", {{"request_id", request_id}, {"reason", what}});
}

}  // namespace orc
