#include "projections/erasures.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "projections/codec.h"

namespace goodstanding::projections {
namespace {

absl::Status Take(const event::v1::Record& record,
                  std::map<std::string, ErasureProgress>& by_certificant) {
  GS_ASSIGN_OR_RETURN(const event::v1::LogEvent event, DecodeLog(record));
  const event::v1::ErasureAdvanced& advanced = event.erasure_advanced();
  if (!event.has_erasure_advanced()) {
    return absl::DataLossError(
        absl::StrCat("position ", record.position(), ": the event is about no erasure"));
  }
  if (advanced.stage() == type::v1::ERASURE_STAGE_UNSPECIFIED) {
    by_certificant.erase(advanced.certificant_id());
    return absl::OkStatus();
  }
  ErasureProgress& progress = by_certificant[advanced.certificant_id()];
  progress.stage = advanced.stage();
  if (!advanced.has_due_date()) return absl::OkStatus();
  const auto due = domain::Date::FromProto(advanced.due_date());
  if (!due.has_value()) {
    return absl::DataLossError(
        absl::StrCat("position ", record.position(), ": the due day is no day of the calendar"));
  }
  progress.due = *due;
  return absl::OkStatus();
}

}  // namespace

absl::Status Erasures::CatchUp(const eventstore::EventStore& store) {
  constexpr int kPage = 1000;
  GS_ASSIGN_OR_RETURN(const int64_t last, store.StreamVersion(kErasuresStream));
  while (version_ < last) {
    GS_ASSIGN_OR_RETURN(
        const eventstore::Page page,
        store.ReadStream(kErasuresStream, version_ + 1, eventstore::Direction::kForward, kPage));
    for (const event::v1::Record& record : page.records) {
      GS_RETURN_IF_ERROR(Take(record, by_certificant_));
      version_ = record.version();
    }
    if (page.records.empty()) break;
  }
  return absl::OkStatus();
}

bool AdvancesErasure(type::v1::ErasureStage before, type::v1::ErasureStage after) {
  return before != after && std::max(before, after) >= type::v1::ERASURE_STAGE_SCHEDULED;
}

event::v1::LogEvent ErasureAdvance(const std::string& certificant_id,
                                   const domain::ErasureStatus& status) {
  event::v1::LogEvent log_event;
  event::v1::ErasureAdvanced& advanced = *log_event.mutable_erasure_advanced();
  advanced.set_certificant_id(certificant_id);
  advanced.set_stage(status.stage);
  if (status.stage == type::v1::ERASURE_STAGE_SCHEDULED) {
    *advanced.mutable_due_date() = status.due.ToProto();
  }
  return log_event;
}

}  // namespace goodstanding::projections
