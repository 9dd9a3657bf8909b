#include "verify/log_check.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "verify/accounts.h"
#include "verify/database.h"
#include "verify/family_checks.h"
#include "verify/hashes.h"
#include "verify/log_keys.h"
#include "verify/segment_check.h"
#include "verify/stored_bytes.h"
#include "verify/tile_scan.h"

namespace goodstanding::verify {
namespace {

constexpr std::array kFamilies = {"log", "stream", "request", "meta", "tree", "checkpoint"};
constexpr char kNoFamily[] = "default";  // RocksDB's own; nothing of the log is in it.
constexpr char kFormat[] = "1";
constexpr size_t kNamedPositions = 1000;
constexpr int kStreamRanges = 64;

// The rows of the family `meta` that the log has to agree with.
struct Meta {
  std::string origin;
  struct Head {
    int64_t position = 0;
    int64_t recorded_micros = 0;
  };
  std::optional<Head> head;
  std::optional<std::string> range;  // Body of the compact range.
};

// An event LogRestored: up to `size` this log is that of the old origin.
struct Restored {
  int64_t position = 0;
  std::string old_origin;
  int64_t size = 0;
  std::string root;
};

struct StoredCheckpoint {
  std::string row;  // Empty: the trusted one.
  int64_t size = 0;
  Hash root = {};
};

// Printable ASCII without a space.
bool IsName(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

using Task = std::function<void()>;

// Runs all tasks on some threads; calls `tick` on this one meanwhile.
void RunAll(const std::vector<Task>& tasks, int threads, const Task& tick) {
  constexpr std::chrono::milliseconds kTick(100);
  Mutex mutex;
  CondVar ended;
  int running = threads;
  std::atomic<size_t> next = 0;
  std::vector<std::thread> workers;
  workers.reserve(static_cast<size_t>(threads));
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([&] {
      for (size_t task = next++; task < tasks.size(); task = next++) tasks[task]();
      const MutexLock lock(mutex);
      --running;
      ended.SignalAll();
    });
  }
  while (true) {
    {
      const MutexLock lock(mutex);
      if (running > 0) ended.WaitFor(mutex, kTick);
      if (running == 0) break;
    }
    tick();
  }
  for (std::thread& worker : workers) worker.join();
}

// One check of one log.
class LogCheck {
 public:
  LogCheck(const LogCheckOptions& options, const Database& database)
      : options_(options), database_(database), keys_(options.keys) {}

  absl::StatusOr<Report> Run() {
    CheckFamilies();
    ReadMeta();
    ReadLogFacts();
    ReadCheckpoints();
    GS_RETURN_IF_ERROR(FindEnd());
    accounts_ = std::make_unique<Accounts>(events_);
    ReadRows();
    JoinSegments();
    CheckEnd();
    const Disagreements disagreements =
        Explain(database_, accounts_->FindUnbalanced(kNamedPositions));
    faults_["stream"].Add(disagreements.stream);
    faults_["request"].Add(disagreements.request);
    CheckUpperTiles();
    CheckHead();
    CheckRange();
    CheckOrigins();
    CheckRoots();
    CheckEvidence();
    return Finish();
  }

 private:
  void Add(const std::string& family, std::string row, std::string what, int64_t position = 0) {
    faults_[family].Add(
        {.family = family, .row = std::move(row), .what = std::move(what), .position = position});
  }

  void CheckFamilies() {
    const std::set<std::string> known(kFamilies.begin(), kFamilies.end());
    for (const std::string& family : known) {
      if (!database_.families().contains(family)) Add(family, "all rows", "the family is missing");
    }
    for (const auto& [family, handle] : database_.families()) {
      if (known.contains(family)) continue;
      if (family != kNoFamily) Add(family, "all rows", "the family is unknown: nothing checks it");
      const Scan rows(database_, family, "", "");
      if (family == kNoFamily && rows.Valid()) Add(family, "first row", "no row belongs here");
      if (!rows.status().ok()) Add(family, "first row", std::string(rows.status().message()));
    }
  }

