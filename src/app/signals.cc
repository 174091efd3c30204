#include "app/signals.h"

namespace orc {

Signals::Signals(boost::asio::any_io_executor io, const Settings& settings, Stores& stores) {
  if (!stores.is_shared()) return;
  everywhere_.emplace(settings.postgres_url, here_, std::move(io),
                      SharedStoreObserver{.users_changed = [&stores] { stores.forget_accounts(); },
                                          .plugins_changed = [&stores] { stores.forget_plugins(); },
                                          .heard_until = [&stores](SteadyTime moment) { stores.trust().hear(moment); },
                                          .lost = [&stores] { stores.trust().doubt(); }});
}

JobSignals& Signals::jobs() {
  if (everywhere_) return *everywhere_;
  return here_;
}

Async<std::string> Signals::check() {
  if (!everywhere_) co_return "this process owns its database alone";
  if (everywhere_->is_connected()) co_return "other processes on the database are heard";
  co_return "other processes on the database are not heard just now: what they do is seen after about a second";
}

void Signals::stop() {
  if (everywhere_) everywhere_->stop();
}

}  // namespace orc
