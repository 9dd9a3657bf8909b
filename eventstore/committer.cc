#include "eventstore/committer.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "base/thread_name.h"
#include "eventstore/append_status.h"
#include "eventstore/limits.h"
#include "rocksdb/env.h"

namespace goodstanding::eventstore {
namespace {

// One write takes groups until it has so many appends or bytes.
constexpr size_t kWriteAppends = 4096;
constexpr size_t kWriteBytes = 8 << 20;
// With less room on the disk nothing is appended: flushes and merges need some, and RocksDB, as
// Debian builds it, may stop the process once a write of its own finds none.
constexpr uint64_t kReservedBytes = 256 << 20;

size_t GroupBytes(const std::vector<EventStore::Pending>& group) {
  size_t bytes = 0;
  for (const EventStore::Pending& pending : group) bytes += AppendBytes(pending.request);
  return bytes;
}

// RESOURCE_EXHAUSTED where the disk is nearly full; OK where that cannot be known. Cost: a call of
// the system.
absl::Status CheckRoom(rocksdb::DB& db) {
  uint64_t free = 0;
  if (!db.GetEnv()->GetFreeSpace(db.GetName(), &free).ok() || free >= kReservedBytes) {
    return absl::OkStatus();
  }
  return DiskNearlyFullError(free, kReservedBytes);
}

}  // namespace

Committer::Committer(const Database& database, const LogReader& reader, ErrorLatch& errors,
                     const HeadRow& head, TreeBuilder tree, CommitterSettings settings)
    : settings_(std::move(settings)),
      database_(database),
      db_(database.db()),
      errors_(errors),
      head_(head),
      batch_(database, reader, std::move(tree)),
      thread_([this] { Run(); }) {}

Committer::~Committer() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    work_.SignalAll();
  }
  thread_.join();
}

void Committer::Submit(Group group) {
  Group fit;
  fit.reserve(group.size());
  for (EventStore::Pending& pending : group) {
    absl::Status status = CheckAppend(pending.request);
    if (status.ok()) {
      fit.push_back(std::move(pending));
    } else {
      pending.done(std::move(status));
    }
  }
  if (fit.empty()) return;
  const absl::Status queued = Enqueue(fit);
  if (queued.ok()) return;
  for (EventStore::Pending& pending : fit) pending.done(queued);
}

// Takes the group, or says why not and leaves it.
absl::Status Committer::Enqueue(Group& group) {
  const size_t bytes = GroupBytes(group);
  GS_RETURN_IF_ERROR(errors_.Get());
  if (database_.WritesSlowed()) {
    return absl::ResourceExhaustedError("files are not written and merged as fast as events come");
  }
  const MutexLock lock(mutex_);
  if (stopping_) return absl::UnavailableError("the store is closing");
  if (queued_appends_ + group.size() > settings_.queue_appends ||
      queued_bytes_ + bytes > settings_.queue_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the queue of appends is full: ", queued_appends_, " appends of ",
                     queued_bytes_, " bytes wait"));
  }
  queued_appends_ += group.size();
  queued_bytes_ += bytes;
  queue_.push_back(std::move(group));
  work_.Signal();
  return absl::OkStatus();
}

void Committer::Run() {
  NameThread("committer");
  while (true) {
    Group group = Take();
    if (group.empty()) return;
    Commit(std::move(group));
  }
}

// Waits for work and takes as much as one write may hold; empty where the store closes.
Committer::Group Committer::Take() {
  const MutexLock lock(mutex_);
  while (queue_.empty() && !stopping_) work_.Wait(mutex_);
  Group taken;
  size_t bytes = 0;
  while (!queue_.empty() && taken.size() < kWriteAppends && bytes < kWriteBytes) {
    Group& group = queue_.front();
    bytes += GroupBytes(group);
    if (taken.empty()) {
      taken = std::move(group);
    } else {
      std::move(group.begin(), group.end(), std::back_inserter(taken));
    }
    queue_.pop_front();
  }
  queued_appends_ -= taken.size();
  queued_bytes_ -= bytes;
  return taken;
}

// Every member of a group whose write failed gets the same answer, also one that was refused: the
// refusal may rest on an append that is now not known to be stored.
void Committer::Commit(Group group) {
  absl::Status refusal = errors_.Get();
  if (refusal.ok()) refusal = CheckRoom(db_);
  if (!refusal.ok()) return Answer(group, Results(group.size(), refusal));

  const int64_t now = absl::ToUnixMicros(settings_.clock->Now());
  batch_.Begin(head_, std::max(now, head_.recorded_micros));
  Results results;
  results.reserve(group.size());
  for (EventStore::Pending& pending : group) results.push_back(batch_.Add(pending.request));
  if (batch_.empty()) return Answer(group, std::move(results));

  const absl::Status written = Write(batch_.head());
  if (!written.ok()) return Answer(group, Results(group.size(), written));
  Answer(group, std::move(results));
}

absl::Status Committer::Write(const HeadRow& head) {
  rocksdb::WriteOptions options;
  options.sync = settings_.sync;
  const auto begun = std::chrono::steady_clock::now();
  const rocksdb::Status written = db_.Write(options, &batch_.Finish());
  if (!written.ok()) {
    const absl::Status reason = FromRocks(written, "writing a group");
    errors_.Set(reason);
    return OutcomeUnknownError(reason.message());
  }
  if (settings_.on_commit) {
    settings_.on_commit(absl::FromChrono(std::chrono::steady_clock::now() - begun),
                        head.position - head_.position);
  }
  batch_.Commit();
  head_ = head;
  settings_.publish(head_);
  return absl::OkStatus();
}

void Committer::Answer(Group& group, Results results) const {
  GS_CHECK(group.size() == results.size());
  for (size_t i = 0; i < group.size(); ++i) group[i].done(std::move(results[i]));
}

}  // namespace goodstanding::eventstore
