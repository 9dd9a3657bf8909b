#include "services/paging.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "domain/refusal.h"

namespace goodstanding::services {
namespace {

constexpr size_t kSealSize = 8;

}  // namespace

absl::StatusOr<int> ReadPageSize(int32_t page_size, int most) {
  if (page_size < 0) {
    return domain::Refuse("INVALID_ARGUMENT", absl::StrCat("page_size must be 0 to ", most, "."),
                          "page_size");
  }
  return std::min(page_size == 0 ? kDefaultPageSize : page_size, most);
}

std::string PageTokens::Seal(absl::string_view last) const {
  return keys_.RequestDigest(absl::StrCat("page\n", request_, "\n", last)).substr(0, kSealSize);
}

std::string PageTokens::Make(absl::string_view last) const {
  return absl::WebSafeBase64Escape(absl::StrCat(Seal(last), last));
}

absl::StatusOr<std::string> PageTokens::Read(absl::string_view token) const {
  if (token.empty()) return std::string();
  std::string bytes;
  if (absl::WebSafeBase64Unescape(token, &bytes) && bytes.size() > kSealSize) {
    const std::string last = bytes.substr(kSealSize);
    if (Seal(last) == bytes.substr(0, kSealSize)) return last;
  }
  return domain::Refuse("INVALID_ARGUMENT",
                        "page_token must come from the page before, with all other fields "
                        "unchanged.",
                        "page_token");
}

}  // namespace goodstanding::services
