#include "verify/signed_note.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "verify/stored_bytes.h"

namespace goodstanding::verify {
namespace {

constexpr size_t kMaxNoteBytes = 64 << 10;
constexpr size_t kMaxProofBytes = 128 << 10;
constexpr size_t kMaxSignatures = 64;
constexpr size_t kMaxPath = 63;
constexpr size_t kKeyIdBytes = 4;
constexpr size_t kKeyBytes = 32;
constexpr size_t kSignatureBytes = 64;
constexpr char kLogType = 0x01;
constexpr char kWitnessType = 0x04;

absl::Status Not(absl::string_view what, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not a ", what, ": ", why));
}

// Base64 with padding; nullopt for every text that is not the one encoding of its bytes.
std::optional<std::string> FromBase64(absl::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes) || absl::Base64Escape(bytes) != text) return std::nullopt;
  return bytes;
}

// Digits alone, without leading zeros.
std::optional<int64_t> FromDecimal(absl::string_view text) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || absl::StrCat(number) != text || number < 0) {
    return std::nullopt;
  }
  return number;
}

std::optional<Hash> HashFromBase64(absl::string_view text) {
  const std::optional<std::string> bytes = FromBase64(text);
  return bytes.has_value() ? HashFromBytes(*bytes) : std::nullopt;
}

// A name that cannot be taken for two: no space of ASCII nor what is below it, no plus. A DEL is a
// character as any other, as the format has it.
bool IsName(absl::string_view name) {
  return !name.empty() && std::none_of(name.begin(), name.end(), [](char c) {
    return static_cast<uint8_t>(c) <= ' ' || c == '+';
  });
}

// The first line, without its end; nullopt where there is none that ends.
std::optional<absl::string_view> TakeLine(absl::string_view* text) {
  const size_t end = text->find('\n');
  if (end == absl::string_view::npos) return std::nullopt;
  const absl::string_view line = text->substr(0, end);
  text->remove_prefix(end + 1);
  return line;
}

std::string KeyId(absl::string_view name, absl::string_view type_and_key) {
  const Hash hash = Sha256(absl::StrCat(name, "\n", type_and_key));
  return std::string(BytesOf(hash).substr(0, kKeyIdBytes));
}

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

bool IsSignedBy(const PublicKey& key, absl::string_view text, absl::string_view signature) {
  if (!key.witness) return key.Verifies(text, signature);
  const std::optional<int64_t> seconds = ReadNumber(signature.substr(0, kNumberBytes));
  if (!seconds.has_value()) return false;
  return key.Verifies(absl::StrCat("cosignature/v1\ntime ", *seconds, "\n", text),
                      signature.substr(kNumberBytes));
}

absl::Status ParseText(SignedCheckpoint& checkpoint) {
  absl::string_view text = checkpoint.text;
  const std::optional<absl::string_view> origin = TakeLine(&text);
  const std::optional<absl::string_view> size = TakeLine(&text);
  const std::optional<absl::string_view> root = TakeLine(&text);
  if (!root.has_value()) return Not("checkpoint", "it has fewer than three lines");
  if (!IsName(*origin)) return Not("checkpoint", "its origin is no name");
  checkpoint.origin = std::string(*origin);
  const std::optional<int64_t> number = FromDecimal(*size);
  if (!number.has_value()) return Not("checkpoint", "its size is no decimal number");
  checkpoint.size = *number;
  const std::optional<Hash> hash = HashFromBase64(*root);
  if (!hash.has_value()) return Not("checkpoint", "its root is not 32 bytes in base64");
  checkpoint.root = *hash;
  while (const std::optional<absl::string_view> extension = TakeLine(&text)) {
    if (extension->empty()) return Not("checkpoint", "an extension line is empty");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PublicKey> PublicKey::Parse(absl::string_view text) {
  constexpr absl::string_view kWhat = "public key";
  // Base64 has plus signs of its own: only the first two part the text.
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('+', 2));
  if (parts.size() != 3 || !IsName(parts[0])) return Not(kWhat, "it has the form name+id+base64");
  const std::optional<std::string> bytes = FromBase64(parts[2]);
  if (!bytes.has_value() || bytes->size() != 1 + kKeyBytes) {
    return Not(kWhat, "behind the id belong 33 bytes in base64");
  }
  const char type = bytes->front();
  if (type != kLogType && type != kWitnessType) {
    return Not(kWhat, "its type is neither Ed25519 nor an Ed25519 cosignature");
  }
  PublicKey key{.name = std::string(parts[0]),
                .id = KeyId(parts[0], *bytes),
                .witness = type == kWitnessType,
                .key = bytes->substr(1)};
  if (absl::BytesToHexString(key.id) != parts[1]) return Not(kWhat, "its id does not fit its key");
  return key;
}

bool PublicKey::Verifies(absl::string_view message, absl::string_view signature) const {
  const auto bytes = [](absl::string_view view) {
    return reinterpret_cast<const unsigned char*>(view.data());
  };
  if (signature.size() != kSignatureBytes) return false;
  const std::unique_ptr<EVP_PKEY, FreeKey> public_key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(key), key.size()));
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  return public_key != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message),
                          message.size()) == 1;
}

