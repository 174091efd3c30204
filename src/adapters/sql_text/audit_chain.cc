#include "adapters/sql_text/audit_chain.h"

#include <utility>

#include "adapters/sql_text/text_of.h"

namespace orc {

std::string audit_row_text(const ContentHash& previous, const AuditEntry& entry, Timestamp at) {
  const std::string actor = entry.actor ? std::to_string(std::to_underlying(*entry.actor)) : "";
  std::string text = to_hex(previous) + text_of(" ", to_ms(at), " ", entry.succeeded ? 1 : 0, " ");
  for (const std::string* part : {&actor, &entry.action, &entry.subject, &entry.from}) text += text_of(part->size(), ":", *part, " ");
  return text;
}

}  // namespace orc
