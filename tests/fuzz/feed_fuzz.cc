// Requests of readers: where a feed goes on, what it gives, and the tokens of pages.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "domain/refusal.h"
#include "goodstanding/api/v1/history_service.pb.h"
#include "google/protobuf/stubs/logging.h"
#include "services/feed_cursor.h"
#include "services/paging.h"
#include "tests/support/stores_in_memory.h"

namespace goodstanding {
namespace {

// A log of a few events, in memory.
struct Log : testing::StoresInMemory {
  Log() : StoresInMemory(1'700'000'000) {
    for (int i = 0; i < 5; ++i) {
      event::v1::CertificantEvent event;
      event.mutable_application_submitted();
      eventstore::AppendRequest append;
      eventstore::Record& record = append.events.emplace_back();
      record.set_stream("certificant/ana");
      record.set_kind("ApplicationSubmitted");
      record.set_payload(event.SerializeAsString());
      GS_CHECK(log->Append(append).ok());
    }
  }
};

void CheckRefusal(const absl::Status& status) { GS_CHECK(domain::GetRefusal(status).has_value()); }

void ReadFeed(Log& log, absl::string_view bytes) {
  api::v1::SubscribeRequest request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  auto cursor = services::FeedCursor::Create(*log.log, *log.keys, request, {});
  if (!cursor.ok()) return CheckRefusal(cursor.status());
  int64_t position = cursor->position();
  while (position < log.log->Head()) {
    const auto response = cursor->Next(/*mark_due=*/true);
    GS_CHECK(response.ok() && response->has_value());
    GS_CHECK(cursor->position() > position);  // It gets somewhere.
    position = cursor->position();
  }
}

void ReadToken(const Log& log, const std::string& text) {
  const services::PageTokens tokens(*log.keys, "list");
  const auto last = tokens.Read(text);
  if (!last.ok()) CheckRefusal(last.status());
  const auto again = tokens.Read(tokens.Make(text));
  GS_CHECK(text.empty() || (again.ok() && *again == text));
  // A token of another list is none of this one.
  const services::PageTokens others(*log.keys, "another list");
  GS_CHECK(text.empty() || !others.Read(tokens.Make(text)).ok());
}

}  // namespace
}  // namespace goodstanding

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);  // It complains of every text that is not UTF-8.
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const log = new goodstanding::Log;
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  goodstanding::ReadFeed(*log, input);
  goodstanding::ReadToken(*log, std::string(input));
  return 0;
}
