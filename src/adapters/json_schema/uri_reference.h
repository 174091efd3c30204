#pragma once

#include <string>
#include <string_view>

namespace orc {

// A URI split where schemas need it: what names a document, and the fragment that names a place in it.
struct UriReference {
  std::string document;  // without '#'; empty: the document that holds the reference
  std::string fragment;  // percent-decoded, without '#'
};

// Resolves `reference` against the URI `base` (RFC 3986 section 5.2; a base without a scheme is allowed and resolved alike).
// Nothing is ever fetched: the result is only compared with the names of schemas that are here.
UriReference resolve_reference(std::string_view base, std::string_view reference);

}  // namespace orc
