#include "projections/codec.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "google/protobuf/io/coded_stream.h"

namespace goodstanding::projections {
namespace {

// Names of the kinds by the number of their field, so that no reflection is needed for each event.
template <typename Event>
absl::string_view KindOfCase(const Event& event) {
  static const std::vector<absl::string_view>* const kNames = [] {
    auto* const names = new std::vector<absl::string_view>();
    const auto* const oneof = Event::descriptor()->oneof_decl(0);
    for (int i = 0; i < oneof->field_count(); ++i) {
      const auto number = static_cast<size_t>(oneof->field(i)->number());
      if (names->size() <= number) names->resize(number + 1);
      (*names)[number] = oneof->field(i)->message_type()->name();
    }
    return names;
  }();
  return (*kNames)[static_cast<size_t>(event.event_case())];
}

absl::Status DoesNotParse(int64_t position) {
  return absl::DataLossError(absl::StrCat("position ", position, ": the payload does not parse"));
}

template <typename Event>
absl::Status CheckKind(int64_t position, absl::string_view kind, const Event& event) {
  const absl::string_view found = KindOfCase(event);
  if (!found.empty() && found == kind) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("position ", position, ": the payload is no ", kind,
                                          " that this program knows"));
}

template <typename Event>
absl::Status DecodeInto(const event::v1::Record& record, Event& event) {
  if (!event.ParseFromString(record.payload())) return DoesNotParse(record.position());
  return CheckKind(record.position(), record.kind(), event);
}

template <typename Event>
absl::StatusOr<Event> Decode(const event::v1::Record& record) {
  Event event;
  GS_RETURN_IF_ERROR(DecodeInto(record, event));
  return event;
}

// The member of a payload that is nothing but that: its field and its bytes. Number 0 for all else.
struct SoleMember {
  int number = 0;
  absl::string_view bytes;
};
SoleMember SoleMemberOf(absl::string_view payload) {
  constexpr uint32_t kLengthDelimited = 2;
  constexpr uint32_t kMaxNumber = 1000;  // Above every kind's.
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(payload.data()),
                                            static_cast<int>(payload.size()));
  const uint32_t tag = in.ReadTag();
  int size = 0;
  if ((tag & 7) != kLengthDelimited || tag >> 3 > kMaxNumber || !in.ReadVarintSizeAsInt(&size)) {
    return {};
  }
  const absl::string_view bytes = payload.substr(static_cast<size_t>(in.CurrentPosition()));
  if (bytes.size() != static_cast<size_t>(size)) return {};
  return {static_cast<int>(tag >> 3), bytes};
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

google::protobuf::Message* CertificantDecoder::MemberOf(int number) {
  const auto place = static_cast<size_t>(number);
  if (slots_.size() <= place) slots_.resize(place + 1);
  Slot& slot = slots_[place];
  if (slot.member != nullptr) return slot.member;
  const auto* const field = event::v1::CertificantEvent::descriptor()->FindFieldByNumber(number);
  if (field == nullptr) return nullptr;
  slot.event = std::make_unique<event::v1::CertificantEvent>();
  slot.member = slot.event->GetReflection()->MutableMessage(slot.event.get(), field);
  return slot.member;
}

absl::StatusOr<const event::v1::CertificantEvent*> CertificantDecoder::Decode(
    const eventstore::SkimmedRecord& record) {
  const SoleMember sole = SoleMemberOf(record.payload);
  google::protobuf::Message* const member = sole.number == 0 ? nullptr : MemberOf(sole.number);
  const event::v1::CertificantEvent* event = &other_;
  bool parsed = false;
  if (member != nullptr) {
    parsed = member->ParseFromArray(sole.bytes.data(), static_cast<int>(sole.bytes.size()));
    event = slots_[static_cast<size_t>(sole.number)].event.get();
  } else {
    parsed = other_.ParseFromArray(record.payload.data(), static_cast<int>(record.payload.size()));
  }
  if (!parsed) return DoesNotParse(record.position);
  GS_RETURN_IF_ERROR(CheckKind(record.position, record.kind, *event));
  return event;
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

domain::Stamp StampOf(const eventstore::SkimmedRecord& record) {
  return domain::Stamp{domain::Moment::FromUtc(record.effective_micros, record.utc_offset_seconds),
                       record.position};
}

domain::Stamp StampOf(const event::v1::Record& record) {
  return domain::Stamp{
      domain::Moment::FromUtc(record.effective_micros(), record.utc_offset_seconds()),
      record.position()};
}

}  // namespace goodstanding::projections
