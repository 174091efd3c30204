#pragma once

#include <boost/asio/awaitable.hpp>
#include <string_view>
#include <type_traits>

#include "adapters/system/work_pool.h"

namespace orc {

// Above this a body is parsed by the pool: about a tenth of a millisecond of parsing.
inline constexpr std::size_t inline_body_max = std::size_t{64} * 1024;

// What the pure `read` makes of `body`, made where it does not hold up others: a small body here, a large one on a thread of `parsing`.
// `body` and what `read` borrows must live until the answer. Errors: resource_exhausted and unavailable, those of the pool.
template <typename Read>
auto read_body(WorkPool& parsing, std::string_view body, Read read)
    -> boost::asio::awaitable<Result<std::invoke_result_t<Read&, std::string_view>>> {
  if (body.size() <= inline_body_max) co_return read(body);
  const auto work = [&]() -> Result<std::invoke_result_t<Read&, std::string_view>> { return read(body); };
  co_return co_await parsing.run(work);
}

}  // namespace orc
