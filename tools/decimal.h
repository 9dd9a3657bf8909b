// Decimals with at most two places, as people write amounts.
#ifndef GOODSTANDING_TOOLS_DECIMAL_H_
#define GOODSTANDING_TOOLS_DECIMAL_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "goodstanding/type/v1/values.pb.h"

namespace goodstanding::tools {

// Hundredths of "37.50", "37.5", "37" or "-1.00", up to 15 digits before the point: wider than what
// the server accepts, so that the refusal is the server's. nullopt for anything else.
std::optional<int64_t> ParseDecimal(absl::string_view text);

// "-37.50".
std::string FormatDecimal(int64_t hundredths);

inline std::string Format(const type::v1::Money& money) {
  return FormatDecimal(money.minor_units());
}
inline std::string Format(const type::v1::CreditAmount& credits) {
  return FormatDecimal(credits.hundredths());
}

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_DECIMAL_H_
