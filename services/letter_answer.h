// Verification letters: whether a person is certified, signed.
#ifndef GOODSTANDING_SERVICES_LETTER_ANSWER_H_
#define GOODSTANDING_SERVICES_LETTER_ANSWER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/random.h"
#include "eventstore/signing_key.h"
#include "goodstanding/api/v1/evidence_service.pb.h"
#include "services/inquiry.h"

namespace goodstanding::services {

// "goodstanding/0a…/letters": the name of a log's key for letters.
std::string LetterOrigin(absl::string_view log_origin);

// The key for letters from a file, created where it is missing; where the file's first key is of
// another log, from whose backup this one was restored, a fresh one is put before it. Errors as of
// eventstore::ReadSigningKeys.
absl::StatusOr<std::unique_ptr<const eventstore::SigningKey>> OpenLetterKey(
    const std::string& path, absl::string_view log_origin, eventstore::RandomSource& random);

// Answers GetVerificationLetter. The core is a function of the log up to the position and of the
// day; signatures are Ed25519, so that its bytes are always the same.
absl::Status AnswerLetter(const ReadSide& side, const eventstore::SigningKey& key,
                          const api::v1::GetVerificationLetterRequest& request,
                          api::v1::GetVerificationLetterResponse& response);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_LETTER_ANSWER_H_
