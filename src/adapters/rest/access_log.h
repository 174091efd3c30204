#pragma once

#include <optional>

#include "adapters/http/http_handler.h"
#include "domain/strong_id.h"
#include "ports/event_log.h"

namespace orc {

// AccessLog writes one line for each request: at debug if all went well, at info from status 400 on. Never a query, a header or a body.
// It also observes the HTTP server, for requests that it refuses before anybody else sees them and for connections that it cuts.
class AccessLog final : public HttpObserver {
 public:
  explicit AccessLog(EventLog& log) : log_(log) {}

  // A request that reached the routes. Its response's `route` must be set.
  void answered(const HttpRequestHead& head, const HttpResponse& response, std::optional<UserId> user);

  // One line for what one request made, which joins it with its jobs. `made` is at least 1.
  void submitted(const HttpRequestHead& head, UserId user, JobId first, JobId last, std::size_t made);

  // The same for a deliberation.
  void submitted(const HttpRequestHead& head, UserId user, std::string_view deliberation);

  void request_finished(const FinishedRequest& request) override;
  void connections_changed(std::size_t open) override;
  void connection_cut(HttpCut why, std::string_view peer_address) override;
  void handler_failed(std::string_view request_id, std::string_view what) override;

 private:
  EventLog& log_;
};

std::string_view to_word(HttpCut why);

}  // namespace orc
