#include "tools/list.h"

namespace goodstanding::tools {

void AddListOptions(CLI::App& command, ListOptions& options) {
  AddConnection(command, options.connection);
  command.add_flag("--csv", options.csv, "Print the list for a spreadsheet (RFC 4180)")
      ->excludes("--json");
}

ListForm FormOf(const ListOptions& options) {
  if (options.csv) return ListForm::kCsv;
  return options.connection.json ? ListForm::kJson : ListForm::kTable;
}

}  // namespace goodstanding::tools
