#include "app/deliberations.h"

namespace orc {

Result<std::unique_ptr<Deliberations>> Deliberations::create(boost::asio::io_context& io, const DeliberationParts& parts,
                                                             const DeliberationSettings& settings) {
  auto origins = ModelOrigins::create(settings.model_origins, settings.model_api_keys);
  if (!origins) return pass_on(origins);
  auto model = OpenAiModel::create(io.get_executor(),
                                   {.origins = std::move(*origins),
                                    .trust = settings.model_trust,
                                    .replicas = settings.model_replicas,
                                    .times = {.first_token_max = settings.model_first_token}},
                                   {.clock = parts.clock, .random = parts.random, .wake_ups = parts.wake_ups});
  if (!model) return fail(model.error().code, "--model-replicas (ORC_MODEL_REPLICAS): " + model.error().message);
  return std::unique_ptr<Deliberations>(new Deliberations(io, parts, settings, std::move(*model)));
}

Deliberations::Deliberations(boost::asio::io_context& io, const DeliberationParts& parts, const DeliberationSettings& settings,
                             std::unique_ptr<OpenAiModel> model)
    : runs_(settings.runs),
      model_(std::move(model)),
      measured_model_(*model_, parts.meters, parts.clock),
      verifier_({.submit = parts.jobs.submit_jobs,
                 .await = parts.jobs.await_job,
                 .cancel = parts.jobs.cancel_job,
                 .digest = parts.digest,
                 .wake_ups = parts.wake_ups,
                 .clock = parts.clock}),
      extractions_("extractions of answers", {.threads = 1, .waiting_max = DeliberationRunner::Limits{}.calls_max}),
      extractor_(extractions_),
      runner_(io.get_executor(),
              {.store = parts.store,
               .model = measured_model_,
               .verifier = verifier_,
               .extractor = extractor_,
               .wake_ups = parts.wake_ups,
               .clock = parts.clock,
               .log = parts.log},
              {}),
      use_cases_({.store = parts.store,
                  .model = measured_model_,
                  .plugins = parts.plugins,
                  .signals = runner_,
                  .clock = parts.clock,
                  .random = parts.random},
                 settings.user_tokens_per_day, parts.audit),
      end_orphans_(parts.store, runner_) {}

void Deliberations::tell_meters(DeliberationMeters& meters) const {
  meters.answers_are(runner_.answers().bytes, runner_.answers().refused);
}

void Deliberations::start(const std::vector<std::string>& own_ports) {
  model_->shut_out(own_ports);
  if (runs_) runner_.start();
}

boost::asio::awaitable<void> Deliberations::request_stop() {
  runner_.request_stop();
  co_return;
}

boost::asio::awaitable<void> Deliberations::stop(SteadyTime deadline) {
  co_await request_stop();
  co_await runner_.wait(deadline);
  model_->close_idle();
}

}  // namespace orc
