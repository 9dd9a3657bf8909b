#include "services/feed_filter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "domain/text.h"
#include "eventstore/limits.h"
#include "goodstanding/event/v1/activity_event.pb.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "goodstanding/event/v1/log_event.pb.h"
#include "goodstanding/event/v1/rule_set_event.pb.h"
#include "projections/codec.h"

namespace goodstanding::services {
namespace {

constexpr int kMaxPrefixes = 100;
constexpr int kMaxCertificants = 1000;
constexpr int kMaxKinds = 100;

absl::Status CheckCount(int count, int limit, absl::string_view field) {
  if (count <= limit) return absl::OkStatus();
  return domain::Refuse("INVALID_ARGUMENT",
                        absl::StrCat(field, " must have at most ", limit, " entries, not ", count,
                                     "; a wider filter gives the same events and more."),
                        field);
}

bool IsKindOf(const google::protobuf::Descriptor& stream_event, absl::string_view kind) {
  const auto& oneof = *stream_event.oneof_decl(0);
  for (int i = 0; i < oneof.field_count(); ++i) {
    if (oneof.field(i)->message_type()->name() == kind) return true;
  }
  return false;
}

absl::Status CheckKind(absl::string_view kind, absl::string_view field) {
  if (IsKindOf(*event::v1::CertificantEvent::descriptor(), kind) ||
      IsKindOf(*event::v1::ActivityEvent::descriptor(), kind) ||
      IsKindOf(*event::v1::RuleSetEvent::descriptor(), kind) ||
      IsKindOf(*event::v1::LogEvent::descriptor(), kind)) {
    return absl::OkStatus();
  }
  return domain::Refuse("INVALID_ARGUMENT",
                        absl::StrCat(field,
                                     " must be a kind of event that the server knows, for "
                                     "example CreditRecorded."),
                        field);
}

absl::Status CheckPrefix(absl::string_view prefix, absl::string_view field) {
  if (eventstore::CheckStreamName(prefix).ok()) return absl::OkStatus();
  return domain::Refuse(
      "INVALID_ARGUMENT",
      absl::StrCat(field, " must be 1 to ", eventstore::kMaxStreamNameBytes,
                   " bytes of printable ASCII without a space, for example certificant/."),
      field);
}

// Checks every entry of a list, naming the one at fault.
template <typename Check>
absl::Status CheckEach(const google::protobuf::RepeatedPtrField<std::string>& entries, int limit,
                       absl::string_view field, Check check) {
  GS_RETURN_IF_ERROR(CheckCount(entries.size(), limit, field));
  for (int i = 0; i < entries.size(); ++i) {
    GS_RETURN_IF_ERROR(check(entries[i], absl::StrCat(field, "[", i, "]")));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FeedFilter> FeedFilter::Create(const api::v1::EventFilter& filter) {
  GS_RETURN_IF_ERROR(
      CheckEach(filter.stream_prefixes(), kMaxPrefixes, "filter.stream_prefixes", CheckPrefix));
  GS_RETURN_IF_ERROR(CheckEach(filter.certificant_ids(), kMaxCertificants, "filter.certificant_ids",
                               domain::CheckId));
  GS_RETURN_IF_ERROR(CheckEach(filter.kinds(), kMaxKinds, "filter.kinds", CheckKind));
  FeedFilter result;
  result.prefixes_.assign(filter.stream_prefixes().begin(), filter.stream_prefixes().end());
  for (const std::string& id : filter.certificant_ids()) {
    result.streams_.insert(projections::CertificantStream(id));
  }
  result.kinds_.insert(filter.kinds().begin(), filter.kinds().end());
  return result;
}

bool FeedFilter::Passes(const eventstore::Record& record) const {
  if (!kinds_.empty() && !kinds_.contains(record.kind())) return false;
  if (prefixes_.empty() && streams_.empty()) return true;
  return streams_.contains(record.stream()) ||
         std::any_of(prefixes_.begin(), prefixes_.end(), [&](const std::string& prefix) {
           return absl::StartsWith(record.stream(), prefix);
         });
}

}  // namespace goodstanding::services
