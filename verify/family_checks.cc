#include "verify/family_checks.h"

#include <map>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "verify/stored_bytes.h"

namespace goodstanding::verify {
namespace {

constexpr char kStream[] = "stream";
constexpr char kRequest[] = "request";
constexpr int64_t kCountedRows = 1024;

std::string KeyName(absl::string_view key) {
  return absl::StrCat("key ", absl::BytesToHexString(key));
}

std::string StreamRowName(absl::string_view stream, int64_t version) {
  return absl::StrCat(absl::CHexEscape(stream), ", version ", version);
}

std::string RequestRowName(absl::string_view key) {
  const std::optional<RequestKey> parts = ReadRequestKey(key);
  if (!parts.has_value()) return KeyName(key);
  return absl::StrCat(absl::CHexEscape(parts->id), " of ", absl::CHexEscape(parts->scope));
}

void AddReadFault(const Scan& scan, const char* family, const std::string& row, Faults& faults) {
  const absl::Status status = scan.status();
  if (status.ok()) return;
  faults.Add({.family = family,
              .row = absl::StrCat("after ", row.empty() ? "its beginning" : row),
              .what = std::string(status.message())});
}

// Where a walk through the family `stream` stands.
struct StreamWalk {
  std::string stream;
  int64_t version = 0;   // Of the row before, in this stream.
  int64_t position = 0;  // The same.
};

// What is wrong with a row whose key is sound; empty where nothing is, and then its event's account
// is settled.
std::string CheckStreamRow(const StreamKey& key, absl::string_view value, StreamWalk& walk,
                           Accounts& accounts) {
  const Frame frame = ReadFrame(value);
  if (frame.fault != nullptr) return frame.fault;
  const std::optional<RecordFields> record = ReadRecord(frame.body);
  if (!record.has_value()) return "its record does not parse";
  if (record->stream != key.stream || record->version != key.version) {
    return absl::StrCat("its record is that of ", StreamRowName(record->stream, record->version));
  }
  if (!accounts.Has(record->position)) {
    return absl::StrCat("its position ", record->position, " is not in the log");
  }
  if (record->position <= walk.position) {
    return absl::StrCat("its position ", record->position, " is not after that of the version ",
                        "before, ", walk.position);
  }
  walk.position = record->position;
  accounts.Fetch(record->position);
  accounts.TakeCopy(record->position, Sha256(frame.body));
  return "";
}

// Steps to the key; the versions of a stream follow each other.
void StepTo(const StreamKey& key, StreamWalk& walk, FamilyResult& result) {
  if (key.stream != walk.stream) {
    walk = {.stream = std::string(key.stream)};
    ++result.count;
  }
  const int64_t expected = walk.version + 1;
  walk.version = key.version;
  if (key.version == expected) return;
  result.faults.Add({.family = kStream,
                     .row = StreamRowName(key.stream, expected),
                     .what = absl::StrCat("missing; version ", key.version, " comes next")});
}

std::string CheckRequestRow(absl::string_view key, absl::string_view value, Accounts& accounts) {
  const Frame frame = ReadFrame(value);
  if (frame.fault != nullptr) return frame.fault;
  const std::optional<RequestBody> body = ReadRequestBody(frame.body);
  if (!body.has_value()) return "it does not parse";
  const int64_t last = body->first_position + static_cast<int64_t>(body->versions.size()) - 1;
  if (!accounts.Has(body->first_position) || !accounts.Has(last)) {
    return absl::StrCat("its positions ", body->first_position, " to ", last,
                        " are not in the log");
  }
  int64_t position = body->first_position;
  for (const int64_t version : body->versions) {
    accounts.TakeRequest(
        position++, {.key = key, .version = version, .recorded_micros = body->recorded_micros});
  }
  return "";
}

// An event whose account does not balance, as the log has it.
struct Suspect {
  bool sound = false;  // The log has the record, and its row says nothing against itself.
  Hash value = {};     // SHA-256 of the log's row.
  std::string stream;
  int64_t version = 0;
  int64_t recorded_micros = 0;
  std::string request_key;  // Empty where it carries no request id.
  bool copied = false;
  bool requested = false;
};
using Suspects = std::map<int64_t, Suspect>;

Suspect LoadSuspect(const Database& database, int64_t position) {
  Suspect suspect;
  const auto value = database.Get("log", NumberBytes(position));
  if (!value.ok() || !value->has_value()) return suspect;
  const Frame frame = ReadFrame(**value);
  const std::optional<RecordFields> record = ReadRecord(frame.body);
  if (frame.fault != nullptr || !record.has_value() || record->position != position) return suspect;
  suspect.sound = true;
  suspect.value = Sha256(**value);
  suspect.stream = std::string(record->stream);
  suspect.version = record->version;
  suspect.recorded_micros = record->recorded_micros;
  if (!record->request_id.empty()) {
    suspect.request_key = absl::StrCat(record->actor_issuer, "/", record->actor_subject,
                                       absl::string_view("\0", 1), record->request_id);
  }
  return suspect;
}

void ExplainStreams(const Database& database, Suspects& suspects, Faults& faults) {
  Scan rows(database, kStream, "", "");
  for (; rows.Valid(); rows.Next()) {
    const std::optional<StreamKey> key = ReadStreamKey(rows.key());
    const Frame frame = ReadFrame(rows.value());
    if (!key.has_value() || frame.fault != nullptr) continue;
    const std::optional<RecordFields> record = ReadRecord(frame.body);
    if (!record.has_value()) continue;
    const auto suspect = suspects.find(record->position);
    if (suspect == suspects.end()) continue;
    if (suspect->second.sound && Sha256(rows.value()) == suspect->second.value) {
      suspect->second.copied |=
          key->stream == suspect->second.stream && key->version == suspect->second.version;
      continue;
    }
    faults.Add(
        {.family = kStream,
         .row = StreamRowName(key->stream, key->version),
         .what = absl::StrCat(suspect->second.sound ? "it is not what the log has at position "
                                                    : "the log has no sound row at position ",
                              record->position),
         .position = record->position});
  }
  for (const auto& [position, suspect] : suspects) {
    if (!suspect.sound || suspect.copied) continue;
    faults.Add({.family = kStream,
                .row = StreamRowName(suspect.stream, suspect.version),
                .what = absl::StrCat("no sound copy of position ", position, " is there"),
                .position = position});
  }
}

// What a row of the family `request` says of one event; empty where it is right.
std::string CompareRequest(absl::string_view key, const RequestBody& body, int64_t version,
                           const Suspect& suspect) {
  if (!suspect.sound) return "the log has no sound row there";
  if (suspect.request_key.empty()) return "whose event carries no request id";
  if (suspect.request_key != key) {
    return absl::StrCat("whose event carries ", RequestRowName(suspect.request_key));
  }
  if (suspect.version != version) {
    return absl::StrCat("as version ", version, "; the event has version ", suspect.version);
  }
  if (suspect.recorded_micros != body.recorded_micros) {
    return "with another recorded time than its event";
  }
  return "";
}

void ExplainRequests(const Database& database, Suspects& suspects, Faults& faults) {
  Scan rows(database, kRequest, "", "");
  for (; rows.Valid(); rows.Next()) {
    const Frame frame = ReadFrame(rows.value());
    const std::optional<RequestBody> body = ReadRequestBody(frame.body);
    if (frame.fault != nullptr || !body.has_value()) continue;
    const int64_t end = body->first_position + static_cast<int64_t>(body->versions.size());
    for (auto at = suspects.lower_bound(body->first_position);
         at != suspects.end() && at->first < end; ++at) {
      const int64_t version = body->versions[static_cast<size_t>(at->first - body->first_position)];
      const std::string wrong = CompareRequest(rows.key(), *body, version, at->second);
      if (wrong.empty()) {
        at->second.requested = true;
      } else {
        faults.Add({.family = kRequest,
                    .row = RequestRowName(rows.key()),
                    .what = absl::StrCat("it lists position ", at->first, ", ", wrong),
                    .position = at->first});
      }
    }
  }
  for (const auto& [position, suspect] : suspects) {
    if (suspect.request_key.empty() || suspect.requested) continue;
    faults.Add({.family = kRequest,
                .row = RequestRowName(suspect.request_key),
                .what = absl::StrCat("no sound row lists position ", position,
                                     ", whose event carries this request id"),
                .position = position});
  }
}

}  // namespace

FamilyResult CheckStreams(const Database& database, Accounts& accounts, const KeyRange& range,
                          std::atomic<int64_t>& rows) {
  FamilyResult result;
  StreamWalk walk;
  int64_t read = 0;
  Scan scan(database, kStream, range.begin, range.end);
  for (; scan.Valid(); scan.Next()) {
    if (++read % kCountedRows == 0) rows.fetch_add(kCountedRows, std::memory_order_relaxed);
    const std::optional<StreamKey> key = ReadStreamKey(scan.key());
    if (!key.has_value()) {
      result.faults.Add({.family = kStream,
                         .row = KeyName(scan.key()),
                         .what = "the key is not of the form: name, NUL, version"});
      continue;
    }
    StepTo(*key, walk, result);
    std::string wrong = CheckStreamRow(*key, scan.value(), walk, accounts);
    if (wrong.empty()) continue;
    result.faults.Add({.family = kStream,
                       .row = StreamRowName(key->stream, key->version),
                       .what = std::move(wrong)});
  }
  const bool any = walk.version > 0;
  AddReadFault(scan, kStream, any ? StreamRowName(walk.stream, walk.version) : "", result.faults);
  return result;
}

FamilyResult CheckRequests(const Database& database, Accounts& accounts) {
  FamilyResult result;
  std::string row;  // The one read last.
  Scan scan(database, kRequest, "", "");
  for (; scan.Valid(); scan.Next()) {
    ++result.count;
    row.assign(scan.key().data(), scan.key().size());
    std::string wrong = ReadRequestKey(scan.key()).has_value()
                            ? CheckRequestRow(scan.key(), scan.value(), accounts)
                            : "the key is not of the form: scope, NUL, id";
    if (wrong.empty()) continue;
    result.faults.Add(
        {.family = kRequest, .row = RequestRowName(scan.key()), .what = std::move(wrong)});
  }
  AddReadFault(scan, kRequest, row.empty() ? row : RequestRowName(row), result.faults);
  return result;
}

Disagreements Explain(const Database& database, const Accounts::Unbalanced& unbalanced) {
  Disagreements disagreements;
  if (unbalanced.positions.empty()) return disagreements;
  Suspects suspects;
  for (const int64_t position : unbalanced.positions) {
    suspects.emplace(position, LoadSuspect(database, position));
  }
  ExplainStreams(database, suspects, disagreements.stream);
  ExplainRequests(database, suspects, disagreements.request);
  const int64_t more = unbalanced.count - static_cast<int64_t>(unbalanced.positions.size());
  if (more > 0) {
    disagreements.stream.Add(
        {.family = kStream,
         .row = absl::StrCat(more, " further events, not named"),
         .what = "their rows in the families log, stream and request disagree"});
  }
  return disagreements;
}

}  // namespace goodstanding::verify
