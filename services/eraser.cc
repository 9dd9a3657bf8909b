#include "services/eraser.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/thread_name.h"
#include "projections/codec.h"
#include "services/server_command.h"

namespace goodstanding::services {
namespace {

using type::v1::ERASURE_STAGE_BEGUN;
using type::v1::ERASURE_STAGE_COMPLETED;
using type::v1::ERASURE_STAGE_SCHEDULED;

}  // namespace

absl::Status ReapplyErasures(const eventstore::EventStore& store, eventstore::KeyStore& keys) {
  projections::Erasures erasures;
  GS_RETURN_IF_ERROR(erasures.CatchUp(store));
  for (const auto& [certificant_id, progress] : erasures.by_certificant()) {
    if (progress.stage != ERASURE_STAGE_BEGUN && progress.stage != ERASURE_STAGE_COMPLETED)
      continue;
    const std::string stream = projections::CertificantStream(certificant_id);
    const absl::Status found = keys.FindKey(stream).status();
    if (absl::IsNotFound(found)) continue;
    GS_RETURN_IF_ERROR(found);
    GS_RETURN_IF_ERROR(keys.DestroyKey(stream));
  }
  return absl::OkStatus();
}

Eraser::Eraser(const eventstore::EventStore& store, eventstore::KeyStore& keys,
               CommandProcessor& processor, const BoardTime& time, const Clock& clock,
               EraserOptions options)
    : store_(store),
      keys_(keys),
      processor_(processor),
      time_(time),
      clock_(clock),
      options_(std::move(options)) {}

Eraser::~Eraser() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.SignalAll();
  }
  if (thread_.joinable()) thread_.join();
}

void Eraser::EraseEach(absl::Duration interval) {
  thread_ = std::thread([this, interval] { Run(interval); });
}

bool Eraser::Stopping() {
  const MutexLock lock(mutex_);
  return stopping_;
}

// What could not be done was told, and is tried again the next time.
void Eraser::Run(absl::Duration interval) {
  NameThread("eraser");
  while (true) {
    EraseDue().IgnoreError();
    const MutexLock lock(mutex_);
    if (!stopping_) changed_.WaitFor(mutex_, absl::ToChronoNanoseconds(interval));
    if (stopping_) return;
  }
}

absl::Status Eraser::EraseDue() {
  std::map<std::string, int64_t> refused;
  absl::Status status = erasures_.CatchUp(store_);
  if (!status.ok()) {
    Note(status, refused);
    Tell(std::move(refused));
    return status;
  }
  const domain::Date today = time_.At(clock_.Now()).date;
  for (const auto& [certificant_id, progress] : erasures_.by_certificant()) {
    const bool due = progress.stage == ERASURE_STAGE_SCHEDULED && progress.due <= today;
    if (!due && progress.stage != ERASURE_STAGE_BEGUN) continue;
    if (Stopping()) return status;
    const absl::Status erased = Erase(certificant_id, progress.stage);
    if (!erased.ok()) Note(erased, refused);
    status.Update(erased);
  }
  Tell(std::move(refused));
  return status;
}

void Eraser::Note(const absl::Status& refusal, std::map<std::string, int64_t>& by_reason) {
  ++by_reason[ReasonOrCode(refusal)];
  if (options_.refusals != nullptr) options_.refusals->Add(refusal);
}

// A hold may stand for years: it is told of once.
void Eraser::Tell(std::map<std::string, int64_t> by_reason) {
  if (by_reason == told_) return;
  told_ = std::move(by_reason);
  if (!options_.tell) return;
  for (const auto& [reason, persons] : told_) options_.tell(reason, persons);
}

// Intent, deed, done: a crash in between leaves what comes next to be done.
absl::Status Eraser::Erase(const std::string& certificant_id, type::v1::ErasureStage stage) {
  if (options_.gate != nullptr) GS_RETURN_IF_ERROR(options_.gate->Check());
  event::v1::CertificantEvent fact;
  if (stage == ERASURE_STAGE_SCHEDULED) {
    fact.mutable_erasure_begun();
    GS_RETURN_IF_ERROR(Record(certificant_id, fact));
  }
  GS_RETURN_IF_ERROR(keys_.DestroyKey(projections::CertificantStream(certificant_id)));
  fact.mutable_erasure_completed();
  return Record(certificant_id, fact);
}

// An answer with an unknown outcome is settled by the next look at the log.
absl::Status Eraser::Record(const std::string& certificant_id,
                            const event::v1::CertificantEvent& fact) {
  Proposal proposal;
  proposal.id = certificant_id;
  proposal.fact = fact;
  // An erasure that was called off and asked for anew is another one: versions only grow.
  return RecordAsServer(processor_,
                        absl::StrCat("erasure/", certificant_id, "/", projections::KindOf(fact),
                                     "/", erasures_.version()),
                        std::move(proposal));
}

}  // namespace goodstanding::services
