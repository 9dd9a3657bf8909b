#include "eventstore/key_rows.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "eventstore/crypto.h"
#include "eventstore/rows.h"

namespace goodstanding::eventstore {
namespace {

constexpr char kLive = 0x01;
constexpr char kDestroyed = 0x02;
constexpr char kSealVersion = 0x01;
constexpr size_t kLookupBytes = 32;
constexpr size_t kLiveBytes = 1 + 2 * kKeyIdBytes + kWrappedKeyBytes;

// Takes bytes from the front. REQUIRES: there are so many.
std::string Take(absl::string_view* bytes, size_t size) {
  std::string taken(bytes->substr(0, size));
  bytes->remove_prefix(size);
  return taken;
}

void AppendInteger(uint64_t number, int bytes, std::string* out) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>((number >> shift) & 0xff));
  }
}

void AppendText(absl::string_view text, std::string* out) {
  GS_CHECK(text.size() <= UINT16_MAX);
  AppendInteger(text.size(), 2, out);
  out->append(text.data(), text.size());
}

}  // namespace

std::string EncodeKeyRow(const KeyRow& row) {
  GS_CHECK(row.id.size() == kKeyIdBytes);
  if (row.destroyed) return FrameRow(absl::StrCat(std::string(1, kDestroyed), row.id));
  return FrameRow(
      absl::StrCat(std::string(1, kLive), row.id, row.wrapping_id, row.wrapped, row.lookup));
}

absl::StatusOr<KeyRow> DecodeKeyRow(absl::string_view value) {
  GS_ASSIGN_OR_RETURN(absl::string_view body, UnframeRow(value));
  const char state = body.empty() ? '\0' : body[0];
  const bool live =
      state == kLive && (body.size() == kLiveBytes || body.size() == kLiveBytes + kLookupBytes);
  const bool destroyed = state == kDestroyed && body.size() == 1 + kKeyIdBytes;
  if (!live && !destroyed) return absl::DataLossError("a row of the family `key` does not parse");
  body.remove_prefix(1);
  KeyRow row;
  row.destroyed = destroyed;
  row.id = Take(&body, kKeyIdBytes);
  if (destroyed) return row;
  row.wrapping_id = Take(&body, kKeyIdBytes);
  row.wrapped = Take(&body, kWrappedKeyBytes);
  row.lookup = std::string(body);
  return row;
}

std::string EncodeRootRow(const RootRow& row) {
  return FrameRow(absl::StrCat(row.wrapping_id, row.wrapped));
}

absl::StatusOr<RootRow> DecodeRootRow(absl::string_view value) {
  GS_ASSIGN_OR_RETURN(absl::string_view body, UnframeRow(value));
  if (body.size() != kKeyIdBytes + kWrappedKeyBytes) {
    return absl::DataLossError("the root secret of the key store does not parse");
  }
  RootRow row;
  row.wrapping_id = Take(&body, kKeyIdBytes);
  row.wrapped = std::string(body);
  return row;
}

std::string AssociatedData(const SealContext& context) {
  GS_CHECK(context.path.size() <= UINT8_MAX);
  std::string data(1, kSealVersion);
  AppendText(context.kind, &data);
  AppendText(context.stream, &data);
  AppendInteger(context.path.size(), 1, &data);
  for (const int32_t number : context.path) AppendInteger(static_cast<uint32_t>(number), 4, &data);
  return data;
}

}  // namespace goodstanding::eventstore
