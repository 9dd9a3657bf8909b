// A dossier as a file that is checked without a server (docs/dossier.md).
#ifndef GOODSTANDING_TOOLS_DOSSIER_FILE_H_
#define GOODSTANDING_TOOLS_DOSSIER_FILE_H_

#include <string>

#include "goodstanding/api/v1/evidence_service.pb.h"
#include "services/board_time.h"

namespace goodstanding::tools {

// The bytes of the file. Times of statements in the zone. Pure.
std::string DossierFile(const api::v1::Dossier& dossier, const services::BoardTime& zone);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_DOSSIER_FILE_H_
