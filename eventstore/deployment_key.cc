#include "eventstore/deployment_key.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "eventstore/secret_file.h"

namespace goodstanding::eventstore {
namespace {

// ON DISK: what the keys are derived with (docs/storage.md).
constexpr char kIdLabel[] = "goodstanding deployment key id v1";
constexpr char kWrapLabel[] = "goodstanding wrap v1";
constexpr size_t kIdBytes = 16;

bool IsKeyLine(absl::string_view line) {
  return line.size() == 2 * kKeyBytes &&
         std::all_of(line.begin(), line.end(), absl::ascii_isxdigit);
}

}  // namespace

DeploymentKey::DeploymentKey(absl::string_view bytes)
    : id_(Sha256(absl::StrCat(kIdLabel, bytes)).substr(0, kIdBytes)),
      root_(HmacSha256(bytes, kWrapLabel)) {
  GS_CHECK(bytes.size() == kKeyBytes);
}

// ON DISK: HMAC-SHA-256 of both ids, 16 bytes each, and the owner.
std::string DeploymentKey::WrappingKey(absl::string_view key_id, absl::string_view owner) const {
  GS_CHECK(key_id.size() == kIdBytes);
  return HmacSha256(root_.bytes(), absl::StrCat(id_, key_id, owner));
}

std::string DeploymentKey::WrapFor(absl::string_view key_id, absl::string_view owner,
                                   absl::string_view key) const {
  const Secret wrapping(WrappingKey(key_id, owner));
  return WrapKey(wrapping.bytes(), key);
}

std::unique_ptr<const Secret> DeploymentKey::UnwrapFor(absl::string_view key_id,
                                                       absl::string_view owner,
                                                       absl::string_view wrapped) const {
  const Secret wrapping(WrappingKey(key_id, owner));
  std::optional<std::string> key = UnwrapKey(wrapping.bytes(), wrapped);
  if (!key.has_value()) return nullptr;
  return std::make_unique<const Secret>(*std::move(key));
}

absl::StatusOr<DeploymentKeys> ReadKeyFile(const std::string& path) {
  GS_ASSIGN_OR_RETURN(const std::unique_ptr<const Secret> text, ReadSecretFile(path));
  DeploymentKeys keys;
  for (const absl::string_view line : absl::StrSplit(text->bytes(), '\n', absl::SkipWhitespace())) {
    const absl::string_view digits = absl::StripAsciiWhitespace(line);
    if (!IsKeyLine(digits)) {
      return absl::FailedPreconditionError(
          absl::StrCat("key file ", path, " has a line that is not 64 hex digits"));
    }
    const Secret bytes(absl::HexStringToBytes(digits));
    keys.push_back(std::make_unique<const DeploymentKey>(bytes.bytes()));
  }
  if (keys.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("key file ", path, " holds no key"));
  }
  return keys;
}

absl::Status CreateKeyFile(const std::string& path, RandomSource& random) {
  const Secret key(random.Bytes(kKeyBytes));
  const Secret text(absl::StrCat(absl::BytesToHexString(key.bytes()), "\n"));
  return CreateSecretFile(path, text);
}

}  // namespace goodstanding::eventstore
