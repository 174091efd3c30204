#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <string>

#include "adapters/json/json_writer.h"
#include "adapters/system/work_pool.h"

namespace orc {

// Above this an answer is written by the pool: about a tenth of a millisecond of writing.
inline constexpr std::size_t inline_answer_max = std::size_t{64} * 1024;

template <typename Write>
std::string write_text(std::size_t bytes, Write& write) {
  std::string text;
  text.reserve(bytes + bytes / 8);  // of escapes; to grow takes twice the room, and what is not written to takes none
  JsonWriter json(text);
  write(json);
  return text;
}

// What `write(JsonWriter&)` writes, about `bytes` long, made where it does not hold up others: a short text here, a long one on a thread of
// `pool`. What `write` borrows must live until the answer. Errors: resource_exhausted and unavailable, those of the pool.
template <typename Write>
boost::asio::awaitable<Result<std::string>> written(WorkPool& pool, std::size_t bytes, Write write) {
  if (bytes <= inline_answer_max) co_return write_text(bytes, write);
  const auto work = [&]() -> Result<std::string> { return write_text(bytes, write); };
  co_return co_await pool.run(work);
}

// The same for an answer that says what has been done already: a full pool must not make an error of it, so that it is written here then.
template <typename Write>
boost::asio::awaitable<std::string> written_in_any_case(WorkPool& pool, std::size_t bytes, Write write) {
  auto text = co_await written(pool, bytes, std::ref(write));
  co_return text ? std::move(*text) : write_text(bytes, write);
}

}  // namespace orc
