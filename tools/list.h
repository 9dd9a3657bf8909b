// Commands that print a list: every page of it, as it comes.
#ifndef GOODSTANDING_TOOLS_LIST_H_
#define GOODSTANDING_TOOLS_LIST_H_

#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/list_text.h"
#include "tools/pages.h"
#include "tools/progress.h"

namespace goodstanding::tools {

struct ListOptions {
  Connection connection;
  bool csv = false;
};

// Adds --csv and the connection.
void AddListOptions(Command& command, ListOptions& options);

ListForm FormOf(const ListOptions& options);

// Prints the summary of a list, `text` for people: below a table, as a last line {"summary": ...}
// of JSON, and beside a spreadsheet, which has rows alone, on standard error.
void PrintSummary(const google::protobuf::Message& summary, const std::string& text, ListForm form,
                  bool below_rows);

// How much was printed.
struct ListEnd {
  int64_t count = 0;
  int64_t position = 0;  // Last log position that the last page rests on.
};

// Prints every page of a list whose items are `entries`, as `render` writes it.
template <typename Stub, typename Request, typename Response>
grpc::Status PrintList(
    Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
    const Request& request, ListForm form,
    std::string (*render)(const Response&, ListForm, bool, const Style&), ListEnd& end) {
  const Style style = StdoutStyle();
  Progress progress;
  bool first = true;
  return ForEachPage(stub, method, request, [&](const Response& page) {
    progress.Clear();
    std::fputs(render(page, form, first, style).c_str(), stdout);
    first = false;
    end.count += page.entries_size();
    end.position = page.applied_position();
    progress.Show(absl::StrCat(end.count, " so far"));
    return true;
  });
}

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_LIST_H_
