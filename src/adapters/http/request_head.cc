#include "adapters/http/request_head.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "adapters/http/request_target.h"

namespace orc {

namespace {

namespace grammar = http_grammar;

constexpr std::size_t method_size_max = 32;
constexpr std::size_t length_digits_max = 19;  // so that it cannot overflow 64 bits

struct RequestLine {
  std::string_view method, target, version;
};

std::expected<RequestLine, HttpRefusal> split_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || line.find(' ', first + 1) != last) {
    return refuse(400, "The request line is not a method, a target and a version with one space between them.");
  }
  const RequestLine parts{line.substr(0, first), line.substr(first + 1, last - first - 1), line.substr(last + 1)};
  if (parts.method.empty() || parts.method.size() > method_size_max || !grammar::all(parts.method, grammar::token)) {
    return refuse(400, "The method is not a token of at most " + std::to_string(method_size_max) + " characters.");
  }
  return parts;
}

// 0 or 1.
std::expected<int, HttpRefusal> minor_version_of(std::string_view version) {
  if (version == "HTTP/1.1") return 1;
  if (version == "HTTP/1.0") return 0;
  if (version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' && grammar::is(version[5], grammar::digit) &&
      grammar::is(version[7], grammar::digit)) {
    return refuse(505, "This server speaks HTTP/1.1 and HTTP/1.0 only.");
  }
  return refuse(400, "The request line does not end with HTTP/1.1 or HTTP/1.0.");
}

std::expected<void, HttpRefusal> read_field(std::string_view line, HttpHeaders& headers) {
  if (line.front() == ' ' || line.front() == '\t')
    return refuse(400, "A header field is folded over several lines, or begins with white space.");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return refuse(400, "A header field has no colon.");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = grammar::trimmed(line.substr(colon + 1));
  if (name.empty() || !grammar::all(name, grammar::token)) return refuse(400, "The name of a header field is not a token.");
  if (!grammar::all(value, grammar::value)) return refuse(400, "The value of a header field holds a control character.");
  headers.add(name, value);
  return {};
}

// The fields that decide how this server understands a request. Each may come once.
struct DecidingFields {
  std::optional<std::string_view> host, content_length, transfer_encoding, expect, content_encoding, content_type, authorization;
};

std::expected<DecidingFields, HttpRefusal> deciding_fields(const HttpHeaders& headers) {
  DecidingFields fields;
  const std::pair<std::string_view, std::optional<std::string_view>*> singles[] = {
      {"host", &fields.host},
      {"content-length", &fields.content_length},
      {"transfer-encoding", &fields.transfer_encoding},
      {"expect", &fields.expect},
      {"content-encoding", &fields.content_encoding},
      {"content-type", &fields.content_type},
      {"authorization", &fields.authorization},
  };
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const HttpHeaders::Field field = headers.at(i);
    for (const auto& [name, place] : singles) {
      if (field.name.size() != name.size() || !same_ignoring_case(field.name, name)) continue;
      if (*place) return refuse(400, "The header field " + std::string{name} + " came twice.");
      *place = field.value;
    }
  }
  return fields;
}

std::expected<void, HttpRefusal> check_host(const std::optional<std::string_view>& host, int minor_version) {
  if (!host) {
    if (minor_version == 0) return {};
    return refuse(400, "The Host field is missing.");
  }
  if (host->empty() || !grammar::all(*host, grammar::host)) return refuse(400, "The Host field is not a host with an optional port.");
  return {};
}

std::expected<std::uint64_t, HttpRefusal> length_of(std::string_view text) {
  const bool leading_zero = text.size() > 1 && text.front() == '0';
  if (text.empty() || text.size() > length_digits_max || leading_zero || !grammar::all(text, grammar::digit)) {
    return refuse(400, "Content-Length is not a plain decimal number.");
  }
  std::uint64_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

// True if `list` holds `element`; false also for a list that is not one of tokens.
bool list_holds(std::string_view list, std::string_view element) {
  while (!list.empty()) {
    const std::size_t size = std::min(list.find(','), list.size());
    if (same_ignoring_case(grammar::trimmed(list.substr(0, size)), element)) return true;
    list.remove_prefix(std::min(size + 1, list.size()));
  }
  return false;
}

// Exactly one "chunked" is understood. A coding that could be meant is 501, everything else 400.
HttpRefusal refused_transfer_encoding(std::string_view value) {
  const bool other_coding = !value.empty() && grammar::all(value, grammar::token);
  if (other_coding) return {501, "This transfer coding is not implemented; chunked is."};
  return {400, "Transfer-Encoding is not exactly one \"chunked\"."};
}

std::expected<void, HttpRefusal> read_framing(const DecidingFields& fields, int minor_version, RequestFraming& framing) {
  if (fields.transfer_encoding) {
    if (fields.content_length) return refuse(400, "Content-Length and Transfer-Encoding came together.");
    if (minor_version == 0) return refuse(400, "Transfer-Encoding does not exist in HTTP/1.0.");
    if (!same_ignoring_case(*fields.transfer_encoding, "chunked"))
      return std::unexpected(refused_transfer_encoding(*fields.transfer_encoding));
    framing.body = RequestFraming::Body::chunked;
    return {};
  }
  if (!fields.content_length) return {};
  const auto length = length_of(*fields.content_length);
  if (!length) return std::unexpected(length.error());
  framing.length = *length;
  if (*length > 0) framing.body = RequestFraming::Body::length;
  return {};
}

RequestFraming::After after_of(const HttpHeaders& headers, int minor_version) {
  bool close = false;
  bool keep = false;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const HttpHeaders::Field field = headers.at(i);
    if (!same_ignoring_case(field.name, "connection")) continue;
    close = close || list_holds(field.value, "close");
    keep = keep || list_holds(field.value, "keep-alive");
  }
  const bool stays = !close && (minor_version == 1 || keep);
  return stays ? RequestFraming::After::keep_alive : RequestFraming::After::close;
}

