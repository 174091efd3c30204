#include "adapters/rest/blob_routes.h"

#include "adapters/json/json_writer.h"
#include "adapters/rest/problem.h"

namespace orc {

void BlobRoutes::add_to(RouteTable& table) {
  constexpr BodyWanted blob_body{.form = BodyForm::bytes, .bytes_max = blob_bytes_max};
  table.add("PUT", "/api/v1/blobs/{sha256}", Access::submit, blob_body, *this, &BlobRoutes::put);
}

boost::asio::awaitable<HttpResponse> BlobRoutes::put(RestRequest& request) {
  const std::string hex(path_parameter(request.path, "sha256"));
  const auto hash = content_hash_from_hex(hex);
  if (!hash) co_return unprocessable(FieldFault{.loc = {"path", "sha256"}, .msg = hash.error().message, .type = "value_error"});
  const auto bytes = static_cast<std::int64_t>(request.http.body.size());
  const auto kept = co_await upload_blob_.run(request.actor.principal, *hash, std::move(request.http.body));
  if (!kept) co_return problem(kept.error());
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("sha256", hex);
  json.member("bytes", bytes);
  json.end_object();
  co_return json_answer(201, std::move(text));
}

}  // namespace orc
