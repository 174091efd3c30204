#pragma once

#include <cstdint>
#include <expected>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "adapters/http/http_message.h"
#include "adapters/http/router.h"
#include "adapters/json/field_fault.h"
#include "application/actor.h"
#include "ports/job_reader.h"

namespace orc {

// One request on its way to the code that answers it: admitted, its body complete. Lives until the answer is made.
struct RestRequest {
  HttpRequest& http;
  const PathParameters& path;
  Actor actor;
};

// Takes the parameters out of a query and collects every fault. One that came twice is a fault, an unknown one is ignored, an empty
// one counts as absent. Borrows the head.
class QueryReader {
 public:
  explicit QueryReader(const HttpRequestHead& head) : head_(head) {}

  // `skip` and `limit`. A limit above page_limit_max is lowered to it, as api/openapi.yaml says.
  Page page(int limit_default);
  std::optional<std::string_view> text(std::string_view name);
  // 422 unless digits within [min, max].
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  // One of two words, the first being what is meant without the parameter.
  bool is_second_word(std::string_view name, std::string_view first, std::string_view second);

  // A fault for each of these that is there: who asks for a part must not get everything.
  void refuse_if_given(std::initializer_list<std::string_view> not_offered);

  const std::vector<FieldFault>& faults() const { return faults_; }

 private:
  // Lowers what is too large to `most`.
  std::int64_t count(std::string_view name, std::int64_t otherwise, std::int64_t most);
  void refuse(std::string_view name, std::string msg, std::string type);
  std::optional<std::string_view> only_one(std::string_view name);

  const HttpRequestHead& head_;
  std::vector<FieldFault> faults_;
};

// Sentences of 404, as the stores say them too.
inline constexpr std::string_view job_not_found = "Job not found";
inline constexpr std::string_view worker_not_found = "Worker not found";

// The number that `{id}` of the path is. The error is the answer to give: 422 if it is no integer; 404 with `not_found` if no row can have
// it.
std::expected<std::int64_t, HttpResponse> path_id(const PathParameters& path, std::string_view not_found);

}  // namespace orc
