#pragma once

#include <boost/asio/awaitable.hpp>

#include "domain/result.h"

namespace orc {

// What a port or a use case gives to `co_await`: a result, later. It resumes on the executor of the coroutine that awaits it, and never
// throws.
template <typename T>
using Async = boost::asio::awaitable<Result<T>>;

}  // namespace orc
