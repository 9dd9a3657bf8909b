// Commands that are accepted one after the other: every method of CommandService, and every kind of
// event that they record.
#ifndef GOODSTANDING_TESTS_SERVICES_JOURNEY_H_
#define GOODSTANDING_TESTS_SERVICES_JOURNEY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace goodstanding::services {

struct JourneyStep {
  const char* on;      // Effective day; empty: now, 2025-09-15.
  const char* method;  // Without the roster and the import, which have tests of their own.
  const char* request;
  const char* kind;  // Of the event that it records.
};

// In an order in which each is accepted by a board that has the shipped rules and nothing else.
const std::vector<JourneyStep>& Journey();

// The request of a step with its request id.
std::unique_ptr<google::protobuf::Message> RequestOf(const JourneyStep& step,
                                                     const std::string& request_id);

// " effective_date { year: 2025 month: 9 day: 15 } " for "2025-09-15"; empty for an empty day.
std::string EffectiveOn(absl::string_view day);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_TESTS_SERVICES_JOURNEY_H_
