#include "adapters/cli/log_following.h"

#include <ostream>
#include <set>

#include "adapters/cli/event_reader.h"
#include "adapters/cli/job_view.h"
#include "adapters/cli/progress_line.h"
#include "adapters/json/json_document.h"

namespace orc {
namespace {

class FollowedLog {
 public:
  FollowedLog(ClientContext& context, std::int64_t from) : context_(context), last_line_(std::to_string(from - 1)), progress_(context) {}

  void take(const ServerEvent& event) {
    const auto document = JsonDocument::parse(event.data, {.bytes_max = EventReader::event_bytes_max});
    if (!document) return;
    const JsonValue told = document->root();
    if (event.kind == "line") last_line_ = event.id;
    if (event.kind == "end") status_ = text_of(told, "status");
    // Once, though they are told anew where the connection was lost before the end.
    if (event.kind == "file" && !files_.insert(text_of(told, "name")).second) return;
    if (context_.flags.as_json)
      print(event);
    else
      show(event, told);
  }

  const std::string& last_line() const { return last_line_; }
  const std::string& status() const { return status_; }
  bool has_ended() const { return !status_.empty(); }

 private:
  // For programs: each event as a document in a line.
  void print(const ServerEvent& event) {
    if (event.kind == "line" || event.kind == "progress") context_.out << event.data << std::endl;
    if (event.kind == "file" || event.kind == "end") context_.out << "{\"" << event.kind << "\":" << event.data << "}" << std::endl;
  }

  // For eyes: the output is the log and nothing else.
  void show(const ServerEvent& event, JsonValue told) {
    if (event.kind == "progress") return show_progress(told);
    progress_.clear();
    if (event.kind == "line") {
      const std::string text = text_of(told, "text");
      context_.out << (context_.terminal.out_is_terminal ? printable_log_line(context_.terminal, text) : text) << std::endl;
    }
    if (event.kind == "file")
      context_.err << "left " << printable(text_of(told, "name")) << ", " << words_of_bytes(text_of(told, "bytes")) << "\n";
  }

  void show_progress(JsonValue told) {
    const auto fraction = told.find("progress");
    const int percent = static_cast<int>(fraction ? fraction->as_double().value_or(0) * 100 : 0);
    progress_.show(std::to_string(percent) + " %  " + text_of(told, "message"));
  }

  ClientContext& context_;
  std::string last_line_;
  std::string status_;
  std::set<std::string> files_;
  ProgressLine progress_;
};

}  // namespace

Outcome<ExitCode> follow_log(ClientContext& context, ApiClient& client, std::int64_t job, std::int64_t from) {
  FollowedLog log(context, from);
  const std::string target = "/api/v1/jobs/" + std::to_string(job) + "/logs/stream";
  Outage outage(context);
  while (!log.has_ended()) {
    EventReader reader;
    const auto done = client.stream(target, log.last_line(), [&](std::string_view bytes) {
      outage.end();
      reader.add(bytes, [&log](const ServerEvent& event) { log.take(event); });
      return !log.has_ended();
    });
    if (log.has_ended()) break;
    if (!outage.is_borne(done)) return std::unexpected(done.error());
  }
  if (log.status() == "completed") return ExitCode::ok;
  if (!context.flags.as_json)
    context.err << coloured(context.terminal, colour_of_status(log.status()), "job " + std::to_string(job) + " " + log.status()) << "\n";
  return ExitCode::negative;
}

}  // namespace orc
