#include "eventstore/note.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "eventstore/keys.h"

namespace goodstanding::eventstore {
namespace {

constexpr absl::string_view kSignaturePrefix = "\xe2\x80\x94 ";  // Em dash, space.
constexpr size_t kKeyIdBytes = 4;
constexpr absl::string_view kProofHeader = "c2sp.org/tlog-proof@v1\n";
// A proof of the largest tree is not longer.
constexpr size_t kMaxProofHashes = 63;

absl::Status Malformed(absl::string_view what, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not a ", what, ": ", why));
}

// Standard base64 with padding, and nothing else: what encodes back to the same text.
bool DecodeBase64(absl::string_view text, std::string* bytes) {
  return absl::Base64Unescape(text, bytes) && absl::Base64Escape(*bytes) == text;
}

// A decimal without sign, without leading zeros.
bool ParseDecimal(absl::string_view text, int64_t* number) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         (text.size() == 1 || text[0] != '0') && absl::SimpleAtoi(text, number);
}

bool ParseHash(absl::string_view text, Hash* hash) {
  std::string bytes;
  if (!DecodeBase64(text, &bytes) || bytes.size() != kHashBytes) return false;
  *hash = HashFromBytes(bytes);
  return true;
}

// Takes the first line of a text; false where it has no newline.
bool TakeLine(absl::string_view* text, absl::string_view* line) {
  const size_t end = text->find('\n');
  if (end == absl::string_view::npos) return false;
  *line = text->substr(0, end);
  text->remove_prefix(end + 1);
  return true;
}

// Length of the UTF-8 sequence that begins here, 0 where there is none, with its code point.
size_t DecodeUtf8(absl::string_view bytes, uint32_t* point) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  const uint8_t first = at(0);
  if (first < 0x80) {
    *point = first;
    return 1;
  }
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || bytes.size() < length) return 0;
  *point = first & (0xffu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
    *point = (*point << 6) | (at(i) & 0x3fu);
  }
  const bool overlong = (length == 3 && *point < 0x800) || (length == 4 && *point < 0x10000);
  const bool surrogate = *point >= 0xd800 && *point < 0xe000;
  return overlong || surrogate || *point > 0x10ffff ? 0 : length;
}

bool IsUnicodeSpace(uint32_t point) {
  return point == 0x20 || (point >= 0x09 && point <= 0x0d) || point == 0x85 || point == 0xa0 ||
         point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 ||
         point == 0x2029 || point == 0x202f || point == 0x205f || point == 0x3000;
}

