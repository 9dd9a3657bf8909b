// From evaluations and rows of the views to messages of the API.
#ifndef GOODSTANDING_SERVICES_ANSWERS_H_
#define GOODSTANDING_SERVICES_ANSWERS_H_

#include <string>

#include "domain/evaluate.h"
#include "domain/explain.h"
#include "domain/timeline.h"
#include "goodstanding/api/v1/query_service.pb.h"
#include "goodstanding/view/v1/rows.pb.h"

namespace goodstanding::services {

type::v1::Money ToMoney(domain::Hundredths amount, const std::string& currency_code);

// Fills the answer of a day from a row's span; `span` is nullptr before the first fact.
void FillAnswer(const std::string& certificant_id, domain::Date day,
                const view::v1::AnswerSpan* span, int64_t applied_position,
                api::v1::StandingAnswer& answer);

api::v1::Cycle ToCycle(const domain::CycleStatus& cycle);
api::v1::Fees ToFees(const domain::Fees& fees, const std::string& currency_code);

api::v1::ExplanationLine ToLine(const domain::ExplanationLine& line);

// What a cycle's renewal needs and has.
void FillRequirement(const domain::RenewalStatus& renewal,
                     google::protobuf::RepeatedPtrField<api::v1::RequirementStatus>& out);

// Every record of a renewal, by completion and then recording.
void FillTranscript(const domain::RenewalStatus& renewal, api::v1::GetTranscriptResponse& response);

// Fees and payments of every renewal by the evaluation's cutoff.
void FillAccount(const domain::Facts& facts, const domain::Evaluation& evaluation,
                 api::v1::GetAccountResponse& response);

// A timeline of spans, each ending the day before the next begins.
void FillTimeline(const std::vector<domain::StandingSpan>& spans,
                  api::v1::GetTimelineResponse& response);
void FillTimeline(const view::v1::CertificantRow& row, api::v1::GetTimelineResponse& response);

// An entry of the catalogue by a cutoff, all known; false where it holds no approval by then.
bool FillActivity(const domain::CatalogueEntry& entry, const domain::Cutoff& cutoff,
                  api::v1::Activity& activity);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_ANSWERS_H_
