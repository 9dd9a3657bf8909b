// The people of the demo: a register's worth of invented lives, each a list of dated commands.
// Pure: the same seed gives the same people and commands.
#ifndef GOODSTANDING_TOOLS_DEMO_COHORT_H_
#define GOODSTANDING_TOOLS_DEMO_COHORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "domain/dates.h"
#include "goodstanding/type/v1/values.pb.h"
#include "tools/demo_diary.h"

namespace goodstanding::tools {

// What a life comes to by CohortToday. Those without a year are of the class that was due on
// December 1, 2025.
enum class LifeStory {
  kOnTime,
  kFirstTimeDual,
  kAudited,
  kBouncedCheck,
  kLate,
  kUnderReview,
  kCheckKeyedInLate,
  kExtended,
  kExtensionPending,
  kArticleShort,
  kExtensionDenied,
  kAskedTooLate,
  kDidLittle,
  kSurrendered,
  kRevoked,
  kOnTime2024,
  kExtended2024,
  kReinstated2024,
  kExpired2024,
  kMidCycle,
};

struct StoryFacts {
  LifeStory story;
  absl::string_view title;
  // At the end of CohortToday, under the shipped rules.
  type::v1::Standing standing;
  // Of 200 people.
  int weight;
};

// All stories, in the order of LifeStory.
absl::Span<const StoryFacts> Stories();

struct Person {
  std::string certificant_id;  // "C1001", ascending.
  std::string name;
  LifeStory story;
};

struct Cohort {
  std::vector<Person> people;          // In order of id.
  std::vector<DatedCommand> commands;  // In order of keying in, from January 2022 on.
};

// The day on which the cohort's commands end: January 20, 2026.
domain::Date CohortToday();

struct CohortOptions {
  uint64_t seed = 12;
  // At least one a story.
  int certificants = 200;
};

Cohort MakeCohort(const CohortOptions& options);

// The first person of a story; every story has one.
const Person& FirstOf(LifeStory story, const Cohort& cohort);

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_DEMO_COHORT_H_
