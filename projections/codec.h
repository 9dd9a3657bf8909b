// From stored records to domain facts: stream names, payloads, moments.
#ifndef GOODSTANDING_PROJECTIONS_CODEC_H_
#define GOODSTANDING_PROJECTIONS_CODEC_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/certificant.h"
#include "eventstore/event_store.h"
#include "goodstanding/event/v1/activity_event.pb.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "goodstanding/event/v1/log_event.pb.h"
#include "goodstanding/event/v1/record.pb.h"
#include "goodstanding/event/v1/rule_set_event.pb.h"

namespace goodstanding::projections {

// ON DISK: prefixes of stream names.
inline constexpr absl::string_view kCertificantPrefix = "certificant/";
inline constexpr absl::string_view kActivityPrefix = "activity/";
inline constexpr absl::string_view kRulesPrefix = "rules/";
inline constexpr absl::string_view kLogPrefix = "log/";  // Of the log itself.
// ON DISK: the stream of every DaysClosed.
inline constexpr absl::string_view kDaysStream = "log/days";
// ON DISK: the stream of every ErasureAdvanced.
inline constexpr absl::string_view kErasuresStream = "log/erasures";

// "certificant/ana"; likewise the others.
std::string CertificantStream(absl::string_view certificant_id);
std::string ActivityStream(absl::string_view activity_id);
std::string RulesStream(absl::string_view name);

// The id behind a prefix; nullopt where the stream has another prefix.
std::optional<absl::string_view> StreamId(absl::string_view stream, absl::string_view prefix);

// The payload of a record. DATA_LOSS where it does not parse, where its oneof is unset or unknown
// (a newer writer), or where it does not match the record's kind: a reader stops, and never skips.
absl::StatusOr<event::v1::CertificantEvent> DecodeCertificant(const event::v1::Record& record);
// The same into an event of the caller's, on an arena where it is to be fast.
absl::Status DecodeCertificant(const event::v1::Record& record, event::v1::CertificantEvent& event);
// Decodes one event after the other into memory that it keeps: of a kind that came before nothing
// is allocated. Confined to one thread.
class CertificantDecoder {
 public:
  // As DecodeCertificant. The event stays until the next one.
  absl::StatusOr<const event::v1::CertificantEvent*> Decode(
      const eventstore::SkimmedRecord& record);

 private:
  // An event and the member that is set in it, for ever, by the number of the member's field.
  struct Slot {
    std::unique_ptr<event::v1::CertificantEvent> event;
    google::protobuf::Message* member = nullptr;  // Of the event.
  };
  // nullptr where there is no such field.
  google::protobuf::Message* MemberOf(int number);

  std::vector<Slot> slots_;
  event::v1::CertificantEvent other_;
};
absl::StatusOr<event::v1::ActivityEvent> DecodeActivity(const event::v1::Record& record);
absl::StatusOr<event::v1::RuleSetEvent> DecodeRuleSet(const event::v1::Record& record);
absl::StatusOr<event::v1::LogEvent> DecodeLog(const event::v1::Record& record);

// The kind of an event: the name of the message in its oneof, for example "CreditRecorded"; empty
// where none is set.
absl::string_view KindOf(const google::protobuf::Message& stream_event);

// When a record's fact took place, and where it stands.
domain::Stamp StampOf(const event::v1::Record& record);
domain::Stamp StampOf(const eventstore::SkimmedRecord& record);

}  // namespace goodstanding::projections

#endif  // GOODSTANDING_PROJECTIONS_CODEC_H_
