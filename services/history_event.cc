#include "services/history_event.h"

#include <utility>

#include "base/status_macros.h"
#include "eventstore/seal.h"
#include "projections/codec.h"
#include "services/board_time.h"

namespace goodstanding::services {
namespace {

using api::v1::HistoryEvent;
using eventstore::Record;

// Personal fields stay sealed.
absl::Status FillPayload(const Record& record, HistoryEvent& event) {
  if (projections::StreamId(record.stream(), projections::kCertificantPrefix)) {
    GS_ASSIGN_OR_RETURN(*event.mutable_certificant(), projections::DecodeCertificant(record));
    return absl::OkStatus();
  }
  if (projections::StreamId(record.stream(), projections::kActivityPrefix)) {
    GS_ASSIGN_OR_RETURN(*event.mutable_activity(), projections::DecodeActivity(record));
    return absl::OkStatus();
  }
  if (projections::StreamId(record.stream(), projections::kLogPrefix)) {
    GS_ASSIGN_OR_RETURN(*event.mutable_log(), projections::DecodeLog(record));
    return absl::OkStatus();
  }
  GS_ASSIGN_OR_RETURN(*event.mutable_rule_set(), projections::DecodeRuleSet(record));
  return absl::OkStatus();
}

void FillRecord(Record record, HistoryEvent& event) {
  *event.mutable_recorded_time() = ToTimestamp(absl::FromUnixMicros(record.recorded_micros()));
  *event.mutable_effective_time() = ToTimestamp(absl::FromUnixMicros(record.effective_micros()));
  *event.mutable_record() = std::move(record);
}

}  // namespace

absl::Status FillEvent(eventstore::KeyStore& keys, Record record, HistoryEvent& event) {
  GS_RETURN_IF_ERROR(FillPayload(record, event));
  if (event.has_certificant()) {
    GS_ASSIGN_OR_RETURN(const bool erased,
                        eventstore::OpenPersonalFields(keys, record.stream(), record.kind(),
                                                       event.mutable_certificant()));
    event.set_erased(erased);
  }
  FillRecord(std::move(record), event);
  return absl::OkStatus();
}

absl::Status FillSealedEvent(Record record, HistoryEvent& event) {
  GS_RETURN_IF_ERROR(FillPayload(record, event));
  if (event.has_certificant()) eventstore::ClearPersonalFields(event.mutable_certificant());
  FillRecord(std::move(record), event);
  return absl::OkStatus();
}

}  // namespace goodstanding::services
