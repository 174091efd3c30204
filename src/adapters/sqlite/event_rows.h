#pragma once

#include <string>
#include <vector>

#include "adapters/sqlite/statement_catalog.h"
#include "ports/event_outbox.h"

namespace orc::sqlite {

// EventWrites appends events of deliberations, and changes which are published; each method as in EventOutbox. Writer's thread only.
class EventWrites {
 public:
  EventWrites(Connection& connection, const StatementCatalog& catalog);

  // `deliberation` is the number of its row.
  void append(std::int64_t deliberation, const DeliberationEvent& event, Timestamp now);

  // Whether these are the last that it has.
  bool ends_with(std::int64_t deliberation, const std::string& id, const std::vector<DeliberationEvent>& events);

  void note_published(const std::vector<EventId>& ids, Timestamp now);
  Again publish_again(EventId from, EventId until, int count);

 private:
  Statement append_;
  Statement last_number_;
  Statement of_deliberation_;
  Statement note_published_;
  Statement publish_again_;
};

// EventQueries reads them. Used by one thread at a time.
class EventQueries {
 public:
  EventQueries(Connection& connection, const StatementCatalog& catalog);

  std::vector<StoredEvent> of(const std::string& deliberation, std::int64_t after, int count, std::size_t bytes_max);
  std::vector<StoredEvent> unpublished(int count);
  std::optional<EventId> first_since(Timestamp moment);
  std::optional<EventId> last();
  EventBacklog backlog();

 private:
  Statement of_deliberation_;
  Statement unpublished_;
  Statement first_since_;
  Statement last_;
  Statement backlog_;
};

}  // namespace orc::sqlite
