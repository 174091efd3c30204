#include "application/plugin/judge_output.h"

namespace orc {
namespace {

constexpr std::size_t quoted_output_bytes_max = 4096;  // attacks.md, P10

}  // namespace

boost::asio::awaitable<std::optional<std::string>> why_no_result(SchemaValidator& schemas, const std::optional<std::string>& output_schema,
                                                                 std::string_view output) {
  const auto fits = co_await schemas.validate(output_schema, output);
  if (fits) co_return std::nullopt;
  if (output.find_first_not_of(" \t\r\n") == std::string_view::npos)
    co_return "the plugin printed nothing on standard output; its result is one JSON document there";
  co_return "the plugin's output was refused: " + fits.error().message +
      "; it printed: " + std::string(output.substr(0, quoted_output_bytes_max));
}

}  // namespace orc
