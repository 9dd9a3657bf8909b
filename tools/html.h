// Pieces of a page: text is escaped where it is put in, so that what others wrote stays text.
#ifndef GOODSTANDING_TOOLS_HTML_H_
#define GOODSTANDING_TOOLS_HTML_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace goodstanding::tools {

// The text for any place of a page, attributes in quotes included; a space for every control
// character. Pure.
std::string Escaped(absl::string_view text);

// "<p>…</p>" of a text.
std::string Element(absl::string_view tag, absl::string_view text);

// A table whose rows become paragraphs on a narrow window, each cell after its column's title.
class HtmlTable {
 public:
  // `caption` says what it holds to those who do not see it.
  HtmlTable(absl::string_view caption, std::vector<std::string> columns)
      : caption_(caption), columns_(std::move(columns)) {}

  // One text a column.
  void AddRow(const std::vector<std::string>& cells);

  // The table; `nothing` as a paragraph where it has no rows.
  std::string Render(absl::string_view nothing) const;

 private:
  const std::string caption_;
  const std::vector<std::string> columns_;
  std::string rows_;
};

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_HTML_H_
