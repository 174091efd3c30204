#include "application/job/worker_registration.h"

namespace orc {

Async<void> WorkerRegistration::sign_on(NewWorker worker) {
  worker_ = std::move(worker);
  auto id = co_await source_.sign_on(worker_);
  if (!id) co_return pass_on(id);
  id_ = *id;
  co_return Result<void>{};
}

Async<void> WorkerRegistration::beat(std::vector<RunName> held) {
  if (signed_off_) co_return Result<void>{};
  auto done = co_await source_.beat(id_, std::move(held));
  if (done || signed_off_ || done.error().code != ErrorCode::not_found) co_return done;
  co_return co_await sign_on(worker_);
}

Async<void> WorkerRegistration::sign_off() {
  signed_off_ = true;
  co_return co_await source_.sign_off(id_);
}

}  // namespace orc
