// Pages of lists: sizes and tokens.
#ifndef GOODSTANDING_SERVICES_PAGING_H_
#define GOODSTANDING_SERVICES_PAGING_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/key_store.h"

namespace goodstanding::services {

inline constexpr int kDefaultPageSize = 100;
inline constexpr int kMaxPageSize = 1000;

// 0 is the default, above the maximum means the maximum, `most`; INVALID_ARGUMENT for a negative
// one.
absl::StatusOr<int> ReadPageSize(int32_t page_size, int most = kMaxPageSize);

// Tokens of one list: they carry where to go on, and a seal over that and over the other fields of
// the request, so that a token of another request, or a made-up one, is refused.
class PageTokens {
 public:
  // `request` is what must be equal between pages, as text.
  PageTokens(const eventstore::KeyStore& keys, std::string request)
      : keys_(keys), request_(std::move(request)) {}

  // The token that goes on after `last`.
  std::string Make(absl::string_view last) const;

  // What Make was given; empty for an empty token. INVALID_ARGUMENT for any other text.
  absl::StatusOr<std::string> Read(absl::string_view token) const;

 private:
  std::string Seal(absl::string_view last) const;

  const eventstore::KeyStore& keys_;
  const std::string request_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_PAGING_H_
