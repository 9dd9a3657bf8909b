// Checks of ids, references, free text and periods: bad input gets a clear answer.
#ifndef GOODSTANDING_DOMAIN_TEXT_H_
#define GOODSTANDING_DOMAIN_TEXT_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "domain/dates.h"

namespace goodstanding::domain {

// An id of a certificant or an activity: 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-'.
absl::Status CheckId(absl::string_view id, absl::string_view field);

// A caller's reference: `min` to `max` printable ASCII characters without spaces.
absl::Status CheckReference(absl::string_view text, size_t min, size_t max,
                            absl::string_view field);

// Free text: `min` to `max` bytes of UTF-8 without control characters (line breaks are fine).
absl::Status CheckText(absl::string_view text, size_t min, size_t max, absl::string_view field);

// An e-mail address in outline: 3 to 254 characters without spaces, one '@' with something on both
// sides.
absl::Status CheckEmail(absl::string_view email, absl::string_view field);

// INVALID_PERIOD where `through` is before `from`.
absl::Status CheckPeriod(Date from, Date through, absl::string_view field);

// EFFECTIVE_IN_FUTURE where a fact would take place after the present moment.
absl::Status CheckNotInFuture(const Moment& effective, const Moment& now);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_TEXT_H_
