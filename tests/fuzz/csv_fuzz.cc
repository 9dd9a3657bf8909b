// Comma-separated values, as a register is imported from them.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_replace.h"
#include "base/check.h"
#include "tools/csv.h"

namespace goodstanding {
namespace {

// The rows as text, every cell in quotes: they read the same.
std::string ToText(const std::vector<tools::CsvRow>& rows) {
  std::string text;
  for (const tools::CsvRow& row : rows) {
    for (size_t i = 0; i < row.cells.size(); ++i) {
      if (i > 0) text += ',';
      text += '"' + absl::StrReplaceAll(row.cells[i], {{"\"", "\"\""}}) + '"';
    }
    text += '\n';
  }
  return text;
}

void ReadCsv(absl::string_view text) {
  const auto rows = tools::ParseCsv(text);
  if (!rows.ok()) {
    GS_CHECK(rows.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  const auto again = tools::ParseCsv(ToText(*rows));
  GS_CHECK(again.ok());
  GS_CHECK(again->size() == rows->size());
  for (size_t i = 0; i < rows->size(); ++i) GS_CHECK((*again)[i].cells == (*rows)[i].cells);
}

}  // namespace
}  // namespace goodstanding

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  goodstanding::ReadCsv({reinterpret_cast<const char*>(data), size});
  return 0;
}
