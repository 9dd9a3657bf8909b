#include "projections/page_taker.h"

#include "base/status_macros.h"
#include "projections/codec.h"
#include "projections/row_builder.h"

namespace goodstanding::projections {

absl::StatusOr<bool> PageTaker::TakePage(int records) {
  GS_ASSIGN_OR_RETURN(
      const eventstore::Page log,
      store_.ReadLog(board_.position + 1, eventstore::Direction::kForward, records));
  BoardFolder folder(board_);
  Touched touched;
  bool taken = false;
  for (const eventstore::Record& record : log.records) {
    if (StreamId(record.stream(), kRulesPrefix)) break;
    GS_RETURN_IF_ERROR(folder.Take(record));
    GS_RETURN_IF_ERROR(TakeRecord(record, touched));
    taken = true;
  }
  if (!taken) return false;
  BoardFacts after = std::move(folder).Finish();
  GS_RETURN_IF_ERROR(WriteRows(after, std::move(touched)));
  board_ = std::move(after);
  return true;
}

absl::Status PageTaker::TakeRecord(const eventstore::Record& record, Touched& touched) {
  if (const auto id = StreamId(record.stream(), kCertificantPrefix)) {
    return TakeCertificantRecord(std::string(*id), record, touched);
  }
  if (const auto activity_id = StreamId(record.stream(), kActivityPrefix)) {
    GS_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                        views_.CertificantsOf(*activity_id, target_ == Target::kStaged));
    for (const std::string& id : ids) touched.try_emplace(id);
  }
  return absl::OkStatus();
}

absl::Status PageTaker::TakeCertificantRecord(const std::string& id,
                                              const eventstore::Record& record, Touched& touched) {
  std::optional<ReplayedCertificant>& certificant = touched[id];
  if (!certificant.has_value()) certificant = cache_.Take(id);
  if (!certificant.has_value() && record.version() == 1) certificant.emplace();
  if (!certificant.has_value()) return absl::OkStatus();
  return Advance(record, *certificant);
}

absl::Status PageTaker::WriteRows(const BoardFacts& board, Touched touched) {
  const RowBuilder rows(board);
  ViewBatch batch;
  batch.checkpoint = CheckpointAt(store_.Origin(), board.position);
  for (auto& [id, folded] : touched) {
    GS_ASSIGN_OR_RETURN(ReplayedCertificant certificant,
                        Obtain(id, std::move(folded), board.position));
    batch.rows.emplace(id, rows.Build(certificant));
    for (const std::string& activity_id : ActivitiesOf(certificant.state)) {
      batch.activity_certificants.emplace_back(activity_id, id);
    }
    cache_.Put(id, std::move(certificant));
  }
  return target_ == Target::kLive ? views_.Write(batch) : views_.Stage(batch);
}

// A state at the page's end: as folded, as cached where the page has no event of it, or replayed.
absl::StatusOr<ReplayedCertificant> PageTaker::Obtain(const std::string& id,
                                                      std::optional<ReplayedCertificant> folded,
                                                      int64_t position) {
  if (!folded.has_value()) folded = cache_.Take(id);
  if (folded.has_value()) return *std::move(folded);
  return ReplayCertificant(store_, id, {.max_position = position});
}

}  // namespace goodstanding::projections
