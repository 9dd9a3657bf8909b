#include "verify/log_keys.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "base/status_macros.h"
#include "verify/stored_bytes.h"

namespace goodstanding::verify {
namespace {

constexpr absl::string_view kFirstLine = "goodstanding key-rotation/v1";
constexpr size_t kTextLines = 5;
constexpr size_t kNoteLines = 8;  // An empty line, and two signatures.

absl::Status Not(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not a key rotation: ", why));
}

// "goodstanding/0a… (402d4ae1)".
std::string NameOf(const PublicKey& key) {
  return absl::StrCat(key.name, " (", absl::BytesToHexString(key.id), ")");
}

absl::StatusOr<PublicKey> ParseLogKey(absl::string_view text) {
  const absl::StatusOr<PublicKey> key = PublicKey::Parse(text);
  if (!key.ok()) return Not(key.status().message());
  if (key->witness) return Not("a key is that of a witness");
  return *key;
}

// Both keys, from their texts.
absl::Status ReadKeys(absl::string_view old_key, absl::string_view new_key, KeyRotation& rotation) {
  GS_ASSIGN_OR_RETURN(rotation.old_key, ParseLogKey(old_key));
  GS_ASSIGN_OR_RETURN(rotation.new_key, ParseLogKey(new_key));
  if (rotation.old_key.name != rotation.new_key.name) return Not("its keys are of two logs");
  if (rotation.old_key == rotation.new_key) return Not("the new key is the old one");
  if (rotation.first_size < 1) return Not("its first size is below 1");
  rotation.text = absl::StrCat(kFirstLine, "\n", rotation.new_key.name, "\n", rotation.first_size,
                               "\n", old_key, "\n", new_key, "\n");
  return absl::OkStatus();
}

// The signature of a key in a signature line; nullopt where the line is of another key.
std::optional<std::string> ReadSignature(absl::string_view line, const PublicKey& key) {
  const absl::StatusOr<SignedCheckpoint::Signature> signature =
      SignedCheckpoint::Signature::Parse(line);
  if (!signature.ok() || signature->name != key.name || signature->key_id != key.id) {
    return std::nullopt;
  }
  return signature->bytes;
}

absl::StatusOr<KeyRotation> ParseNote(absl::Span<const absl::string_view> lines) {
  KeyRotation rotation;
  if (!absl::SimpleAtoi(lines[2], &rotation.first_size)) return Not("its size is no number");
  GS_RETURN_IF_ERROR(ReadKeys(lines[3], lines[4], rotation));
  if (rotation.text != absl::StrCat(absl::StrJoin(lines.subspan(0, kTextLines), "\n"), "\n") ||
      !lines[kTextLines].empty()) {
    return Not("its text is not of the form: title, origin, size, old key, new key, empty line");
  }
  const std::optional<std::string> by_old = ReadSignature(lines[6], rotation.old_key);
  const std::optional<std::string> by_new = ReadSignature(lines[7], rotation.new_key);
  if (!by_old.has_value() || !by_new.has_value()) {
    return Not("its signature lines are not of the old and the new key");
  }
  rotation.old_signature = *by_old;
  rotation.new_signature = *by_new;
  return rotation;
}

// The range of a key; a new one, of all sizes, where there is none.
LogKeys::Range& RangeOf(const PublicKey& key, std::vector<LogKeys::Range>& ranges) {
  const auto found = std::find_if(ranges.begin(), ranges.end(),
                                  [&](const LogKeys::Range& range) { return range.key == key; });
  return found != ranges.end() ? *found : ranges.emplace_back(LogKeys::Range{.key = key});
}

}  // namespace

absl::StatusOr<KeyRotation> KeyRotation::FromPayload(absl::string_view payload) {
  const std::optional<KeyRotationFields> fields = ReadKeyRotation(payload);
  if (!fields.has_value()) return Not("its payload does not parse");
  KeyRotation rotation;
  rotation.first_size = fields->first_size;
  GS_RETURN_IF_ERROR(ReadKeys(fields->old_key, fields->new_key, rotation));
  rotation.old_signature = std::string(fields->old_signature);
  rotation.new_signature = std::string(fields->new_signature);
  return rotation;
}

absl::StatusOr<std::vector<KeyRotation>> KeyRotation::ParseNotes(absl::string_view notes) {
  std::vector<KeyRotation> rotations;
  if (notes.empty()) return rotations;
  const std::vector<absl::string_view> lines = absl::StrSplit(notes, '\n');
  if (lines.size() % kNoteLines != 1 || !lines.back().empty()) {
    return Not("it has not eight lines");
  }
  for (size_t begin = 0; begin + 1 < lines.size(); begin += kNoteLines) {
    GS_ASSIGN_OR_RETURN(KeyRotation rotation,
                        ParseNote(absl::MakeConstSpan(lines).subspan(begin, kNoteLines)));
    rotations.push_back(std::move(rotation));
  }
  return rotations;
}

LogKeys::LogKeys(const std::vector<PublicKey>& trusted) {
  for (const PublicKey& key : trusted) RangeOf(key, ranges_).trusted = true;
}

absl::Status LogKeys::Add(const KeyRotation& rotation) {
  if (!rotation.old_key.Verifies(rotation.text, rotation.old_signature) ||
      !rotation.new_key.Verifies(rotation.text, rotation.new_signature)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the rotation from ", NameOf(rotation.old_key), " to ",
                     NameOf(rotation.new_key), " is not signed by both"));
  }
  const bool known =
      std::any_of(rotations_.begin(), rotations_.end(),
                  [&](const KeyRotation& other) { return other.text == rotation.text; });
  if (known) return absl::OkStatus();
  std::vector<Range> ranges = ranges_;
  RangeOf(rotation.old_key, ranges);  // The next line may move it.
  Range& later = RangeOf(rotation.new_key, ranges);
  Range& earlier = RangeOf(rotation.old_key, ranges);
  const bool ended = earlier.last_size != INT64_MAX;
  const bool begun = later.first_size != 0;
  if (ended || begun || rotation.first_size <= earlier.first_size ||
      rotation.first_size > later.last_size) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the rotation from ", NameOf(rotation.old_key), " to ", NameOf(rotation.new_key),
        " at size ", rotation.first_size, " contradicts an earlier one"));
  }
  earlier.last_size = rotation.first_size - 1;
  later.first_size = rotation.first_size;
  ranges_ = std::move(ranges);
  rotations_.push_back(rotation);
  SpreadTrust();
  return absl::OkStatus();
}

