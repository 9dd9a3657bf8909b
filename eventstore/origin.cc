#include "eventstore/origin.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "eventstore/group_batch.h"
#include "eventstore/log_events.h"
#include "eventstore/log_meta.h"
#include "eventstore/rows.h"
#include "eventstore/tree.h"
#include "goodstanding/event/v1/log_event.pb.h"

namespace goodstanding::eventstore {
namespace {

// ON DISK: the kind of the event, and who is said to have done it.
constexpr char kRestoredKind[] = "LogRestored";
constexpr char kIssuer[] = "none";
constexpr char kSubject[] = "server";

Record RestoredEvent(const LogMeta& meta, const Hash& root, int64_t now) {
  event::v1::LogEvent event;
  event.mutable_log_restored()->set_old_origin(meta.origin);
  event.mutable_log_restored()->set_size(meta.head.position);
  event.mutable_log_restored()->set_root(std::string(BytesOf(root)));
  Record record;
  record.set_stream(std::string(kLogStream));
  record.set_kind(kRestoredKind);
  record.set_effective_micros(now);
  record.mutable_actor()->set_issuer(kIssuer);
  record.mutable_actor()->set_subject(kSubject);
  record.set_payload(event.SerializeAsString());
  return record;
}

}  // namespace

absl::StatusOr<std::vector<FormerOrigin>> ReadFormerOrigins(const LogReader& reader, int64_t head) {
  std::vector<FormerOrigin> origins;
  GS_RETURN_IF_ERROR(reader.VisitStream(kLogStream, head, [&](const Record& record) {
    if (record.kind() != kRestoredKind) return absl::OkStatus();
    event::v1::LogEvent event;
    if (!event.ParseFromString(record.payload()) || !event.has_log_restored() ||
        event.log_restored().size() != record.position() - 1) {
      return absl::DataLossError(absl::StrCat("position ", record.position(),
                                              ": the payload does not say what was restored"));
    }
    origins.push_back(
        {.origin = event.log_restored().old_origin(), .size = event.log_restored().size()});
    return absl::OkStatus();
  }));
  return origins;
}

absl::StatusOr<FormerOrigin> StartOrigin(const Database& database, const Clock& clock,
                                         RandomSource& random) {
  GS_ASSIGN_OR_RETURN(const LogMeta meta, ReadLogMeta(database));
  if (meta.format == 0) return absl::DataLossError("there is no log");
  GS_ASSIGN_OR_RETURN(const Hash root,
                      TreeReader(database).Root(meta.head.position, meta.head.position));
  GS_ASSIGN_OR_RETURN(TreeBuilder tree, TreeBuilder::Load(database, meta.head.position));
  const LogReader reader(database);
  GroupBatch group(database, reader, std::move(tree));
  const int64_t now = absl::ToUnixMicros(clock.Now());
  group.Begin(meta.head, std::max(now, meta.head.recorded_micros));
  AppendRequest append;
  append.events.push_back(RestoredEvent(meta, root, now));
  GS_RETURN_IF_ERROR(group.Add(append).status());
  rocksdb::WriteBatch& batch = group.Finish();
  GS_CHECK(batch.Put(database.family(kMetaFamily), kOriginKey, FrameRow(NewOrigin(random))).ok());
  rocksdb::WriteOptions options;
  options.sync = true;
  GS_RETURN_IF_ERROR(FromRocks(database.db().Write(options, &batch), "starting an origin"));
  group.Commit();
  GS_RETURN_IF_ERROR(database.Flush());
  return FormerOrigin{.origin = meta.origin, .size = meta.head.position};
}

}  // namespace goodstanding::eventstore
