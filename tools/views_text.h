// Rebuilds of the views as text for people.
#ifndef GOODSTANDING_TOOLS_VIEWS_TEXT_H_
#define GOODSTANDING_TOOLS_VIEWS_TEXT_H_

#include <string>

#include "goodstanding/api/v1/operations_service.pb.h"
#include "services/board_time.h"

namespace goodstanding::tools {

// "[=====>    ] 52%, 1,200,000 of 2,300,000 events, 410,000 a second, 3 s left".
std::string RebuildBar(const api::v1::RebuildMetadata& metadata);

// An operation, or how it ended, on one line each.
std::string OperationText(const api::v1::Operation& operation, const services::BoardTime& zone);
std::string OperationsText(const api::v1::ListOperationsResponse& response,
                           const services::BoardTime& zone);

// "5f1d…  generation 3 at 1200, 400 rows".
std::string DigestText(const api::v1::DigestViewsResponse& response);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_VIEWS_TEXT_H_
