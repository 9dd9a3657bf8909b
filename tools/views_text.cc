#include "tools/views_text.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tools/when.h"

namespace goodstanding::tools {
namespace {

using namespace api::v1;  // NOLINT: the states and causes, by name.

// "1,200,000".
std::string Grouped(int64_t number) {
  std::string text = absl::StrCat(number);
  for (int place = static_cast<int>(text.size()) - 3; place > 0; place -= 3) {
    text.insert(static_cast<size_t>(place), ",");
  }
  return text;
}

std::string StateText(const Operation& operation) {
  switch (operation.metadata().state()) {
    case OPERATION_STATE_RUNNING:
      return "running";
    case OPERATION_STATE_PAUSED:
      return "paused";
    case OPERATION_STATE_CATCHING_UP:
      return "catching up";
    case OPERATION_STATE_SUCCEEDED:
      return "succeeded";
    case OPERATION_STATE_FAILED:
      return absl::StrCat("failed: ", operation.error().message());
    case OPERATION_STATE_CANCELLED:
      return "cancelled";
    default:
      return "in a state that this program does not know";
  }
}

std::string CauseText(const RebuildMetadata& metadata, const services::BoardTime& zone) {
  switch (metadata.cause()) {
    case REBUILD_CAUSE_REQUESTED:
      return absl::StrCat(
          "asked for ",
          FormatMinute(absl::FromUnixSeconds(metadata.request_time().seconds()), zone));
    case REBUILD_CAUSE_RULES:
      return "as rules changed";
    case REBUILD_CAUSE_PROGRAM:
      return "as there were no views of this program";
    case REBUILD_CAUSE_BEHIND:
      return "as the views were far behind the log";
    default:
      return "for a reason that this program does not know";
  }
}

std::string ResultText(const RebuildResult& result) {
  std::string text = absl::StrCat(Grouped(result.row_count()), " rows");
  if (!result.compared()) return text;
  if (result.difference_count() == 0) {
    return absl::StrCat(text, ", equal to those before");
  }
  absl::StrAppend(&text, ", ", Grouped(result.difference_count()), " unlike those before:");
  for (const std::string& id : result.differing_certificant_ids()) absl::StrAppend(&text, " ", id);
  return text;
}

}  // namespace

std::string RebuildBar(const RebuildMetadata& metadata) {
  constexpr int64_t kWidth = 30;
  const int64_t all = std::max<int64_t>(metadata.event_count(), 1);
  const int64_t filled = kWidth * metadata.done_event_count() / all;
  std::string text = absl::StrCat("[", std::string(static_cast<size_t>(filled), '='),
                                  std::string(static_cast<size_t>(kWidth - filled), ' '), "] ",
                                  100 * metadata.done_event_count() / all, "%, ",
                                  Grouped(metadata.done_event_count()), " of ",
                                  Grouped(metadata.event_count()), " events");
  if (metadata.events_per_second() > 0) {
    absl::StrAppend(&text, ", ", Grouped(metadata.events_per_second()), " a second");
  }
  if (metadata.has_remaining_seconds()) {
    absl::StrAppend(&text, ", ", Grouped(metadata.remaining_seconds()), " s left");
  }
  return text;
}

std::string OperationText(const Operation& operation, const services::BoardTime& zone) {
  const RebuildMetadata& metadata = operation.metadata();
  return absl::StrCat(
      operation.name(), "  ", StateText(operation), "; ",
      operation.has_response() ? ResultText(operation.response()) : RebuildBar(metadata), "; ",
      CauseText(metadata, zone), "\n");
}

std::string OperationsText(const ListOperationsResponse& response,
                           const services::BoardTime& zone) {
  if (response.operations().empty()) return "No rebuild since the server started\n";
  std::string text;
  for (const Operation& operation : response.operations()) {
    absl::StrAppend(&text, OperationText(operation, zone));
  }
  return text;
}

std::string DigestText(const DigestViewsResponse& response) {
  return absl::StrCat(absl::BytesToHexString(response.digest()), "  generation ",
                      response.view_generation(), " at ", response.applied_position(), ", ",
                      Grouped(response.row_count()), " rows\n");
}

}  // namespace goodstanding::tools
