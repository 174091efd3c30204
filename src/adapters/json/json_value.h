#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace orc {

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

// "null", "boolean", "number", "string", "array" or "object".
std::string_view name_of(JsonKind kind);

// One node of a JsonDocument, in the order of the text: a container, then its children; a member is its key, then its value.
struct JsonNode {
  JsonKind kind;
  bool escaped;         // a string with at least one backslash in it
  std::uint32_t begin;  // the bytes of the value in the text: [begin, end), quotes and brackets included
  std::uint32_t end;
  std::uint32_t span;  // nodes of this value with everything inside; the next sibling is so far away
  std::uint32_t size;  // elements of an array, members of an object, otherwise 0
};

class JsonElements;
class JsonMembers;

// JsonValue is a cursor on one value of a JsonDocument: two pointers, passed by value.
// Borrows the document's nodes and the text it was parsed from; both must outlive it (a document may be moved meanwhile).
// Safe to use from any number of threads while nobody parses into the document anew.
class JsonValue {
 public:
  JsonValue(const JsonNode* node, const char* text) : node_(node), text_(text) {}

  JsonKind kind() const { return node_->kind; }
  bool is_null() const { return kind() == JsonKind::null; }
  bool is_boolean() const { return kind() == JsonKind::boolean; }
  bool is_number() const { return kind() == JsonKind::number; }
  bool is_string() const { return kind() == JsonKind::string; }
  bool is_array() const { return kind() == JsonKind::array; }
  bool is_object() const { return kind() == JsonKind::object; }

  // The exact bytes of the value as they came: what is stored and answered for a user's JSON.
  std::string_view raw() const { return {text_ + node_->begin, node_->end - node_->begin}; }
  // Where raw() starts in the text.
  std::size_t offset() const { return node_->begin; }
  // Values in this one, itself and the keys of objects included: what visiting all of it costs.
  std::size_t node_count() const { return node_->span; }

  // Elements of an array, members of an object, otherwise 0.
  std::size_t size() const { return node_->size; }

  // The characters of a string, escapes resolved: well-formed UTF-8, which may hold U+0000. Precondition: is_string().
  std::string string() const;
  // The same without a copy when there are no escapes; otherwise the characters are put in `scratch` and the view is of it.
  std::string_view string(std::string& scratch) const;
  // Whether this is a string of exactly these characters.
  bool is_string_equal_to(std::string_view characters) const;

  // The value if it is of that kind, otherwise nothing. A number is an integer when its value is one and fits: 1, 1.0 and 1e2 are.
  std::optional<bool> as_boolean() const;
  std::optional<std::int64_t> as_int64() const;
  std::optional<double> as_double() const;  // the nearest double; 0 when it is closer to 0 than any other
  std::optional<std::string> as_string() const;

  // The children in the order of the text; of a value of another kind, none.
  JsonElements elements() const;
  JsonMembers members() const;

  // The member of that name (unescaped); nothing if there is none or this is no object. Linear in size().
  std::optional<JsonValue> find(std::string_view key) const;

 private:
  friend class JsonElements;
  friend class JsonMembers;

  const JsonNode* node_;
  const char* text_;
};

// Forward range over an array's values.
class JsonElements {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = JsonValue;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    Iterator(const JsonNode* node, const char* text) : node_(node), text_(text) {}
    JsonValue operator*() const { return {node_, text_}; }
    Iterator& operator++() {
      node_ += node_->span;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return node_ == other.node_; }

   private:
    const JsonNode* node_ = nullptr;
    const char* text_ = nullptr;
  };

  JsonElements(const JsonNode* first, const JsonNode* last, const char* text) : first_(first), last_(last), text_(text) {}
  Iterator begin() const { return {first_, text_}; }
  Iterator end() const { return {last_, text_}; }

 private:
  const JsonNode* first_;
  const JsonNode* last_;
  const char* text_;
};

struct JsonMember {
  JsonValue key;  // a string
  JsonValue value;
};

// Forward range over an object's members.
class JsonMembers {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = JsonMember;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    Iterator(const JsonNode* key, const char* text) : key_(key), text_(text) {}
    JsonMember operator*() const { return {.key = {key_, text_}, .value = {key_ + 1, text_}}; }
    Iterator& operator++() {
      key_ += 1 + key_[1].span;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return key_ == other.key_; }

   private:
    const JsonNode* key_ = nullptr;
    const char* text_ = nullptr;
  };

  JsonMembers(const JsonNode* first, const JsonNode* last, const char* text) : first_(first), last_(last), text_(text) {}
  Iterator begin() const { return {first_, text_}; }
  Iterator end() const { return {last_, text_}; }

 private:
  const JsonNode* first_;
  const JsonNode* last_;
  const char* text_;
};

}  // namespace orc
