#include "projections/rebuild.h"

#include <algorithm>
#include <set>

#include "base/status_macros.h"
#include "domain/evaluate.h"
#include "projections/codec.h"

namespace goodstanding::projections {
namespace {

constexpr int kRowsPerBatch = 1000;

int64_t NewestRulesPosition(const domain::Rulebook& rulebook) {
  int64_t newest = 0;
  for (const auto& [name, revisions] : rulebook.revisions()) {
    newest = std::max(newest, revisions.back().position);
  }
  return newest;
}

int64_t NewestPosition(const domain::CatalogueEntry* entry) {
  int64_t newest = 0;
  if (entry == nullptr) return newest;
  for (const domain::CatalogueFact& fact : entry->facts) newest = std::max(newest, fact.position);
  return newest;
}

// Rows of the named streams, as far as they are there by the facts' position.
absl::StatusOr<ViewBatch> BuildPage(const eventstore::EventStore& store,
                                    const std::vector<std::string>& streams, int64_t position,
                                    const RowBuilder& rows) {
  ViewBatch batch;
  for (const std::string& stream : streams) {
    const std::string id = stream.substr(kCertificantPrefix.size());
    GS_ASSIGN_OR_RETURN(const ReplayedCertificant certificant,
                        ReplayCertificant(store, id, {.max_position = position}));
    if (certificant.state.version == 0) continue;
    batch.rows.emplace(id, rows.Build(certificant));
    for (auto& pair : ActivityIndexOf(id, certificant.state)) {
      batch.activity_certificants.push_back(std::move(pair));
    }
  }
  return batch;
}

int64_t EventsIn(const ViewBatch& batch) {
  int64_t events = 0;
  for (const auto& [id, row] : batch.rows) events += row.version();
  return events;
}

}  // namespace

RowBuilder::RowBuilder(const BoardFacts& board)
    : catalogue_(*board.catalogue),
      rules_(board.rulebook->Newest()),
      rules_position_(NewestRulesPosition(*board.rulebook)) {}

view::v1::CertificantRow RowBuilder::Build(const ReplayedCertificant& certificant) const {
  int64_t position = std::max(certificant.position, rules_position_);
  for (const domain::CreditRecord& record : certificant.state.credits) {
    if (record.activity_id.empty()) continue;
    position = std::max(position, NewestPosition(catalogue_.Find(record.activity_id)));
  }
  return BuildRow({certificant.state, rules_, catalogue_, domain::Knowledge{}}, position);
}

std::vector<std::pair<std::string, std::string>> ActivityIndexOf(
    absl::string_view certificant_id, const domain::CertificantState& state) {
  std::set<std::string> activities;
  for (const domain::CreditRecord& record : state.credits) {
    if (!record.activity_id.empty()) activities.insert(record.activity_id);
  }
  std::vector<std::pair<std::string, std::string>> index;
  for (const std::string& activity : activities) {
    index.emplace_back(activity, std::string(certificant_id));
  }
  return index;
}

view::v1::Checkpoint CheckpointAt(absl::string_view origin, int64_t position) {
  view::v1::Checkpoint checkpoint;
  checkpoint.set_origin(std::string(origin));
  checkpoint.set_position(position);
  checkpoint.set_schema_version(kViewSchemaVersion);
  checkpoint.set_evaluator_revision(domain::kEvaluatorRevision);
  return checkpoint;
}

absl::Status Rebuild(const eventstore::EventStore& store, const BoardFacts& board,
                     const RebuildControl& control, Views& views) {
  GS_RETURN_IF_ERROR(views.DropStaged());
  const RowBuilder rows(board);
  std::string after;
  int64_t events_done = 0;
  while (true) {
    if (control.cancelled && control.cancelled()) return absl::CancelledError("stopping");
    GS_ASSIGN_OR_RETURN(const std::vector<std::string> streams,
                        store.ListStreams(kCertificantPrefix, after, kRowsPerBatch));
    if (streams.empty()) break;
    GS_ASSIGN_OR_RETURN(const ViewBatch batch, BuildPage(store, streams, board.position, rows));
    GS_RETURN_IF_ERROR(views.Stage(batch));
    events_done += EventsIn(batch);
    if (control.progress) control.progress(events_done);
    after = streams.back();
  }
  return views.Switch(CheckpointAt(store.Origin(), board.position));
}

}  // namespace goodstanding::projections
