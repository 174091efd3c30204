#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "adapters/deliberation_json/answer_extraction.h"
#include "adapters/metrics/measured_language_model.h"
#include "adapters/openai/openai_model.h"
#include "adapters/plugin_verifier/job_verifier.h"
#include "app/deliberation_settings.h"
#include "app/deliberation_use_cases.h"
#include "app/use_cases.h"
#include "application/deliberation/deliberation_runner.h"
#include "application/duties/end_orphan_deliberations.h"

namespace orc {

// What deliberations stand on. All outlive them.
struct DeliberationParts {
  DeliberationStore& store;
  AuditLog& audit;
  UseCases& jobs;  // by which plugins verify
  PluginReader& plugins;
  Digest& digest;
  WakeUps& wake_ups;
  RandomSource& random;
  Clock& clock;
  EventLog& log;
  DeliberationMeters& meters;
};

// Deliberations is the second half of the service: the models, the plugins that verify, who runs what the store says is to run, and the use
// cases. Taken in are deliberations in every process; they run where the settings say so.
class Deliberations {
 public:
  // Errors: invalid_argument, naming a setting.
  static Result<std::unique_ptr<Deliberations>> create(boost::asio::io_context& io, const DeliberationParts& parts,
                                                       const DeliberationSettings& settings);

  DeliberationUseCases& use_cases() { return use_cases_; }
  // For the process that runs them.
  Duty& orphans_duty() { return end_orphans_; }

  // As they stand now. On the io_context's thread.
  void tell_meters(DeliberationMeters& meters) const;

  // Takes up what runs, unless the settings say that another process does. `own_ports`: where this process listens, which are no model
  // servers. On the io_context's thread.
  void start(const std::vector<std::string>& own_ports);

  // Takes nothing more, and begins no call. On the io_context's thread.
  boost::asio::awaitable<void> request_stop();

  // Resumes when no call is under way any more, at `deadline` at the latest. On the io_context's thread.
  boost::asio::awaitable<void> stop(SteadyTime deadline);

 private:
  Deliberations(boost::asio::io_context& io, const DeliberationParts& parts, const DeliberationSettings& settings,
                std::unique_ptr<OpenAiModel> model);

  const bool runs_;
  const std::unique_ptr<OpenAiModel> model_;
  MeasuredLanguageModel measured_model_;
  JobVerifier verifier_;
  WorkPool extractions_;
  TextAnswerExtractor extractor_;
  DeliberationRunner runner_;
  DeliberationUseCases use_cases_;
  EndOrphanDeliberations end_orphans_;
};

}  // namespace orc
