#include "verify/letter.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"

namespace goodstanding::verify {
namespace {

constexpr absl::string_view kLetter = "goodstanding letter/v1\n";
constexpr absl::string_view kCore = "goodstanding verification/v1\n";
constexpr size_t kMaxLetterBytes = 64 << 10;

absl::Status Not(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not a letter: ", why));
}

// The text of a signed note, whose one signature is the key's.
absl::StatusOr<absl::string_view> TextSignedBy(absl::string_view note, const PublicKey& key) {
  const size_t split = note.rfind("\n\n");
  if (split == absl::string_view::npos || note.back() != '\n') {
    return Not("no empty line parts its signature");
  }
  const absl::string_view text = note.substr(0, split + 1);
  const absl::string_view line = note.substr(split + 2, note.size() - split - 3);
  GS_ASSIGN_OR_RETURN(const auto signature, SignedCheckpoint::Signature::Parse(line));
  if (signature.name != key.name || signature.key_id != key.id) {
    return absl::FailedPreconditionError("it is not signed by the given key");
  }
  if (key.Verifies(text, signature.bytes)) return text;
  return absl::FailedPreconditionError(absl::StrCat("the signature of ", key.name, " is wrong"));
}

// Whether it says the given things, in this order, a line each.
absl::Status CheckLines(absl::string_view text, const std::vector<absl::string_view>& words) {
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  if (lines.size() != words.size() + 1 || !lines.back().empty()) return Not("it has other lines");
  for (size_t i = 0; i < words.size(); ++i) {
    if (!absl::StartsWith(lines[i], words[i])) return Not("it has other lines");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> CheckCore(absl::string_view core, const PublicKey& key) {
  if (!absl::StartsWith(core, kCore)) return Not("it has no core");
  GS_ASSIGN_OR_RETURN(const absl::string_view text, TextSignedBy(core, key));
  GS_RETURN_IF_ERROR(
      CheckLines(text, {"goodstanding verification/v1", "log ", "certificant ", "credentials ",
                        "standing ", "certified ", "as-of ", "rules ", "position "}));
  const std::string origin = absl::StrCat("\nlog ", absl::StripSuffix(key.name, "/letters"), "\n");
  if (!absl::StrContains(text, origin)) {
    return absl::FailedPreconditionError("it speaks of another log than its key");
  }
  return std::string(text.substr(kCore.size()));
}

}  // namespace

bool IsLetter(absl::string_view bytes) {
  return absl::StartsWith(bytes, kLetter) || absl::StartsWith(bytes, kCore);
}

absl::StatusOr<std::string> CheckLetter(absl::string_view bytes, const PublicKey& key) {
  if (bytes.size() > kMaxLetterBytes) return Not("it is longer than 64 KiB");
  if (std::any_of(bytes.begin(), bytes.end(),
                  [](char c) { return static_cast<uint8_t>(c) < ' ' && c != '\n'; })) {
    return Not("it holds control characters");
  }
  if (key.witness) return absl::FailedPreconditionError("the key is a witness's");
  if (absl::StartsWith(bytes, kCore)) return CheckCore(bytes, key);
  if (!absl::StartsWith(bytes, kLetter)) return Not("its first line is another one");
  GS_ASSIGN_OR_RETURN(const absl::string_view text, TextSignedBy(bytes, key));
  const size_t split = text.find("\n\n");
  if (split == absl::string_view::npos) return Not("it has no core");
  const absl::string_view around = text.substr(0, split + 1);
  GS_RETURN_IF_ERROR(
      CheckLines(around, {"goodstanding letter/v1", "answered ", "head ", "changed "}));
  GS_ASSIGN_OR_RETURN(const std::string core, CheckCore(text.substr(split + 2), key));
  return absl::StrCat(core, around.substr(kLetter.size()));
}

}  // namespace goodstanding::verify
