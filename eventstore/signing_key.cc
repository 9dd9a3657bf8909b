#include "eventstore/signing_key.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "eventstore/secret_file.h"

namespace goodstanding::eventstore {
namespace {

constexpr absl::string_view kPrivatePrefix = "PRIVATE+KEY+";

NoteKey PublicKey(absl::string_view name, NoteKeyType type, const Secret& seed) {
  GS_CHECK(IsNoteKeyName(name));
  return {.name = std::string(name), .type = type, .public_key = Ed25519PublicKey(seed)};
}

absl::Status NotAKey() {
  return absl::FailedPreconditionError(
      "a line of a signing key file is not of the form PRIVATE+KEY+name+id+base64");
}

}  // namespace

SigningKey::SigningKey(absl::string_view name, NoteKeyType type, absl::string_view seed)
    : seed_(std::string(seed)), public_key_(PublicKey(name, type, seed_)) {}

NoteSignature SigningKey::Sign(absl::string_view text) const {
  return SignNote(text, public_key_, seed_);
}

NoteSignature SigningKey::Cosign(absl::string_view text, int64_t seconds) const {
  return CosignNote(text, public_key_, seed_, seconds);
}

Secret SigningKey::ToText() const {
  const Secret bytes(
      absl::StrCat(std::string(1, static_cast<char>(public_key_.type)), seed_.bytes()));
  const Secret base64(absl::Base64Escape(bytes.bytes()));
  return Secret(absl::StrCat(kPrivatePrefix, public_key_.name, "+",
                             absl::BytesToHexString(public_key_.id()), "+", base64.bytes()));
}

absl::StatusOr<std::unique_ptr<const SigningKey>> SigningKey::Parse(absl::string_view text) {
  absl::string_view rest = text;
  if (!absl::ConsumePrefix(&rest, kPrivatePrefix)) return NotAKey();
  const std::vector<absl::string_view> parts = absl::StrSplit(rest, absl::MaxSplits('+', 2));
  std::string unescaped;
  if (parts.size() != 3 || !IsNoteKeyName(parts[0]) ||
      !absl::Base64Unescape(parts[2], &unescaped)) {
    return NotAKey();
  }
  const Secret bytes(std::move(unescaped));
  if (bytes.bytes().size() != 1 + kEd25519KeyBytes) return NotAKey();
  const auto type = static_cast<NoteKeyType>(bytes.bytes()[0]);
  if (type != NoteKeyType::kEd25519 && type != NoteKeyType::kCosignature) return NotAKey();
  auto key = std::make_unique<const SigningKey>(parts[0], type, bytes.bytes().substr(1));
  // A key has one text: base64 has others, with blanks in it, say.
  if (key->ToText().bytes() != text) return NotAKey();
  return key;
}

absl::StatusOr<SigningKeys> ReadSigningKeys(const std::string& path) {
  GS_ASSIGN_OR_RETURN(const std::unique_ptr<const Secret> text, ReadSecretFile(path));
  SigningKeys keys;
  for (const absl::string_view line : absl::StrSplit(text->bytes(), '\n', absl::SkipEmpty())) {
    GS_ASSIGN_OR_RETURN(std::unique_ptr<const SigningKey> key, SigningKey::Parse(line));
    keys.push_back(std::move(key));
  }
  if (keys.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("key file ", path, " holds no key"));
  }
  return keys;
}

std::unique_ptr<const SigningKey> NewSigningKey(absl::string_view name, NoteKeyType type,
                                                RandomSource& random) {
  const Secret seed(random.Bytes(kEd25519KeyBytes));
  return std::make_unique<const SigningKey>(name, type, seed.bytes());
}

absl::StatusOr<SigningKeys> ReadOrCreateSigningKeys(const std::string& path, absl::string_view name,
                                                    NoteKeyType type, RandomSource& random) {
  absl::StatusOr<SigningKeys> keys = ReadSigningKeys(path);
  if (!absl::IsNotFound(keys.status())) return keys;
  const Secret line = NewSigningKey(name, type, random)->ToText();
  const Secret text(absl::StrCat(line.bytes(), "\n"));
  GS_RETURN_IF_ERROR(CreateSecretFile(path, text));
  return ReadSigningKeys(path);
}

absl::StatusOr<SigningKeys> PutSigningKeyFirst(const std::string& path, absl::string_view name,
                                               NoteKeyType type, RandomSource& random) {
  GS_ASSIGN_OR_RETURN(const SigningKeys keys, ReadSigningKeys(path));
  constexpr size_t kMaxLineBytes = 1024;
  std::string lines;
  lines.reserve((keys.size() + 1) * kMaxLineBytes);  // A string that grows leaves copies behind.
  absl::StrAppend(&lines, NewSigningKey(name, type, random)->ToText().bytes(), "\n");
  for (const auto& key : keys) absl::StrAppend(&lines, key->ToText().bytes(), "\n");
  GS_RETURN_IF_ERROR(ReplaceSecretFile(path, Secret(std::move(lines))));
  return ReadSigningKeys(path);
}

}  // namespace goodstanding::eventstore
