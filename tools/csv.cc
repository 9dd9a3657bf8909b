#include "tools/csv.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "domain/text.h"

namespace goodstanding::tools {
namespace {

class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<CsvRow>> Parse() {
    std::vector<CsvRow> rows;
    while (!text_.empty()) {
      if (TakeLineEnd()) continue;
      GS_ASSIGN_OR_RETURN(CsvRow row, TakeRow());
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  absl::StatusOr<CsvRow> TakeRow() {
    CsvRow row{.line = line_, .cells = {}};
    do {
      std::string& cell = row.cells.emplace_back();
      GS_RETURN_IF_ERROR(TakeCell(cell));
      GS_RETURN_IF_ERROR(CheckCell(cell));
    } while (absl::ConsumePrefix(&text_, ","));
    if (!text_.empty() && !TakeLineEnd()) return Fault("only a comma may follow a closing quote");
    return row;
  }

  absl::Status TakeCell(std::string& cell) {
    if (absl::ConsumePrefix(&text_, "\"")) return TakeQuoted(cell);
    const size_t end = std::min(text_.find_first_of(",\n\""), text_.size());
    if (end < text_.size() && text_[end] == '"') {
      return Fault("a quote in a cell without quotes: put the cell in quotes and double it");
    }
    absl::string_view plain = text_.substr(0, end);
    text_.remove_prefix(end);
    if (text_.empty() || text_[0] == '\n') absl::ConsumeSuffix(&plain, "\r");
    if (plain.find_first_of(absl::string_view("\r\0", 2)) != absl::string_view::npos) {
      return Fault("a carriage return or a NUL byte in a cell");
    }
    cell = std::string(plain);
    return absl::OkStatus();
  }

  absl::Status CheckCell(absl::string_view cell) const {
    if (domain::CheckText(cell, 0, cell.size(), "cell").ok()) return absl::OkStatus();
    return Fault(
        "a control character, or a letter that is not in UTF-8: save the file as CSV in UTF-8");
  }

  absl::Status TakeQuoted(std::string& cell) {
    while (true) {
      const size_t end = text_.find('"');
      if (end == absl::string_view::npos) return Fault("a quoted cell does not end");
      for (const char letter : text_.substr(0, end)) line_ += letter == '\n' ? 1 : 0;
      absl::StrAppend(&cell, absl::StrReplaceAll(text_.substr(0, end), {{"\r\n", "\n"}}));
      text_.remove_prefix(end + 1);
      if (!absl::ConsumePrefix(&text_, "\"")) return absl::OkStatus();
      cell.push_back('"');
    }
  }

  bool TakeLineEnd() {
    const bool taken = absl::ConsumePrefix(&text_, "\r\n") || absl::ConsumePrefix(&text_, "\n");
    line_ += taken ? 1 : 0;
    return taken;
  }

  absl::Status Fault(absl::string_view message) const {
    return absl::InvalidArgumentError(absl::StrCat(line_, ": ", message));
  }

  absl::string_view text_;
  int64_t line_ = 1;
};

}  // namespace

absl::StatusOr<std::vector<CsvRow>> ParseCsv(absl::string_view text) {
  absl::ConsumePrefix(&text, "\xef\xbb\xbf");
  return Parser(text).Parse();
}

}  // namespace goodstanding::tools