absl::StatusOr<SignedCheckpoint::Signature> SignedCheckpoint::Signature::Parse(
    absl::string_view line) {
  constexpr absl::string_view kDash = "\xe2\x80\x94 ";
  if (!absl::ConsumePrefix(&line, kDash)) return Not("checkpoint", "a signature lacks its dash");
  const std::vector<absl::string_view> parts = absl::StrSplit(line, ' ');
  if (parts.size() != 2 || !IsName(parts[0])) {
    return Not("checkpoint", "a signature line is not of the form: dash, name, base64");
  }
  const std::optional<std::string> bytes = FromBase64(parts[1]);
  if (!bytes.has_value() || bytes->size() <= kKeyIdBytes) {
    return Not("checkpoint", "a signature is not in base64");
  }
  return Signature{.name = std::string(parts[0]),
                   .key_id = bytes->substr(0, kKeyIdBytes),
                   .bytes = bytes->substr(kKeyIdBytes)};
}

absl::StatusOr<SignedCheckpoint> SignedCheckpoint::Parse(absl::string_view bytes) {
  constexpr absl::string_view kWhat = "checkpoint";
  if (bytes.size() > kMaxNoteBytes) return Not(kWhat, "it is longer than 64 KiB");
  if (std::any_of(bytes.begin(), bytes.end(),
                  [](char c) { return static_cast<uint8_t>(c) < ' ' && c != '\n'; })) {
    return Not(kWhat, "it holds control characters");
  }
  const size_t split = bytes.rfind("\n\n");
  if (split == absl::string_view::npos) return Not(kWhat, "no empty line parts its signatures");
  SignedCheckpoint checkpoint;
  checkpoint.text = std::string(bytes.substr(0, split + 1));
  GS_RETURN_IF_ERROR(ParseText(checkpoint));
  absl::string_view rest = bytes.substr(split + 2);
  while (const std::optional<absl::string_view> line = TakeLine(&rest)) {
    if (checkpoint.signatures.size() == kMaxSignatures) return Not(kWhat, "too many signatures");
    GS_ASSIGN_OR_RETURN(Signature signature, Signature::Parse(*line));
    checkpoint.signatures.push_back(std::move(signature));
  }
  if (!rest.empty()) return Not(kWhat, "its last line does not end");
  if (checkpoint.signatures.empty()) return Not(kWhat, "nobody signed it");
  return checkpoint;
}

SignedCheckpoint::Verdict SignedCheckpoint::Check(const PublicKey& key) const {
  Verdict verdict = Verdict::kAbsent;
  for (const Signature& signature : signatures) {
    if (signature.name != key.name || signature.key_id != key.id) continue;
    if (!IsSignedBy(key, text, signature.bytes)) return Verdict::kForged;
    verdict = Verdict::kValid;
  }
  return verdict;
}

absl::StatusOr<ProofFile> ProofFile::Parse(absl::string_view bytes) {
  constexpr absl::string_view kWhat = "proof file";
  if (bytes.size() > kMaxProofBytes) return Not(kWhat, "it is longer than 128 KiB");
  if (TakeLine(&bytes) != "c2sp.org/tlog-proof@v1") {
    return Not(kWhat, "its first line is not c2sp.org/tlog-proof@v1");
  }
  ProofFile proof;
  std::optional<absl::string_view> line = TakeLine(&bytes);
  if (line.has_value() && absl::ConsumePrefix(&*line, "extra ")) {
    const std::optional<std::string> extra = FromBase64(*line);
    if (!extra.has_value()) return Not(kWhat, "its extra line is not in base64");
    proof.extra = *extra;
    line = TakeLine(&bytes);
  }
  if (!line.has_value() || !absl::ConsumePrefix(&*line, "index ")) {
    return Not(kWhat, "it has no index");
  }
  const std::optional<int64_t> index = FromDecimal(*line);
  if (!index.has_value()) return Not(kWhat, "its index is no decimal number");
  proof.index = *index;
  while ((line = TakeLine(&bytes)).has_value() && !line->empty()) {
    const std::optional<Hash> hash = HashFromBase64(*line);
    if (!hash.has_value()) return Not(kWhat, "a line of its path is not 32 bytes in base64");
    if (proof.path.size() == kMaxPath) return Not(kWhat, "its path is too long");
    proof.path.push_back(*hash);
  }
  if (!line.has_value()) return Not(kWhat, "no empty line ends its path");
  GS_ASSIGN_OR_RETURN(proof.checkpoint, SignedCheckpoint::Parse(bytes));
  return proof;
}

}  // namespace goodstanding::verify
