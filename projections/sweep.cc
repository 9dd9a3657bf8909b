#include "projections/sweep.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/status_macros.h"
#include "base/thread_name.h"
#include "projections/codec.h"

namespace goodstanding::projections {
namespace {

constexpr int kRangesPerThread = 32;

// Nobody, in the memory of the one before.
void BeginAnew(ReplayedCertificant& certificant) {
  ReplayedCertificant next;
  const auto keep = [](auto& from, auto& to) {
    from.clear();
    to = std::move(from);
  };
  keep(certificant.state.milestones, next.state.milestones);
  keep(certificant.state.credits, next.state.credits);
  keep(certificant.state.payments, next.state.payments);
  keep(certificant.state.memberships, next.state.memberships);
  keep(certificant.state.fixed, next.state.fixed);
  certificant = std::move(next);
}

}  // namespace

absl::Status SweepRange(const eventstore::EventStore& store, const eventstore::StreamRange& range,
                        int64_t position, const CertificantVisitor& visit) {
  std::string id;
  ReplayedCertificant certificant;
  CertificantDecoder decoder;
  const auto finish = [&]() -> absl::Status {
    return certificant.state.version == 0 ? absl::OkStatus() : visit(id, certificant);
  };
  const auto take = [&](const eventstore::SkimmedRecord& record) -> absl::Status {
    if (record.version == 1) {
      GS_RETURN_IF_ERROR(finish());
      BeginAnew(certificant);
      id = std::string(record.stream.substr(kCertificantPrefix.size()));
    }
    GS_ASSIGN_OR_RETURN(const event::v1::CertificantEvent* const event, decoder.Decode(record));
    return Advance(record, *event, certificant);
  };
  GS_RETURN_IF_ERROR(store.SkimStreams(range, position, take));
  return finish();
}

absl::Status RunTasks(size_t count, int threads, const std::function<absl::Status(size_t)>& task) {
  std::atomic<size_t> next = 0;
  std::atomic<bool> failed = false;
  Mutex mutex;
  absl::Status status;
  size_t failed_task = count;
  const auto work = [&] {
    NameThread("sweep");
    YieldToOthers();
    for (size_t i = next++; i < count && !failed; i = next++) {
      const absl::Status done = task(i);
      if (done.ok()) continue;
      failed = true;
      const MutexLock lock(mutex);
      if (i >= failed_task) continue;
      failed_task = i;
      status = done;
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  return status;
}

absl::StatusOr<std::vector<eventstore::StreamRange>> CertificantRanges(
    const eventstore::EventStore& store, int threads) {
  return store.SplitStreams(kCertificantPrefix, threads == 1 ? 1 : threads * kRangesPerThread);
}

}  // namespace goodstanding::projections
