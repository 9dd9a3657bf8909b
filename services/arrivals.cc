#include "services/arrivals.h"

#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "eventstore/note.h"
#include "services/board_time.h"
#include "services/call.h"

namespace goodstanding::services {
namespace {

constexpr char kReceiptUrl[] = "goodstanding/arrival-receipt";
constexpr char kHeader[] = "goodstanding arrival/v1";
constexpr size_t kMaxNoteBytes = 4096;

// What a receipt says.
struct Statement {
  std::string caller;
  std::string method;
  std::string request_id;
  std::string digest;
  absl::Time arrived;
  absl::Time end;
};

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

std::string CallerText(const event::v1::Actor& actor) {
  std::string text = absl::StrCat(actor.issuer(), " ", actor.subject());
  if (!actor.on_behalf_of_subject().empty()) {
    absl::StrAppend(&text, " for ", actor.on_behalf_of_issuer(), " ", actor.on_behalf_of_subject());
  }
  return absl::CHexEscape(text);
}

std::string ToText(const Statement& statement) {
  return absl::StrCat(kHeader, "\ncaller ", statement.caller, "\nmethod ", statement.method,
                      "\nrequest ", statement.request_id, "\ndigest ", statement.digest,
                      "\narrived ", TimeText(statement.arrived), "\nuntil ",
                      TimeText(statement.end), "\n");
}

// REQUIRES: a text of ours, as its signature has shown. nullopt where it is of another kind.
std::optional<Statement> ParseStatement(absl::string_view text) {
  std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  constexpr size_t kLines = 8;  // The last one is empty.
  if (lines.size() != kLines || lines[0] != kHeader) return std::nullopt;
  const auto value = [&lines](size_t line, absl::string_view name) {
    return absl::ConsumePrefix(&lines[line], name) ? std::string(lines[line]) : std::string();
  };
  Statement statement{.caller = value(1, "caller "),
                      .method = value(2, "method "),
                      .request_id = value(3, "request "),
                      .digest = value(4, "digest "),
                      .arrived = {},
                      .end = {}};
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, value(5, "arrived "), &statement.arrived, &error) ||
      !absl::ParseTime(absl::RFC3339_full, value(6, "until "), &statement.end, &error)) {
    return std::nullopt;
  }
  return statement;
}

Statement StatementOf(const ArrivingCommand& command) {
  return {.caller = CallerText(command.caller),
          .method = std::string(command.method),
          .request_id = command.request_id,
          .digest = absl::BytesToHexString(command.digest),
          .arrived = {},
          .end = {}};
}

absl::Status Forged() {
  return domain::Refuse("ARRIVAL_FORGED",
                        "The receipt of an earlier arrival is not one that this server signed; "
                        "leave it away, and the command is taken as new.");
}

// What a note of this key says, in the one form that it was given in.
absl::StatusOr<Statement> Verify(const std::string& bytes, const eventstore::NoteKey& key) {
  if (bytes.size() > kMaxNoteBytes) return Forged();
  const auto note = eventstore::Note::Parse(bytes);
  if (!note.ok() || note->signatures.size() != 1 ||
      eventstore::VerifyNote(*note, key) != eventstore::NoteVerdict::kValid) {
    return Forged();
  }
  std::optional<Statement> statement = ParseStatement(note->text);
  if (!statement) return Forged();
  return *std::move(statement);
}

}  // namespace

std::string ArrivalOrigin(absl::string_view log_origin) {
  return absl::StrCat(log_origin, "/arrivals");
}

absl::StatusOr<std::unique_ptr<const eventstore::SigningKey>> OpenArrivalKey(
    const std::string& path, absl::string_view log_origin, eventstore::RandomSource& random) {
  constexpr auto kType = eventstore::NoteKeyType::kEd25519;
  const std::string name = ArrivalOrigin(log_origin);
  GS_ASSIGN_OR_RETURN(eventstore::SigningKeys keys,
                      eventstore::ReadOrCreateSigningKeys(path, name, kType, random));
  if (keys.front()->public_key().name != name) {
    GS_ASSIGN_OR_RETURN(keys, eventstore::PutSigningKeyFirst(path, name, kType, random));
  }
  return std::move(keys.front());
}

