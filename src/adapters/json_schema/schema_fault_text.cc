#include "adapters/json_schema/schema_fault_text.h"

#include <utility>

#include "adapters/json/json_pointer.h"
#include "adapters/json/json_writer.h"

namespace orc {
namespace {

using Kind = SchemaFault::Kind;

constexpr std::size_t quoted_bytes_max = 80;
constexpr std::size_t quoted_values_max = 8;
constexpr std::size_t nested_alternatives_max = 2;

std::string clipped(std::string_view text) {
  if (text.size() <= quoted_bytes_max) return std::string(text);
  std::size_t end = quoted_bytes_max;
  while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // never inside a character
  return std::string(text.substr(0, end)) + "…";
}

std::string quoted(JsonValue value) { return clipped(value.raw()); }

std::string name_text(std::string_view name) {
  std::string text;
  append_json_string(text, name);
  return clipped(text);
}

std::string counted(std::int64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string type_names(std::uint8_t types) {
  std::vector<std::string_view> names;
  for (const JsonKind kind : {JsonKind::null, JsonKind::boolean, JsonKind::number, JsonKind::string, JsonKind::array, JsonKind::object}) {
    if ((types & (1U << static_cast<unsigned>(kind))) != 0) names.push_back(name_of(kind));
  }
  if ((types & SchemaNode::integer_bit) != 0) names.emplace_back("integer");
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) text.append(i == 0 ? "" : i + 1 == names.size() ? " or " : ", ").append(names[i]);
  return text;
}

std::string value_list(const ValueRules& rules) {
  std::string text;
  for (std::size_t i = 0; i < rules.allowed.size() && i < quoted_values_max; ++i)
    text.append(i == 0 ? "" : ", ").append(quoted(rules.allowed[i].second));
  if (rules.allowed.size() > quoted_values_max) text += ", … (" + std::to_string(rules.allowed.size()) + " in all)";
  return text;
}

class Sentence {
 public:
  Sentence(const SchemaGraph& graph, const std::vector<SchemaFault>& alternatives) : graph_(graph), alternatives_(alternatives) {}

  std::string reason(const SchemaFault& fault, std::size_t nested) const;

 private:
  std::string size_reason(const SchemaFault& fault) const;
  std::string number_reason(const SchemaFault& fault) const;
  std::string alternatives_reason(const SchemaFault& fault, std::size_t nested) const;

  const SchemaGraph& graph_;
  const std::vector<SchemaFault>& alternatives_;
};

std::string Sentence::number_reason(const SchemaFault& fault) const {
  const NumberRules& rules = *graph_.nodes[fault.schema].number;
  const std::string value = quoted(fault.instance);
  if (fault.kind == Kind::minimum) return value + " is less than the minimum of " + std::string(rules.minimum->text);
  if (fault.kind == Kind::maximum) return value + " is more than the maximum of " + std::string(rules.maximum->text);
  if (fault.kind == Kind::exclusive_minimum) return value + " is not more than " + std::string(rules.exclusive_minimum->text);
  if (fault.kind == Kind::exclusive_maximum) return value + " is not less than " + std::string(rules.exclusive_maximum->text);
  return value + " is not a multiple of " + std::string(rules.multiple_of->text);
}

std::string Sentence::size_reason(const SchemaFault& fault) const {
  const SchemaNode& node = graph_.nodes[fault.schema];
  const auto size = static_cast<std::int64_t>(fault.instance.size());
  if (fault.kind == Kind::length_min)
    return quoted(fault.instance) + " is shorter than " + counted(node.string->length_min, "character", "characters");
  if (fault.kind == Kind::length_max)
    return quoted(fault.instance) + " is longer than " + counted(node.string->length_max, "character", "characters");
  if (fault.kind == Kind::items_min)
    return "has " + counted(size, "element", "elements") + ", at least " + std::to_string(node.array->items_min) + " needed";
  if (fault.kind == Kind::items_max)
    return "has " + counted(size, "element", "elements") + ", at most " + std::to_string(node.array->items_max) + " allowed";
  if (fault.kind == Kind::members_min)
    return "has " + counted(size, "member", "members") + ", at least " + std::to_string(node.object->members_min) + " needed";
  if (fault.kind == Kind::members_max)
    return "has " + counted(size, "member", "members") + ", at most " + std::to_string(node.object->members_max) + " allowed";
  const std::string fitting = counted(fault.first, "element fits", "elements fit") + " what must be contained, ";
  if (fault.kind == Kind::contains_min) return fitting + "at least " + std::to_string(node.array->contains_min) + " needed";
  return fitting + "at most " + std::to_string(node.array->contains_max) + " allowed";
}

std::string Sentence::alternatives_reason(const SchemaFault& fault, std::size_t nested) const {
  std::string text = "fits none of the alternatives";
  if (nested == nested_alternatives_max || fault.second == 0) return text;
  text += " (";
  for (std::uint32_t i = 0; i < fault.second; ++i) {
    const SchemaFault& one = alternatives_[fault.first + i];
    const std::string inside = pointer_to(fault.instance, one.instance);
    text += i == 0 ? "" : "; ";
    if (!inside.empty()) text += inside + ": ";
    text += reason(one, nested + 1);
  }
  return text + ")";
}

std::string Sentence::reason(const SchemaFault& fault, std::size_t nested) const {
  const SchemaNode& node = graph_.nodes[fault.schema];
  switch (fault.kind) {
    case Kind::never:
      return "no value is allowed here";
    case Kind::type:
      return quoted(fault.instance) + " is not of type " + type_names(node.types);
    case Kind::constant:
      return quoted(fault.instance) + " is not " + value_list(*node.constant);
    case Kind::enumeration:
      return quoted(fault.instance) + " is not one of " + value_list(*node.enumeration);
    case Kind::minimum:
    case Kind::maximum:
    case Kind::exclusive_minimum:
    case Kind::exclusive_maximum:
    case Kind::multiple_of:
      return number_reason(fault);
    case Kind::length_min:
    case Kind::length_max:
    case Kind::items_min:
    case Kind::items_max:
    case Kind::members_min:
    case Kind::members_max:
    case Kind::contains_min:
    case Kind::contains_max:
      return size_reason(fault);
    case Kind::pattern:
      return quoted(fault.instance) + " does not match the pattern " + clipped(node.string->pattern->text());
    case Kind::unique:
      return "elements " + std::to_string(fault.first) + " and " + std::to_string(fault.second) + " are equal";
    case Kind::required:
      return "the required member " + name_text(node.object->required[fault.first]) + " is missing";
    case Kind::dependent_required: {
      const auto& dependency = node.object->dependencies[fault.first];
      return "the member " + name_text(dependency.required[fault.second]) + " is missing, which " + name_text(dependency.trigger) +
             " requires";
    }
    case Kind::not_fitting:
      return quoted(fault.instance) + " fits what it must not fit";
    case Kind::no_alternative:
      return alternatives_reason(fault, nested);
    case Kind::many_alternatives:
      return "fits alternatives " + std::to_string(fault.first) + " and " + std::to_string(fault.second) + ", exactly one is allowed";
  }
  std::unreachable();
}

}  // namespace

std::string fault_text(const SchemaGraph& graph, JsonValue root, const SchemaFault& fault, const std::vector<SchemaFault>& alternatives) {
  const std::string pointer = pointer_to(root, fault.instance);
  return (pointer.empty() ? "as a whole" : clipped(pointer)) + ": " + Sentence(graph, alternatives).reason(fault, 0);
}

}  // namespace orc
