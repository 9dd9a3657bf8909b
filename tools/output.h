// What people read: tables and paragraphs, fit for a terminal, plain where the output is piped.
#ifndef GOODSTANDING_TOOLS_OUTPUT_H_
#define GOODSTANDING_TOOLS_OUTPUT_H_

#include <google/protobuf/message.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace goodstanding::tools {

// How the output looks.
struct Style {
  bool terminal = false;  // Box drawing; the widest column is shortened so that a row fits.
  bool color = false;
  int width = 100;  // Columns of a row, at least 40; of no meaning where terminal is false.
};

// That of standard output: colour and box drawing on a terminal alone, no colour where NO_COLOR is
// set, at most 100 columns.
Style StdoutStyle();

// Wraps the text in the colour of a mood where the style has colour.
enum class Mood { kPlain, kStrong, kGood, kWarning, kBad, kFaint };
std::string Colored(absl::string_view text, Mood mood, const Style& style);

// Columns that the text takes: one a code point.
int DisplayWidth(absl::string_view text);

// The text with a space for every control character, line breaks included: what others wrote cannot
// steer the terminal, nor break a row.
std::string Printable(absl::string_view text);

// Breaks a text at spaces into lines, each after `indent`, that fit a terminal; one line elsewhere.
std::string Wrapped(absl::string_view text, absl::string_view indent, const Style& style);

// A table with a header row.
class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
    int min_width = 0;  // In columns, so that tables printed piece by piece line up.
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell a column.
  void AddRow(std::vector<std::string> cells);
  // Colours the row that was added last.
  void SetMood(Mood mood);

  bool empty() const { return rows_.empty(); }
  // Lines, each with its end. Without the header: a piece that follows another one.
  std::string Render(const Style& style, bool with_header = true) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Mood mood = Mood::kPlain;
  };

  std::vector<int> Widths(const Style& style) const;
  std::string Line(const std::vector<std::string>& cells, const std::vector<int>& widths) const;
  std::string Header(const std::vector<int>& widths, const Style& style) const;

  const std::vector<Column> columns_;
  std::vector<Row> rows_;
};

// "Name   value" lines, the values aligned. Lines without a value are left out.
std::string NameValueLines(const std::vector<std::pair<std::string, std::string>>& lines);

// The message as JSON (the protobuf mapping) with the field names of the protos, over several
// lines, each with its end. Fields that are 0, false or empty are there too.
std::string ToJson(const google::protobuf::Message& message);

// The same on one line, with its end: lists are printed a line an item.
std::string ToJsonLine(const google::protobuf::Message& message);

// A row of RFC 4180, without the line's end. A cell that a spreadsheet would take for a formula is
// preceded by an apostrophe; a number is none.
std::string CsvLine(const std::vector<std::string>& cells);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_OUTPUT_H_
