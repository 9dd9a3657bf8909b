#include <cstdint>
#include <filesystem>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/output.h"
#include "tools/verify_command.h"

namespace goodstanding::tools {
namespace {

constexpr size_t kMaxBytes = 3 << 20;

constexpr char kExamples[] =
    "  goodstanding evidence put ana --file bank.pdf --dispute 61\n"
    "  goodstanding evidence put ana --file certificate.pdf --credit c1\n"
    "  goodstanding evidence get ana --position 62 --out bank.pdf\n"
    "\n"
    "A document of at most 3 MiB is kept beside the log, sealed under the person's key; the event\n"
    "at the printed position has its digest. Erasing the person makes it unreadable.";
constexpr char kPutExamples[] = "  goodstanding evidence put ana --file bank.pdf --dispute 61";
constexpr char kGetExamples[] = "  goodstanding evidence get ana --position 62 --out bank.pdf";

struct EvidenceOptions {
  Connection connection;
  std::string certificant_id;
  std::string request_id;
  std::string file;
  std::string media_type;
  std::string credit;
  std::string out;
  int64_t dispute = 0;
  int64_t position = 0;
};

void AddPutOptions(Command& command, EvidenceOptions& options) {
  command.Add("ID", options.certificant_id, "The certificant's id").Required();
  command.Add("--file", options.file, "The document; its name is stored sealed").Required();
  command.Add("--credit", options.credit, "Reference of the credit record that it documents");
  command.Add("--dispute", options.dispute, "Log position of the dispute that it belongs to")
      .AtLeast(1);
  command.Add("--type", options.media_type, "Media type (default: by the name's ending)");
  AddRequestId(command, options.request_id);
  AddConnection(command, options.connection);
}

void AddGetOptions(Command& command, EvidenceOptions& options) {
  command.Add("ID", options.certificant_id, "The certificant's id").Required();
  command.Add("--position", options.position, "Log position of the event that attached it")
      .AtLeast(1)
      .Required();
  command.Add("--out", options.out, "File to write").Required();
  AddServer(command, options.connection);
}

std::string MediaType(const EvidenceOptions& options) {
  if (!options.media_type.empty()) return options.media_type;
  constexpr std::pair<const char*, const char*> kTypes[] = {{".pdf", "application/pdf"},
                                                            {".png", "image/png"},
                                                            {".jpg", "image/jpeg"},
                                                            {".jpeg", "image/jpeg"},
                                                            {".txt", "text/plain"}};
  for (const auto& [ending, type] : kTypes) {
    if (absl::EndsWithIgnoreCase(options.file, ending)) return type;
  }
  return "application/octet-stream";
}

absl::Status PutFile(const EvidenceOptions& options) {
  GS_ASSIGN_OR_RETURN(const std::string content, ReadSmallFile(options.file, kMaxBytes));
  if (content.empty()) return absl::InvalidArgumentError(absl::StrCat(options.file, " is empty"));
  api::v1::AttachEvidenceRequest request;
  request.mutable_header()->set_request_id(RequestIdOf(options.request_id));
  request.set_certificant_id(options.certificant_id);
  request.set_credit_reference(options.credit);
  request.set_dispute_position(options.dispute);
  request.set_file_name(std::filesystem::path(options.file).filename().string());
  request.set_media_type(MediaType(options));
  request.set_content(content);
  return GiveCommand(options.connection, request,
                     absl::StrCat(options.certificant_id, ": ", content.size(), " bytes kept"));
}

absl::Status GetFile(const EvidenceOptions& options) {
  api::v1::GetEvidenceRequest request;
  request.set_certificant_id(options.certificant_id);
  request.set_position(options.position);
  const Client client = Connect(options.connection);
  api::v1::GetEvidenceResponse response;
  GS_RETURN_IF_ERROR(FromCall(
      Call(client.evidence(), &api::v1::EvidenceService::Stub::GetEvidence, request, response)));
  GS_RETURN_IF_ERROR(WriteSmallFile(options.out, response.content()));
  absl::PrintF("%s\n", options.out);
  return absl::OkStatus();
}

int Put(const EvidenceOptions& options) { return Finish(PutFile(options), options.connection); }
int Get(const EvidenceOptions& options) { return Finish(GetFile(options), options.connection); }

}  // namespace

void AddEvidenceCommands(Commands& commands) {
  Commands evidence =
      commands.AddGroup("evidence", "Documents of a person, kept sealed beside the log", kExamples);
  evidence.Add("put", "Keep a document, and record that it came", kPutExamples, &AddPutOptions,
               &Put);
  evidence.Add("get", "Write a document that is kept to a file", kGetExamples, &AddGetOptions,
               &Get);
}

}  // namespace goodstanding::tools
