#include "projections/replay.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "projections/codec.h"

namespace goodstanding::projections {
namespace {

using event::v1::Record;

constexpr int kStreamsPerPage = 1000;

absl::Status ApplyActivity(const Record& record, absl::string_view activity_id,
                           domain::Catalogue& catalogue) {
  GS_ASSIGN_OR_RETURN(const event::v1::ActivityEvent event, DecodeActivity(record));
  return catalogue.Apply(activity_id, record.position(), record.recorded_micros(),
                         StampOf(record).effective, event);
}

// A rule set in the log was valid when it was published: that it is refused now is damage.
absl::Status ApplyRules(const Record& record, domain::Rulebook& rulebook) {
  GS_ASSIGN_OR_RETURN(const event::v1::RuleSetEvent event, DecodeRuleSet(record));
  const absl::Status status = rulebook.Apply(record.position(), record.recorded_micros(), event);
  if (status.ok() || absl::IsDataLoss(status)) return status;
  return absl::DataLossError(absl::StrCat("position ", record.position(), ": ", status.message()));
}

// Calls `visit` for each event up to `last` of each stream of a prefix, with the id behind the
// prefix.
absl::Status VisitStreams(
    const eventstore::EventStore& store, absl::string_view prefix, int64_t last,
    const std::function<absl::Status(absl::string_view id, const Record& record)>& visit) {
  std::string after;
  while (true) {
    GS_ASSIGN_OR_RETURN(const std::vector<std::string> streams,
                        store.ListStreams(prefix, after, kStreamsPerPage));
    if (streams.empty()) return absl::OkStatus();
    for (const std::string& stream : streams) {
      const absl::string_view id = absl::string_view(stream).substr(prefix.size());
      GS_RETURN_IF_ERROR(store.VisitStream(stream, [&](const Record& record) {
        return record.position() > last ? absl::OkStatus() : visit(id, record);
      }));
    }
    after = streams.back();
  }
}

absl::Status Advance(const domain::Stamp& stamp, int64_t version,
                     const event::v1::CertificantEvent& event, ReplayedCertificant& certificant) {
  if (version != certificant.state.version + 1) {
    return absl::DataLossError(absl::StrCat("position ", stamp.position, ": version ", version,
                                            " follows version ", certificant.state.version));
  }
  certificant.position = stamp.position;
  return domain::Evolve(event, stamp, certificant.state);
}

}  // namespace

absl::Status Advance(const Record& record, ReplayedCertificant& certificant) {
  GS_ASSIGN_OR_RETURN(const event::v1::CertificantEvent event, DecodeCertificant(record));
  return Advance(record, event, certificant);
}

absl::Status Advance(const Record& record, const event::v1::CertificantEvent& event,
                     ReplayedCertificant& certificant) {
  return Advance(StampOf(record), record.version(), event, certificant);
}

absl::Status Advance(const eventstore::SkimmedRecord& record,
                     const event::v1::CertificantEvent& event, ReplayedCertificant& certificant) {
  return Advance(StampOf(record), record.version, event, certificant);
}

absl::StatusOr<ReplayedCertificant> ReplayCertificant(const eventstore::EventStore& store,
                                                      absl::string_view certificant_id,
                                                      const domain::Knowledge& knowledge) {
  ReplayedCertificant certificant;
  GS_RETURN_IF_ERROR(
      store.VisitStream(CertificantStream(certificant_id), [&](const Record& record) {
        if (!knowledge.Sees(record.position(), record.recorded_micros())) return absl::OkStatus();
        return Advance(record, certificant);
      }));
  return certificant;
}

absl::StatusOr<domain::CertificantState> LoadCertificant(const eventstore::EventStore& store,
                                                         absl::string_view certificant_id,
                                                         const domain::Knowledge& knowledge) {
  GS_ASSIGN_OR_RETURN(ReplayedCertificant certificant,
                      ReplayCertificant(store, certificant_id, knowledge));
  return std::move(certificant.state);
}

absl::StatusOr<BoardFacts> LoadBoardFacts(const eventstore::EventStore& store, int64_t position) {
  const int64_t last = std::min(position, store.Head());
  auto catalogue = std::make_shared<domain::Catalogue>();
  int64_t changed = 0;
  GS_RETURN_IF_ERROR(
      VisitStreams(store, kActivityPrefix, last, [&](absl::string_view id, const Record& record) {
        changed = std::max(changed, record.position());
        return ApplyActivity(record, id, *catalogue);
      }));
  std::vector<Record> rules;
  GS_RETURN_IF_ERROR(
      VisitStreams(store, kRulesPrefix, last, [&](absl::string_view, const Record& record) {
        rules.push_back(record);
        return absl::OkStatus();
      }));
  std::sort(rules.begin(), rules.end(),
            [](const Record& a, const Record& b) { return a.position() < b.position(); });
  GS_RETURN_IF_ERROR(VisitStreams(
      store, kLogPrefix, last,
      [](absl::string_view, const Record& record) { return DecodeLog(record).status(); }));
  auto rulebook = std::make_shared<domain::Rulebook>();
  for (const Record& record : rules) GS_RETURN_IF_ERROR(ApplyRules(record, *rulebook));
  if (!rules.empty()) changed = std::max(changed, rules.back().position());
  return BoardFacts{std::move(rulebook), std::move(catalogue), last, changed};
}

absl::Status Advance(const Record& record, BoardFacts& facts) {
  BoardFolder folder(facts);
  GS_RETURN_IF_ERROR(folder.Take(record));
  facts = std::move(folder).Finish();
  return absl::OkStatus();
}

absl::Status BoardFolder::Take(const Record& record) {
  if (const auto activity_id = StreamId(record.stream(), kActivityPrefix)) {
    GS_RETURN_IF_ERROR(ApplyActivity(record, *activity_id, OwnCatalogue()));
    facts_.changed = record.position();
  } else if (StreamId(record.stream(), kRulesPrefix)) {
    GS_RETURN_IF_ERROR(ApplyRules(record, OwnRulebook()));
    facts_.changed = record.position();
  } else if (StreamId(record.stream(), kLogPrefix)) {
    // Moves no standing; but a kind that a newer program wrote stops this one.
    GS_RETURN_IF_ERROR(DecodeLog(record).status());
  } else if (!StreamId(record.stream(), kCertificantPrefix)) {
    return absl::DataLossError(absl::StrCat("position ", record.position(), ": the stream ",
                                            record.stream(), " is none that this program knows"));
  }
  facts_.position = record.position();
  return absl::OkStatus();
}

BoardFacts BoardFolder::Finish() && {
  if (rulebook_ != nullptr) facts_.rulebook = std::move(rulebook_);
  if (catalogue_ != nullptr) facts_.catalogue = std::move(catalogue_);
  return std::move(facts_);
}

domain::Rulebook& BoardFolder::OwnRulebook() {
  if (rulebook_ == nullptr) rulebook_ = std::make_shared<domain::Rulebook>(*facts_.rulebook);
  return *rulebook_;
}

domain::Catalogue& BoardFolder::OwnCatalogue() {
  if (catalogue_ == nullptr) catalogue_ = std::make_shared<domain::Catalogue>(*facts_.catalogue);
  return *catalogue_;
}

}  // namespace goodstanding::projections
