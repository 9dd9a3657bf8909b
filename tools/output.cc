#include "tools/output.h"

#include <google/protobuf/util/json_util.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "tools/decimal.h"

namespace goodstanding::tools {
namespace {

constexpr int kMaxWidth = 100;
constexpr int kMinWidth = 40;
constexpr int kMinCellWidth = 8;
constexpr char kGap[] = "  ";
constexpr int kGapWidth = 2;

bool BeginsCodePoint(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

// The text's first columns, the last of them an ellipsis where something was left off.
std::string Shortened(const std::string& text, int width) {
  if (DisplayWidth(text) <= width) return text;
  int columns = 0;
  size_t end = 0;
  for (; end < text.size(); ++end) {
    if (BeginsCodePoint(text[end]) && ++columns == width) break;
  }
  return text.substr(0, end) + "…";
}

}  // namespace

Style StdoutStyle() {
  Style style;
  style.terminal = isatty(STDOUT_FILENO) != 0;
  style.color =
      style.terminal && std::getenv("NO_COLOR") == nullptr;  // NOLINT(concurrency-mt-unsafe)
  winsize size = {};
  if (style.terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    style.width = std::clamp(static_cast<int>(size.ws_col), kMinWidth, kMaxWidth);
  }
  return style;
}

std::string Colored(absl::string_view text, Mood mood, const Style& style) {
  if (!style.color || mood == Mood::kPlain) return std::string(text);
  const char* code = "";
  switch (mood) {
    case Mood::kPlain:
      break;
    case Mood::kStrong:
      code = "1";
      break;
    case Mood::kGood:
      code = "32";
      break;
    case Mood::kWarning:
      code = "33";
      break;
    case Mood::kBad:
      code = "31";
      break;
    case Mood::kFaint:
      code = "2";
      break;
  }
  return absl::StrCat("\033[", code, "m", text, "\033[0m");
}

int DisplayWidth(absl::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), BeginsCodePoint));
}

std::string Wrapped(absl::string_view text, absl::string_view indent, const Style& style) {
  std::string lines;
  std::string line;
  const int room = style.terminal ? std::max(style.width - DisplayWidth(indent), kMinCellWidth)
                                  : std::numeric_limits<int>::max();
  const std::string printable = Printable(text);
  for (const absl::string_view word : absl::StrSplit(printable, ' ', absl::SkipEmpty())) {
    if (!line.empty() && DisplayWidth(line) + 1 + DisplayWidth(word) > room) {
      absl::StrAppend(&lines, indent, line, "\n");
      line.clear();
    }
    absl::StrAppend(&line, line.empty() ? "" : " ", word);
  }
  if (!line.empty()) absl::StrAppend(&lines, indent, line, "\n");
  return lines;
}

std::string Printable(absl::string_view text) {
  std::string printable;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool high_control =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (high_control) ++i;
    const bool control = byte < 0x20 || byte == 0x7F || high_control;
    printable += control ? ' ' : text[i];
  }
  return printable;
}

void Table::AddRow(std::vector<std::string> cells) {
  GS_CHECK(cells.size() == columns_.size());
  for (std::string& cell : cells) cell = Printable(cell);
  rows_.push_back({std::move(cells), Mood::kPlain});
}

void Table::SetMood(Mood mood) { rows_.back().mood = mood; }

std::vector<int> Table::Widths(const Style& style) const {
  std::vector<int> widths;
  for (const Column& column : columns_)
    widths.push_back(std::max(DisplayWidth(column.title), column.min_width));
  for (const Row& row : rows_) {
    for (size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row.cells[i]));
    }
  }
  int total = kGapWidth * (static_cast<int>(widths.size()) - 1);
  for (const int width : widths) total += width;
  // Where a row does not fit, the widest column gives way, then the next.
  while (style.terminal && total > style.width) {
    int& widest = *std::max_element(widths.begin(), widths.end());
    if (widest <= kMinCellWidth) break;
    --widest;
    --total;
  }
  return widths;
}

std::string Table::Line(const std::vector<std::string>& cells,
                        const std::vector<int>& widths) const {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = Shortened(cells[i], widths[i]);
    const std::string padding(static_cast<size_t>(widths[i] - DisplayWidth(cell)), ' ');
    const bool last = i + 1 == cells.size();
    if (columns_[i].align == Align::kRight) {
      absl::StrAppend(&line, padding, cell, last ? "" : kGap);
    } else {
      absl::StrAppend(&line, cell, last ? "" : padding, last ? "" : kGap);
    }
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string Table::Header(const std::vector<int>& widths, const Style& style) const {
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  std::string text = Colored(Line(titles, widths), Mood::kStrong, style) + "\n";
  if (style.terminal) {
    int total = kGapWidth * (static_cast<int>(widths.size()) - 1);
    for (const int width : widths) total += width;
    std::string rule;
    for (int i = 0; i < total; ++i) rule += "─";
    absl::StrAppend(&text, Colored(rule, Mood::kFaint, style), "\n");
  }
  return text;
}

std::string Table::Render(const Style& style, bool with_header) const {
  const std::vector<int> widths = Widths(style);
  std::string text = with_header ? Header(widths, style) : "";
  for (const Row& row : rows_) {
    absl::StrAppend(&text, Colored(Line(row.cells, widths), row.mood, style), "\n");
  }
  return text;
}

std::string NameValueLines(const std::vector<std::pair<std::string, std::string>>& lines) {
  int width = 0;
  for (const auto& [name, value] : lines) {
    if (!value.empty()) width = std::max(width, DisplayWidth(name));
  }
  std::string text;
  for (const auto& [name, value] : lines) {
    if (value.empty()) continue;
    const std::string padding(static_cast<size_t>(width - DisplayWidth(name) + kGapWidth), ' ');
    absl::StrAppend(&text, name, padding, Printable(value), "\n");
  }
  return text;
}

namespace {

std::string Json(const google::protobuf::Message& message, bool over_lines) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = over_lines;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  GS_CHECK(status.ok());
  return json;
}

}  // namespace

std::string ToJson(const google::protobuf::Message& message) { return Json(message, true); }

std::string ToJsonLine(const google::protobuf::Message& message) {
  return Json(message, false) + "\n";
}

std::string CsvLine(const std::vector<std::string>& cells) {
  return absl::StrJoin(cells, ",", [](std::string* out, const std::string& cell) {
    const bool formula = !cell.empty() && !ParseDecimal(cell) &&
                         std::string("=+-@\t\r").find(cell[0]) != std::string::npos;
    const std::string guarded = formula ? "'" + cell : cell;
    if (guarded.find_first_of("\",\r\n") == std::string::npos) {
      out->append(guarded);
    } else {
      absl::StrAppend(out, "\"", absl::StrReplaceAll(guarded, {{"\"", "\"\""}}), "\"");
    }
  });
}

}  // namespace goodstanding::tools
