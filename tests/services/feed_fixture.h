// A log with a feed on it, served on loopback, and a reader of it.
#ifndef GOODSTANDING_TESTS_SERVICES_FEED_FIXTURE_H_
#define GOODSTANDING_TESTS_SERVICES_FEED_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "goodstanding/api/v1/history_service.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "services/feed.h"
#include "services/rpc.h"

namespace goodstanding::services {

// An event, as far as the feed's order and filters go.
struct EventKey {
  int64_t position = 0;
  std::string stream;
  std::string kind;
  friend bool operator==(const EventKey&, const EventKey&) = default;
  friend void PrintTo(const EventKey& key, std::ostream* out) {
    *out << key.position << ' ' << key.stream << ' ' << key.kind;
  }
};
EventKey KeyOf(const eventstore::Record& record);

// The slow twin of FeedFilter.
bool PassesSlowly(const api::v1::EventFilter& filter, const EventKey& key);

// Events as a caller appends them; `size` is about their bytes.
eventstore::Record NoticeEvent(absl::string_view certificant_id, size_t size = 10);
eventstore::Record PaymentEvent(absl::string_view certificant_id);
eventstore::Record WithdrawalEvent(absl::string_view activity_id);

// What the ErrorInfo of a status says; empty where there is none.
google::rpc::ErrorInfo ErrorInfoOf(const grpc::Status& status);
std::string ReasonOf(const grpc::Status& status);
// The seconds and nanoseconds of its RetryInfo; zero where there is none.
absl::Duration RetryDelayOf(const grpc::Status& status);

// One subscription. Every read fails after a minute, so that a test ends rather than hangs.
class FeedReader {
 public:
  FeedReader(api::v1::HistoryService::Stub& stub, const api::v1::SubscribeRequest& request,
             absl::Duration deadline = absl::Minutes(1));
  ~FeedReader();

  // The next response; nullopt at the end of the stream.
  std::optional<api::v1::SubscribeResponse> Read();
  // Reads until a response with this mark, which it returns; the events of all go to `events`.
  std::optional<api::v1::SubscribeResponse> ReadUntil(api::v1::FeedMark mark,
                                                      std::vector<EventKey>* events = nullptr);
  void Cancel() { context_.TryCancel(); }
  // The status; once, after the last read.
  grpc::Status Finish();

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<api::v1::SubscribeResponse>> reader_;
  bool finished_ = false;
};

class FeedTest : public ::testing::Test {
 protected:
  FeedTest();
  ~FeedTest() override;

  // Starts the feed and its gRPC server; before, the log can be filled.
  void Start(const FeedOptions& options);
  // The default, with marks that may come each millisecond.
  static FeedOptions FastMarks();

  // Stops the feed, then the server, as the whole server does.
  void Stop(absl::Duration grace);

  // Appends atomically; the last position.
  int64_t Append(std::vector<eventstore::Record> events);
  // One append of `count` notices of one person.
  int64_t AppendNotices(int count, size_t size = 10);

  // What the log holds behind `after` that passes.
  std::vector<EventKey> Logged(int64_t after, const api::v1::EventFilter& filter);

  // The status of a subscription that is to be refused at once.
  grpc::Status Refusal(const api::v1::SubscribeRequest& request);

  // By TCP: in process, both sides share bytes, which ThreadSanitizer takes for a race, since it
  // does not see the library's locks.
  api::v1::HistoryService::Stub& stub() { return *stub_; }

  std::string folder_;
  SystemClock clock_;
  std::unique_ptr<eventstore::EventStore> store_;
  std::unique_ptr<eventstore::KeyStore> keys_;
  std::unique_ptr<Feed> feed_;

 private:
  using FeedService =
      api::v1::HistoryService::WithRawMethod_Subscribe<api::v1::HistoryService::Service>;

  FeedService service_;  // HistoryService with nothing but the feed.
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<api::v1::HistoryService::Stub> stub_;
};

}  // namespace goodstanding::services

#endif  // GOODSTANDING_TESTS_SERVICES_FEED_FIXTURE_H_
