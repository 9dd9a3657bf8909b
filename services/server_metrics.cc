#include "services/server_metrics.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "domain/evaluate.h"

namespace goodstanding::services {
namespace {

// Files come and go meanwhile: what is not there any more counts nothing.
int64_t FolderBytes(const std::string& folder) {
  int64_t bytes = 0;
  std::error_code error;
  auto entry = std::filesystem::recursive_directory_iterator(folder, error);
  while (!error && entry != std::filesystem::recursive_directory_iterator()) {
    std::error_code gone;
    const auto size = entry->is_regular_file(gone) ? entry->file_size(gone) : 0;
    if (!gone) bytes += static_cast<int64_t>(size);
    entry.increment(error);
  }
  return bytes;
}

double CheckpointAge(const FigureSources& sources, int64_t head) {
  const auto checkpoint = sources.store.FindCheckpoint(head);
  const int64_t covered = checkpoint.ok() && checkpoint->has_value() ? (*checkpoint)->size : 0;
  if (covered >= head) return 0;
  const auto next =
      sources.store.ReadLog(covered + 1, eventstore::Direction::kForward, /*limit=*/1);
  if (!next.ok() || next->records.empty()) return 0;
  const absl::Time recorded = absl::FromUnixMicros(next->records[0].recorded_micros());
  return std::max(0.0, absl::ToDoubleSeconds(sources.clock.Now() - recorded));
}

double RebuildProgress(const projections::Projector& projector) {
  for (const projections::BuildStatus& build : projector.Builds()) {
    if (build.ended()) continue;
    if (build.events_total == 0) return 0;
    return std::min(
        1.0, static_cast<double>(build.events_done) / static_cast<double>(build.events_total));
  }
  return 1;
}

}  // namespace

ServerFigures GatherFigures(const FigureSources& sources) {
  ServerFigures figures;
  sources.commits.FillIn(figures);
  AddRefusals(sources.erasure_refusals, figures.erasure_refusals);
  figures.view_position = sources.projector.AppliedPosition();  // First: it is never ahead.
  figures.head_position = sources.store.Head();
  figures.rebuild_progress = RebuildProgress(sources.projector);
  const Feed::Figures feed = sources.feed.figures();
  figures.subscribers = feed.subscribers;
  figures.subscriber_lag = feed.worst_lag;
  figures.checkpoint_age_seconds = CheckpointAge(sources, figures.head_position);
  figures.commands_waiting = sources.processor.WaitingCount();
  const auto stall = sources.store.Stall();
  figures.write_stopped = stall.stopped;
  figures.delayed_write_rate = stall.delayed_bytes_per_second;
  for (const char* const database : {"log", "keys", "views"}) {
    figures.database_bytes.emplace_back(database,
                                        FolderBytes(absl::StrCat(sources.data_dir, "/", database)));
  }
  std::error_code error;
  const auto space = std::filesystem::space(sources.data_dir, error);
  if (!error) figures.disk_free_bytes = static_cast<int64_t>(space.available);
  figures.read_only = sources.gate.read_only();
  figures.clock_suspect = !sources.clock.Suspicion().empty();
  figures.writer_poisoned = !sources.store.Health().ok();
  figures.last_backup_seconds = absl::ToUnixSeconds(sources.backups.newest());
  figures.evaluator_revision = domain::kEvaluatorRevision;
  return figures;
}

}  // namespace goodstanding::services
