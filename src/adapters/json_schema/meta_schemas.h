#pragma once

#include <span>
#include <string_view>

namespace orc {

// A document that describes schemas, under the URI that schemas refer to it by.
struct MetaSchema {
  std::string_view uri;
  std::string_view text;
};

inline constexpr std::string_view meta_2020_12_uri = "https://json-schema.org/draft/2020-12/schema";
inline constexpr std::string_view meta_draft_07_uri = "http://json-schema.org/draft-07/schema";

// Those of 2020-12 (with its vocabularies) and of draft-07, as json-schema.org publishes them.
std::span<const MetaSchema> meta_schemas();

}  // namespace orc
