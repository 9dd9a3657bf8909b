#include "eventstore/group_batch.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "eventstore/keys.h"

namespace goodstanding::eventstore {
namespace {

// Streams whose version is remembered are at most twice as many: some 20 MB.
constexpr size_t kVersionGeneration = 100'000;

}  // namespace

GroupBatch::GroupBatch(const Database& database, const LogReader& reader, TreeBuilder tree)
    : reader_(reader),
      log_(database.family(kLogFamily)),
      stream_(database.family(kStreamFamily)),
      request_(database.family(kRequestFamily)),
      meta_(database.family(kMetaFamily)),
      tree_(std::move(tree)),
      durable_versions_(kVersionGeneration) {}

void GroupBatch::Begin(const HeadRow& head, int64_t recorded_micros) {
  GS_CHECK(recorded_micros >= head.recorded_micros);
  GS_CHECK(head.position == tree_.size());
  durable_ = head;
  head_ = head;
  recorded_micros_ = recorded_micros;
  batch_.Clear();
  versions_by_hash_.clear();
  requests_by_hash_.clear();
}

absl::StatusOr<AppendOutcome> GroupBatch::Add(AppendRequest& request) {
  if (request.request.has_value()) {
    GS_ASSIGN_OR_RETURN(std::optional<AppendOutcome> earlier, FindRequest(*request.request));
    if (earlier.has_value()) return *std::move(earlier);
  }
  GS_RETURN_IF_ERROR(CheckExpectations(request));
  GS_RETURN_IF_ERROR(LoadVersions(request));

  AppendOutcome outcome;
  outcome.first_position = head_.position + 1;
  outcome.recorded_time = absl::FromUnixMicros(recorded_micros_);
  outcome.versions.reserve(request.events.size());
  for (Record& record : request.events) outcome.versions.push_back(PutEvent(record));
  outcome.last_position = head_.position;
  outcome.answer = std::move(request.answer);
  if (request.request.has_value()) PutRequest(*request.request, outcome);
  return outcome;
}

rocksdb::WriteBatch& GroupBatch::Finish() {
  GS_CHECK(batch_.Put(meta_, kHeadKey, EncodeHeadRow(head_)).ok());
  tree_.Finish(batch_);
  return batch_;
}

void GroupBatch::Commit() {
  durable_ = head_;
  for (const auto& [stream, version] : versions_by_hash_) durable_versions_.Put(stream, version);
}

// Last version of the stream, this group's appends included.
absl::StatusOr<int64_t> GroupBatch::VersionOf(absl::string_view stream) {
  const auto pending = versions_by_hash_.find(stream);
  if (pending != versions_by_hash_.end()) return pending->second;
  if (const int64_t* known = durable_versions_.Find(stream)) return *known;
  GS_ASSIGN_OR_RETURN(const int64_t version, reader_.StreamVersion(stream, durable_.position));
  return *durable_versions_.Put(stream, version);
}

// The outcome of an earlier append of the same request; nullopt where there is none.
absl::StatusOr<std::optional<AppendOutcome>> GroupBatch::FindRequest(const RequestKey& request) {
  std::optional<RequestRow> row;
  const auto pending = requests_by_hash_.find(RequestRowKey(request.scope, request.id));
  if (pending != requests_by_hash_.end()) {
    row = pending->second;
  } else {
    GS_ASSIGN_OR_RETURN(row, reader_.FindRequest(request));
  }
  if (!row.has_value()) return std::nullopt;
  if (row->digest != request.digest) return RequestIdReusedError(request.id);
  row->outcome.repeated = true;
  return std::move(row->outcome);
}

absl::Status GroupBatch::CheckExpectations(const AppendRequest& request) {
  for (const StreamExpectation& expectation : request.expectations) {
    GS_ASSIGN_OR_RETURN(const int64_t actual, VersionOf(expectation.stream));
    if (actual != expectation.version) {
      return StreamConflictError(
          {.stream = expectation.stream, .expected = expectation.version, .actual = actual});
    }
  }
  return absl::OkStatus();
}

// Makes the version of every stream of the append known, so that PutEvent cannot fail halfway.
absl::Status GroupBatch::LoadVersions(const AppendRequest& request) {
  for (const Record& record : request.events) {
    if (versions_by_hash_.contains(record.stream())) continue;
    GS_ASSIGN_OR_RETURN(const int64_t version, VersionOf(record.stream()));
    versions_by_hash_.emplace(record.stream(), version);
  }
  return absl::OkStatus();
}

// Adds both copies of an event and its leaf; returns its version.
int64_t GroupBatch::PutEvent(Record& record) {
  const int64_t version = ++versions_by_hash_.find(record.stream())->second;
  ++head_.position;
  head_.recorded_micros = recorded_micros_;
  record.set_position(head_.position);
  record.set_version(version);
  record.set_recorded_micros(recorded_micros_);
  FrameRecord(record, &value_);
  GS_CHECK(batch_.Put(log_, LogKey(head_.position), value_).ok());
  GS_CHECK(batch_.Put(stream_, StreamKey(record.stream(), version), value_).ok());
  tree_.Append(EventLeaf(head_.position, absl::string_view(value_).substr(kFrameBytes)), batch_);
  return version;
}

void GroupBatch::PutRequest(const RequestKey& request, const AppendOutcome& outcome) {
  std::string key = RequestRowKey(request.scope, request.id);
  RequestRow row{.digest = request.digest, .outcome = outcome};
  GS_CHECK(batch_.Put(request_, key, EncodeRequestRow(row)).ok());
  requests_by_hash_.emplace(std::move(key), std::move(row));
}

}  // namespace goodstanding::eventstore
