#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace orc {

// Bodies may fill three quarters of a budget, so that uploads, which may come slowly, never leave no room for answers. A record is what a
// handler reads to make an answer of it: one that is larger than the whole is let through while nobody holds anything, as it could be had
// never otherwise.
enum class HeldFor : std::uint8_t { body, answer, record };

// ByteBudget bounds what bodies that come and answers that go hold together in memory, over all connections of all servers that share it.
// One address may take half of the room that there is for a purpose, so that it never takes the room of all others; a single body or answer
// may be larger than that half. I/O thread only. Must outlive everybody who holds a share.
class ByteBudget {
 public:
  // `allowance`: what everybody may hold without asking; the budget counts only what is beyond it. If three quarters of a budget are
  // less than the largest body that a route takes, such a body is refused for ever.
  ByteBudget(std::uint64_t bytes_max, std::uint64_t allowance) : bytes_max_(bytes_max), allowance_(allowance) {}
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  // What one connection holds; given back when it is destroyed.
  class Share {
   public:
    // `address` is the client's.
    Share(ByteBudget& budget, std::string address) : budget_(budget), address_(std::move(address)) {}
    ~Share() { hold(0); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // Whether `bytes` could be held now in place of what is.
    [[nodiscard]] bool could_hold(std::uint64_t bytes, HeldFor purpose) const;
    // From now on `bytes` are held in place of what was. False, and nothing has changed, if they would grow beyond what is free.
    [[nodiscard]] bool try_hold(std::uint64_t bytes, HeldFor purpose);
    // The same for bytes that are there already, whatever is free.
    void hold(std::uint64_t bytes);

   private:
    [[nodiscard]] std::uint64_t counted_of(std::uint64_t bytes) const;

    ByteBudget& budget_;
    const std::string address_;
    std::uint64_t counted_ = 0;
  };

  [[nodiscard]] std::uint64_t held() const { return held_; }
  [[nodiscard]] std::uint64_t bytes_max() const { return bytes_max_; }

 private:
  [[nodiscard]] std::uint64_t held_by(const std::string& address) const;

  const std::uint64_t bytes_max_;
  const std::uint64_t allowance_;
  std::uint64_t held_ = 0;                           // the sum of what the shares count; above bytes_max_ after a hold()
  std::map<std::string, std::uint64_t> by_address_;  // the same of each address that holds something
};

}  // namespace orc
