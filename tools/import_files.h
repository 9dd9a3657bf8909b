// An existing register in files of comma-separated values, and the lines that are sent of it.
#ifndef GOODSTANDING_TOOLS_IMPORT_FILES_H_
#define GOODSTANDING_TOOLS_IMPORT_FILES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "goodstanding/api/v1/command_service.pb.h"

namespace goodstanding::tools {

// Where a fault is, and what it is.
struct ImportFileFault {
  std::string place;  // "credits.csv:12", or with the column "credits.csv:12:kind".
  std::string message;
};

struct ImportFiles {
  // In the order in which they are decided: persons, then facts by effective date, those of one day
  // by kind and then as they stand in their file. `line` counts from 1 over all of them.
  std::vector<api::v1::ImportLine> lines;
  // places[line - 1] is where a line came from.
  std::vector<std::string> places;
  // Every row that is not even a command. Empty: the lines can be sent.
  std::vector<ImportFileFault> faults;
};

// Names of the files that are known, and their columns, for the help.
std::string ImportColumnsText();

// The column that a field of an ImportLine's fact, for example "credit.completed_date", comes from.
std::string ImportColumnOf(absl::string_view field);

// Reads certificants.csv, memberships.csv, grants.csv, credits.csv, payments.csv, applications.csv
// and approvals.csv, as far as they are there, of a folder. NOT_FOUND where it has none of them or
// cannot be read; INVALID_ARGUMENT for a file that is no CSV or has unknown columns.
absl::StatusOr<ImportFiles> ReadImportFolder(const std::string& folder);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_IMPORT_FILES_H_
