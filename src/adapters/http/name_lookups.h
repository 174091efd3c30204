#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ports/async.h"

namespace orc {

using IpAddresses = std::vector<boost::asio::ip::address>;

// Finds the addresses of a name, and blocks for as long as that takes. On any thread. Errors: unavailable.
using NameLookup = std::function<Result<IpAddresses>(const std::string& name)>;
Result<IpAddresses> look_up_by_system(const std::string& name);

// NameLookups finds addresses of names, each name on a thread of its own, so that one that hangs keeps nobody from another one. Who asks
// for a name that is being looked up waits for that lookup. One that hangs is left behind, past the end of this object too: the system's
// resolver cannot be ended. On the thread of the executor.
class NameLookups {
 public:
  // At once. While as many hang, no other name is looked up: so let nobody ask but for names that the settings list.
  static constexpr std::size_t lookups_max = 32;

  NameLookups(boost::asio::any_io_executor executor, NameLookup lookup);
  ~NameLookups();
  NameLookups(const NameLookups&) = delete;
  NameLookups& operator=(const NameLookups&) = delete;

  // Waits until `patience` expires or is cancelled, which must outlive the wait. Errors: unavailable; the sentence goes on from the name.
  Async<IpAddresses> find(std::string name, boost::asio::steady_timer& patience);

 private:
  struct Lookup;
  struct Shared;
  bool begin(const std::string& name, const std::shared_ptr<Lookup>& lookup);

  const std::shared_ptr<Shared> shared_;  // with the threads
};

}  // namespace orc
