#include "projections/staging.h"

#include <algorithm>
#include <queue>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "eventstore/database.h"
#include "eventstore/folders.h"
#include "eventstore/rows.h"
#include "eventstore/table_end.h"
#include "projections/view_keys.h"
#include "rocksdb/env.h"
#include "rocksdb/sst_file_reader.h"
#include "rocksdb/sst_file_writer.h"

namespace goodstanding::projections {
namespace {

using eventstore::FromRocks;
using eventstore::ToSlice;

// A framed message; nullopt where it is not there or damaged.
template <typename Message>
std::optional<Message> ReadFramed(rocksdb::Env& env, const std::string& path) {
  std::string bytes;
  if (!rocksdb::ReadFileToString(&env, path, &bytes).ok()) return std::nullopt;
  const auto body = eventstore::UnframeRow(bytes);
  Message message;
  if (!body.ok() || !message.ParseFromArray(body->data(), static_cast<int>(body->size()))) {
    return std::nullopt;
  }
  return message;
}

// One of the tables that are merged, at its next key.
struct Run {
  std::unique_ptr<rocksdb::SstFileReader> table;
  std::unique_ptr<rocksdb::Iterator> keys;
};

bool IsBehind(const rocksdb::Iterator* a, const rocksdb::Iterator* b) {
  return a->key().compare(b->key()) > 0;
}

absl::StatusOr<Run> OpenRun(const rocksdb::Options& options, const std::string& path) {
  Run run;
  GS_RETURN_IF_ERROR(
      FromRocks(eventstore::CheckTableEnd(*options.env, path), absl::StrCat("opening ", path)));
  run.table = std::make_unique<rocksdb::SstFileReader>(options);
  GS_RETURN_IF_ERROR(FromRocks(run.table->Open(path), absl::StrCat("opening ", path)));
  run.keys.reset(run.table->NewIterator(rocksdb::ReadOptions()));
  run.keys->SeekToFirst();
  return run;
}

}  // namespace

TableFile::TableFile(const rocksdb::Options& options, std::string path)
    : options_(options), path_(std::move(path)) {}

TableFile::~TableFile() = default;

absl::Status TableFile::Add(absl::string_view key, absl::string_view value) {
  if (writer_ == nullptr) {
    writer_ = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(), options_, nullptr,
                                                       /*invalidate_page_cache=*/false);
    GS_RETURN_IF_ERROR(FromRocks(writer_->Open(path_), absl::StrCat("creating ", path_)));
  }
  const rocksdb::Status put = writer_->Put(ToSlice(key), ToSlice(value));
  if (put.ok()) return absl::OkStatus();
  return FromRocks(put, absl::StrCat("writing ", path_));
}

absl::Status TableFile::Finish() {
  if (writer_ == nullptr) return absl::OkStatus();
  return FromRocks(writer_->Finish(), absl::StrCat("finishing ", path_));
}

absl::Status RangeFiles::Add(absl::string_view id, absl::string_view row,
                             const std::vector<int>& due_years,
                             const std::vector<absl::string_view>& activity_ids) {
  ++rows_added_;
  for (const int year : due_years) {
    due_keys_.push_back(absl::StrCat(DuePrefix(generation_, year), id));
  }
  for (const absl::string_view activity_id : activity_ids) {
    Posting& posting = PostingOf(activity_id);
    if (posting.last_row == rows_added_) continue;
    posting.last_row = rows_added_;
    if (posting.ids.empty()) posting.first_id = std::string(id);
    AppendToMany(id, &posting.ids);
  }
  return rows_.Add(RowKey(generation_, id), row);
}

RangeFiles::Posting& RangeFiles::PostingOf(absl::string_view activity_id) {
  const auto found = posting_by_activity_hash_.find(activity_id);
  if (found != posting_by_activity_hash_.end()) return postings_[found->second];
  posting_by_activity_hash_.emplace(std::string(activity_id), postings_.size());
  postings_.emplace_back().activity_id = std::string(activity_id);
  return postings_.back();
}

absl::Status RangeFiles::Finish() {
  static_assert(kActivityLetter < kDueLetter);
  std::vector<std::pair<std::string, absl::string_view>> many;
  for (const Posting& posting : postings_) {
    many.emplace_back(ManyKey(generation_, posting.activity_id, posting.first_id), posting.ids);
  }
  std::sort(many.begin(), many.end());
  for (const auto& [key, ids] : many) GS_RETURN_IF_ERROR(index_.Add(key, ids));
  std::sort(due_keys_.begin(), due_keys_.end());
  for (const std::string& key : due_keys_) GS_RETURN_IF_ERROR(index_.Add(key, ""));
  GS_RETURN_IF_ERROR(index_.Finish());
  return rows_.Finish();
}

std::optional<view::v1::BuildPlan> Staging::ReadPlan() const {
  return ReadFramed<view::v1::BuildPlan>(*options_.env, folder_ + "/plan");
}

