#include "adapters/system/json_event_log.h"

#include <atomic>
#include <cerrno>
#include <poll.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/base_sink.h>
#include <string>
#include <unistd.h>

#include "adapters/json/json_writer.h"
#include "adapters/json/time_text.h"

namespace orc {
namespace {

constexpr std::chrono::milliseconds reader_patience{1000};

std::string_view word_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

spdlog::level::level_enum spdlog_level(LogLevel level) { return level == LogLevel::error ? spdlog::level::err : spdlog::level::info; }

// Writes whole lines to a descriptor, and gives a line up when nobody reads for a second. Called by the one thread of the queue.
class LineSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit LineSink(int descriptor) : descriptor_(descriptor) {}

  std::size_t lost() const { return lost_.load(std::memory_order_relaxed); }

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    if (!is_writable() || ::write(descriptor_, line.payload.data(), line.payload.size()) < 0) lost_.fetch_add(1, std::memory_order_relaxed);
  }
  void flush_() override {}

 private:
  // After one second in vain the next lines are not waited for, until somebody reads again.
  bool is_writable() {
    pollfd wanted{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    const int patience = gave_up_ ? 0 : static_cast<int>(reader_patience.count());
    gave_up_ = ::poll(&wanted, 1, patience) <= 0;
    return !gave_up_;
  }

  const int descriptor_;
  bool gave_up_ = false;
  std::atomic<std::size_t> lost_ = 0;
};

void write_field(JsonWriter& json, const LogField& field) {
  json.key(field.name);
  std::visit([&](const auto& value) { json.value(value); }, field.value);
}

std::string line_of(Timestamp time, LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  json.member("time", time_text(time));
  json.member("level", word_of(level));
  json.member("event", event);
  for (const auto& field : fields) write_field(json, field);
  json.end_object();
  line += '\n';
  return line;
}

// What is left of a line that would be too long: all that is short, and of each long text its start.
std::string shortened_line(Timestamp time, LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  constexpr std::size_t text_bytes_max = 256;
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  json.member("time", time_text(time));
  json.member("level", word_of(level));
  json.member("event", event.substr(0, text_bytes_max));
  json.member("shortened", true);
  for (const auto& field : fields) {
    // An escaped byte is six bytes long at most; two brackets and a line feed follow.
    if (line.size() + 6 * (text_bytes_max + field.name.size()) + 16 > JsonEventLog::line_bytes_max) break;
    LogField cut = field;
    if (auto* text = std::get_if<std::string_view>(&cut.value)) *text = text->substr(0, text_bytes_max);
    write_field(json, cut);
  }
  json.end_object();
  line += '\n';
  return line;
}

}  // namespace

class JsonEventLog::Queue {
 public:
  explicit Queue(int descriptor)
      : sink_(std::make_shared<LineSink>(descriptor)), pool_(std::make_shared<spdlog::details::thread_pool>(queue_lines_max, 1)) {
    logger_ = std::make_shared<spdlog::async_logger>("events", sink_, pool_, spdlog::async_overflow_policy::overrun_oldest);
    logger_->set_level(spdlog::level::trace);
  }

  void push(LogLevel level, std::string_view line) { logger_->log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size())); }

  // Lines lost since the last call.
  std::size_t take_lost() {
    const std::size_t lost = pool_->overrun_counter() + sink_->lost();
    const std::size_t told = told_.exchange(lost, std::memory_order_relaxed);
    return lost - told;
  }

 private:
  const std::shared_ptr<LineSink> sink_;
  const std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
  std::atomic<std::size_t> told_ = 0;
};

JsonEventLog::JsonEventLog(int descriptor, LogLevel least, Clock& clock)
    : least_(least), clock_(clock), queue_(std::make_unique<Queue>(descriptor)) {}

JsonEventLog::~JsonEventLog() = default;

void JsonEventLog::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (level < least_) return;
  const Timestamp now = clock_.now();
  std::string line = line_of(now, level, event, fields);
  if (line.size() > line_bytes_max) line = shortened_line(now, level, event, fields);
  queue_->push(level, line);
  if (const auto lost = queue_->take_lost(); lost > 0)
    queue_->push(LogLevel::warning, line_of(now, LogLevel::warning, "log lines lost", {{"count", static_cast<std::int64_t>(lost)}}));
}

void write_last_line(int descriptor, Clock& clock, LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  const Timestamp now = clock.now();
  std::string line = line_of(now, level, event, fields);
  if (line.size() > JsonEventLog::line_bytes_max) line = shortened_line(now, level, event, fields);
  // Whoever reads it or not: the process ends all the same.
  [[maybe_unused]] const ssize_t written = ::write(descriptor, line.data(), line.size());
}

}  // namespace orc
