// The state of a server, as an operator reads it.
#ifndef GOODSTANDING_TOOLS_STATUS_TEXT_H_
#define GOODSTANDING_TOOLS_STATUS_TEXT_H_

#include <string>

#include "goodstanding/api/v1/operations_service.pb.h"
#include "services/board_time.h"

namespace goodstanding::tools {

// A line a fact; times in the zone.
std::string ServerStatusText(const api::v1::GetServerStatusResponse& status,
                             const services::BoardTime& zone);

// A line a view that differs, and what was compared.
std::string CheckText(const api::v1::CheckViewsResponse& check);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_STATUS_TEXT_H_
