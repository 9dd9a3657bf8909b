// Headings of the published page that the rules come from, exactly as they stand on it. (What is
// earned for a kind of activity names its heading in the rule set.)
#ifndef GOODSTANDING_DOMAIN_SOURCE_HEADINGS_H_
#define GOODSTANDING_DOMAIN_SOURCE_HEADINGS_H_

#include "absl/strings/string_view.h"

namespace goodstanding::domain {

inline constexpr absl::string_view kHeadingProgramme = "2025 Recertification";
inline constexpr absl::string_view kHeadingFees = "Recertification Fees";
inline constexpr absl::string_view kHeadingActivities = "Qualifying Recertification CE Activities";
inline constexpr absl::string_view kHeadingNoActivities =
    "Activities That Do Not Qualify for Continuing Education Credits:";
inline constexpr absl::string_view kHeadingExtension = "Extension Requests";
inline constexpr absl::string_view kHeadingOpening =
    "When does the recertification application open?";
inline constexpr absl::string_view kHeadingRequirement =
    "How many CE credits do I need to recertify?";
inline constexpr absl::string_view kHeadingFirstDual =
    "I became a dual certificant since my last recertification. Do I need to submit 45 credits?";
inline constexpr absl::string_view kHeadingDeadline =
    "What is the deadline to submit my recertification application?";
inline constexpr absl::string_view kHeadingCycle =
    "What is the official recertification cycle this year?";
inline constexpr absl::string_view kHeadingCreditTypes =
    "What are the different types of CE credits?";
inline constexpr absl::string_view kHeadingPosting =
    "How will my CE Credits be added to my Recertification Application?";
inline constexpr absl::string_view kHeadingPayments = "Recertification Payments";
inline constexpr absl::string_view kHeadingCheck =
    "My employer is paying my recertification fee by check. Will I be considered late if the check "
    "is not received by December 1?";
inline constexpr absl::string_view kHeadingDecision =
    "What is the status of my recertification application?";
inline constexpr absl::string_view kHeadingReport =
    "When will the Good Standing Report be updated?";
inline constexpr absl::string_view kHeadingBadge =
    "When will I receive a copy of my updated certificate?";
inline constexpr absl::string_view kHeadingExtensionDeadline =
    "When is my deadline to request a recertification extension, and how do I do so?";
inline constexpr absl::string_view kHeadingExtensionEnd = "How long is my extension?";
inline constexpr absl::string_view kHeadingExtensionFee =
    "I have earned my remaining CE certificates. How do I complete my recertification application?";
inline constexpr absl::string_view kHeadingMissed =
    "What if I miss the December 31, 2025 deadline?";

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_SOURCE_HEADINGS_H_
