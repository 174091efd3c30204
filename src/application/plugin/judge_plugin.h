#pragma once

#include <expected>
#include <vector>

#include "domain/draft.h"
#include "domain/plugin/plugin.h"
#include "ports/async.h"
#include "ports/plugin_store.h"
#include "ports/schema_validator.h"

namespace orc {

// Why a plugin was not taken; nothing was stored.
struct PluginRefusal {
  Error error;
  // Everything that is wrong with the description, if that is why; then `error` is invalid_argument and tells only how many.
  std::vector<FieldFault> faults;
};

template <typename T>
using PluginResult = std::expected<T, PluginRefusal>;

std::unexpected<PluginRefusal> refuse(Error error);

// Finds every fault of a described plugin or change: those of reading it, broken rules of the domain, schemas that are none.
// The refusal may also be that of the validator: resource_exhausted, unavailable. `draft` must live until the answer.
boost::asio::awaitable<PluginResult<void>> judge(const Draft<NewPlugin>& draft, SchemaValidator& schemas);
boost::asio::awaitable<PluginResult<void>> judge(const Draft<PluginChange>& draft, SchemaValidator& schemas);

}  // namespace orc
