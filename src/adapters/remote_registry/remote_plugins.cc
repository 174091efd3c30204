#include "adapters/remote_registry/remote_plugins.h"

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/package/plugin_manifest.h"

namespace orc {
namespace {

constexpr int copies_max = 3;  // attempts, as another process may copy the same plugin

std::unexpected<Error> no_such_plugin() { return fail(ErrorCode::not_found, "Plugin not found"); }

std::int64_t whole_seconds(SteadyTime::duration time) { return std::chrono::duration_cast<std::chrono::seconds>(time).count(); }

// What a copy takes over; the rest is the registry's own.
bool has_content_of(const PluginVersion& ours, const NewPlugin& told) {
  return ours.name == told.name && ours.version == told.version && ours.description == told.description &&
         ours.spec.docker_image_url == told.spec.docker_image_url && ours.spec.command == told.spec.command &&
         ours.spec.input_schema == told.spec.input_schema && ours.spec.output_schema == told.spec.output_schema &&
         ours.spec.limits == told.spec.limits && ours.spec.retry == told.spec.retry;
}

}  // namespace

Async<Plugin> RemotePlugins::by_name(std::string_view name) {
  const std::string wanted(name);
  const SteadyTime now = ports_.clock.steady_now();
  const auto found = known_.find(wanted);
  const bool is_known = found != known_.end() && now - found->second.at < stale_max;
  if (is_known && (now - found->second.at < fresh || asking_.contains(wanted))) co_return answer(found->second);
  if (auto refused = refusal()) co_return is_known ? answer(found->second) : std::unexpected(std::move(*refused));
  const bool is_first = asking_.insert(wanted).second;
  auto plugin = co_await ask_and_remember(wanted, now);
  if (is_first) asking_.erase(wanted);
  co_return plugin;
}

// Who looks whether it is back may take as long as a time-out; nobody else looks meanwhile.
std::optional<Error> RemotePlugins::refusal() {
  const SteadyTime now = ports_.clock.steady_now();
  if (!away_) return {};
  if (now < away_->look_again_at) return away_->reason;
  away_->look_again_at = now + RegistryRequest::question_max + fresh;
  return {};
}

void RemotePlugins::heard(const Result<HttpReply>& reply) {
  const bool is_away = !reply && reply.error().code == ErrorCode::unavailable;
  const bool is_fine = reply && reply->status < 500;
  if (is_away || is_fine) return note(is_away ? &reply.error() : nullptr);
  // A fault of its own says nothing about it as a whole.
  if (away_) away_->look_again_at = ports_.clock.steady_now() + fresh;
}

Async<Plugin> RemotePlugins::ask_and_remember(std::string name, SteadyTime now) {
  const std::uint64_t changes = changes_;
  auto told = co_await ask(name);
  note(told ? nullptr : &told.error());
  if (!told) {
    const auto last = known_.find(name);
    if (last != known_.end() && now - last->second.at < stale_max) co_return answer(last->second);
    co_return pass_on(told);
  }
  Known known{.plugin = {}, .at = now};
  if (*told) {
    auto plugin = co_await ours(std::move(**told));
    if (!plugin) co_return plugin;
    known.plugin = std::move(*plugin);
  }
  if (changes != changes_) co_return answer(known);
  if (known_.size() >= names_max) known_.clear();
  co_return answer(known_.insert_or_assign(std::move(name), std::move(known)).first->second);
}

Result<Plugin> RemotePlugins::answer(const Known& known) const {
  if (!known.plugin) return no_such_plugin();
  return *known.plugin;
}

Async<std::optional<RemotePlugins::Told>> RemotePlugins::ask(std::string_view name) {
  auto reply =
      co_await ports_.registry.send({.method = "GET", .target = std::string("/api/v1/plugins/").append(name), .headers = {}, .body = {}});
  if (!reply) co_return pass_on(reply);
  if (reply->status == 404) co_return std::optional<Told>{};
  if (reply->status != 200)
    co_return fail(ErrorCode::unavailable,
                   "the plugin registry at " + ports_.registry.url() + " answered with status " + std::to_string(reply->status));
  auto told = read(reply->body);
  if (!told)
    co_return fail(ErrorCode::unavailable,
                   "what " + ports_.registry.url() + " answered is no plugin: " + told.error().message + "; is it a plugin registry?");
  // A name may be asked for that reads as another plugin's id; then the answer is about that one.
  if (told->plugin.name != name) co_return std::optional<Told>{};
  co_return std::optional(std::move(*told));
}

Result<RemotePlugins::Told> RemotePlugins::read(std::string_view body) {
  Draft<NewPlugin> draft = read_new_plugin(body);
  const auto document = JsonDocument::parse(body);
  if (!document) return fail(ErrorCode::invalid_argument, document.error().message);
  if (!draft.faults.empty()) return fail(ErrorCode::invalid_argument, draft.faults.front().msg);
  FieldReader fields(document->root(), {});
  Told told{.plugin = std::move(draft.content)};
  told.is_active = fields.optional_boolean("is_active").value_or(true);
  if (const auto version = fields.optional_integer("version_id", {.min = 1})) told.version = PluginVersionId{*version};
  told.has_package = fields.has("package") && !fields.is_null("package");
  if (!fields.faults().empty()) return fail(ErrorCode::invalid_argument, fields.faults().front().msg);
  return told;
}

Async<Plugin> RemotePlugins::ours(Told told) {
  auto shared = co_await shared_row(told);
  if (!shared) co_return pass_on(shared);
  if (*shared) co_return std::move(**shared);
  if (told.has_package)
    co_return fail(ErrorCode::unavailable, "the plugin registry at " + ports_.registry.url() + " keeps the folder of " + told.plugin.name +
                                               " in a database of its own: let both processes share one PostgreSQL database");
  if (told.plugin.spec.network != NetworkAccess::none)
    co_return fail(ErrorCode::unavailable,
                   "the plugin registry at " + ports_.registry.url() + " gives " + told.plugin.name +
                       " the host's network from a database of its own, which no administrator here has permitted: let "
                       "both processes share one PostgreSQL database");
  co_return co_await copy(std::move(told));
}

// The registry answers what is committed, and we see what is committed: in a shared database its version is there. Another's number may
// name some other plugin of ours, and then the content differs.
Async<std::optional<Plugin>> RemotePlugins::shared_row(const Told& told) {
  if (!told.version) co_return std::optional<Plugin>{};
  auto version = co_await ports_.plugins.version(*told.version);
  if (!version && version.error().code != ErrorCode::not_found) co_return pass_on(version);
  if (!version || !has_content_of(*version, told.plugin) || version->spec.package.has_value() != told.has_package)
    co_return std::optional<Plugin>{};
  auto plugin = co_await ports_.committed.by_id(version->plugin);
  if (!plugin && plugin.error().code != ErrorCode::not_found) co_return pass_on(plugin);
  if (!plugin) co_return std::optional<Plugin>{};
  co_return std::optional(std::move(*plugin));
}

Async<Plugin> RemotePlugins::copy(Told told) {
  Result<Plugin> copied = no_such_plugin();
  for (int attempt = 0; attempt < copies_max; ++attempt) {
    auto present = co_await ports_.committed.by_name(told.plugin.name);
    if (!present && present.error().code != ErrorCode::not_found) co_return present;
    if (!present) {
      copied = co_await ports_.store.add(told.plugin);
    } else {
      PluginChange change{.version = {}, .description = {}, .spec = {}, .is_active = told.is_active, .based_on = present->current.id};
      if (!has_content_of(present->current, told.plugin)) {
        change.version = told.plugin.version;
        change.description = told.plugin.description;
        change.spec = told.plugin.spec;
      } else if (present->is_active == told.is_active) {
        co_return present;
      }
      copied = co_await ports_.store.change(present->id, std::move(change));
    }
    const bool was_overtaken = !copied && (copied.error().code == ErrorCode::conflict || copied.error().code == ErrorCode::not_found);
    const bool is_whole = copied && copied->is_active == told.is_active;
    if (!was_overtaken && (!copied || is_whole)) co_return copied;
  }
  co_return copied;
}

Async<std::string> RemotePlugins::check() {
  auto reply = co_await ports_.registry.send({.method = "GET", .target = "/health", .headers = {}, .body = {}});
  std::optional<Error> fault;
  if (!reply)
    fault = reply.error();
  else if (reply->status != 200)
    fault = Error{ErrorCode::unavailable, "it answers with status " + std::to_string(reply->status)};
  note(fault ? &*fault : nullptr);
  if (!fault) co_return ports_.registry.url() + " answers";
  co_return "away for " + std::to_string(whole_seconds(ports_.clock.steady_now() - away_->since)) + " s, what is known goes on for " +
      std::to_string(stale_max.count()) + " min: " + fault->message;
}

// Tells the log when it goes and when it comes back.
void RemotePlugins::note(const Error* fault) {
  const SteadyTime now = ports_.clock.steady_now();
  if (fault) {
    const bool was_away = away_.has_value();
    away_ = Away{.since = was_away ? away_->since : now, .look_again_at = now + fresh, .reason = *fault};
    if (was_away) return;
    ports_.log.warn("the plugin registry is away", {{"url", ports_.registry.url()}, {"reason", fault->message}});
    return;
  }
  if (!away_) return;
  const std::int64_t seconds = whole_seconds(now - away_->since);
  away_.reset();
  ports_.log.info("the plugin registry is back", {{"url", ports_.registry.url()}, {"seconds", seconds}});
}

}  // namespace orc