  void ReadMeta() {
    std::set<std::string> missing = {"format", "origin", "head", "tree"};
    Scan rows(database_, "meta", "", "");
    for (; rows.Valid(); rows.Next()) {
      const std::string key(rows.key());
      const Frame frame = ReadFrame(rows.value());
      if (missing.erase(key) == 0) {
        Add("meta", absl::CHexEscape(key), "no such row belongs here");
      } else if (frame.fault != nullptr) {
        Add("meta", key, frame.fault);
      } else {
        ReadMetaRow(key, frame.body);
      }
    }
    const absl::Status status = rows.status();
    for (const std::string& key : missing) {
      Add("meta", key, status.ok() ? "it is missing" : std::string(status.message()));
    }
  }

  void ReadMetaRow(const std::string& key, absl::string_view body) {
    if (key == "format") {
      if (body == kFormat) return;
      Add("meta", key, absl::StrCat("it is ", absl::CHexEscape(body), "; known is ", kFormat));
    } else if (key == "origin") {
      meta_.origin = std::string(body);
      if (!IsName(body)) Add("meta", key, "it is no name");
    } else if (key == "tree") {
      meta_.range = std::string(body);
    } else {
      const auto position = ReadNumber(body.substr(0, kNumberBytes));
      const auto micros = ReadNumber(body.substr(std::min(body.size(), kNumberBytes)));
      if (!position || !micros) return Add("meta", key, "it does not parse");
      meta_.head = Meta::Head{.position = *position, .recorded_micros = *micros};
    }
  }

  // Takes in how the log's key changed, and from which logs this one goes on. Reads the copies in
  // the family `stream`: that they are what the log has is checked with all others.
  void ReadLogFacts() {
    const std::string stream("log/origin");
    Scan rows(database_, "stream", stream + '\0', stream + '\1');
    for (; rows.Valid(); rows.Next()) {
      const Frame frame = ReadFrame(rows.value());
      const std::optional<RecordFields> record = ReadRecord(frame.body);
      if (frame.fault != nullptr || !record.has_value()) continue;  // Said when all are read.
      if (record->kind == "SigningKeyRotated") TakeKeyRotation(*record);
      if (record->kind == "LogRestored") TakeRestored(*record);
    }
  }

  void TakeKeyRotation(const RecordFields& record) {
    const absl::Status status = AddKeyRotation(record);
    if (status.ok()) {
      report_.key_rotations.push_back(record.position);
    } else {
      Add("log", absl::StrCat("position ", record.position), std::string(status.message()),
          record.position);
    }
  }

  absl::Status AddKeyRotation(const RecordFields& record) {
    GS_ASSIGN_OR_RETURN(const KeyRotation rotation, KeyRotation::FromPayload(record.payload));
    if (rotation.first_size != record.position) {
      return absl::FailedPreconditionError(absl::StrCat(
          "its new key signs from size ", rotation.first_size, ", not from its position on"));
    }
    return keys_.Add(rotation);
  }

  void TakeRestored(const RecordFields& record) {
    const std::string row = absl::StrCat("position ", record.position);
    const std::optional<LogRestoredFields> fields = ReadLogRestored(record.payload);
    if (!fields.has_value()) {
      return Add("log", row, "its payload is no LogRestored", record.position);
    }
    if (fields->size != record.position - 1) {
      return Add("log", row,
                 absl::StrCat("it says that ", fields->size, " events were restored, and follows ",
                              record.position - 1),
                 record.position);
    }
    restored_.push_back({.position = record.position,
                         .old_origin = std::string(fields->old_origin),
                         .size = fields->size,
                         .root = std::string(fields->root)});
    report_.former_origins.emplace_back(restored_.back().old_origin, fields->size);
  }

  // The origin of the log's checkpoints of this size.
  const std::string& OriginOf(int64_t size) const {
    for (const Restored& restored : restored_) {
      if (size <= restored.size) return restored.old_origin;
    }
    return meta_.origin;
  }

