#include "domain/placement/room.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace orc {
namespace {

constexpr double rounding = 1e-6;  // sums of fractions of a cpu

template <typename T>
std::string number(T value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.begin(), text.end(), value).ptr};
}

std::int64_t amount_of(const std::map<std::string, std::int64_t>& amounts, const std::string& name) {
  const auto found = amounts.find(name);
  return found == amounts.end() ? 0 : found->second;
}

// Hands `each` every amount that a run needs: what, the name of a custom one, wanted, in all, held. What the worker does not bound is left
// out.
template <typename Each>
void each_amount(const Requirements& wanted, const Equipment& offered, const Resources& held, Each each) {
  const Resources& needs = wanted.resources;
  if (needs.cpus > 0 && offered.cpus) each(Need::cpus, std::string(), needs.cpus, *offered.cpus, held.cpus);
  if (needs.memory_mb > 0 && offered.memory_mb) each(Need::memory_mb, std::string(), needs.memory_mb, *offered.memory_mb, held.memory_mb);
  if (needs.gpus > 0) each(Need::gpus, std::string(), needs.gpus, offered.gpus, held.gpus);
  for (const auto& [name, amount] : needs.custom)
    if (amount > 0) each(Need::custom, name, amount, amount_of(offered.custom, name), amount_of(held.custom, name));
}

bool holds(double amount, double wanted) { return wanted <= amount + rounding; }
bool holds(std::int64_t amount, std::int64_t wanted) { return wanted <= amount; }

bool runs(const Equipment& equipment, Runtime runtime) { return equipment.runtimes.empty() || equipment.runtimes.contains(runtime); }

// An image of mode once where those run somewhere else than folders and all that stays up.
bool runs_apart(const Equipment& equipment, const Requirements& wanted) {
  return equipment.images && wanted.runtime == Runtime::image && !wanted.warm;
}

NetworkAccess network_for(const Equipment& equipment, const Requirements& wanted) {
  return runs_apart(equipment, wanted) ? equipment.images->network : equipment.network;
}

// Whether what is to stay up can.
bool keeps_up(const Equipment& equipment, const Requirements& wanted) {
  if (!wanted.warm) return true;
  const bool images_too = !equipment.images || equipment.images->warm;
  return equipment.warm_requests > 0 && (wanted.runtime != Runtime::image || images_too);
}

bool carries(const Equipment& equipment, const std::string& name, const std::string& value) {
  const auto found = equipment.labels.find(name);
  return found != equipment.labels.end() && found->second == value;
}

bool carries_all(const Equipment& equipment, const std::map<std::string, std::string>& labels) {
  return std::ranges::all_of(labels, [&](const auto& label) { return carries(equipment, label.first, label.second); });
}

std::string words_of(const std::set<Runtime>& runtimes) {
  std::string words;
  for (const Runtime runtime : runtimes) words += (words.empty() ? "" : ", ") + std::string(to_word(runtime));
  return words;
}

}  // namespace

std::string_view to_word(Need need) {
  switch (need) {
    case Need::isolation:
      return "isolation";
    case Need::runtime:
      return "runtime";
    case Need::network:
      return "network";
    case Need::cpus:
      return "cpus";
    case Need::memory_mb:
      return "memory_mb";
    case Need::gpus:
      return "gpus";
    case Need::custom:
      return "custom";
    case Need::worker_label:
      return "worker_label";
    case Need::slots:
      return "slots";
    case Need::warm_requests:
      return "warm_requests";
  }
  return {};
}

Isolation Room::isolation_for(const Requirements& wanted) const {
  return runs_apart(equipment_, wanted) ? equipment_.images->isolation : isolation_;
}

Fit Room::fit(const Requirements& wanted) const {
  if (isolation_for(wanted) < wanted.isolation || !runs(equipment_, wanted.runtime) || !carries_all(equipment_, wanted.worker_labels))
    return Fit::never;
  if (wanted.network > network_for(equipment_, wanted) || !keeps_up(equipment_, wanted)) return Fit::never;
  Fit fit = Fit::now;
  each_amount(wanted, equipment_, held_, [&](Need, const std::string&, auto needed, auto total, auto held) {
    if (!holds(total, needed))
      fit = Fit::never;
    else if (fit == Fit::now && !holds(total - held, needed))
      fit = Fit::later;
  });
  return fit;
}

std::vector<Unmet> Room::missing(const Requirements& wanted) const {
  std::vector<Unmet> unmet;
  const Isolation isolation = isolation_for(wanted);
  if (isolation < wanted.isolation)
    unmet.push_back({.need = Need::isolation,
                     .name = {},
                     .wanted = std::string(to_word(wanted.isolation)),
                     .offered = std::string(to_word(isolation)),
                     .free = {}});
  if (!runs(equipment_, wanted.runtime))
    unmet.push_back({.need = Need::runtime,
                     .name = {},
                     .wanted = std::string(to_word(wanted.runtime)),
                     .offered = words_of(equipment_.runtimes),
                     .free = {}});
  const NetworkAccess network = network_for(equipment_, wanted);
  if (wanted.network > network)
    unmet.push_back({.need = Need::network,
                     .name = {},
                     .wanted = std::string(to_word(wanted.network)),
                     .offered = std::string(to_word(network)),
                     .free = {}});
  if (!keeps_up(equipment_, wanted)) unmet.push_back({.need = Need::warm_requests, .name = {}, .wanted = "1", .offered = "0", .free = {}});
  each_amount(wanted, equipment_, held_, [&](Need need, const std::string& name, auto needed, auto total, auto held) {
    if (holds(total - held, needed)) return;
    Unmet one{.need = need, .name = name, .wanted = number(needed), .offered = number(total), .free = {}};
    if (holds(total, needed)) one.free = number(std::max<decltype(total)>(total - held, 0));
    unmet.push_back(std::move(one));
  });
  for (const auto& [name, value] : wanted.worker_labels) {
    if (carries(equipment_, name, value)) continue;
    const auto found = equipment_.labels.find(name);
    unmet.push_back({.need = Need::worker_label,
                     .name = name,
                     .wanted = value,
                     .offered = found == equipment_.labels.end() ? std::string() : found->second,
                     .free = {}});
  }
  return unmet;
}

std::int64_t Room::space_for(const Requirements& wanted, std::int64_t count) const {
  if (fit(wanted) != Fit::now) return 0;
  each_amount(wanted, equipment_, held_, [&](Need, const std::string&, auto needed, auto total, auto held) {
    const double times = std::floor(static_cast<double>(total - held) / static_cast<double>(needed) + rounding);
    if (times < static_cast<double>(count)) count = static_cast<std::int64_t>(times);
  });
  return count;
}

void Room::take(const Requirements& requirements, std::int64_t times) { add(held_, requirements.resources, times); }

}  // namespace orc
