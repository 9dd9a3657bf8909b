// What a correction of rules does to whom, and what was decided that it would not have: the answers
// that stream over everybody.
#ifndef GOODSTANDING_SERVICES_CORRECTION_ANSWERS_H_
#define GOODSTANDING_SERVICES_CORRECTION_ANSWERS_H_

#include "absl/status/status.h"
#include "goodstanding/api/v1/rulebook_service.pb.h"
#include "services/inquiry.h"
#include "services/stream_writer.h"

namespace goodstanding::services {

// Both run on all cores and on the calling thread, until they have sent the summary; CANCELLED
// where the caller has gone.
absl::Status AnswerPreview(const ReadSide& side, const api::v1::PreviewCorrectionRequest& request,
                           const Send<api::v1::PreviewCorrectionResponse>& send);
absl::Status AnswerReconsiderations(const ReadSide& side,
                                    const api::v1::ListReconsiderationsRequest& request,
                                    const Send<api::v1::ListReconsiderationsResponse>& send);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_CORRECTION_ANSWERS_H_