// Rotations can come in any order: trust spreads until nothing changes.
void LogKeys::SpreadTrust() {
  bool changed = true;
  while (changed) {
    changed = false;
    for (const KeyRotation& rotation : rotations_) {
      Range& from = RangeOf(rotation.old_key, ranges_);
      Range& to = RangeOf(rotation.new_key, ranges_);
      if (from.trusted == to.trusted) continue;
      from.trusted = to.trusted = changed = true;
    }
  }
}

absl::Status LogKeys::Check(const SignedCheckpoint& checkpoint) const {
  absl::Status why = absl::FailedPreconditionError("none of the given keys signed it");
  bool signed_in_range = false;
  for (const Range& range : ranges_) {
    if (!range.trusted) continue;
    const SignedCheckpoint::Verdict verdict = checkpoint.Check(range.key);
    if (verdict == SignedCheckpoint::Verdict::kForged) {
      return absl::FailedPreconditionError(
          absl::StrCat("the signature of ", NameOf(range.key), " is wrong"));
    }
    if (verdict == SignedCheckpoint::Verdict::kAbsent) continue;
    if (checkpoint.size >= range.first_size && checkpoint.size <= range.last_size) {
      signed_in_range = true;
    } else {
      why = absl::FailedPreconditionError(absl::StrCat(
          "it is signed by ", NameOf(range.key), ", which signs sizes from ", range.first_size,
          range.last_size == INT64_MAX ? " on" : absl::StrCat(" to ", range.last_size)));
    }
  }
  return signed_in_range ? absl::OkStatus() : why;
}

}  // namespace goodstanding::verify
