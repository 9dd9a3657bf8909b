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

}  // namespace goodstanding::tools