  // What each restored log was is what the events before say.
  void CheckOrigins() {
    for (const Restored& restored : restored_) {
      const auto root = roots_.find(restored.size);
      const bool known = root != roots_.end() || restored.size == 0;
      const Hash hash = root != roots_.end() ? root->second : Sha256("");
      if (known && BytesOf(hash) == restored.root) continue;
      Add("log", absl::StrCat("position ", restored.position),
          absl::StrCat("its root is not that of the ", restored.size, " events before it"),
          restored.position);
    }
  }

  // Checks all of the stored checkpoints but their roots.
  void ReadCheckpoints() {
    Scan rows(database_, "checkpoint", "", "");
    for (; rows.Valid(); rows.Next()) {
      ++report_.checkpoints;
      const std::optional<int64_t> size = ReadNumber(rows.key());
      if (!size.has_value()) {
        Add("checkpoint", absl::StrCat("key ", absl::BytesToHexString(rows.key())),
            "the key is no size");
        continue;
      }
      const std::string row = absl::StrCat("size ", *size);
      const Frame frame = ReadFrame(rows.value());
      if (frame.fault != nullptr) {
        Add("checkpoint", row, frame.fault);
        continue;
      }
      const absl::StatusOr<SignedCheckpoint> parsed = SignedCheckpoint::Parse(frame.body);
      if (!parsed.ok()) {
        Add("checkpoint", row, std::string(parsed.status().message()));
      } else if (parsed->size != *size) {
        Add("checkpoint", row, absl::StrCat("it is of size ", parsed->size));
      } else {
        TakeCheckpoint(*parsed, row);
      }
    }
    const absl::Status status = rows.status();
    if (!status.ok()) Add("checkpoint", "the rest", std::string(status.message()));
    if (options_.trusted.has_value()) TakeCheckpoint(*options_.trusted, "");
  }

  // Looks at origin and signature; the root is compared once it is known. `row` is empty for the
  // trusted checkpoint.
  void TakeCheckpoint(const SignedCheckpoint& checkpoint, const std::string& row) {
    const std::string& origin = OriginOf(checkpoint.size);
    if (checkpoint.origin != origin) {
      AddCheckpointFault(row,
                         absl::StrCat("it is of the log ", absl::CHexEscape(checkpoint.origin),
                                      ", this one is ", absl::CHexEscape(origin),
                                      restored_.empty() ? "" : " while it has so many events"));
    }
    if (!options_.keys.empty()) {
      const absl::Status status = keys_.Check(checkpoint);
      if (!status.ok()) AddCheckpointFault(row, std::string(status.message()));
    }
    checkpoints_.push_back({.row = row, .size = checkpoint.size, .root = checkpoint.root});
  }

  void AddCheckpointFault(const std::string& row, std::string what, int64_t position = 0) {
    const std::string family = row.empty() ? "trusted checkpoint" : "checkpoint";
    Add(family, row.empty() ? "the file" : row, std::move(what), position);
  }

  // How many events the log has: where the head summary and the last row disagree, the smaller
  // number, so that a damaged one cannot ask for all memory.
  absl::Status FindEnd() {
    const auto log = database_.families().find("log");
    int64_t last = 0;
    if (log != database_.families().end()) {
      const std::unique_ptr<rocksdb::Iterator> rows(
          database_.db().NewIterator(rocksdb::ReadOptions(), log->second));
      for (rows->SeekToLast(); rows->Valid() && last == 0; rows->Prev()) {
        last = ReadNumber({rows->key().data(), rows->key().size()}).value_or(0);
      }
      if (!rows->status().ok()) Add("log", "the last row", rows->status().ToString());
    }
    events_ = meta_.head.has_value() && last > 0 ? std::min(last, meta_.head->position) : last;
    if (meta_.head.has_value() && meta_.head->position != last) {
      Add("meta", "head",
          absl::StrCat("it says that position ", meta_.head->position,
                       " is the last; the log ends at position ", last),
          std::min(meta_.head->position, last) + 1);
    }
    last_position_ = last;
    if (events_ > kMaxEvents) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the log has ", events_, " events; at most ", kMaxEvents, " are checked"));
    }
    return absl::OkStatus();
  }

