#include "tools/decimal.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

namespace goodstanding::tools {

std::optional<int64_t> ParseDecimal(absl::string_view text) {
  constexpr size_t kMaxDigits = 15;
  const bool negative = absl::ConsumePrefix(&text, "-");
  const size_t point = text.find('.');
  const absl::string_view whole = text.substr(0, point);
  absl::string_view fraction =
      point == absl::string_view::npos ? absl::string_view() : text.substr(point + 1);
  const auto is_digit = [](unsigned char c) { return absl::ascii_isdigit(c); };
  if (whole.empty() || whole.size() > kMaxDigits || fraction.size() > 2 ||
      (point != absl::string_view::npos && fraction.empty()) ||
      !std::all_of(whole.begin(), whole.end(), is_digit) ||
      !std::all_of(fraction.begin(), fraction.end(), is_digit)) {
    return std::nullopt;
  }
  int64_t value = 0;
  for (const char digit : whole) value = value * 10 + (digit - '0');
  for (size_t place = 0; place < 2; ++place) {
    value = value * 10 + (place < fraction.size() ? fraction[place] - '0' : 0);
  }
  return negative ? -value : value;
}

std::string FormatDecimal(int64_t hundredths) {
  const char* const sign = hundredths < 0 ? "-" : "";
  const uint64_t size =
      hundredths < 0 ? 0 - static_cast<uint64_t>(hundredths) : static_cast<uint64_t>(hundredths);
  return absl::StrFormat("%s%d.%02d", sign, size / 100, size % 100);
}

}  // namespace goodstanding::tools
