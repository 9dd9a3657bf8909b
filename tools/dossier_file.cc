#include "tools/dossier_file.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tools/dispute_text.h"
#include "tools/history_text.h"
#include "tools/output.h"
#include "tools/person_text.h"
#include "tools/replay_text.h"
#include "verify/dossier.h"
#include "verify/hashes.h"

namespace goodstanding::tools {
namespace {

using api::v1::Dossier;

void AddBlock(absl::string_view name, absl::string_view bytes, std::string& file) {
  absl::StrAppend(&file, "block ", name, " ", bytes.size(), "\n", bytes, "\n");
}

void AddStatement(absl::string_view name, absl::string_view text, std::string& file) {
  AddBlock(absl::StrCat("statement ", name), text, file);
}

std::vector<api::v1::HistoryEvent> EventsOf(const Dossier& dossier) {
  std::vector<api::v1::HistoryEvent> events;
  for (const api::v1::DossierEvent& event : dossier.events()) events.push_back(event.event());
  return events;
}

void AddStatements(const Dossier& dossier, const services::BoardTime& zone, std::string& file) {
  const Style style;
  if (!dossier.name().empty() || !dossier.email().empty()) {
    AddStatement("person",
                 NameValueLines({{"Name", Printable(dossier.name())},
                                 {"E-mail", Printable(dossier.email())},
                                 {"Address", Printable(dossier.postal_address())}}),
                 file);
  }
  const std::vector<api::v1::HistoryEvent> events = EventsOf(dossier);
  AddStatement("events", EventsText(events, zone, true, style), file);
  const std::vector<DisputeChain> disputes = DisputeChains(events);
  if (!disputes.empty()) AddStatement("disputes", DisputesText(disputes, zone, style), file);
  AddStatement("explanation", ExplanationText(dossier.explanation(), style), file);
  AddStatement("timeline", TimelineText(dossier.timeline(), style), file);
  for (const auto& transcript : dossier.transcripts()) {
    AddStatement(absl::StrCat("credits ", transcript.cycle().period().last_date().year()),
                 TranscriptText(transcript, style), file);
  }
  AddStatement("account", AccountText(dossier.account(), style), file);
  for (const auto& replay : dossier.replays()) {
    AddStatement(absl::StrCat("replay ", replay.recorded().position()), ReplayText(replay, style),
                 file);
  }
}

// Lines that name the accounts that were merged into the person's.
std::string AccountLines(const Dossier& dossier) {
  constexpr absl::string_view kPrefix = "certificant/";
  std::set<std::string> accounts;
  for (const api::v1::DossierEvent& event : dossier.events()) {
    absl::string_view id = event.event().record().stream();
    if (absl::ConsumePrefix(&id, kPrefix) && id != dossier.certificant_id()) {
      accounts.insert(std::string(id));
    }
  }
  std::string lines;
  for (const std::string& account : accounts) absl::StrAppend(&lines, "account ", account, "\n");
  return lines;
}

}  // namespace

std::string DossierFile(const Dossier& dossier, const services::BoardTime& zone) {
  std::string file =
      absl::StrCat(verify::kDossierTitle, "\ncertificant ", dossier.certificant_id(), "\n");
  file += AccountLines(dossier);
  AddBlock("checkpoint", dossier.checkpoint(), file);
  AddBlock("key-rotations", dossier.key_rotations(), file);
  for (const api::v1::DossierEvent& event : dossier.events()) {
    absl::StrAppend(&file, "event ", absl::Base64Escape(event.record()), "\n");
  }
  for (const std::string& hash : dossier.proof_hashes()) {
    absl::StrAppend(&file, "hash ", absl::Base64Escape(hash), "\n");
  }
  AddStatements(dossier, zone, file);
  const verify::Hash digest = verify::Sha256(file);
  absl::StrAppend(&file, "end ", absl::BytesToHexString(verify::BytesOf(digest)), "\n");
  return file;
}

}  // namespace goodstanding::tools
