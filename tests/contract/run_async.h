#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "domain/result.h"

namespace orc {

inline constexpr std::chrono::seconds run_async_max{30};  // of wall clock, with room for sanitizers on a busy machine

// The loop of this thread, one for all its calls. It lives until the program ends: who has posted a coroutine's end to it may not have left
// asio yet when the coroutine has ended.
boost::asio::io_context& loop_of_this_thread();

// Runs the coroutines at once on this thread until all are done; throws what one of them threw. One that hangs for longer than
// run_async_max ends the test program with a word: whoever would resume it later must not find its loop gone.
void run_tasks(std::vector<boost::asio::awaitable<void>> coroutines);

template <typename T>
boost::asio::awaitable<void> keep_value(boost::asio::awaitable<T> coroutine, std::optional<T>& value) {
  value.emplace(co_await std::move(coroutine));
}

// The same, and gives what they gave, in their order.
template <typename T>
std::vector<T> run_all(std::vector<boost::asio::awaitable<T>> coroutines) {
  std::vector<std::optional<T>> results(coroutines.size());
  std::vector<boost::asio::awaitable<void>> tasks;
  for (std::size_t i = 0; i < coroutines.size(); ++i) tasks.push_back(keep_value(std::move(coroutines[i]), results[i]));
  run_tasks(std::move(tasks));
  std::vector<T> values;
  for (auto& result : results) values.push_back(std::move(*result));
  return values;
}

template <typename T>
T run(boost::asio::awaitable<T> coroutine) {
  std::vector<boost::asio::awaitable<T>> one;
  one.push_back(std::move(coroutine));
  return std::move(run_all(std::move(one)).front());
}

// The sentence and the code of what went wrong, whatever else is told with it.
inline const Error& plain_error(const Error& error) { return error; }
template <typename Failure>
const Error& plain_error(const Failure& failure) {
  return failure.error;
}

// The value that must come; the error, if one came instead, fails the test.
template <typename T, typename Failure>
T ok(std::expected<T, Failure> result) {
  if (!result) throw std::runtime_error("unexpected error: " + plain_error(result.error()).message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

template <typename T, typename Failure>
T ok(boost::asio::awaitable<std::expected<T, Failure>> coroutine) {
  return ok(run(std::move(coroutine)));
}

// The error that must come; success fails the test.
template <typename T, typename Failure>
Failure error_of(boost::asio::awaitable<std::expected<T, Failure>> coroutine) {
  const std::expected<T, Failure> result = run(std::move(coroutine));
  if (result) throw std::runtime_error("an error was expected, but it succeeded");
  return result.error();
}

template <typename T, typename Failure>
ErrorCode code_of(boost::asio::awaitable<std::expected<T, Failure>> coroutine) {
  return plain_error(error_of(std::move(coroutine))).code;
}

}  // namespace orc
