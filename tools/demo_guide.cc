#include "tools/demo_guide.h"

#include <cstdio>

#include "absl/strings/str_cat.h"

namespace goodstanding::tools {
namespace {

constexpr int kPipedWidth = 80;

void Print(absl::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace

Guide::Guide(const Style& style) : style_(style), prose_(style) {
  if (!prose_.terminal) prose_.width = kPipedWidth;
  prose_.terminal = true;
}

void Guide::Chapter(absl::string_view title) const {
  std::string rule;
  const int width = style_.terminal ? style_.width : DisplayWidth(title);
  for (int i = 0; i < width; ++i) rule += style_.terminal ? "━" : "=";
  Print(absl::StrCat("\n", Colored(title, Mood::kStrong, style_), "\n",
                     Colored(rule, Mood::kFaint, style_), "\n"));
}

void Guide::Say(absl::string_view words) const {
  Print(absl::StrCat(Wrapped(words, "", prose_), "\n"));
}

void Guide::Show(const Table& table) const { Show(table.Render(style_)); }

void Guide::Show(absl::string_view text) const { Print(absl::StrCat(text, "\n")); }

void Guide::Try(absl::string_view command) const {
  Print(absl::StrCat(Colored(absl::StrCat("$ ", command), Mood::kFaint, style_), "\n"));
}

}  // namespace goodstanding::tools
