#include "adapters/rest/log_events.h"

#include <iterator>
#include <stdexcept>

#include "adapters/json/json_writer.h"
#include "adapters/rest/job_json.h"

namespace orc {
namespace {

void begin_event(std::string& part, std::string_view kind) { part.append("event: ").append(kind).append("\ndata: "); }

}  // namespace

boost::asio::awaitable<std::string> LogEvents::next() {
  // At once, so that the client knows that it is heard; and how soon it should come back after a cut.
  if (!std::exchange(has_begun_, true)) co_return "retry: 1000\n\n";
  std::string part;
  const SteadyTime silence_ends = clock_.steady_now() + silence_max;
  while (part.empty() && !gave_up_ && !has_ended_) {
    if (lines_.empty()) {
      auto news = co_await follow_.next(silence_ends);
      if (!news) throw std::runtime_error(news.error().message);  // the client comes back, and may be told then
      take(std::move(*news));
    }
    write_lines(part);
    if (lines_.empty()) write_rest(part);
    if (part.empty() && !gave_up_ && clock_.steady_now() >= silence_ends) part = ": waiting\n\n";
  }
  co_return part;
}

void LogEvents::take(LogNews news) {
  std::ranges::move(news.lines, std::back_inserter(lines_));
  news.lines.clear();
  rest_ = std::move(news);
}

void LogEvents::write_lines(std::string& part) {
  while (!lines_.empty() && part.size() < part_bytes_max) {
    part.append("id: ").append(std::to_string(lines_.front().n)).push_back('\n');
    begin_event(part, "line");
    JsonWriter json(part);
    write_log_line(json, lines_.front());
    part.append("\n\n");
    lines_.pop_front();
  }
}

void LogEvents::write_rest(std::string& part) {
  if (const auto progress = std::exchange(rest_.progress, std::nullopt)) {
    begin_event(part, "progress");
    JsonWriter json(part);
    json.begin_object();
    json.member("progress", progress->fraction);
    json.member("message", progress->message);
    json.end_object();
    part.append("\n\n");
  }
  if (!rest_.ended && !rest_.is_gone) return;
  for (const Artifact& file : rest_.files) {
    begin_event(part, "file");
    JsonWriter json(part);
    write_artifact(json, file);
    part.append("\n\n");
  }
  begin_event(part, "end");
  JsonWriter json(part);
  json.begin_object();
  json.member("status", rest_.ended ? to_word(*rest_.ended) : std::string_view("deleted"));
  json.end_object();
  part.append("\n\n");
  has_ended_ = true;
}

void LogEvents::give_up() {
  gave_up_ = true;
  follow_.give_up();
}

}  // namespace orc