// UTF-8 without control characters other than those that `allowed` lets pass.
template <typename Allowed>
bool IsText(absl::string_view text, const Allowed& allowed) {
  while (!text.empty()) {
    uint32_t point = 0;
    const size_t length = DecodeUtf8(text, &point);
    if (length == 0 || !allowed(point)) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool IsNoteText(absl::string_view text) {
  return IsText(text, [](uint32_t point) { return point >= 0x20 || point == '\n'; });
}

std::string CosignedMessage(int64_t seconds, absl::string_view text) {
  return absl::StrCat("cosignature/v1\ntime ", seconds, "\n", text);
}

absl::StatusOr<NoteSignature> ParseSignatureLine(absl::string_view line) {
  if (!absl::ConsumePrefix(&line, kSignaturePrefix)) {
    return Malformed("signed note", "a signature line lacks its dash");
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(line, ' ');
  std::string bytes;
  if (parts.size() != 2 || !IsNoteKeyName(parts[0]) || !DecodeBase64(parts[1], &bytes) ||
      bytes.size() <= kKeyIdBytes) {
    return Malformed("signed note", "a signature line is not of the form: dash, name, base64");
  }
  return NoteSignature{.name = std::string(parts[0]),
                       .key_id = bytes.substr(0, kKeyIdBytes),
                       .signature = bytes.substr(kKeyIdBytes)};
}

bool VerifyLine(const NoteSignature& line, const NoteKey& key, absl::string_view text,
                int64_t* seconds) {
  absl::string_view signature = line.signature;
  if (key.type == NoteKeyType::kEd25519) return VerifyEd25519(key.public_key, text, signature);
  const std::optional<int64_t> time = ParseNumber(signature);
  if (!time.has_value()) return false;
  signature.remove_prefix(kNumberBytes);
  if (!VerifyEd25519(key.public_key, CosignedMessage(*time, text), signature)) return false;
  if (seconds != nullptr) *seconds = *time;
  return true;
}

}  // namespace

std::string NoteKey::id() const {
  return Sha256(absl::StrCat(name, "\n", std::string(1, static_cast<char>(type)), public_key))
      .substr(0, kKeyIdBytes);
}

std::string NoteKey::ToText() const {
  return absl::StrCat(
      name, "+", absl::BytesToHexString(id()), "+",
      absl::Base64Escape(absl::StrCat(std::string(1, static_cast<char>(type)), public_key)));
}

absl::StatusOr<NoteKey> NoteKey::Parse(absl::string_view text) {
  constexpr absl::string_view kWhat = "verifier key";
  // The base64 may itself hold '+': only the first two part the text.
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('+', 2));
  std::string bytes;
  if (parts.size() != 3 || !IsNoteKeyName(parts[0])) {
    return Malformed(kWhat, "it has the form name+id+base64");
  }
  if (!DecodeBase64(parts[2], &bytes) || bytes.size() != 1 + kEd25519KeyBytes) {
    return Malformed(kWhat, "the key is not 33 bytes of base64");
  }
  NoteKey key{
      .name = parts[0], .type = static_cast<NoteKeyType>(bytes[0]), .public_key = bytes.substr(1)};
  if (key.type != NoteKeyType::kEd25519 && key.type != NoteKeyType::kCosignature) {
    return Malformed(kWhat, "its type is neither Ed25519 nor a cosignature");
  }
  if (absl::BytesToHexString(key.id()) != parts[1]) return Malformed(kWhat, "its id does not fit");
  return key;
}

bool IsNoteKeyName(absl::string_view name) {
  return !name.empty() && IsText(name, [](uint32_t point) {
    return point >= 0x20 && point != '+' && !IsUnicodeSpace(point);
  });
}

std::string Note::ToText() const {
  std::string bytes = absl::StrCat(text, "\n");
  for (const NoteSignature& line : signatures) {
    absl::StrAppend(&bytes, kSignaturePrefix, line.name, " ",
                    absl::Base64Escape(absl::StrCat(line.key_id, line.signature)), "\n");
  }
  return bytes;
}

absl::StatusOr<Note> Note::Parse(absl::string_view bytes) {
  constexpr absl::string_view kWhat = "signed note";
  if (bytes.size() > kMaxNoteBytes) return Malformed(kWhat, "it is longer than 64 KiB");
  if (!IsNoteText(bytes)) return Malformed(kWhat, "it is not UTF-8 text");
  // The last empty line parts text and signatures.
  const size_t split = bytes.rfind("\n\n");
  if (split == absl::string_view::npos) return Malformed(kWhat, "it has no empty line");
  Note note;
  note.text = std::string(bytes.substr(0, split + 1));
  absl::string_view rest = bytes.substr(split + 2);
  absl::string_view line;
  while (TakeLine(&rest, &line)) {
    GS_ASSIGN_OR_RETURN(NoteSignature signature, ParseSignatureLine(line));
    note.signatures.push_back(std::move(signature));
    if (note.signatures.size() > kMaxSignatures) return Malformed(kWhat, "too many signatures");
  }
  if (!rest.empty()) return Malformed(kWhat, "its last line does not end");
  if (note.signatures.empty()) return Malformed(kWhat, "it has no signature");
  return note;
}

NoteSignature SignNote(absl::string_view text, const NoteKey& key, const Secret& seed) {
  GS_CHECK(key.type == NoteKeyType::kEd25519);
  return {.name = key.name, .key_id = key.id(), .signature = SignEd25519(seed, text)};
}

NoteSignature CosignNote(absl::string_view text, const NoteKey& key, const Secret& seed,
                         int64_t seconds) {
  GS_CHECK(key.type == NoteKeyType::kCosignature);
  std::string signature;
  AppendNumber(seconds, &signature);
  signature.append(SignEd25519(seed, CosignedMessage(seconds, text)));
  return {.name = key.name, .key_id = key.id(), .signature = std::move(signature)};
}

NoteVerdict VerifyNote(const Note& note, const NoteKey& key, int64_t* seconds) {
  const std::string id = key.id();
  NoteVerdict verdict = NoteVerdict::kAbsent;
  for (const NoteSignature& line : note.signatures) {
    if (line.name != key.name || line.key_id != id) continue;
    if (!VerifyLine(line, key, note.text, seconds)) return NoteVerdict::kForged;
    verdict = NoteVerdict::kValid;
  }
  return verdict;
}

std::string Checkpoint::ToText() const {
  return absl::StrCat(origin, "\n", size, "\n", absl::Base64Escape(BytesOf(root)), "\n");
}

absl::StatusOr<Checkpoint> Checkpoint::Parse(absl::string_view text) {
  constexpr absl::string_view kWhat = "checkpoint";
  absl::string_view origin;
  absl::string_view size;
  absl::string_view root;
  if (!TakeLine(&text, &origin) || !TakeLine(&text, &size) || !TakeLine(&text, &root)) {
    return Malformed(kWhat, "it has fewer than three lines");
  }
  Checkpoint checkpoint;
  checkpoint.origin = std::string(origin);
  if (!IsNoteKeyName(origin)) return Malformed(kWhat, "its origin is empty or no name");
  if (!ParseDecimal(size, &checkpoint.size)) return Malformed(kWhat, "its size is no decimal");
  if (!ParseHash(root, &checkpoint.root)) return Malformed(kWhat, "its root is not 32 bytes");
  absl::string_view extension;
  while (TakeLine(&text, &extension)) {
    if (extension.empty()) return Malformed(kWhat, "an extension line is empty");
  }
  if (!text.empty()) return Malformed(kWhat, "its last line does not end");
  return checkpoint;
}

std::string ProofFile::ToText() const {
  std::string text(kProofHeader);
  if (!extra.empty()) absl::StrAppend(&text, "extra ", absl::Base64Escape(extra), "\n");
  absl::StrAppend(&text, "index ", index, "\n");
  for (const Hash& hash : proof) absl::StrAppend(&text, absl::Base64Escape(BytesOf(hash)), "\n");
  return absl::StrCat(text, "\n", checkpoint);
}

absl::StatusOr<ProofFile> ProofFile::Parse(absl::string_view bytes) {
  constexpr absl::string_view kWhat = "proof file";
  if (bytes.size() > 2 * kMaxNoteBytes) return Malformed(kWhat, "it is too long");
  if (!absl::ConsumePrefix(&bytes, kProofHeader)) {
    return Malformed(kWhat, "it does not begin with c2sp.org/tlog-proof@v1");
  }
  ProofFile file;
  absl::string_view line;
  if (!TakeLine(&bytes, &line)) return Malformed(kWhat, "it has no index");
  if (absl::ConsumePrefix(&line, "extra ")) {
    if (!DecodeBase64(line, &file.extra)) return Malformed(kWhat, "its extra data is no base64");
    if (!TakeLine(&bytes, &line)) return Malformed(kWhat, "it has no index");
  }
  if (!absl::ConsumePrefix(&line, "index ") || !ParseDecimal(line, &file.index)) {
    return Malformed(kWhat, "its index is no decimal");
  }
  while (TakeLine(&bytes, &line) && !line.empty()) {
    if (file.proof.size() == kMaxProofHashes) return Malformed(kWhat, "its path is too long");
    if (!ParseHash(line, &file.proof.emplace_back())) {
      return Malformed(kWhat, "a line of its path is not 32 bytes");
    }
  }
  if (!line.empty()) return Malformed(kWhat, "no empty line ends its path");
  file.checkpoint = std::string(bytes);
  return file;
}

}  // namespace goodstanding::eventstore
