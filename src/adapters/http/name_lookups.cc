#include "adapters/http/name_lookups.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace orc {

namespace asio = boost::asio;

Result<IpAddresses> look_up_by_system(const std::string& name) {
  asio::io_context io;
  asio::ip::tcp::resolver resolver(io);
  boost::system::error_code error;
  const auto places = resolver.resolve(name, "", error);
  if (error) return fail(ErrorCode::unavailable, "has no address: " + error.message());
  IpAddresses addresses;
  for (const auto& place : places) addresses.push_back(place.endpoint().address());
  return addresses;
}

// On the thread of the executor.
struct NameLookups::Lookup {
  std::optional<Result<IpAddresses>> found;
  std::vector<asio::steady_timer*> waiting;
};

struct NameLookups::Shared {
  explicit Shared(NameLookup how) : lookup(std::move(how)) {}

  const NameLookup lookup;                               // constant after construction
  std::map<std::string, std::shared_ptr<Lookup>> known;  // those that go on; on the thread of the executor
  std::mutex mutex;
  std::optional<asio::any_io_executor> executor;  // guarded by mutex; nothing once nobody waits here any more
};

NameLookups::NameLookups(asio::any_io_executor executor, NameLookup lookup) : shared_(std::make_shared<Shared>(std::move(lookup))) {
  shared_->executor.emplace(std::move(executor));
}

NameLookups::~NameLookups() {
  const std::scoped_lock lock(shared_->mutex);
  shared_->executor.reset();
}

Async<IpAddresses> NameLookups::find(std::string name, asio::steady_timer& patience) {
  std::shared_ptr<Lookup> lookup;
  if (const auto known = shared_->known.find(name); known != shared_->known.end()) {
    lookup = known->second;
  } else {
    lookup = std::make_shared<Lookup>();
    if (!begin(name, lookup)) co_return fail(ErrorCode::unavailable, "cannot be looked up: too many names are being looked up already");
  }
  lookup->waiting.push_back(&patience);
  co_await patience.async_wait(asio::as_tuple(asio::use_awaitable));
  std::erase(lookup->waiting, &patience);
  if (!lookup->found) co_return fail(ErrorCode::unavailable, "has no address yet: the lookup of its name goes on for too long");
  co_return *lookup->found;
}

bool NameLookups::begin(const std::string& name, const std::shared_ptr<Lookup>& lookup) {
  if (shared_->known.size() >= lookups_max) return false;
  const auto work = [shared = shared_, lookup, name] {
    auto found = shared->lookup(name);
    const std::scoped_lock lock(shared->mutex);
    if (!shared->executor) return;
    asio::post(*shared->executor, [shared, lookup, name, found = std::move(found)]() mutable {
      lookup->found.emplace(std::move(found));
      shared->known.erase(name);
      for (asio::steady_timer* const one : lookup->waiting) one->cancel();
    });
  };
  try {
    std::thread(work).detach();
  } catch (const std::system_error&) {
    return false;
  }
  shared_->known.emplace(name, lookup);
  return true;
}

}  // namespace orc
