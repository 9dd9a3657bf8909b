#include "tools/demo_questions.h"

#include "tools/pages.h"

namespace goodstanding::tools {

using api::v1::QueryService;

absl::StatusOr<api::v1::StandingAnswer> AskStanding(const std::string& certificant_id,
                                                    const DemoPerspective& perspective,
                                                    const Client& client) {
  api::v1::GetStandingRequest request;
  request.set_certificant_id(certificant_id);
  *request.mutable_perspective()->mutable_as_of_date() = perspective.as_of.ToProto();
  if (perspective.known_at) {
    *request.mutable_perspective()->mutable_known_at()->mutable_date() =
        perspective.known_at->ToProto();
  }
  GS_ASSIGN_OR_RETURN(const api::v1::GetStandingResponse response,
                      AnswerOf(client.queries(), &QueryService::Stub::GetStanding, request));
  return response.answer();
}

absl::StatusOr<ReportCount> CountReport(const DemoPerspective& perspective, const Client& client) {
  api::v1::ListGoodStandingRequest request;
  *request.mutable_as_of_date() = perspective.as_of.ToProto();
  if (perspective.known_at) {
    *request.mutable_known_at()->mutable_date() = perspective.known_at->ToProto();
  }
  ReportCount count;
  const auto take = [&](const api::v1::ListGoodStandingResponse& page) {
    for (const api::v1::GoodStandingEntry& entry : page.entries()) {
      ++count.all;
      ++count.by_standing[entry.standing()];
    }
    return true;
  };
  GS_RETURN_IF_ERROR(FromCall(
      ForEachPage(client.queries(), &QueryService::Stub::ListGoodStanding, request, take)));
  return count;
}

absl::StatusOr<std::string> AskName(const std::string& certificant_id, const Client& client) {
  api::v1::GetCertificantRequest request;
  request.set_certificant_id(certificant_id);
  GS_ASSIGN_OR_RETURN(const api::v1::GetCertificantResponse response,
                      AnswerOf(client.queries(), &QueryService::Stub::GetCertificant, request));
  return response.name();
}

}  // namespace goodstanding::tools
