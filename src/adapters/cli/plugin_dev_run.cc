#include "adapters/cli/plugin_dev_run.h"

#include <algorithm>
#include <ostream>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/job_view.h"
#include "adapters/cli/titled_line.h"
#include "adapters/json/json_writer.h"

namespace orc {
namespace {

constexpr std::chrono::milliseconds first_look_pause{20};
constexpr std::chrono::milliseconds longest_look_pause{250};
constexpr std::int64_t lines_per_look = 10'000;

std::string submission_of(const std::string& plugin, const std::string& input) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("plugin_name", plugin);
  json.key("input_data").raw(input);
  json.end_object();
  return body;
}

}  // namespace

Outcome<void> DevRun::begin(const std::string& plugin) {
  if (is_going()) cancel();
  const auto input = read_input_argument(context_, "@" + input_);
  if (!input) return std::unexpected(input.error());
  words_.emplace(context_, "The job may be submitted, and goes on then: orc job list");
  outage_.emplace(context_);
  auto submitted = client_.submit("/api/v1/jobs", submission_of(plugin, *input), new_idempotency_key(), *outage_);
  const auto job = submitted ? submitted->json() : std::unexpected(submitted.error());
  if (!job) {
    forget();
    return std::unexpected(job.error());
  }
  id_ = text_of(*job, "id");
  words_->change_to(words_of_job_that_goes_on(id_));
  next_line_ = 1;
  began_ = std::chrono::steady_clock::now();
  pause_ = first_look_pause;
  return {};
}

void DevRun::cancel() {
  const auto cancelled = client_.send("POST", "/api/v1/jobs/" + id_ + "/cancel", {});
  line_.clear();
  const std::string older = "job " + id_ + " ran the version before";
  if (cancelled)
    context_.out << coloured(context_.terminal, Colour::grey, older + ": cancelled") << std::endl;
  else
    context_.out << coloured(context_.terminal, Colour::red, older + ", and was not cancelled: " + printable(cancelled.error().message))
                 << std::endl;
  forget();
}

Outcome<void> DevRun::look() {
  auto done = look_once();
  if (done) {
    outage_->end();
  } else if (outage_->is_borne(done.error())) {
    return {};
  } else {
    done.error().message += "\njob " + id_ + " is not followed any more: orc job get " + id_;
    forget();
  }
  return done;
}

// The job first and its log then: of one that has ended the log is whole.
Outcome<void> DevRun::look_once() {
  auto reply = client_.get("/api/v1/jobs/" + id_);
  if (!reply) return std::unexpected(reply.error());
  const auto job = reply->json();
  if (!job) return std::unexpected(job.error());
  if (auto printed = print_new_lines(); !printed) return printed;
  if (has_ended(text_of(*job, "status")))
    print_end(*job);
  else
    line_.show(words_of_job_under_way(*job, std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began_)));
  return {};
}

Outcome<void> DevRun::print_new_lines() {
  for (;;) {
    auto reply = client_.get("/api/v1/jobs/" + id_ + "/logs?format=json&from=" + std::to_string(next_line_) +
                             "&limit=" + std::to_string(lines_per_look));
    if (!reply) return std::unexpected(reply.error());
    const auto page = reply->json();
    if (!page) return std::unexpected(page.error());
    const auto items = page->find("items");
    if (!items) return stop_with(ExitCode::internal, "the server's answer has no items");
    for (const JsonValue line : items->elements()) {
      line_.clear();
      print_titled_log(context_, text_of(line, "text"));
      const auto number = line.find("n");
      next_line_ = (number ? number->as_int64().value_or(next_line_) : next_line_) + 1;
    }
    if (static_cast<std::int64_t>(items->size()) < lines_per_look) return {};
  }
}

void DevRun::print_end(JsonValue job) {
  line_.clear();
  const std::string status = text_of(job, "status");
  const bool is_good = status == "completed";
  const std::string said = text_of(job, is_good ? "result" : "error_message");
  const std::string sentence = "job " + id_ + " " + status + (said.empty() ? "" : ": " + said);
  context_.out << coloured(context_.terminal, is_good ? Colour::none : Colour::red, printable(sentence)) << std::endl;
  forget();
}

void DevRun::forget() {
  line_.clear();
  id_.clear();
  words_.reset();
}

void DevRun::hide() { line_.clear(); }

std::chrono::milliseconds DevRun::pause() { return std::exchange(pause_, std::min(pause_ * 2, longest_look_pause)); }

}  // namespace orc