  // The events from `begin` on that the head summary has and the log has not.
  void AddCut(int64_t begin) {
    const int64_t end = meta_.head->position;
    Add("log",
        begin == end ? absl::StrCat("position ", begin)
                     : absl::StrCat("positions ", begin, " to ", end),
        "missing, though the head summary has it", begin);
  }

  // Every row of log, streams and requests, and the tiles of leaves.
  void ReadRows() {
    std::set<int64_t> sizes;
    for (const StoredCheckpoint& checkpoint : checkpoints_) sizes.insert(checkpoint.size);
    for (const Restored& restored : restored_) sizes.insert(restored.size);
    sizes_.assign(sizes.begin(), sizes.end());

    const std::vector<KeyRange> ranges = StreamRanges();
    stream_results_.resize(ranges.size());
    segments_.resize(static_cast<size_t>((events_ + kSegmentEvents - 1) / kSegmentEvents));
    std::vector<Task> tasks;
    tasks.emplace_back([this] { request_result_ = CheckRequests(database_, *accounts_); });
    for (size_t i = 0; i < ranges.size(); ++i) {
      tasks.emplace_back([this, i, &ranges] {
        stream_results_[i] = CheckStreams(database_, *accounts_, ranges[i], rows_);
      });
    }
    for (size_t i = 0; i < segments_.size(); ++i) {
      tasks.emplace_back([this, i] {
        const int64_t begin = static_cast<int64_t>(i) * kSegmentEvents;
        const SegmentCheck::Bounds bounds = {.begin = begin,
                                             .end = std::min(events_, begin + kSegmentEvents),
                                             .last = i + 1 == segments_.size()};
        segments_[i] = SegmentCheck(database_, *accounts_, sizes_, rows_, bounds).Run();
      });
    }
    // Every event is read twice.
    RunAll(tasks, std::max(options_.threads, 1), [this] {
      if (options_.progress) options_.progress(std::min(rows_.load() / 2, events_), events_);
    });
  }

  // Parts of the family `stream` of about one size, cut where a stream begins: some streams,
  // evenly chosen from the log.
  std::vector<KeyRange> StreamRanges() const {
    std::set<std::string> cuts;
    for (int i = 1; i < kStreamRanges; ++i) {
      const int64_t position = events_ / kStreamRanges * i + 1;
      const auto value = database_.Get("log", NumberBytes(position));
      if (!value.ok() || !value->has_value()) continue;
      const std::optional<RecordFields> record = ReadRecord(ReadFrame(**value).body);
      if (!record.has_value() || record->stream.empty()) continue;
      cuts.insert(absl::StrCat(record->stream, absl::string_view("\0", 1)));
    }
    std::vector<KeyRange> ranges;
    std::string begin;
    for (const std::string& cut : cuts) {
      ranges.push_back({.begin = begin, .end = cut});
      begin = cut;
    }
    ranges.push_back({.begin = begin, .end = ""});
    return ranges;
  }

  // What the log has behind its end, or lacks before it.
  void CheckEnd() {
    if (meta_.head.has_value() && meta_.head->position > last_position_) {
      AddCut(last_position_ + 1);
    }
    Scan rows(database_, "log", events_ == 0 ? "" : NumberBytes(events_ + 1), "");
    for (; rows.Valid(); rows.Next()) {
      const std::optional<int64_t> position = ReadNumber(rows.key());
      if (position.has_value()) {
        Add("log", absl::StrCat("position ", *position), "it lies behind the end of the log",
            *position);
      } else {
        Add("log", absl::StrCat("key ", absl::BytesToHexString(rows.key())),
            "the key is no position");
      }
    }
  }

