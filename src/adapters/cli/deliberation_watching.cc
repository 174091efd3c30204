#include "adapters/cli/deliberation_watching.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <ostream>
#include <set>
#include <sstream>

#include "adapters/cli/deliberation_waiting.h"
#include "adapters/cli/redrawn_text.h"
#include "adapters/json/json_document.h"

namespace orc {
namespace {

constexpr std::size_t kept_bytes_max = 4096;  // of what an agent wrote: only its end is shown
constexpr std::size_t other_columns = 40;     // of the table, beside what the agents write

constexpr std::size_t other_lines = 4;  // its title, those of the others and of the phase, and that of the cursor

// The end of a text that is being written, in so many columns.
std::string end_of(std::string_view text, std::size_t columns) {
  const std::string shown = printable(text);
  std::size_t begin = shown.size();
  for (; begin > 0 && columns > 0; --columns) {
    --begin;
    while (begin > 0 && (static_cast<unsigned char>(shown[begin]) & 0xC0) == 0x80) --begin;
  }
  return shown.substr(begin);
}

std::string words_of_score(JsonValue told) { return text_of(told, "score").substr(0, 6); }

std::string words_of_end(JsonValue told) {
  std::string state = text_of(told, "state");
  std::ranges::replace(state, '_', ' ');
  if (state != "answered") return printable(state + ": " + text_of(told, "error"));
  const auto duration = told.find("duration_ms");
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.2f s", duration ? duration->as_double().value_or(0) / 1000 : 0);
  return "answered after " + std::string(seconds);
}

}  // namespace

void WatchedDeliberation::take(const ServerEvent& event) {
  if (!event.id.empty()) last_event_id_ = event.id;
  const auto document = JsonDocument::parse(event.data, {.bytes_max = EventReader::event_bytes_max});
  if (!document) return;
  const JsonValue told = document->root();
  if (event.kind == "begin") begin(told);
  if (event.kind == "phase") begin_phase(told);
  if (event.kind == "end") has_ended_ = true;
  Agent* const agent = find(text_of(told, "agent_id"));
  if (agent == nullptr) return;
  if (event.kind == "delta") take_delta(*agent, told);
  if (event.kind == "proposal") agent->text = text_of(told, "text");
  if (event.kind == "score") agent->score = words_of_score(told);
  if (event.kind == "agent") {
    agent->state = state_in(text_of(told, "state"));
    if (agent->state == Agent::State::failed) agent->text = text_of(told, "error");
  }
}

void WatchedDeliberation::begin(JsonValue told) {
  agents_.clear();
  if (const auto agents = told.find("agents"))
    for (const JsonValue agent : agents->elements())
      agents_.push_back({.id = text_of(agent, "agent_id"), .model = text_of(agent, "model"), .text = {}, .score = {}, .attempt = {}});
}

// Whoever is asked begins anew. A stage that is told once more goes on after a restart of the service: who has ended in it is not asked
// again.
void WatchedDeliberation::begin_phase(JsonValue told) {
  phase_ = text_of(told, "kind");
  std::string stage = text_of(told, "stage");
  const bool goes_on = std::exchange(stage_, stage) == stage;
  std::set<std::string> named;
  const auto agents = told.find("agents");
  if (agents)
    for (const JsonValue id : agents->elements()) named.insert(id.as_string().value_or(""));
  for (Agent& agent : agents_) {
    agent.is_asked = !agents || named.contains(agent.id);
    if (!agent.is_asked || (goes_on && agent.state != Agent::State::writing)) continue;
    agent.state = Agent::State::waiting;
    agent.text.clear();
  }
}

// How a call has ended; a word that we do not know yet is no success.
WatchedDeliberation::Agent::State WatchedDeliberation::state_in(std::string_view word) {
  if (word == "answered") return Agent::State::answered;
  return word == "stopped" || word == "cancelled" ? Agent::State::stopped : Agent::State::failed;
}

// A call that is begun anew begins its text anew.
void WatchedDeliberation::take_delta(Agent& agent, JsonValue told) {
  const std::string attempt = text_of(told, "stage") + " " + text_of(told, "sample") + " " + text_of(told, "attempt");
  if (std::exchange(agent.attempt, attempt) != attempt) agent.text.clear();
  agent.state = Agent::State::writing;
  agent.text += text_of(told, "text");
  if (agent.text.size() > 2 * kept_bytes_max) agent.text.erase(0, agent.text.size() - kept_bytes_max);
}

WatchedDeliberation::Agent* WatchedDeliberation::find(std::string_view id) {
  const auto found = std::ranges::find(agents_, id, &Agent::id);
  return found == agents_.end() ? nullptr : &*found;
}

std::vector<std::size_t> WatchedDeliberation::shown(std::size_t rows_max) const {
  std::vector<std::size_t> places(agents_.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::ranges::sort(places, {}, [&](std::size_t place) { return std::pair(agents_[place].state != Agent::State::writing, place); });
  places.resize(std::min(places.size(), rows_max));
  std::ranges::sort(places);
  return places;
}

std::string WatchedDeliberation::words_of_others(std::size_t rows_max) const {
  if (agents_.size() <= rows_max) return "";
  auto answered = std::ranges::count(agents_, Agent::State::answered, &Agent::state);
  for (const std::size_t place : shown(rows_max)) answered -= agents_[place].state == Agent::State::answered ? 1 : 0;
  return "… and " + std::to_string(agents_.size() - rows_max) + " more, " + std::to_string(answered) + " of them answered";
}

Table WatchedDeliberation::table(std::size_t text_columns, std::size_t rows_max) const {
  Table table({{.title = "AGENT"}, {.title = "MODEL"}, {.title = "STATE"}, {.title = "SCORE", .align = Align::right}, {.title = "WRITES"}});
  for (const std::size_t place : shown(rows_max)) {
    const Agent& agent = agents_[place];
    const auto state = [&]() -> Cell {
      switch (agent.state) {
        case Agent::State::waiting:
          return {"waiting", Colour::yellow};
        case Agent::State::writing:
          return {"writing", Colour::blue};
        case Agent::State::answered:
          return {"answered", Colour::green};
        case Agent::State::failed:
          return {"failed", Colour::red};
        case Agent::State::stopped:
          return {"stopped", Colour::grey};
      }
      return {};
    };
    table.add({{agent.id}, {cut_to(printable(agent.model), 16)}, state(), {agent.score}, {end_of(agent.text, text_columns)}});
  }
  return table;
}

std::string WatchedDeliberation::phase_words() const {
  const auto asked = std::ranges::count(agents_, true, &Agent::is_asked);
  if (asked == 0) return phase_;
  const auto answered =
      std::ranges::count_if(agents_, [](const Agent& one) { return one.is_asked && one.state == Agent::State::answered; });
  return (phase_.empty() ? "" : phase_ + ", ") + std::to_string(answered) + " of " + std::to_string(asked) + " answered";
}

std::string WatchedDeliberation::line_of(const ServerEvent& event) const {
  if (event.kind == "phase") {
    const auto asked = std::ranges::count(agents_, true, &Agent::is_asked);
    return phase_ + ": " + (asked == 0 ? "a plugin is" : std::to_string(asked) + (asked == 1 ? " agent is" : " agents are")) + " asked";
  }
  if (event.kind != "agent" && event.kind != "score") return "";
  const auto document = JsonDocument::parse(event.data, {.bytes_max = EventReader::event_bytes_max});
  if (!document) return "";
  const JsonValue told = document->root();
  const std::string agent = printable(text_of(told, "agent_id"));
  return agent + " " + (event.kind == "score" ? "is scored " + words_of_score(told) : words_of_end(told));
}

Outcome<void> watch_deliberation(ClientContext& context, ApiClient& client, const std::string& id,
                                 std::chrono::steady_clock::time_point until) {
  WatchedDeliberation watched;
  RedrawnText screen(context.err);
  const std::size_t width = context.terminal.width;
  const std::size_t text_columns = width > 2 * other_columns ? width - other_columns : other_columns;
  const std::size_t rows_max = context.terminal.height > other_lines ? context.terminal.height - other_lines : 1;
  const auto is_over = [&] { return watched.has_ended() || std::chrono::steady_clock::now() >= until; };
  Outage outage(context);
  while (!is_over()) {
    EventReader reader;
    const auto done = client.stream(deliberation_path(id) + "/stream", watched.last_event_id(), [&](std::string_view bytes) {
      reader.add(bytes, [&](const ServerEvent& event) {
        outage.end();
        watched.take(event);
        if (context.flags.as_json) context.out << event.data << std::endl;
        if (context.flags.as_json || context.terminal.err_is_terminal) return;
        if (const std::string line = watched.line_of(event); !line.empty()) context.err << line << std::endl;
      });
      if (!context.terminal.err_is_terminal || context.flags.as_json || !watched.has_begun()) return !is_over();
      std::ostringstream drawn;
      watched.table(text_columns, rows_max).print(drawn, context.terminal);
      const std::string others = watched.words_of_others(rows_max);
      screen.show(drawn.str() + others + (others.empty() ? "" : "\n") + watched.phase_words() + "\n");
      return !is_over();
    });
    if (is_over()) break;
    if (!outage.is_borne(done)) return std::unexpected(done.error());
  }
  return {};
}

}  // namespace orc
