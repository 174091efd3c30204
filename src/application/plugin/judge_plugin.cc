#include "application/plugin/judge_plugin.h"

#include <string>

namespace orc {
namespace {

void judge_version(const std::string& version, FaultList& faults) {
  if (!is_plugin_version(version)) faults.add({"version"}, "must read x.y.z with numbers, not \"" + version.substr(0, 100) + "\"");
}

void judge_description(const std::string& description, FaultList& faults) {
  if (description.size() > plugin_description_length_max)
    faults.add({"description"}, "has " + std::to_string(description.size()) + " bytes, but may have at most 10000");
}

Async<void> judge_schema(const std::optional<std::string>& schema, FieldPlace place, SchemaValidator& schemas, FaultList& faults) {
  if (!schema || !faults.is_read(place)) co_return Result<void>{};
  auto good = co_await schemas.check_schema(*schema);
  if (!good && good.error().code != ErrorCode::invalid_argument) co_return good;
  if (!good) faults.add(std::move(place), std::move(good.error().message));
  co_return Result<void>{};
}

Async<void> judge_spec(const PluginSpec& spec, SchemaValidator& schemas, FaultList& faults) {
  judge(spec, faults);
  if (auto known = co_await judge_schema(spec.input_schema, {"input_schema"}, schemas, faults); !known) co_return known;
  co_return co_await judge_schema(spec.output_schema, {"output_schema"}, schemas, faults);
}

// Where the client looks for it.
void tell_as_sent(FieldPlace& place, const std::map<std::string, std::string>& sent_as) {
  if (place.empty()) return;
  auto* const name = std::get_if<std::string>(&place.front());
  if (name == nullptr) return;
  if (const auto older = sent_as.find(*name); older != sent_as.end()) *name = older->second;
}

PluginResult<void> verdict(FaultList faults, const std::map<std::string, std::string>& sent_as) {
  auto found = std::move(faults).take();
  for (FieldFault& fault : found) tell_as_sent(fault.loc, sent_as);
  if (found.empty()) return {};
  std::string count = std::to_string(found.size()) + (found.size() == 1 ? " fault" : " faults");
  return std::unexpected(PluginRefusal{.error = {ErrorCode::invalid_argument, "the plugin's description has " + std::move(count)},
                                       .faults = std::move(found)});
}

}  // namespace

std::unexpected<PluginRefusal> refuse(Error error) { return std::unexpected(PluginRefusal{.error = std::move(error), .faults = {}}); }

boost::asio::awaitable<PluginResult<void>> judge(const Draft<NewPlugin>& draft, SchemaValidator& schemas) {
  FaultList faults(draft.faults);
  const NewPlugin& plugin = draft.content;
  if (!is_plugin_name(plugin.name)) faults.add({"name"}, "must have 1 to 100 of a-z, 0-9 and -");
  judge_version(plugin.version, faults);
  judge_description(plugin.description, faults);
  if (auto judged = co_await judge_spec(plugin.spec, schemas, faults); !judged) co_return refuse(judged.error());
  co_return verdict(std::move(faults), draft.sent_as);
}

boost::asio::awaitable<PluginResult<void>> judge(const Draft<PluginChange>& draft, SchemaValidator& schemas) {
  FaultList faults(draft.faults);
  const PluginChange& change = draft.content;
  if (change.version) judge_version(*change.version, faults);
  if (change.description) judge_description(*change.description, faults);
  if (change.spec)
    if (auto judged = co_await judge_spec(*change.spec, schemas, faults); !judged) co_return refuse(judged.error());
  co_return verdict(std::move(faults), draft.sent_as);
}

}  // namespace orc
