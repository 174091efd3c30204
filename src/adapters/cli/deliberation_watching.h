#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "adapters/cli/api_client.h"
#include "adapters/cli/client_context.h"
#include "adapters/cli/event_reader.h"
#include "adapters/cli/table.h"

namespace orc {

// WatchedDeliberation is what the events of a deliberation's stream have told so far (api/openapi.yaml, streamDeliberation).
class WatchedDeliberation {
 public:
  void take(const ServerEvent& event);

  // Whether the agents are known.
  bool has_begun() const { return !agents_.empty(); }
  bool has_ended() const { return has_ended_; }
  const std::string& last_event_id() const { return last_event_id_; }

  // The agents side by side: what each is doing, and the latest of what it wrote, at most `text_columns` of it. Of more than `rows_max`
  // those that write come first.
  Table table(std::size_t text_columns, std::size_t rows_max) const;
  // "… and 17 more, 12 of them answered"; empty if there are no more.
  std::string words_of_others(std::size_t rows_max) const;
  // "critique, 3 of 5 answered", of those that the phase asks.
  std::string phase_words() const;
  // What an event that was taken tells whoever has no terminal: "agent-1 answered after 1.25 s". Empty: nothing.
  std::string line_of(const ServerEvent& event) const;

 private:
  struct Agent {
    std::string id;
    std::string model;
    enum class State : std::uint8_t { waiting, writing, answered, failed, stopped } state = State::waiting;
    std::string text;
    std::string score;
    std::string attempt;   // of which `text` is, with its stage and sample
    bool is_asked = true;  // in this phase
  };

  static Agent::State state_in(std::string_view word);
  void begin(JsonValue told);
  void begin_phase(JsonValue told);
  void take_delta(Agent& agent, JsonValue told);
  Agent* find(std::string_view id);
  // Their places, in the order of the request.
  std::vector<std::size_t> shown(std::size_t rows_max) const;

  std::vector<Agent> agents_;
  std::string phase_;
  std::string stage_;  // its number
  std::string last_event_id_;
  bool has_ended_ = false;
};

// Follows a deliberation from its beginning to its end: on a terminal as a table that is drawn anew, else as lines where errors go, with
// --json each event's data as a line of the output. A connection that is lost is made again. Leaves one that has not ended soon after
// `until`. Fails as ApiClient::stream().
Outcome<void> watch_deliberation(ClientContext& context, ApiClient& client, const std::string& id,
                                 std::chrono::steady_clock::time_point until);

}  // namespace orc
