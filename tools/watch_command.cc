#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "domain/dates.h"
#include "domain/evaluate.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/output.h"
#include "tools/pages.h"

namespace goodstanding::tools {
namespace {

using api::v1::StandingChange;

constexpr char kAbout[] = "Follow the changes of everybody's standing, or of some people's";

constexpr char kExamples[] =
    "  goodstanding watch                     everybody's, from the first one on\n"
    "  goodstanding watch ana bo              of two people\n"
    "  goodstanding watch --after 4711.3      behind the change with this cursor\n"
    "  goodstanding watch --until-caught-up   those that are there, no waiting\n"
    "\n"
    "A line a change: its cursor, whose, from which standing to which, since which day, and what\n"
    "made it. Whoever keeps the cursor of the last line and goes on --after it misses and repeats\n"
    "nothing, with the same ids. A day passes where the log says so, shortly after midnight.";

struct WatchOptions {
  Connection connection;
  std::vector<std::string> ids;
  std::string after;
  bool until_caught_up = false;
};

void AddOptions(Command& command, WatchOptions& options) {
  command.Add("ID", options.ids, "Certificants (default: everybody)");
  command.Add("--after", options.after,
              "Changes behind this cursor: POSITION.ORDINAL, or a POSITION as a whole");
  command.AddFlag("--until-caught-up", options.until_caught_up,
                  "Ends where nothing more is there yet");
  AddConnection(command, options.connection);
}

// "4711.3", "4711".
absl::StatusOr<api::v1::StandingCursor> ReadCursor(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '.');
  int64_t position = 0;
  int64_t ordinal = 0;
  const bool read = parts.size() <= 2 && absl::SimpleAtoi(parts[0], &position) &&
                    (parts.size() == 1 || absl::SimpleAtoi(parts[1], &ordinal));
  if (!read || position < 0 || ordinal < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--after ", text, ": must be POSITION or POSITION.ORDINAL, as 4711.3"));
  }
  api::v1::StandingCursor cursor;
  cursor.set_position(position);
  cursor.set_ordinal(ordinal);
  return cursor;
}

const char* CauseText(const StandingChange& change) {
  switch (change.cause()) {
    case api::v1::STANDING_CAUSE_EVENT:
      return "an event";
    case api::v1::STANDING_CAUSE_DAY:
      return "the day";
    case api::v1::STANDING_CAUSE_RULES:
      return "rules";
    case api::v1::STANDING_CAUSE_ACTIVITY:
      return "an activity";
    default:
      return "unknown";
  }
}

std::string ChangeText(const StandingChange& change) {
  const auto since = domain::Date::FromProto(change.since_date());
  return absl::StrCat(
      change.cursor().position(), ".", change.cursor().ordinal(), "  ",
      Printable(change.certificant_id()), "  ", std::string(domain::StandingName(change.before())),
      " -> ", std::string(domain::StandingName(change.after())), "  since ",
      since.has_value() ? since->ToString() : "?", "  by ", CauseText(change), "\n");
}

absl::Status Watch(const WatchOptions& options) {
  api::v1::WatchStandingsRequest request;
  if (!options.after.empty()) {
    GS_ASSIGN_OR_RETURN(*request.mutable_after(), ReadCursor(options.after));
  }
  for (const std::string& id : options.ids) request.add_certificant_ids(id);
  const Client client = Connect(options.connection);
  grpc::ClientContext context;
  const auto reader = client.history().WatchStandings(&context, request);
  api::v1::WatchStandingsResponse response;
  while (reader->Read(&response)) {
    for (const StandingChange& change : response.changes()) {
      const std::string text = options.connection.json ? ToJsonLine(change) : ChangeText(change);
      std::fputs(text.c_str(), stdout);
    }
    std::fflush(stdout);  // Whoever follows through a pipe sees a change when it comes.
    if (!options.until_caught_up || response.mark() != api::v1::FEED_MARK_CAUGHT_UP) continue;
    context.TryCancel();
    reader->Finish();
    return absl::OkStatus();
  }
  return FromCall(reader->Finish());
}

int Run(const WatchOptions& options) { return Finish(Watch(options), options.connection); }

}  // namespace

void AddWatchCommand(Commands& commands) {
  commands.Add("watch", kAbout, kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
