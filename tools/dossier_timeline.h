// The pictures of a dossier's page, as SVG.
#ifndef GOODSTANDING_TOOLS_DOSSIER_TIMELINE_H_
#define GOODSTANDING_TOOLS_DOSSIER_TIMELINE_H_

#include <string>

#include "goodstanding/api/v1/evidence_service.pb.h"
#include "services/board_time.h"

namespace goodstanding::tools {

// Cycles, standings, credits, payments and decisions by when they took place, and below them when
// each was recorded, by the days of the zone; a line leads from one to the other. Pure.
std::string TimelinePicture(const api::v1::Dossier& dossier, const services::BoardTime& zone);

// A bar for each line of a requirement: what counts of what is needed. Pure.
std::string RequirementPicture(const api::v1::GetTranscriptResponse& transcript);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_DOSSIER_TIMELINE_H_
