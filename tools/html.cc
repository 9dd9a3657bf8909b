#include "tools/html.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/check.h"
#include "tools/output.h"

namespace goodstanding::tools {

std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(
      Printable(text),
      {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

std::string Element(absl::string_view tag, absl::string_view text) {
  return absl::StrCat("<", tag, ">", Escaped(text), "</", tag, ">\n");
}

void HtmlTable::AddRow(const std::vector<std::string>& cells) {
  GS_CHECK(cells.size() == columns_.size());
  absl::StrAppend(&rows_, "<tr>");
  for (size_t i = 0; i < cells.size(); ++i) {
    absl::StrAppend(&rows_, "<td data-title=\"", Escaped(columns_[i]), "\">", Escaped(cells[i]),
                    "</td>");
  }
  absl::StrAppend(&rows_, "</tr>\n");
}

std::string HtmlTable::Render(absl::string_view nothing) const {
  if (rows_.empty()) return Element("p", nothing);
  std::string head;
  for (const std::string& column : columns_) {
    absl::StrAppend(&head, "<th scope=\"col\">", Escaped(column), "</th>");
  }
  return absl::StrCat("<table>\n<caption>", Escaped(caption_), "</caption>\n<thead><tr>", head,
                      "</tr></thead>\n<tbody>\n", rows_, "</tbody>\n</table>\n");
}

}  // namespace goodstanding::tools