absl::Status Staging::Begin(const view::v1::BuildPlan& plan) {
  GS_RETURN_IF_ERROR(Clear());
  GS_RETURN_IF_ERROR(eventstore::CreateFolder(*options_.env, folder_));
  return WritePlan(plan);
}

absl::Status Staging::WritePlan(const view::v1::BuildPlan& plan) {
  return WriteFramed(folder_ + "/plan", plan);
}

// The plan goes first: what is left over of a clearing that was cut short is of no build.
absl::Status Staging::Clear() {
  rocksdb::Env& env = *options_.env;
  if (!env.FileExists(folder_).ok()) return absl::OkStatus();
  if (env.FileExists(folder_ + "/plan").ok()) {
    GS_RETURN_IF_ERROR(FromRocks(env.DeleteFile(folder_ + "/plan"), "removing a build"));
  }
  std::vector<std::string> names;
  rocksdb::Status status = env.GetChildren(folder_, &names);
  for (const std::string& name : names) {
    if (status.ok() && name != "." && name != "..") {
      status = env.DeleteFile(absl::StrCat(folder_, "/", name));
    }
  }
  if (status.ok()) status = env.DeleteDir(folder_);
  return FromRocks(status, "removing a build");
}

std::optional<view::v1::BuiltRange> Staging::ReadRange(int range) const {
  return ReadFramed<view::v1::BuiltRange>(*options_.env, Stem(range) + ".done");
}

RangeFiles Staging::OpenRange(int range, uint32_t generation) const {
  for (const char* const ending : {".rows", ".index"}) {
    options_.env->DeleteFile(Stem(range) + ending).PermitUncheckedError();
  }
  return {options_, Stem(range), generation};
}

absl::Status Staging::CloseRange(int range, const view::v1::BuiltRange& built) const {
  return WriteFramed(Stem(range) + ".done", built);
}

absl::StatusOr<std::vector<std::string>> Staging::RowTables(int range_count) const {
  for (int range = 0; range < range_count; ++range) {
    const std::optional<view::v1::BuiltRange> built = ReadRange(range);
    if (!built.has_value() ||
        (built->row_count() > 0 && !options_.env->FileExists(Stem(range) + ".rows").ok())) {
      return absl::DataLossError(absl::StrCat("range ", range, " of the build is missing"));
    }
  }
  std::vector<std::string> tables = Existing(range_count, ".rows");
  for (const std::string& path : tables) {
    GS_RETURN_IF_ERROR(FromRocks(eventstore::CheckTableEnd(*options_.env, path),
                                 absl::StrCat("taking in ", path)));
  }
  return tables;
}

absl::StatusOr<std::optional<std::string>> Staging::MergeIndexes(int range_count) const {
  std::vector<Run> runs;
  std::priority_queue<rocksdb::Iterator*, std::vector<rocksdb::Iterator*>, decltype(&IsBehind)>
      next(&IsBehind);
  for (const std::string& path : Existing(range_count, ".index")) {
    GS_ASSIGN_OR_RETURN(Run run, OpenRun(options_, path));
    if (run.keys->Valid()) next.push(run.keys.get());
    runs.push_back(std::move(run));
  }
  if (next.empty()) return std::nullopt;
  const std::string path = folder_ + "/merged.index";
  TableFile merged(options_, path);
  while (!next.empty()) {
    rocksdb::Iterator* const least = next.top();
    next.pop();
    GS_RETURN_IF_ERROR(
        merged.Add(eventstore::ToView(least->key()), eventstore::ToView(least->value())));
    least->Next();
    GS_RETURN_IF_ERROR(FromRocks(least->status(), "merging indexes"));
    if (least->Valid()) next.push(least);
  }
  GS_RETURN_IF_ERROR(merged.Finish());
  return path;
}

std::string Staging::Stem(int range) const { return absl::StrCat(folder_, "/", range); }

// Not synced: the tables are, before a range is marked complete. What is lost is built again.
absl::Status Staging::WriteFramed(const std::string& path,
                                  const google::protobuf::Message& message) const {
  rocksdb::Env& env = *options_.env;
  const std::string written = path + ".new";
  GS_RETURN_IF_ERROR(FromRocks(
      rocksdb::WriteStringToFile(&env, eventstore::FrameRow(message.SerializeAsString()), written),
      absl::StrCat("writing ", path)));
  return FromRocks(env.RenameFile(written, path), absl::StrCat("writing ", path));
}

std::vector<std::string> Staging::Existing(int range_count, absl::string_view ending) const {
  std::vector<std::string> paths;
  for (int range = 0; range < range_count; ++range) {
    std::string path = absl::StrCat(Stem(range), ending);
    if (options_.env->FileExists(path).ok()) paths.push_back(std::move(path));
  }
  return paths;
}

}  // namespace goodstanding::projections
