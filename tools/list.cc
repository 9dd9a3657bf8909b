#include "tools/list.h"

namespace goodstanding::tools {

void AddListOptions(Command& command, ListOptions& options) {
  AddConnection(command, options.connection);
  command.AddFlag("--csv", options.csv, "Print the list for a spreadsheet (RFC 4180)")
      .Excludes("--json");
}

ListForm FormOf(const ListOptions& options) {
  if (options.csv) return ListForm::kCsv;
  return options.connection.json ? ListForm::kJson : ListForm::kTable;
}

void PrintSummary(const google::protobuf::Message& summary, const std::string& text, ListForm form,
                  bool below_rows) {
  if (form == ListForm::kJson) {
    std::fputs(JsonEntry("summary", summary).c_str(), stdout);
    return;
  }
  std::FILE* const out = form == ListForm::kCsv ? stderr : stdout;
  if (form == ListForm::kTable && below_rows) std::fputs("\n", out);
  std::fputs(text.c_str(), out);
}

}  // namespace goodstanding::tools
