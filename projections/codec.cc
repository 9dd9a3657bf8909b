#include "projections/codec.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"

namespace goodstanding::projections {
namespace {

absl::Status DecodeInto(const event::v1::Record& record, google::protobuf::Message& event) {
  if (!event.ParseFromString(record.payload())) {
    return absl::DataLossError(
        absl::StrCat("position ", record.position(), ": the payload does not parse"));
  }
  const absl::string_view kind = KindOf(event);
  if (kind.empty() || kind != record.kind()) {
    return absl::DataLossError(absl::StrCat("position ", record.position(), ": the payload is no ",
                                            record.kind(), " that this program knows"));
  }
  return absl::OkStatus();
}

template <typename Event>
absl::StatusOr<Event> Decode(const event::v1::Record& record) {
  Event event;
  GS_RETURN_IF_ERROR(DecodeInto(record, event));
  return event;
}

}  // namespace

std::string CertificantStream(absl::string_view certificant_id) {
  return absl::StrCat(kCertificantPrefix, certificant_id);
}

std::string ActivityStream(absl::string_view activity_id) {
  return absl::StrCat(kActivityPrefix, activity_id);
}

std::string RulesStream(absl::string_view name) { return absl::StrCat(kRulesPrefix, name); }

std::optional<absl::string_view> StreamId(absl::string_view stream, absl::string_view prefix) {
  if (!absl::ConsumePrefix(&stream, prefix)) return std::nullopt;
  return stream;
}

absl::StatusOr<event::v1::CertificantEvent> DecodeCertificant(const event::v1::Record& record) {
  return Decode<event::v1::CertificantEvent>(record);
}

absl::Status DecodeCertificant(const event::v1::Record& record,
                               event::v1::CertificantEvent& event) {
  return DecodeInto(record, event);
}

absl::StatusOr<event::v1::ActivityEvent> DecodeActivity(const event::v1::Record& record) {
  return Decode<event::v1::ActivityEvent>(record);
}

absl::StatusOr<event::v1::RuleSetEvent> DecodeRuleSet(const event::v1::Record& record) {
  return Decode<event::v1::RuleSetEvent>(record);
}

absl::StatusOr<event::v1::LogEvent> DecodeLog(const event::v1::Record& record) {
  return Decode<event::v1::LogEvent>(record);
}

absl::string_view KindOf(const google::protobuf::Message& stream_event) {
  const auto* const oneof = stream_event.GetDescriptor()->oneof_decl(0);
  const auto* const field =
      stream_event.GetReflection()->GetOneofFieldDescriptor(stream_event, oneof);
  return field == nullptr ? absl::string_view() : absl::string_view(field->message_type()->name());
}

domain::Stamp StampOf(const event::v1::Record& record) {
  return domain::Stamp{
      domain::Moment::FromUtc(record.effective_micros(), record.utc_offset_seconds()),
      record.position()};
}

}  // namespace goodstanding::projections
