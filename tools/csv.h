// Comma-separated values (RFC 4180), strictly.
#ifndef GOODSTANDING_TOOLS_CSV_H_
#define GOODSTANDING_TOOLS_CSV_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace goodstanding::tools {

struct CsvRow {
  int64_t line = 0;  // Where it begins, from 1.
  std::vector<std::string> cells;
};

// The rows of a text in UTF-8. A cell in double quotes may hold commas, line ends and doubled
// quotes, its line ends become LF; lines end with LF or CRLF; a byte-order mark and empty lines are
// passed over.
// INVALID_ARGUMENT, as "LINE: message", for anything else.
absl::StatusOr<std::vector<CsvRow>> ParseCsv(absl::string_view text);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_CSV_H_