  // Puts together what the tasks found.
  // Every document that an event names is there and is what its name says. What no event names, a
  // killed upload left: it is not looked at.
  void CheckEvidence() {
    if (options_.evidence_path.empty()) return;
    for (const auto& [digest, position] : evidence_) {
      ++report_.evidence;
      const std::string name = absl::BytesToHexString(digest);
      std::ifstream stream(absl::StrCat(options_.evidence_path, "/", name), std::ios::binary);
      const std::string bytes(std::istreambuf_iterator<char>(stream), {});
      if (!stream.is_open()) {
        Add("evidence", name, "the document is missing", position);
      } else if (BytesOf(Sha256(bytes)) != digest) {
        Add("evidence", name, "the document is not what its name says", position);
      }
    }
  }

  void JoinSegments() {
    int64_t begin = 0;
    for (Segment& segment : segments_) {
      faults_["log"].Add(std::move(segment.log_faults));
      faults_["tree"].Add(std::move(segment.tree_faults));
      if (segment.first_micros != 0 && segment.first_micros < last_micros_) {
        Add("log", absl::StrCat("position ", begin + 1),
            "its recorded time is before that of an earlier position", begin + 1);
      }
      last_micros_ = std::max(last_micros_, segment.last_micros);
      for (const auto& [size, root] : segment.roots) roots_.emplace(size, peaks_.Root(root));
      for (auto& [position, digest] : segment.evidence) {
        evidence_.try_emplace(std::move(digest), position);
      }
      nodes_.insert(nodes_.end(), segment.nodes.begin(), segment.nodes.end());
      if (segment.peaks.count() == kTileHashes) {
        peaks_.Append(segment.peaks.hashes().front());
      } else {
        AppendHashes(segment.peaks);
        AppendHashes(segment.last_tile);
      }
      begin += kSegmentEvents;
    }
    const std::vector<Hash>& full = peaks_.hashes();
    last_hashes_.insert(last_hashes_.begin(), full.begin(), full.end());
    for (FamilyResult& result : stream_results_) {
      report_.streams += result.count;
      faults_["stream"].Add(std::move(result.faults));
    }
    report_.requests = request_result_.count;
    faults_["request"].Add(std::move(request_result_.faults));
  }

  void AppendHashes(const Peaks& peaks) {
    last_hashes_.insert(last_hashes_.end(), peaks.hashes().begin(), peaks.hashes().end());
  }

  // The tiles of nodes: all levels above the leaves.
  void CheckUpperTiles() {
    TileScan tiles(database_, events_ == 0 ? "" : TileKey(1, 0), "", faults_["tree"]);
    std::vector<Hash> nodes = nodes_;
    for (int level = 1; !nodes.empty(); ++level) {
      std::vector<Hash> next;
      for (size_t begin = 0; begin < nodes.size(); begin += kTileHashes) {
        const size_t end = std::min(nodes.size(), begin + kTileHashes);
        const std::vector<Hash> tile(nodes.begin() + static_cast<std::ptrdiff_t>(begin),
                                     nodes.begin() + static_cast<std::ptrdiff_t>(end));
        tiles.Expect(level, static_cast<int64_t>(begin) / kTileHashes, tile);
        if (tile.size() < kTileHashes) continue;
        Peaks peaks;
        for (const Hash& hash : tile) peaks.Append(hash);
        next.push_back(peaks.hashes().front());
      }
      nodes = std::move(next);
    }
    tiles.End();
  }

  void CheckHead() {
    if (!meta_.head.has_value() || meta_.head->recorded_micros == last_micros_) return;
    Add("meta", "head",
        absl::StrCat("its recorded time is not that of position ", events_, ", the last"), events_);
  }

