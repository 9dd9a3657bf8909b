#include "tests/services/feed_fixture.h"

#include <cstdlib>
#include <filesystem>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "goodstanding/event/v1/activity_event.pb.h"
#include "goodstanding/event/v1/certificant_event.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/support/time.h"
#include "projections/codec.h"
#include "tests/support/status_matchers.h"

namespace goodstanding::services {
namespace {

using api::v1::EventFilter;
using api::v1::HistoryService;
using api::v1::SubscribeRequest;
using api::v1::SubscribeResponse;
using eventstore::Record;

constexpr int64_t kEffectiveMicros = 1'700'000'000'000'000;

Record EventOf(std::string stream, const google::protobuf::Message& payload) {
  Record record;
  record.set_stream(std::move(stream));
  record.set_kind(std::string(projections::KindOf(payload)));
  record.set_payload(payload.SerializeAsString());
  record.set_effective_micros(kEffectiveMicros);
  record.set_utc_offset_seconds(-18'000);
  record.mutable_actor()->set_issuer("board");
  record.mutable_actor()->set_subject("clerk");
  return record;
}

gpr_timespec After(absl::Duration time) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_millis(absl::ToInt64Milliseconds(time), GPR_TIMESPAN));
}

template <typename Detail>
Detail DetailOf(const grpc::Status& status) {
  google::rpc::Status rpc;
  Detail detail;
  rpc.ParseFromString(status.error_details());
  for (const auto& any : rpc.details()) {
    if (any.UnpackTo(&detail)) return detail;
  }
  return Detail();
}

}  // namespace

EventKey KeyOf(const Record& record) {
  return {.position = record.position(), .stream = record.stream(), .kind = record.kind()};
}

bool PassesSlowly(const EventFilter& filter, const EventKey& key) {
  bool kind = filter.kinds().empty();
  for (const std::string& wanted : filter.kinds()) kind = kind || key.kind == wanted;
  bool stream = filter.stream_prefixes().empty() && filter.certificant_ids().empty();
  for (const std::string& prefix : filter.stream_prefixes()) {
    stream = stream || key.stream.compare(0, prefix.size(), prefix) == 0;
  }
  for (const std::string& id : filter.certificant_ids()) {
    stream = stream || key.stream == "certificant/" + id;
  }
  return kind && stream;
}

Record NoticeEvent(absl::string_view certificant_id, size_t size) {
  event::v1::CertificantEvent event;
  event.mutable_notice_sent()->set_notice("APPLICATION_OPENS");
  event.mutable_notice_sent()->set_channel(std::string(size, 'e'));
  return EventOf(projections::CertificantStream(certificant_id), event);
}

