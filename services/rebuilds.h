// Rebuilds of the views as long-running operations.
#ifndef GOODSTANDING_SERVICES_REBUILDS_H_
#define GOODSTANDING_SERVICES_REBUILDS_H_

#include <string>

#include "absl/status/status.h"
#include "goodstanding/api/v1/operations_service.pb.h"
#include "projections/generation_build.h"
#include "services/inquiry.h"

namespace goodstanding::services {

// A build as the API tells it.
api::v1::Operation ToOperation(const projections::BuildStatus& status);

// As the methods of OperationsService of these names.
absl::Status StartRebuild(const ReadSide& side, const api::v1::RebuildViewsRequest& request,
                          api::v1::Operation& operation);
absl::Status FindOperation(const ReadSide& side, const std::string& name,
                           api::v1::Operation& operation);
void ListOperations(const ReadSide& side, api::v1::ListOperationsResponse& response);
absl::Status PauseOperation(const ReadSide& side, const std::string& name,
                            api::v1::Operation& operation);
absl::Status ResumeOperation(const ReadSide& side, const std::string& name,
                             api::v1::Operation& operation);
absl::Status CancelOperation(const ReadSide& side, const std::string& name,
                             api::v1::Operation& operation);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_REBUILDS_H_
