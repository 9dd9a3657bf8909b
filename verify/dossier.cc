#include "verify/dossier.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "verify/shared_proof.h"
#include "verify/stored_bytes.h"

namespace goodstanding::verify {
namespace {

absl::Status Not(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not a dossier: ", why));
}

absl::Status Fails(absl::string_view why) {
  return absl::FailedPreconditionError(std::string(why));
}

// The text with a space for every control character of ASCII.
std::string Printable(absl::string_view text) {
  std::string printable(text);
  for (char& c : printable) {
    if (static_cast<uint8_t>(c) < ' ' || c == 0x7f) c = ' ';
  }
  return printable;
}

// Takes a file apart, line by line and block by block.
class Reader {
 public:
  explicit Reader(absl::string_view bytes) : rest_(bytes) {}

  // The rest of a line that begins with `word` and a space; nullopt where the next line does not.
  std::optional<absl::string_view> TakeLine(absl::string_view word) {
    const size_t end = rest_.find('\n');
    if (end == absl::string_view::npos) return std::nullopt;
    absl::string_view line = rest_.substr(0, end);
    if (!absl::ConsumePrefix(&line, word) || !absl::ConsumePrefix(&line, " ")) return std::nullopt;
    rest_.remove_prefix(end + 1);
    return line;
  }

  // A block: its name and how many bytes it has stand in a line, then come the bytes and a line's
  // end. nullopt where the next line begins none, or one whose bytes are not there.
  std::optional<Dossier::Statement> TakeBlock() {
    const absl::string_view before = rest_;
    std::optional<absl::string_view> line = TakeLine("block");
    const size_t space = line ? line->rfind(' ') : absl::string_view::npos;
    size_t size = 0;
    if (space != absl::string_view::npos && absl::SimpleAtoi(line->substr(space + 1), &size) &&
        absl::StrCat(size) == line->substr(space + 1) && size < rest_.size() &&
        rest_[size] == '\n') {
      Dossier::Statement block{std::string(line->substr(0, space)),
                               std::string(rest_.substr(0, size))};
      rest_.remove_prefix(size + 1);
      return block;
    }
    rest_ = before;
    return std::nullopt;
  }

  absl::string_view rest() const { return rest_; }

 private:
  absl::string_view rest_;
};

// nullopt for every text that is not the one encoding of its bytes.
std::optional<std::string> FromBase64(absl::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes) || absl::Base64Escape(bytes) != text) return std::nullopt;
  return bytes;
}

// Cuts off the last line, which is the digest of all before it.
absl::StatusOr<absl::string_view> TakeDigest(absl::string_view bytes) {
  constexpr absl::string_view kWord = "end ";
  constexpr size_t kLineBytes = 4 + 2 * kHashBytes + 1;
  if (bytes.size() < kLineBytes) return Not("it is too short");
  const absl::string_view body = bytes.substr(0, bytes.size() - kLineBytes);
  const std::string wanted =
      absl::StrCat(kWord, absl::BytesToHexString(BytesOf(Sha256(body))), "\n");
  if (bytes.substr(body.size()) != wanted) {
    return Not("its last line is not the digest of what comes before: the file is damaged");
  }
  return body;
}

absl::Status ReadHead(Reader& reader, Dossier& dossier) {
  const auto id = reader.TakeLine("certificant");
  if (!id.has_value() || id->empty()) return Not("it names no certificant");
  dossier.certificant_id = std::string(*id);
  while (const auto account = reader.TakeLine("account")) {
    dossier.account_ids.emplace_back(*account);
  }
  const auto checkpoint = reader.TakeBlock();
  if (!checkpoint.has_value() || checkpoint->name != "checkpoint") return Not("no checkpoint");
  GS_ASSIGN_OR_RETURN(dossier.checkpoint, SignedCheckpoint::Parse(checkpoint->text));
  const auto rotations = reader.TakeBlock();
  if (!rotations.has_value() || rotations->name != "key-rotations") return Not("no key rotations");
  dossier.key_rotations = rotations->text;
  return absl::OkStatus();
}

// One record as the checks need it.
absl::StatusOr<RecordFields> ReadEvent(const Dossier& dossier, const std::string& bytes) {
  const std::optional<RecordFields> record = ReadRecord(bytes);
  if (!record.has_value()) return Fails("an event is no stored record");
  const auto& accounts = dossier.account_ids;
  const bool merged = std::any_of(accounts.begin(), accounts.end(), [&](const std::string& id) {
    return record->stream == absl::StrCat("certificant/", id);
  });
  const bool known =
      merged || record->stream == absl::StrCat("certificant/", dossier.certificant_id) ||
      absl::StartsWith(record->stream, "rules/") || absl::StartsWith(record->stream, "activity/");
  if (!known) {
    return Fails(absl::StrCat("position ", record->position, " is of the stream ", record->stream,
                              ", which is no part of this dossier"));
  }
  if (record->position < 1 || record->position > dossier.checkpoint.size) {
    return Fails(absl::StrCat("position ", record->position, " is beyond the checkpoint"));
  }
  return *record;
}