Record PaymentEvent(absl::string_view certificant_id) {
  event::v1::CertificantEvent event;
  event.mutable_payment_received()->set_reference("p1");
  event.mutable_payment_received()->set_amount_minor_units(20'000);
  return EventOf(projections::CertificantStream(certificant_id), event);
}

Record WithdrawalEvent(absl::string_view activity_id) {
  event::v1::ActivityEvent event;
  event.mutable_activity_withdrawn()->set_reason("No syllabus.");
  return EventOf(projections::ActivityStream(activity_id), event);
}

google::rpc::ErrorInfo ErrorInfoOf(const grpc::Status& status) {
  return DetailOf<google::rpc::ErrorInfo>(status);
}

std::string ReasonOf(const grpc::Status& status) { return ErrorInfoOf(status).reason(); }

absl::Duration RetryDelayOf(const grpc::Status& status) {
  const auto info = DetailOf<google::rpc::RetryInfo>(status);
  return absl::Seconds(info.retry_delay().seconds()) +
         absl::Nanoseconds(info.retry_delay().nanos());
}

FeedReader::FeedReader(HistoryService::Stub& stub, const SubscribeRequest& request,
                       absl::Duration deadline) {
  context_.set_deadline(After(deadline));
  reader_ = stub.Subscribe(&context_, request);
}

FeedReader::~FeedReader() {
  if (finished_) return;
  Cancel();
  Finish();
}

std::optional<SubscribeResponse> FeedReader::Read() {
  SubscribeResponse response;
  if (!reader_->Read(&response)) return std::nullopt;
  return response;
}

std::optional<SubscribeResponse> FeedReader::ReadUntil(api::v1::FeedMark mark,
                                                       std::vector<EventKey>* events) {
  while (std::optional<SubscribeResponse> response = Read()) {
    if (events != nullptr) {
      for (const auto& event : response->events()) events->push_back(KeyOf(event.record()));
    }
    if (response->mark() == mark) return response;
  }
  return std::nullopt;
}

grpc::Status FeedReader::Finish() {
  finished_ = true;
  while (Read()) {
  }
  return reader_->Finish();
}

FeedTest::FeedTest() {
  std::string pattern = (std::filesystem::temp_directory_path() / "goodstanding-XXXXXX").string();
  folder_ = mkdtemp(pattern.data());
  eventstore::Options log;
  log.path = folder_ + "/log";
  log.clock = &clock_;
  log.sync = false;
  log.memtable_bytes = 1 << 20;  // Small, so that reading goes to files too.
  auto store = eventstore::EventStore::Open(log);
  EXPECT_THAT(store, testing::IsOk());
  store_ = *std::move(store);
  eventstore::KeyStoreOptions keys;
  keys.path = folder_ + "/keys";
  keys.scratch_key = std::string(32, 's');
  keys.sync = false;
  auto opened = eventstore::KeyStore::Open(keys);
  EXPECT_THAT(opened, testing::IsOk());
  keys_ = *std::move(opened);
}

FeedTest::~FeedTest() {
  Stop(absl::ZeroDuration());
  feed_.reset();
  store_.reset();
  keys_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

FeedOptions FeedTest::FastMarks() {
  FeedOptions options;
  options.min_mark_interval = absl::Milliseconds(1);
  return options;
}

void FeedTest::Start(const FeedOptions& options) {
  feed_ = std::make_unique<Feed>(*store_, *keys_, options);
  grpc::ServerBuilder builder;
  loop_ = std::make_unique<Loop>(builder);
  loop_->Serve(service_, &FeedService::RequestSubscribe,
               [this](Feed::Call& call) { feed_->Subscribe(call); });
  int port = 0;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service_);
  server_ = builder.BuildAndStart();
  ASSERT_NE(server_, nullptr);
  loop_->Start();
  // The connection takes 64 KiB of a stream that is not read, however fast it is.
  grpc::ChannelArguments fixed_window;
  fixed_window.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  stub_ = HistoryService::NewStub(grpc::CreateCustomChannel(
      absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials(), fixed_window));
}

void FeedTest::Stop(absl::Duration grace) {
  if (server_ == nullptr) return;
  feed_->Stop(grace);
  server_->Shutdown(After(grace));
  loop_->WaitForCalls();
  loop_->Stop();
  server_.reset();
}

int64_t FeedTest::Append(std::vector<Record> events) {
  eventstore::AppendRequest request;
  request.events = std::move(events);
  auto outcome = store_->Append(request);
  while (absl::IsResourceExhausted(outcome.status())) {  // Flushes are behind.
    std::this_thread::yield();
    outcome = store_->Append(request);
  }
  EXPECT_THAT(outcome, testing::IsOk());
  return outcome.ok() ? outcome->last_position : 0;
}

int64_t FeedTest::AppendNotices(int count, size_t size) {
  return Append(std::vector<Record>(static_cast<size_t>(count), NoticeEvent("ana", size)));
}

std::vector<EventKey> FeedTest::Logged(int64_t after, const EventFilter& filter) {
  std::vector<EventKey> keys;
  GS_EXPECT_OK(store_->VisitLog(after + 1, store_->Head(), [&](const Record& record) {
    if (PassesSlowly(filter, KeyOf(record))) keys.push_back(KeyOf(record));
    return absl::OkStatus();
  }));
  return keys;
}

grpc::Status FeedTest::Refusal(const SubscribeRequest& request) {
  FeedReader reader(stub(), request);
  EXPECT_FALSE(reader.Read().has_value());
  return reader.Finish();
}

}  // namespace goodstanding::services
