#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "adapters/sandbox/request_folders.h"
#include "adapters/sandbox/run_places.h"
#include "adapters/warm_pool/warm_lines.h"

namespace orc {

// Where single requests to a warm process have their files. All but `output` on one executor that runs one handler at a time.
class WarmFolders {
 public:
  // `places`: as the process sees them. `input`: the same as we do. `output`: null, if its plugin leaves no files.
  WarmFolders(boost::asio::any_io_executor executor, RunPlaces places, std::filesystem::path input, std::unique_ptr<RequestFolders> output)
      : places_(std::move(places)), input_(std::move(input)), output_(std::move(output)), unused_(executor, SteadyTime::max()) {}

  static std::string name_of(WarmRequestId request) { return std::to_string(std::to_underlying(request)); }
  // What a request is told.
  std::string input_seen(WarmRequestId request) const { return places_.input + "/" + name_of(request); }
  std::string output_seen(WarmRequestId request) const { return places_.output + "/" + name_of(request); }

  std::filesystem::path input(WarmRequestId request) const { return input_ / name_of(request); }
  RequestFolders* output() const { return output_.get(); }

  // Somebody works in the folders while this lives.
  class Use {
   public:
    explicit Use(WarmFolders& folders) : folders_(folders) { ++folders_.uses_; }
    ~Use() {
      if (--folders_.uses_ == 0) folders_.unused_.cancel();
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    WarmFolders& folders_;
  };

  // Before whatever is there goes, and another process comes to the same place.
  boost::asio::awaitable<void> until_unused() {
    while (uses_ > 0) {
      [[maybe_unused]] const auto [woken] = co_await unused_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
  }

 private:
  const RunPlaces places_;
  const std::filesystem::path input_;
  const std::unique_ptr<RequestFolders> output_;
  boost::asio::steady_timer unused_;  // never goes off; cancelled to wake
  int uses_ = 0;
};

}  // namespace orc
