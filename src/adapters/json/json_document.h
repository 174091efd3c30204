#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "adapters/json/json_value.h"
#include "domain/result.h"

namespace orc {

// What one text may cost. A text beyond any of them is refused as invalid_argument, with the limit in the message.
struct JsonLimits {
  std::size_t bytes_max = std::size_t{8} << 20;
  std::size_t depth_max = 128;        // arrays and objects inside each other
  std::size_t nodes_max = 1'048'576;  // values and keys; 20 bytes of memory each
};

// JsonDocument is one parsed JSON text, as strictly as RFC 8259 can be read: the whole text is one value in well-formed UTF-8 without a
// byte order mark; no control characters or lone surrogates in strings; no number beyond a double's range (1e400); no key twice in an
// object (compared after escapes are resolved). Time is linear in the text (n log n in the keys of one large object); no recursion.
// Not thread-safe while parsing; any number of threads may read. Borrows the text: it must outlive the document and its values.
class JsonDocument {
 public:
  // An error is invalid_argument and says what is wrong and at which byte, line and column.
  static Result<JsonDocument> parse(std::string_view text, const JsonLimits& limits = {});

  // The same into an existing document, whose memory is used again; its earlier values are gone. On error the document is empty.
  Result<void> assign(std::string_view text, const JsonLimits& limits = {});

  // Precondition: the document was parsed.
  JsonValue root() const;

 private:
  std::string_view text_;
  std::vector<JsonNode> nodes_;
};

}  // namespace orc
