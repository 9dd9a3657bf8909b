#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "services/board_time.h"
#include "tools/command_line.h"
#include "tools/connection.h"
#include "tools/dossier_file.h"
#include "tools/dossier_html.h"
#include "tools/output.h"
#include "tools/verify_command.h"

namespace goodstanding::tools {
namespace {

constexpr char kAbout[] = "Write everything about one person, with proofs, for somebody outside";

constexpr char kExamples[] =
    "  goodstanding dossier ana --out ana.dossier --html ana.html\n"
    "  goodstanding verify-proof ana.dossier --key goodstanding/0a…+402d4ae1+AQOh…\n"
    "\n"
    "The file holds every event of the person as it is stored, the rules and activities that "
    "their\n"
    "standing rests on, a proof that all of them are in the signed log, and what the board says "
    "of\n"
    "them: reasons, timeline, account, a replay of each decision. With the log's public key it is\n"
    "checked anywhere, without a server. The page shows the same to a person.\n"
    "\n"
    "Names and free texts are left out unless --open is given; in the events they are sealed.";

struct DossierOptions {
  Connection connection;
  std::string certificant_id;
  std::string as_of;
  std::string out;
  std::string html;
  bool open = false;
};

void AddOptions(Command& command, DossierOptions& options) {
  command.Add("ID", options.certificant_id, "The certificant's id").Required();
  command.Add("--out", options.out, "File that is checked by verify-proof");
  command.Add("--html", options.html, "Page that is read by people");
  command.Add("--as-of", options.as_of,
              "Explain the standing at the end of this day, YYYY-MM-DD (default: today)");
  command.AddFlag("--open", options.open, "With name, contact and free texts");
  command.Add("--time-zone", options.connection.time_zone, "The board's time zone").ShowDefault();
  AddServer(command, options.connection);
}

absl::StatusOr<api::v1::Dossier> Fetch(const DossierOptions& options) {
  api::v1::GetDossierRequest request;
  request.set_certificant_id(options.certificant_id);
  request.set_open_personal(options.open);
  if (!options.as_of.empty()) {
    GS_ASSIGN_OR_RETURN(*request.mutable_as_of_date(), ReadDay(options.as_of));
  }
  const Client client = Connect(options.connection);
  grpc::ClientContext context;
  SetTimeout(absl::Minutes(5), context);
  const auto reader = client.evidence().GetDossier(&context, request);
  api::v1::Dossier dossier;
  api::v1::GetDossierResponse response;
  while (reader->Read(&response)) dossier.MergeFrom(response.part());
  GS_RETURN_IF_ERROR(FromCall(reader->Finish()));
  return dossier;
}

absl::Status Write(const std::string& path, const std::string& bytes) {
  if (path.empty()) return absl::OkStatus();
  GS_RETURN_IF_ERROR(WriteSmallFile(path, bytes));
  absl::PrintF("%s\n", path);
  return absl::OkStatus();
}

absl::StatusOr<int> MakeDossier(const DossierOptions& options) {
  if (options.out.empty() && options.html.empty()) {
    return absl::InvalidArgumentError("Say what is to be written: give --out, --html or both.");
  }
  GS_ASSIGN_OR_RETURN(const auto zone, services::BoardTime::Load(options.connection.time_zone));
  GS_ASSIGN_OR_RETURN(const api::v1::Dossier dossier, Fetch(options));
  GS_RETURN_IF_ERROR(Write(options.out, DossierFile(dossier, zone)));
  GS_RETURN_IF_ERROR(Write(options.html, DossierPage(dossier, zone)));
  return 0;
}

int Run(const DossierOptions& options) {
  const absl::StatusOr<int> code = MakeDossier(options);
  return code.ok() ? *code : Finish(code.status(), options.connection);
}

}  // namespace

void AddDossierCommand(Commands& commands) {
  commands.Add("dossier", kAbout, kExamples, &AddOptions, &Run);
}

}  // namespace goodstanding::tools
