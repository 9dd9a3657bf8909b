// Rows of the key store on disk, and what a sealed text is bound to. Pure.
//
// ON DISK: these encodings are for ever (docs/storage.md).
#ifndef GOODSTANDING_EVENTSTORE_KEY_ROWS_H_
#define GOODSTANDING_EVENTSTORE_KEY_ROWS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/key_store.h"

namespace goodstanding::eventstore {

inline constexpr size_t kKeyIdBytes = 16;

// What stands in the family `key` under a stream.
struct KeyRow {
  bool destroyed = false;
  std::string id = {};           // 16 bytes.
  std::string wrapping_id = {};  // 16 bytes; of the deployment key. Empty where destroyed.
  std::string wrapped = {};      // 40 bytes. Empty where destroyed.
  std::string lookup = {};       // 32 bytes, or empty.
  friend bool operator==(const KeyRow&, const KeyRow&) = default;
};
std::string EncodeKeyRow(const KeyRow& row);
absl::StatusOr<KeyRow> DecodeKeyRow(absl::string_view value);

// The root secret of the store, in the family `meta`.
struct RootRow {
  std::string wrapping_id = {};  // 16 bytes.
  std::string wrapped = {};      // 40 bytes.
};
std::string EncodeRootRow(const RootRow& row);
absl::StatusOr<RootRow> DecodeRootRow(absl::string_view value);

// The associated data of a sealed text.
std::string AssociatedData(const SealContext& context);

}  // namespace goodstanding::eventstore

#endif  // GOODSTANDING_EVENTSTORE_KEY_ROWS_H_
