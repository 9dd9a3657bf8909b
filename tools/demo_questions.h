// What the demo asks the server.
#ifndef GOODSTANDING_TOOLS_DEMO_QUESTIONS_H_
#define GOODSTANDING_TOOLS_DEMO_QUESTIONS_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "domain/dates.h"
#include "goodstanding/api/v1/query_service.pb.h"
#include "tools/client.h"
#include "tools/connection.h"

namespace goodstanding::tools {

// The answer of a unary call, or its failure.
template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> AnswerOf(Stub& stub,
                                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                               Response*),
                                  const Request& request) {
  Response response;
  GS_RETURN_IF_ERROR(FromCall(Call(stub, method, request, response)));
  return response;
}

// A day, as known at the end of another one; nullopt: as everything is known.
struct DemoPerspective {
  domain::Date as_of;
  std::optional<domain::Date> known_at = std::nullopt;
};

absl::StatusOr<api::v1::StandingAnswer> AskStanding(const std::string& certificant_id,
                                                    const DemoPerspective& perspective,
                                                    const Client& client);

// How many the Good Standing Report lists, by standing.
struct ReportCount {
  int all = 0;
  std::map<type::v1::Standing, int> by_standing;
};

absl::StatusOr<ReportCount> CountReport(const DemoPerspective& perspective, const Client& client);

// The name that stands in the register.
absl::StatusOr<std::string> AskName(const std::string& certificant_id, const Client& client);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_DEMO_QUESTIONS_H_
