#include "adapters/http/chunked_body.h"

#include <algorithm>
#include <string>

namespace orc {

namespace {

namespace grammar = http_grammar;

constexpr int size_digits_max = 15;  // so that the sum of two sizes cannot overflow 64 bits

std::expected<void, HttpRefusal> check_trailer_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || !grammar::all(line.substr(0, colon), grammar::token) ||
      !grammar::all(line.substr(colon + 1), grammar::value)) {
    return refuse(400, "A trailer field after the last chunk is malformed.");
  }
  return {};
}

}  // namespace

std::expected<std::size_t, HttpRefusal> ChunkedBodyReader::read(std::string_view bytes, std::string& body) {
  std::size_t used = 0;
  while (used < bytes.size() && !finished()) {
    if (state_ == State::content) {
      const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, bytes.size() - used));
      body.append(bytes.substr(used, size));
      used += size;
      chunk_left_ -= size;
      if (chunk_left_ == 0) state_ = State::content_return;
      continue;
    }
    if (auto read = read_framing_byte(bytes[used], body.size()); !read) return std::unexpected(read.error());
    ++used;
  }
  return used;
}

std::expected<void, HttpRefusal> ChunkedBodyReader::read_framing_byte(char byte, std::uint64_t body_size) {
  switch (state_) {
    case State::size:
    case State::extension:
      return read_size_byte(byte);
    case State::size_newline:
      if (byte != '\n') return refuse(400, "The line of a chunk size does not end with CR LF.");
      return end_size_line(body_size);
    case State::content_return:
      if (byte != '\r') return refuse(400, "A chunk is longer than its size says.");
      state_ = State::content_newline;
      return {};
    case State::content_newline:
      if (byte != '\n') return refuse(400, "A chunk does not end with CR LF.");
      state_ = State::size;
      return {};
    case State::trailer:
    case State::trailer_newline:
      return read_trailer_byte(byte);
    case State::content:
    case State::finished:
      return {};  // read() does not come here in these states
  }
}

std::expected<void, HttpRefusal> ChunkedBodyReader::read_size_byte(char byte) {
  if (++line_size_ > limits_.chunk_extension_max || ++overhead_ > limits_.chunk_overhead_max) {
    return refuse(400, "The chunk extensions are too long.");
  }
  if (state_ == State::size && grammar::is(byte, grammar::hex)) {
    if (++size_digits_ > size_digits_max) return refuse(400, "A chunk size has more than " + std::to_string(size_digits_max) + " digits.");
    const int digit = byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10;
    chunk_left_ = chunk_left_ * 16 + static_cast<std::uint64_t>(digit);
    return {};
  }
  if (size_digits_ == 0) return refuse(400, "A chunk size is missing.");
  if (byte == '\r') {
    state_ = State::size_newline;
  } else if (state_ == State::size && byte == ';') {
    state_ = State::extension;
  } else if (state_ == State::size || !grammar::is(byte, grammar::value)) {
    return refuse(400, "A chunk size is not a plain hexadecimal number.");
  }
  return {};
}

std::expected<void, HttpRefusal> ChunkedBodyReader::end_size_line(std::uint64_t body_size) {
  state_ = chunk_left_ == 0 ? State::trailer : State::content;
  size_digits_ = 0;
  line_size_ = 0;
  if (chunk_left_ > body_max_ || body_size > body_max_ - chunk_left_) {
    return refuse(413, "The body is larger than " + std::to_string(body_max_) + " bytes.");
  }
  return {};
}

std::expected<void, HttpRefusal> ChunkedBodyReader::read_trailer_byte(char byte) {
  if (++trailer_size_ > limits_.trailer_max)
    return refuse(431, "The trailer fields are larger than " + std::to_string(limits_.trailer_max) + " bytes.");
  if (state_ == State::trailer_newline) {
    if (byte != '\n') return refuse(400, "A trailer field does not end with CR LF.");
    if (trailer_line_.empty()) {
      state_ = State::finished;
      return {};
    }
    auto checked = check_trailer_line(trailer_line_);
    trailer_line_.clear();
    state_ = State::trailer;
    return checked;
  }
  if (byte == '\r') {
    state_ = State::trailer_newline;
  } else if (byte == '\n') {
    return refuse(400, "A trailer field does not end with CR LF.");
  } else {
    trailer_line_ += byte;
  }
  return {};
}

}  // namespace orc