// Whether the event follows the ones before it.
absl::Status CheckOrder(const RecordFields& record, const ProvenDossier& proven) {
  if (!proven.events.empty()) {
    const ProvenDossier::Event& last = proven.events.back();
    if (record.position <= last.position || record.recorded_micros < last.recorded_micros) {
      return Fails(
          absl::StrCat("position ", record.position, " does not follow position ", last.position));
    }
  }
  const auto found = proven.versions.find(std::string(record.stream));
  const int64_t expected = found == proven.versions.end() ? 1 : found->second + 1;
  if (record.version == expected) return absl::OkStatus();
  return Fails(absl::StrCat("of the stream ", record.stream, " version ", expected,
                            " is missing: position ", record.position, " is version ",
                            record.version));
}

}  // namespace

absl::StatusOr<Dossier> Dossier::Parse(absl::string_view bytes) {
  if (bytes.size() > kMaxDossierBytes) return Not("it is longer than 64 MiB");
  if (!IsDossier(bytes)) {
    return Not(absl::StrCat("its first line is not ", kDossierTitle));
  }
  GS_ASSIGN_OR_RETURN(const absl::string_view body, TakeDigest(bytes));
  Reader reader(body.substr(kDossierTitle.size() + 1));
  Dossier dossier;
  GS_RETURN_IF_ERROR(ReadHead(reader, dossier));
  while (const auto line = reader.TakeLine("event")) {
    std::optional<std::string> record = FromBase64(*line);
    if (!record.has_value()) return Not("an event is not in base64");
    dossier.records.push_back(*std::move(record));
  }
  while (const auto line = reader.TakeLine("hash")) {
    const std::optional<std::string> hash = FromBase64(*line);
    if (!hash.has_value() || hash->size() != kHashBytes) {
      return Not("a hash is not 32 bytes in base64");
    }
    dossier.hashes.push_back(*HashFromBytes(*hash));
  }
  while (auto block = reader.TakeBlock()) {
    constexpr absl::string_view kPrefix = "statement ";
    if (!absl::StartsWith(block->name, kPrefix)) return Not("a block is no statement");
    block->name.erase(0, kPrefix.size());
    dossier.statements.push_back(*std::move(block));
  }
  if (!reader.rest().empty()) return Not("something in it is neither event, hash nor statement");
  return dossier;
}

absl::StatusOr<ProvenDossier> CheckDossier(const Dossier& dossier, const ProofDemands& demands) {
  GS_RETURN_IF_ERROR(CheckCheckpoint(dossier.checkpoint, dossier.key_rotations, demands));
  ProvenDossier proven;
  std::map<int64_t, Hash> leaves;
  for (const std::string& bytes : dossier.records) {
    GS_ASSIGN_OR_RETURN(const RecordFields record, ReadEvent(dossier, bytes));
    GS_RETURN_IF_ERROR(CheckOrder(record, proven));
    proven.versions[std::string(record.stream)] = record.version;
    proven.events.push_back({record.position, std::string(record.stream), record.version,
                             std::string(record.kind), record.recorded_micros});
    leaves[record.position - 1] = EventLeaf(record.position, Sha256(bytes));
  }
  if (proven.versions.count(absl::StrCat("certificant/", dossier.certificant_id)) == 0) {
    return Fails("it holds no event of the person");
  }
  const std::optional<Hash> root = RootOfShared(leaves, dossier.checkpoint.size, dossier.hashes);
  if (root.has_value() && *root == dossier.checkpoint.root) return proven;
  return Fails("its events and hashes do not lead to the checkpoint's root");
}

bool IsDossier(absl::string_view bytes) {
  return absl::StartsWith(bytes, absl::StrCat(kDossierTitle, "\n"));
}

std::string ProvenText(const Dossier& dossier, const ProvenDossier& proven) {
  std::string text = absl::StrCat(
      "Proven: ", proven.events.size(), " events of the dossier of ",
      Printable(dossier.certificant_id), " are among the ", dossier.checkpoint.size, " that ",
      Printable(dossier.checkpoint.origin), " signed, each stream whole from its first:\n");
  for (const auto& [stream, version] : proven.versions) {
    absl::StrAppend(&text, "  ", Printable(stream), ", versions 1 to ", version, "\n");
  }
  absl::StrAppend(&text,
                  "Not proven, but said by the board: that nothing follows in these streams up to\n"
                  "the checkpoint, and");
  for (const Dossier::Statement& statement : dossier.statements) {
    absl::StrAppend(&text, &statement == &dossier.statements.front() ? " " : ", ",
                    Printable(statement.name));
  }
  absl::StrAppend(&text, "\n");
  return text;
}

}  // namespace goodstanding::verify