Arrivals::Arrivals(const eventstore::SigningKey& key, const Clock& clock, const WriteGate& gate,
                   const config::v1::LimitsConfig& limits)
    : key_(key),
      verifier_key_(key.public_key().ToText()),
      clock_(clock),
      gate_(gate),
      per_second_(limits.receipts_per_second()),
      valid_for_(absl::Seconds(limits.receipt_valid_seconds())) {}

absl::StatusOr<std::optional<Arrival>> Arrivals::Read(const grpc::ServerContext& context,
                                                      const ArrivingCommand& command) const {
  const auto [begin, end] = context.client_metadata().equal_range(kArrivalMetadata);
  if (begin == end) return std::nullopt;
  if (std::next(begin) != end) return Forged();
  Arrival arrival{.time = {}, .receipt = std::string(begin->second.data(), begin->second.size())};
  GS_ASSIGN_OR_RETURN(const Statement told, Verify(arrival.receipt, key_.public_key()));
  const Statement here = StatementOf(command);
  if (told.caller != here.caller) {
    return domain::Refuse("ARRIVAL_OF_ANOTHER_CALLER",
                          "The receipt was given to another caller; the one that got it presents "
                          "it, or leave it away, and the command is taken as new.");
  }
  if (told.method != here.method || told.request_id != here.request_id ||
      told.digest != here.digest) {
    return domain::Refuse(
        "ARRIVAL_OF_ANOTHER_COMMAND",
        absl::StrCat("The receipt is of request ", told.request_id, " to ", told.method,
                     " as it was sent then; send that unchanged, or leave the receipt away, and "
                     "the command is taken as new."));
  }
  if (clock_.Now() >= told.end) {
    return domain::Refuse("ARRIVAL_EXPIRED",
                          absl::StrCat("The receipt counted until ", TimeText(told.end),
                                       "; leave it away, and the command is taken as new."),
                          "", {{"until", TimeText(told.end)}});
  }
  arrival.time = told.arrived;
  return arrival;
}

bool Arrivals::Gives(const absl::Status& refusal) {
  if (refusal.code() != absl::StatusCode::kResourceExhausted) return false;
  const std::string reason = ReasonOf(refusal);
  return reason == "OVERLOADED" || reason == "DISK_NEARLY_FULL";
}

absl::Status Arrivals::WithReceipt(const absl::Status& refusal, const grpc::ServerContext& context,
                                   const ArrivingCommand& command) {
  if (per_second_ == 0 || context.client_metadata().count(kArrivalMetadata) > 0) return refusal;
  if (!gate_.Check().ok()) return refusal;  // Who knows what time it is.
  if (rate_.Take(std::chrono::steady_clock::now(), per_second_, per_second_).count() > 0) {
    withheld_.fetch_add(1, std::memory_order_relaxed);
    return refusal;
  }
  Statement statement = StatementOf(command);
  // As it stands in the note.
  statement.arrived = absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now()));
  statement.end = statement.arrived + valid_for_;
  eventstore::Note note{.text = ToText(statement), .signatures = {}};
  note.signatures.push_back(key_.Sign(note.text));
  api::v1::ArrivalReceipt receipt;
  receipt.set_note(note.ToText());
  *receipt.mutable_arrived_time() = ToTimestamp(statement.arrived);
  *receipt.mutable_end_time() = ToTimestamp(statement.end);
  receipt.set_verifier_key(verifier_key_);
  signed_.fetch_add(1, std::memory_order_relaxed);
  absl::Status told = refusal;
  const std::string bytes = receipt.SerializeAsString();
  told.SetPayload(kReceiptUrl, absl::Cord(absl::string_view(bytes)));
  return told;
}

std::optional<api::v1::ArrivalReceipt> GetReceipt(const absl::Status& status) {
  const auto payload = status.GetPayload(kReceiptUrl);
  api::v1::ArrivalReceipt receipt;
  if (!payload || !receipt.ParseFromString(std::string(*payload))) return std::nullopt;
  return receipt;
}

}  // namespace goodstanding::services
