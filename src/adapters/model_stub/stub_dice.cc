#include "adapters/model_stub/stub_dice.h"

namespace orc {
namespace {

// FNV-1a.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

// One step of splitmix64.
std::uint64_t mixed(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

}  // namespace

double StubDice::next() {
  state_ = mixed(state_);
  return static_cast<double>(state_ >> 11) * 0x1p-53;
}

std::size_t StubDice::pick(std::size_t count) { return static_cast<std::size_t>(next() * static_cast<double>(count)); }

StubDice StubLuck::dice_for(std::string_view body) {
  const std::uint64_t hash = hash_of(body);
  const std::uint32_t repetition = repetitions_[hash % places]++;
  return StubDice{mixed(seed_) ^ mixed(hash + repetition)};
}

}  // namespace orc
