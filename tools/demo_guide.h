// The voice of the demo: headings, words, tables and commands to try, on standard output.
#ifndef GOODSTANDING_TOOLS_DEMO_GUIDE_H_
#define GOODSTANDING_TOOLS_DEMO_GUIDE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "tools/output.h"

namespace goodstanding::tools {

class Guide {
 public:
  explicit Guide(const Style& style);

  // Begins a chapter.
  void Chapter(absl::string_view title) const;
  // A paragraph.
  void Say(absl::string_view words) const;
  // A table, with an empty line after it.
  void Show(const Table& table) const;
  // Text as it is, with an empty line after it.
  void Show(absl::string_view text) const;
  // The command that asks the same of any server.
  void Try(absl::string_view command) const;

  const Style& style() const { return style_; }
  // For text that is wrapped where the output is piped, too.
  const Style& prose() const { return prose_; }

 private:
  const Style style_;
  Style prose_;
};

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_DEMO_GUIDE_H_
