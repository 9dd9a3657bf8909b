// A dossier as one page that people read, on a screen or on paper.
#ifndef GOODSTANDING_TOOLS_DOSSIER_HTML_H_
#define GOODSTANDING_TOOLS_DOSSIER_HTML_H_

#include <string>

#include "goodstanding/api/v1/evidence_service.pb.h"
#include "services/board_time.h"

namespace goodstanding::tools {

// The page: it needs nothing from elsewhere and runs no script. Times in the zone. Pure: equal
// dossiers give equal pages.
std::string DossierPage(const api::v1::Dossier& dossier, const services::BoardTime& zone);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_DOSSIER_HTML_H_
