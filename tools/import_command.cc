#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/import_files.h"
#include "tools/output.h"
#include "tools/progress.h"

namespace goodstanding::tools {
namespace {

struct ImportOptions {
  Connection connection;
  std::string folder;
  std::string request_id;
  bool check = false;
};

std::string Examples() {
  return absl::StrCat(
      "  goodstanding import deploy/examples/import --check     says what would be refused\n"
      "  goodstanding import deploy/examples/import             all of it, or nothing\n"
      "  goodstanding import register/ --request-id register-2025-11\n"
      "                                                         safe to repeat after a failure\n"
      "\n"
      "Files of the folder, each with a header row; columns in brackets may be left out:\n",
      ImportColumnsText(),
      "\n\nDays are YYYY-MM-DD, amounts decimals with a point. `effective` is the day on which "
      "the\n"
      "fact took place; it is kept. A payment's is the day of receipt.");
}

void AddOptions(Command& command, ImportOptions& options) {
  command.Add("folder", options.folder, "Folder of the files").Required();
  command.AddFlag("--check", options.check, "Record nothing; say what would be refused");
  command.Add("--request-id", options.request_id,
              "Names the import: a repeat under the same id changes nothing. Default: new");
  AddConnection(command, options.connection);
}

void PrintFaults(const std::vector<ImportFileFault>& faults) {
  for (const ImportFileFault& fault : faults) {
    std::fprintf(stderr, "%s\n", Printable(absl::StrCat(fault.place, ": ", fault.message)).c_str());
  }
}

// What the server refused, by the places of the files.
std::vector<ImportFileFault> FaultsOf(const api::v1::ImportRegisterResponse& response,
                                      const std::vector<std::string>& places) {
  std::vector<ImportFileFault> faults;
  for (const api::v1::ImportFault& fault : response.faults()) {
    const auto index = static_cast<size_t>(fault.line() - 1);
    std::string place = index < places.size() ? places[index] : "?";
    const std::string column = ImportColumnOf(fault.refusal().field());
    if (!column.empty()) absl::StrAppend(&place, ":", column);
    faults.push_back({std::move(place),
                      absl::StrCat(fault.refusal().reason(), ": ", fault.refusal().message())});
  }
  return faults;
}

// Sends the lines, some at once.
grpc::Status Send(const ImportOptions& options, const ImportFiles& files,
                  api::v1::ImportRegisterResponse* response) {
  constexpr size_t kLinesAtOnce = 500;
  const Client client = Connect(options.connection);
  grpc::ClientContext context;
  SetTimeout(absl::Minutes(30), context);
  const auto writer = client.commands().ImportRegister(&context, response);
  Progress progress;
  api::v1::ImportRegisterRequest request;
  request.mutable_header()->set_request_id(RequestIdOf(options.request_id));
  request.set_validate_only(options.check);
  for (size_t begin = 0; begin < files.lines.size(); begin += kLinesAtOnce) {
    const size_t end = std::min(begin + kLinesAtOnce, files.lines.size());
    for (size_t i = begin; i < end; ++i) *request.add_lines() = files.lines[i];
    request.set_last(end == files.lines.size());
    if (!writer->Write(request)) break;
    progress.Show(absl::StrCat("sent ", end, " of ", files.lines.size(), " lines"));
    request.Clear();
  }
  writer->WritesDone();
  return writer->Finish();
}

int Report(const ImportOptions& options, const ImportFiles& files,
           const api::v1::ImportRegisterResponse& response) {
  if (options.connection.json) {
    std::fputs(ToJson(response).c_str(), stdout);
  }
  PrintFaults(FaultsOf(response, files.places));
  if (response.fault_count() > 0) {
    std::fprintf(stderr, "%s of %zu lines are refused; nothing was recorded.\n",
                 absl::StrCat(response.fault_count()).c_str(), files.lines.size());
    return kExitRefused;
  }
  if (options.connection.json) return 0;
  if (options.check) {
    std::printf("All %zu lines would be accepted; nothing was recorded.\n", files.lines.size());
  } else {
    std::printf("%s %zu lines as events %s to %s.\n",
                response.repeated_request() ? "Had recorded" : "Recorded", files.lines.size(),
                absl::StrCat(response.first_position()).c_str(),
                absl::StrCat(response.last_position()).c_str());
  }
  return 0;
}

int Run(const ImportOptions& options) {
  const absl::StatusOr<ImportFiles> files = ReadImportFolder(options.folder);
  if (!files.ok()) return Fail(files.status());
  if (!files->faults.empty()) {
    PrintFaults(files->faults);
    std::fprintf(stderr, "%zu rows are not as the help says; nothing was sent.\n",
                 files->faults.size());
    return kExitUsage;
  }
  if (files->lines.empty()) return Fail(absl::InvalidArgumentError("the files hold no rows"));
  api::v1::ImportRegisterResponse response;
  const grpc::Status status = Send(options, *files, &response);
  if (!status.ok()) return Fail(status, options.connection);
  return Report(options, *files, response);
}

}  // namespace

void AddImportCommand(Commands& commands) {
  commands.Add("import", "Take over an existing register from CSV files", Examples(), &AddOptions,
               &Run);
}

}  // namespace goodstanding::tools