  void CheckRange() {
    if (!meta_.range.has_value()) return;
    absl::string_view body = *meta_.range;
    const std::optional<int64_t> size = ReadNumber(body.substr(0, kNumberBytes));
    if (!size.has_value()) return Add("meta", "tree", "it does not parse");
    body.remove_prefix(kNumberBytes);
    if (*size != events_) {
      return Add("meta", "tree",
                 absl::StrCat("it is of ", *size, " events; the log has ", events_));
    }
    if (body.size() != last_hashes_.size() * kHashBytes) {
      return Add("meta", "tree", absl::StrCat("it has ", body.size(), " bytes of hashes"));
    }
    int64_t begin = 0;
    for (size_t i = 0; i < last_hashes_.size(); ++i) {
      // The hashes stand for as many events as the bits that are set in the size, largest first.
      int64_t events = int64_t{1} << 62;
      while ((events & (*size - begin)) == 0) events >>= 1;
      if (body.substr(i * kHashBytes, kHashBytes) != BytesOf(last_hashes_[i])) {
        return Add("meta", "tree",
                   absl::StrCat("hash ", i, " is not that of the events at positions ", begin + 1,
                                " to ", begin + events),
                   begin + 1);
      }
      begin += events;
    }
  }

  void CheckRoots() {
    roots_.emplace(0, Sha256(""));
    for (const StoredCheckpoint& checkpoint : checkpoints_) {
      const auto root = roots_.find(checkpoint.size);
      if (root == roots_.end()) {
        AddCheckpointFault(
            checkpoint.row,
            absl::StrCat("it commits to ", checkpoint.size, " events; the log has ", events_),
            events_ + 1);
      } else if (root->second != checkpoint.root) {
        AddCheckpointFault(checkpoint.row, absl::StrCat("its root is not that of the first ",
                                                        checkpoint.size, " events"));
      }
    }
  }

  Report Finish() {
    report_.origin = meta_.origin;
    report_.events = events_;
    std::optional<Hash> root;
    for (auto hash = last_hashes_.rbegin(); hash != last_hashes_.rend(); ++hash) {
      root = root.has_value() ? NodeHash(*hash, *root) : *hash;
    }
    report_.root = root.has_value() ? *root : Sha256("");
    for (const char* family : {"meta", "log", "stream", "request", "tree", "checkpoint"}) {
      report_.Add(faults_[family]);
      faults_.erase(family);
    }
    for (const auto& [family, faults] : faults_) report_.Add(faults);
    return std::move(report_);
  }

  const LogCheckOptions& options_;
  const Database& database_;
  LogKeys keys_;
  Meta meta_;
  std::vector<Restored> restored_;  // Oldest first.
  std::vector<StoredCheckpoint> checkpoints_;
  std::vector<int64_t> sizes_;  // Of the checkpoints, ascending.
  int64_t last_position_ = 0;   // Of the last row of the log.
  int64_t events_ = 0;
  std::unique_ptr<Accounts> accounts_;
  std::atomic<int64_t> rows_ = 0;

  // What the tasks found.
  std::vector<Segment> segments_;
  std::vector<FamilyResult> stream_results_;
  FamilyResult request_result_;

  Peaks peaks_;                              // Of full segments.
  std::vector<Hash> last_hashes_;            // The compact range of all events.
  std::vector<Hash> nodes_;                  // Roots of all full tiles of leaves.
  std::map<int64_t, Hash> roots_;            // By size, of the sizes wanted.
  std::map<std::string, int64_t> evidence_;  // Digests, each with the first position that names it.
  int64_t last_micros_ = 0;
  std::map<std::string, Faults> faults_;  // By family.
  Report report_;
};

}  // namespace

absl::StatusOr<Report> CheckLog(const LogCheckOptions& options) {
  const absl::StatusOr<std::unique_ptr<Database>> database =
      Database::Open(options.path, options.env);
  if (absl::IsDataLoss(database.status())) {
    Faults faults;
    faults.Add({.family = "database",
                .row = options.path,
                .what = std::string(database.status().message())});
    Report report;
    report.Add(faults);
    return report;
  }
  GS_RETURN_IF_ERROR(database.status());
  return LogCheck(options, **database).Run();
}

}  // namespace goodstanding::verify