std::expected<void, HttpRefusal> read_expectation(const DecidingFields& fields, int minor_version, RequestFraming& framing) {
  if (!fields.expect || minor_version == 0) return {};  // RFC 9110 10.1.1: ignored in HTTP/1.0
  if (!same_ignoring_case(*fields.expect, "100-continue"))
    return refuse(417, "The only expectation that this server meets is 100-continue.");
  if (framing.body != RequestFraming::Body::none) framing.expectation = RequestFraming::Expectation::go_ahead;
  return {};
}

}  // namespace

std::expected<void, HttpRefusal> RequestHeadReader::check_limits(std::size_t arrived) const {
  if (line_ends_.empty() && arrived > limits_.request_line_max) {
    return refuse(414, "The request line is longer than " + std::to_string(limits_.request_line_max) + " bytes.");
  }
  if (arrived > limits_.header_block_max) {
    return refuse(431, "The header block is larger than " + std::to_string(limits_.header_block_max) + " bytes.");
  }
  if (line_ends_.size() > limits_.header_count_max + 1) {
    return refuse(431, "There are more than " + std::to_string(limits_.header_count_max) + " header fields.");
  }
  return {};
}

std::expected<bool, HttpRefusal> RequestHeadReader::scan(std::string_view bytes) {
  while (scanned_ < bytes.size()) {
    const std::size_t newline = bytes.find('\n', scanned_);
    if (newline == std::string_view::npos) break;
    if (newline == scanned_ || bytes[newline - 1] != '\r') return refuse(400, "A line of the header block does not end with CR LF.");
    const std::size_t line_size = newline - 1 - scanned_;
    if (auto checked = check_limits(newline + 1); !checked) return std::unexpected(checked.error());
    scanned_ = newline + 1;
    if (line_size == 0) {
      if (!line_ends_.empty()) return true;
      // RFC 9112 2.2: one empty line before a request is ignored.
      if (skipped_empty_line_) return refuse(400, "There is no request line.");
      skipped_empty_line_ = true;
      continue;
    }
    line_ends_.push_back(newline - 1);
    if (auto checked = check_limits(scanned_); !checked) return std::unexpected(checked.error());
  }
  if (auto checked = check_limits(bytes.size()); !checked) return std::unexpected(checked.error());
  return false;
}

std::expected<RequestFraming, HttpRefusal> RequestHeadReader::read(std::string_view bytes, HttpRequestHead& head) const {
  std::size_t begin = skipped_empty_line_ ? 2 : 0;
  const auto line = split_request_line(bytes.substr(begin, line_ends_.front() - begin));
  if (!line) return std::unexpected(line.error());
  const auto minor_version = minor_version_of(line->version);
  if (!minor_version) return std::unexpected(minor_version.error());

  head.method = line->method;
  head.minor_version = *minor_version;
  head.headers.clear();
  for (std::size_t i = 1; i < line_ends_.size(); ++i) {
    begin = line_ends_[i - 1] + 2;
    if (auto field = read_field(bytes.substr(begin, line_ends_[i] - begin), head.headers); !field) return std::unexpected(field.error());
  }
  const auto fields = deciding_fields(head.headers);
  if (!fields) return std::unexpected(fields.error());
  if (auto checked = check_host(fields->host, *minor_version); !checked) return std::unexpected(checked.error());
  if (auto target = read_request_target(line->target, fields->host.value_or(""), limits_.query_parameters_max, head); !target) {
    return std::unexpected(target.error());
  }
  RequestFraming framing;
  if (auto read = read_framing(*fields, *minor_version, framing); !read) return std::unexpected(read.error());
  framing.after = after_of(head.headers, *minor_version);
  if (auto read = read_expectation(*fields, *minor_version, framing); !read) return std::unexpected(read.error());
  if (fields->content_encoding && !same_ignoring_case(*fields->content_encoding, "identity")) {
    return refuse(415, "Encoded request bodies are not understood; send the body without Content-Encoding.");
  }
  return framing;
}

void RequestHeadReader::reset() {
  scanned_ = 0;
  line_ends_.clear();
  skipped_empty_line_ = false;
}

}  // namespace orc
