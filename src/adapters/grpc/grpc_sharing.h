#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <string>

#include "adapters/grpc/call_deadlines.h"
#include "adapters/grpc/grpc_limits.h"
#include "adapters/grpc/grpc_observer.h"
#include "adapters/grpc/method_table.h"
#include "adapters/http/byte_budget.h"

namespace orc {

// What the connections of one server share. I/O thread only.
struct GrpcSharing {
  GrpcLimits limits;  // constant once the server has started
  ByteBudget& budget;
  const MethodTable& methods;
  GrpcObserver& observer;
  std::string token;  // empty: none is asked for
  boost::asio::any_io_executor executor;
  CallDeadlines deadlines;
  // Runs a coroutine, for which the server waits when it stops.
  std::function<void(boost::asio::awaitable<void>)> launch;
  std::size_t handlers = 0;   // that run
  std::size_t streaming = 0;  // of them those of streaming calls
  bool stopping = false;
};

}  // namespace orc
