#include "adapters/http/response_bytes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "adapters/http/http_grammar.h"

namespace orc {

namespace {

namespace grammar = http_grammar;

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

bool is_written_by_the_server(std::string_view name) {
  constexpr std::array<std::string_view, 4> names = {"content-length", "transfer-encoding", "connection", "date"};
  return std::ranges::any_of(names, [name](std::string_view own) { return same_ignoring_case(name, own); });
}

// RFC 9110 8.6 and 15.3.5: neither body nor length. A 304 may have a length, but then it must be that of the 200, which is not known here.
bool has_no_content(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

std::string_view DateLine::at(Timestamp now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (second == second_) return line_;
  constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t time = second;
  std::tm utc{};
  gmtime_r(&time, &utc);
  std::array<char, 64> text;
  const auto weekday = days[static_cast<std::size_t>(utc.tm_wday)];
  const auto month = months[static_cast<std::size_t>(utc.tm_mon)];
  const int size = std::snprintf(text.data(), text.size(), "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", weekday, utc.tm_mday, month,
                                 utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  line_.assign(text.data(), static_cast<std::size_t>(size));
  second_ = second;
  return line_;
}

bool fields_are_sound(const HttpResponse& response) {
  if (response.status < 200 || response.status > 599 || !grammar::all(response.content_type, grammar::value)) return false;
  return std::ranges::all_of(response.headers, [](const HttpField& field) {
    return !field.name.empty() && grammar::all(field.name, grammar::token) && grammar::all(field.value, grammar::value) &&
           !is_written_by_the_server(field.name);
  });
}

void append_response(std::string& out, const HttpResponse& response, std::string_view date_line, ConnectionField connection,
                     BodyBytes body) {
  const std::string_view content = response.content();
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::uint64_t>(response.status));
  out.append(" ").append(http_reason(response.status)).append("\r\n").append(date_line);
  if (!response.content_type.empty()) out.append("Content-Type: ").append(response.content_type).append("\r\n");
  if (body == BodyBytes::in_chunks) out.append("Transfer-Encoding: chunked\r\n");
  const bool has_length = body != BodyBytes::in_chunks && body != BodyBytes::until_close;
  if (has_length && !has_no_content(response.status)) {
    out.append("Content-Length: ");
    append_number(out, content.size());
    out.append("\r\n");
  }
  for (const HttpField& field : response.headers) out.append(field.name).append(": ").append(field.value).append("\r\n");
  if (connection == ConnectionField::close) out.append("Connection: close\r\n");
  if (connection == ConnectionField::keep_alive) out.append("Connection: keep-alive\r\n");
  out.append("\r\n");
  if (body == BodyBytes::sent && !has_no_content(response.status)) out.append(content);
}

// RFC 9112 section 7.1: a size in hexadecimal digits before each chunk, and an empty chunk at the end.
void append_part(std::string& out, std::string_view part, BodyBytes body) {
  if (body == BodyBytes::until_close) {
    out.append(part);
    return;
  }
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), part.size(), 16).ptr;
  out.append(digits.data(), end).append("\r\n").append(part).append("\r\n");
}

}  // namespace orc
