// Events of the log, as a person reads them.
#ifndef GOODSTANDING_TOOLS_HISTORY_TEXT_H_
#define GOODSTANDING_TOOLS_HISTORY_TEXT_H_

#include <string>
#include <vector>

#include "goodstanding/api/v1/history_service.pb.h"
#include "services/board_time.h"
#include "tools/output.h"

namespace goodstanding::tools {

// What the event says: "reference=c1 activity_kind=TEACHING completed=2025-03-04 minutes=60".
// Fields that are absent, 0 or false are left out.
std::string Details(const api::v1::HistoryEvent& event);

// A row an event; times in the zone.
std::string EventsText(const std::vector<api::v1::HistoryEvent>& events,
                       const services::BoardTime& zone, bool first, const Style& style);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_HISTORY_TEXT_H_
