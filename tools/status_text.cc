#include "tools/status_text.h"

#include "absl/strings/str_cat.h"
#include "tools/output.h"
#include "tools/when.h"

namespace goodstanding::tools {
namespace {

std::string Minute(const google::protobuf::Timestamp& time, const services::BoardTime& zone) {
  return FormatMinute(absl::FromUnixSeconds(time.seconds()), zone);
}

std::string Views(const api::v1::GetServerStatusResponse& status) {
  const int64_t behind = status.head_position() - status.applied_position();
  return absl::StrCat("at ", status.applied_position(),
                      behind == 0 ? ", up to date" : absl::StrCat(", ", behind, " behind"));
}

// A failed write first: it needs a restart.
std::string Writes(const api::v1::GetServerStatusResponse& status) {
  if (!status.write_refusal().empty()) return absl::StrCat("refused: ", status.write_refusal());
  if (status.read_only()) {
    return absl::StrCat("refused, read-only", status.read_only_reason().empty() ? "" : ": ",
                        status.read_only_reason());
  }
  if (status.clock_suspicion().empty()) return "accepted";
  return absl::StrCat("refused: ", status.clock_suspicion(),
                      " (goodstanding clock confirm, once the clock is right)");
}

}  // namespace

std::string ServerStatusText(const api::v1::GetServerStatusResponse& status,
                             const services::BoardTime& zone) {
  return NameValueLines(
      {{"Origin", status.origin()},
       {"Log", status.head_position() == 0
                   ? "empty"
                   : absl::StrCat("at ", status.head_position(), ", last event recorded ",
                                  Minute(status.last_recorded_time(), zone))},
       {"Views", Views(status)},
       {"Writes", Writes(status)},
       {"Server time", Minute(status.server_time(), zone)},
       {"Program", absl::StrCat(status.program_version(), ", evaluator revision ",
                                status.evaluator_revision())}});
}

std::string CheckText(const api::v1::CheckViewsResponse& check) {
  std::string text;
  for (const std::string& id : check.differing_certificant_ids()) {
    absl::StrAppend(&text, id, ": the view differs from its events\n");
  }
  absl::StrAppend(&text, check.checked_count(), " certificants checked, ",
                  check.differing_certificant_ids_size(), " differ",
                  check.done() ? "" : "; the check did not end", "\n");
  return text;
}

}  // namespace goodstanding::tools
