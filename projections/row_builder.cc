#include "projections/row_builder.h"

#include <algorithm>

namespace goodstanding::projections {
namespace {

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

}  // namespace

RowBuilder::RowBuilder(const BoardFacts& board)
    : catalogue_(*board.catalogue),
      rules_(board.rulebook->Newest()),
      rules_position_(NewestRulesPosition(*board.rulebook)) {}

view::v1::CertificantRow RowBuilder::Build(const ReplayedCertificant& certificant) const {
  view::v1::CertificantRow row;
  Build(certificant, row);
  return row;
}

void RowBuilder::Build(const ReplayedCertificant& certificant,
                       view::v1::CertificantRow& row) const {
  int64_t position = std::max(certificant.position, rules_position_);
  for (const domain::CreditRecord& record : certificant.state.credits) {
    if (record.activity_id.empty()) continue;
    position = std::max(position, NewestPosition(catalogue_.Find(record.activity_id)));
  }
  BuildRow({certificant.state, rules_, catalogue_, domain::Knowledge{}}, position, row);
}

std::vector<std::string> ActivitiesOf(const domain::CertificantState& state) {
  std::vector<std::string> activities;
  for (const domain::CreditRecord& record : state.credits) {
    if (!record.activity_id.empty()) activities.push_back(record.activity_id);
  }
  std::sort(activities.begin(), activities.end());
  activities.erase(std::unique(activities.begin(), activities.end()), activities.end());
  return activities;
}

view::v1::Checkpoint CheckpointAt(absl::string_view origin, int64_t position) {
  view::v1::Checkpoint checkpoint;
  checkpoint.set_origin(std::string(origin));
  checkpoint.set_position(position);
  checkpoint.set_schema_version(kViewSchemaVersion);
  checkpoint.set_evaluator_revision(domain::kEvaluatorRevision);
  return checkpoint;
}

bool IsOfThisProgram(const view::v1::Checkpoint& checkpoint) {
  return checkpoint.schema_version() == kViewSchemaVersion &&
         checkpoint.evaluator_revision() == domain::kEvaluatorRevision;
}

}  // namespace goodstanding::projections
