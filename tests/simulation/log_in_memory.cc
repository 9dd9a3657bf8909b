#include "tests/simulation/log_in_memory.h"

#include <utility>
#include <variant>

#include "base/check.h"
#include "projections/codec.h"

namespace goodstanding::simulation {

LogInMemory::LogInMemory()
    : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())), clock_(absl::UnixEpoch()) {
  eventstore::Options options;
  options.path = "/log";
  options.clock = &clock_;
  options.env = env_.get();
  options.memtable_bytes = 1 << 20;
  options.sync = false;
  auto opened = eventstore::EventStore::Open(options);
  GS_CHECK(opened.ok());
  store_ = *std::move(opened);
}

void LogInMemory::Append(const RecordedFact& fact) {
  std::visit(
      [&](const auto& payload) { Append(fact.stream, payload, fact.recorded, fact.effective); },
      fact.payload);
}

void LogInMemory::AppendDaysClosed(domain::Date last, absl::Time recorded) {
  event::v1::LogEvent event;
  *event.mutable_days_closed()->mutable_last_date() = last.ToProto();
  Append(std::string(projections::kDaysStream), event, recorded, recorded);
}

void LogInMemory::Append(const std::string& stream, const google::protobuf::Message& payload,
                         absl::Time recorded, absl::Time effective) {
  clock_.Set(recorded);
  eventstore::AppendRequest request;
  eventstore::Record& record = request.events.emplace_back();
  record.set_kind(std::string(projections::KindOf(payload)));
  record.set_payload(payload.SerializeAsString());
  record.set_stream(stream);
  record.set_effective_micros(absl::ToUnixMicros(effective));
  record.set_utc_offset_seconds(Zone().At(effective).offset);
  record.mutable_actor()->set_issuer("board");
  record.mutable_actor()->set_subject("clerk");
  GS_CHECK(store_->Append(std::move(request)).ok());
}

std::unique_ptr<projections::Views> LogInMemory::OpenViews(const std::string& folder) const {
  auto views = projections::Views::Open(folder, store_->Origin(), store_->Head(), env_.get());
  GS_CHECK(views.ok());
  return *std::move(views);
}

std::unique_ptr<projections::Projector> LogInMemory::Follow(projections::Views& views) const {
  auto projector = projections::Projector::Start(*store_, views, {});
  GS_CHECK(projector.ok());
  return *std::move(projector);
}

}  // namespace goodstanding::simulation
