// Answers about one certificant, as a person reads them. Each ends with a line's end.
#ifndef GOODSTANDING_TOOLS_PERSON_TEXT_H_
#define GOODSTANDING_TOOLS_PERSON_TEXT_H_

#include <string>

#include "goodstanding/api/v1/query_service.pb.h"
#include "tools/output.h"

namespace goodstanding::tools {

// The standing in a sentence, then figure by figure.
std::string StandingText(const api::v1::GetStandingResponse& response, const Style& style);

// The standing in a sentence, then its reasons by topic, each with the events it rests on and the
// heading of the published page that it comes from.
std::string ExplanationText(const api::v1::ExplainStandingResponse& response, const Style& style);

// What lines of a topic stand under: "Credits".
std::string TopicTitle(api::v1::ExplanationTopic topic);

// What a line rests on: "OUTSIDE_CYCLE; events 3, 5; "Deadlines and Fees""; empty for nothing.
std::string Grounds(const api::v1::ExplanationLine& line);

// A row a record, then what counts toward the renewal.
std::string TranscriptText(const api::v1::GetTranscriptResponse& response, const Style& style);

// A row a renewal, a row a payment, and the arrears.
std::string AccountText(const api::v1::GetAccountResponse& response, const Style& style);

// A paragraph a deadline, soonest first.
std::string DeadlinesText(const api::v1::GetDeadlinesResponse& response, const Style& style);

// A row an interval.
std::string TimelineText(const api::v1::GetTimelineResponse& response, const Style& style);

// Name and contact.
std::string CertificantText(const api::v1::GetCertificantResponse& response, const Style& style);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_PERSON_TEXT_H_
