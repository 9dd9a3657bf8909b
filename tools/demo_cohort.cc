#include "tools/demo_cohort.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "tools/decimal.h"
#include "tools/rule_files.h"

namespace goodstanding::tools {
namespace {

using domain::Date;
using namespace type::v1;  // NOLINT(google-build-using-namespace): a standing a line below.

constexpr absl::string_view kCpcs = "CPCS";
constexpr absl::string_view kCpmsm = "CPMSM";

constexpr std::array<StoryFacts, 20> kStories = {{
    {LifeStory::kOnTime, "renewed on time", STANDING_ACTIVE, 52},
    {LifeStory::kFirstTimeDual, "renewed on time, a second credential since", STANDING_ACTIVE, 10},
    {LifeStory::kAudited, "audited, and renewed", STANDING_ACTIVE, 5},
    {LifeStory::kBouncedCheck, "renewed, then the check bounced", STANDING_ACTIVE, 3},
    {LifeStory::kLate, "renewed late, with the late fee", STANDING_ACTIVE, 11},
    {LifeStory::kUnderReview, "complete late, not decided yet", STANDING_UNDER_REVIEW, 6},
    {LifeStory::kCheckKeyedInLate, "check in time, keyed in late", STANDING_UNDER_REVIEW, 3},
    {LifeStory::kExtended, "extension granted", STANDING_EXTENDED, 13},
    {LifeStory::kExtensionPending, "extension asked for, not decided", STANDING_EXTENSION_PENDING,
     3},
    {LifeStory::kArticleShort, "an article, and still short", STANDING_LAPSED, 6},
    {LifeStory::kExtensionDenied, "extension denied: half not met", STANDING_LAPSED, 3},
    {LifeStory::kAskedTooLate, "asked for an extension too late", STANDING_LAPSED, 3},
    {LifeStory::kDidLittle, "did little, and did not apply", STANDING_LAPSED, 8},
    {LifeStory::kSurrendered, "retired", STANDING_SURRENDERED, 2},
    {LifeStory::kRevoked, "forged certificates", STANDING_REVOKED, 1},
    {LifeStory::kOnTime2024, "due 2024: renewed on time", STANDING_ACTIVE, 16},
    {LifeStory::kExtended2024, "due 2024: renewed in an extension", STANDING_ACTIVE, 4},
    {LifeStory::kReinstated2024, "due 2024: lapsed, reinstated", STANDING_ACTIVE, 6},
    {LifeStory::kExpired2024, "due 2024: lapsed, expired", STANDING_EXPIRED, 6},
    {LifeStory::kMidCycle, "due 2026 or 2027: in mid-cycle", STANDING_ACTIVE, 39},
}};

constexpr std::array<absl::string_view, 40> kFirstNames = {
    "Amara", "Beatriz", "Carol",  "Dana",   "Elena",  "Fatima", "Grace", "Hannah",
    "Imani", "Joanne",  "Keiko",  "Latoya", "Mei",    "Nadia",  "Olga",  "Priya",
    "Quinn", "Rosa",    "Simone", "Teresa", "Uma",    "Vera",   "Wanda", "Ximena",
    "Yara",  "Zoe",     "Andre",  "Brian",  "Carlos", "Dmitri", "Elias", "Frank",
    "Hugo",  "Isaac",   "Jamal",  "Kenji",  "Luis",   "Marcus", "Omar",  "Victor"};

constexpr std::array<absl::string_view, 40> kLastNames = {
    "Abbott",   "Baptiste", "Chen",     "Delgado",  "Eriksen",   "Flores", "Gupta",    "Haddad",
    "Ibrahim",  "Jackson",  "Kowalski", "Larsen",   "Mbeki",     "Nguyen", "Okafor",   "Petrov",
    "Quigley",  "Rossi",    "Sato",     "Torres",   "Ueda",      "Vargas", "Walsh",    "Xiong",
    "Yilmaz",   "Zimmer",   "Adeyemi",  "Bergeron", "Castillo",  "Dubois", "Fontaine", "Garcia",
    "Hoffmann", "Ivanova",  "Jensen",   "Kaplan",   "Lindqvist", "Moreau", "Novak",    "Silva"};

// The fees of the rules, in cents.
struct Fees {
  explicit Fees(const RuleSet& rules)
      : late(Cents(rules.fees().late())),
        extension(Cents(rules.fees().extension())),
        reinstatement(Cents(rules.fees().reinstatement())),
        rules_(rules) {}

  int64_t Recertification(bool dual, bool member) const {
    const LevelRule& level = rules_.levels(dual ? 1 : 0);
    return Cents(member ? level.member_fee() : level.non_member_fee());
  }

  const int64_t late;
  const int64_t extension;
  const int64_t reinstatement;

 private:
  static int64_t Cents(const std::string& figure) { return ParseDecimal(figure).value_or(0); }
  const RuleSet& rules_;
};

// Tells one person's story.
class Narrator {
 public:
  Narrator(const Person& person, Dice& dice, std::vector<DatedCommand>& commands)
      : person_(person),
        dice_(dice),
        diary_(person.certificant_id, dice, commands),
        rules_(ShippedRules()),
        fees_(rules_) {}

  void Tell() {
    switch (person_.story) {
      case LifeStory::kOnTime:
      case LifeStory::kFirstTimeDual:
        return TellOnTime(2025);
      case LifeStory::kAudited:
        return TellAudited();
      case LifeStory::kBouncedCheck:
        return TellBouncedCheck();
      case LifeStory::kLate:
      case LifeStory::kUnderReview:
        return TellLate();
      case LifeStory::kCheckKeyedInLate:
        return TellCheckKeyedInLate();
      case LifeStory::kExtended:
      case LifeStory::kExtensionPending:
        return TellExtension();
      case LifeStory::kArticleShort:
        return TellArticleShort();
      case LifeStory::kExtensionDenied:
      case LifeStory::kAskedTooLate:
      case LifeStory::kDidLittle:
        return TellTooLittle();
      case LifeStory::kSurrendered:
      case LifeStory::kRevoked:
        return TellEnded();
      case LifeStory::kOnTime2024:
        return TellOnTime(2024);
      case LifeStory::kExtended2024:
        return TellExtended2024();
      case LifeStory::kReinstated2024:
        return TellReinstated2024();
      case LifeStory::kExpired2024:
        return TellExpired2024();
      case LifeStory::kMidCycle:
        return TellMidCycle();
    }
  }

 private:
  static constexpr int kHour = 4;  // In quarter hours.

  Date Office(Date day) const { return OfficeDay(day, rules_); }
  Date Office(Date first, Date last) { return Office(dice_.Between(first, last)); }

  // Registers the person and grants a credential in the third year before the cycle's end. The
  // register begins in January 2022: earlier grants are keyed in then.
  void Begin(int due_year) {
    due_ = Day(due_year, 12, 1);
    const Date granted = Office(Day(due_year - 3, 2, 1), Day(due_year - 3, 10, 20));
    const Date keyed_in = std::max(granted, Office(Day(2022, 1, 10), Day(2022, 1, 21)));
    begin_ = keyed_in + 1;
    diary_.Register(keyed_in, person_.name);
    credential_ = dice_.Chance(65) ? kCpcs : kCpmsm;
    diary_.Grant(keyed_in, credential_, granted);
  }

  // In January of the year that the cycle ends in.
  void MaybeJoin() {
    member_ = dice_.Chance(60);
    if (member_) diary_.Join(Office(Day(due_.year(), 1, 5), Day(due_.year(), 1, 25)), due_ + 30);
  }

  void Learn(int approved, int other, Date last, bool documented = false) {
    diary_.Learn({begin_, last, last, approved, other, documented});
  }
  // As much as a renewal needs, and a little more.
  void LearnEnough(Date last, bool documented = false) {
    const int approved = dice_.Between(16 * kHour, 24 * kHour);
    Learn(approved, dice_.Between(31 * kHour, 37 * kHour) - approved, last, documented);
  }

  int64_t Fee() const {
    return fees_.Recertification(person_.story == LifeStory::kFirstTimeDual, member_);
  }

  // Pays what is due, by card or check. Returns the day on which it is there.
  Date Pay(Date day, int64_t cents) {
    if (dice_.Chance(70)) {
      diary_.PayByCard(day, cents);
      return day;
    }
    const Date received = Office(day + dice_.Between(3, 7));
    diary_.PayByCheck({day, received, received}, cents);
    return received;
  }

  void TellOnTime(int due_year) {
    Begin(due_year);
    MaybeJoin();
    LearnEnough(Day(due_year, 7, 31));
    if (person_.story == LifeStory::kFirstTimeDual) TakeSecondExamination();
    if (dice_.Chance(20)) diary_.ReportMeeting(Office(begin_ + dice_.Between(60, 700)));
    const Date submitted = Office(Day(due_year, 8, 1), Day(due_year, 11, 20));
    diary_.Submit(submitted);
    const Date paid = Pay(submitted, Fee());
    diary_.Approve(Office(paid + dice_.Between(4, 15)));
  }

  void TakeSecondExamination() {
    const Date day = Office(Day(2024, 3, 1), Day(2024, 9, 30));
    diary_.Grant(day, credential_ == kCpcs ? kCpmsm : kCpcs, day);
  }

  void TellAudited() {
    Begin(2025);
    MaybeJoin();
    LearnEnough(Day(2025, 8, 31), true);
    // More than enough, as one record will fall.
    diary_.Learn({Day(2025, 9, 1), Day(2025, 9, 30), Day(2025, 9, 30), 7 * kHour, 0, true});
    const Date submitted = Office(Day(2025, 10, 1), Day(2025, 10, 10));
    diary_.Submit(submitted);
    diary_.PayByCard(submitted, Fee());
    const Date opened = Office(submitted + 5);
    diary_.OpenAudit(opened, "drawn by lot");
    diary_.Approve(Office(opened + 4), "AUDIT_OPEN");
    diary_.DisallowFirst(Office(opened + 15), "the certificate names somebody else");
    diary_.PassAudit(Office(opened + 16));
    diary_.Approve(Office(opened + 18));
  }

  void TellBouncedCheck() {
    Begin(2025);
    MaybeJoin();
    LearnEnough(Day(2025, 9, 30));
    const Date submitted = Office(Day(2025, 10, 6), Day(2025, 11, 14));
    diary_.Submit(submitted);
    const Date received = Office(submitted + 4);
    diary_.PayByCheck({submitted, received, received}, Fee());
    diary_.Approve(Office(received + 3));
    diary_.BounceCheck(Office(received + 9));
  }

  void TellLate() {
    Begin(2025);
    MaybeJoin();
    LearnEnough(Day(2025, 11, 28));
    const Date submitted = Office(Day(2025, 12, 2), Day(2025, 12, 16));
    diary_.Submit(submitted);
    const Date paid = Pay(submitted, Fee() + fees_.late);
    if (person_.story == LifeStory::kLate) diary_.Approve(Office(paid + dice_.Between(3, 9)));
  }

  void TellCheckKeyedInLate() {
    Begin(2025);
    MaybeJoin();
    LearnEnough(Day(2025, 10, 31));
    diary_.Submit(Office(Day(2025, 11, 10), Day(2025, 11, 20)));
    diary_.Approve(Day(2026, 1, 5), "REINSTATEMENT_NOT_REQUESTED");
    diary_.PayByCheck({Day(2025, 11, 26), Day(2025, 12, 29), Day(2026, 1, 7)}, Fee());
  }

  void TellExtension() {
    Begin(2025);
    MaybeJoin();
    const int approved = dice_.Between(6 * kHour, 10 * kHour);
    Learn(approved, dice_.Between(16 * kHour, 23 * kHour) - approved, Day(2025, 9, 30), true);
    if (person_.story == LifeStory::kExtensionPending) return diary_.RequestExtension(due_);
    const Date requested = Office(Day(2025, 10, 6), Day(2025, 11, 26));
    diary_.RequestExtension(requested);
    diary_.GrantExtension(Office(requested + dice_.Between(2, 6)));
  }

  // 28 credits with the article, 15 + 11 + 2, and paid for in time: enough, had it earned 4 and
  // more.
  void TellArticleShort() {
    Begin(2025);
    MaybeJoin();
    Learn(15 * kHour, 11 * kHour, Day(2025, 8, 31), true);
    diary_.ReportArticle(Office(Day(2024, 3, 1), Day(2025, 8, 20)));
    const Date submitted = Office(Day(2025, 10, 6), Day(2025, 11, 14));
    diary_.Submit(submitted);
    diary_.PayByCard(submitted, Fee());
    diary_.Approve(Office(submitted + 10), "REQUIREMENTS_NOT_MET");
  }

  void TellTooLittle() {
    Begin(2025);
    if (dice_.Chance(80)) {
      Learn(dice_.Between(1, 5 * kHour), dice_.Between(1, 7 * kHour), Day(2025, 8, 31), true);
    }
    if (person_.story == LifeStory::kAskedTooLate) {
      diary_.RequestExtensionInTheEvening(due_, "EXTENSION_DEADLINE_PASSED");
    } else if (person_.story == LifeStory::kExtensionDenied) {
      const Date requested = Office(Day(2025, 11, 3), Day(2025, 11, 24));
      diary_.RequestExtension(requested);
      diary_.GrantExtension(Office(requested + 3), "HALF_NOT_MET");
      diary_.DenyExtension(Office(requested + 4));
    }
  }

  void TellEnded() {
    Begin(2025);
    Learn(6 * kHour, 8 * kHour, Day(2025, 2, 28));
    const Date day = Office(Day(2025, 3, 10), Day(2025, 9, 20));
    if (person_.story == LifeStory::kSurrendered) return diary_.Surrender(day, "retired");
    diary_.Revoke(day, "certificates of attendance were forged");
  }

  void TellExtended2024() {
    Begin(2024);
    Learn(9 * kHour, 10 * kHour, Day(2024, 9, 30), true);
    const Date requested = Office(Day(2024, 10, 7), Day(2024, 11, 22));
    diary_.RequestExtension(requested);
    diary_.GrantExtension(Office(requested + 4));
    diary_.Learn({Day(2025, 1, 6), Day(2025, 4, 11), Day(2025, 4, 11), 8 * kHour, 4 * kHour, true});
    const Date submitted = Office(Day(2025, 4, 14), Day(2025, 5, 9));
    diary_.Submit(submitted);
    diary_.PayByCard(submitted, Fee() + fees_.extension);
    diary_.Approve(Office(submitted + 8));
  }

  void TellReinstated2024() {
    Begin(2024);
    LearnEnough(Day(2024, 11, 29), true);
    const Date requested = Office(Day(2025, 2, 3), Day(2025, 5, 9));
    diary_.RequestReinstatement(requested);
    diary_.Submit(requested, "REINSTATEMENT_FEE_DUE");
    diary_.PayByCard(requested + 1, Fee() + fees_.reinstatement);
    diary_.Submit(requested + 1);
    diary_.Approve(Office(requested + dice_.Between(8, 20)));
  }

  void TellExpired2024() {
    Begin(2024);
    Learn(dice_.Between(1, 5 * kHour), dice_.Between(1, 8 * kHour), Day(2024, 8, 31));
    if (dice_.Chance(70)) {
      diary_.ReportMeeting(Office(Day(2025, 9, 1), Day(2025, 11, 14)), "CERTIFICATION_EXPIRED");
    }
  }

  void TellMidCycle() {
    Begin(dice_.Chance(60) ? 2026 : 2027);
    if (dice_.Chance(20)) return;
    Learn(dice_.Between(2, 14 * kHour), dice_.Between(2, 12 * kHour), Day(2025, 12, 12));
    if (dice_.Chance(15)) diary_.ReportArticle(Office(Day(2025, 4, 1), Day(2025, 11, 20)));
  }

  const Person& person_;
  Dice& dice_;
  Diary diary_;
  const RuleSet& rules_;
  const Fees fees_;
  absl::string_view credential_;  // The first one.
  Date due_;                      // Last day of the cycle.
  Date begin_;                    // First day on which education is reported.
  bool member_ = false;
};

// One of each, the others by weight, in no order.
std::vector<LifeStory> DrawStories(int count, Dice& dice) {
  std::vector<LifeStory> stories;
  std::vector<LifeStory> lots;
  for (const StoryFacts& facts : kStories) {
    stories.push_back(facts.story);
    lots.insert(lots.end(), static_cast<size_t>(facts.weight), facts.story);
  }
  // Stories are dealt like cards, so that few people are as mixed as many.
  for (size_t next = lots.size(); stories.size() < static_cast<size_t>(count); ++next) {
    if (next == lots.size()) next = 0;
    const size_t other =
        next + static_cast<size_t>(dice.Below(static_cast<int>(lots.size() - next)));
    std::swap(lots[next], lots[other]);
    stories.push_back(lots[next]);
  }
  for (size_t i = stories.size(); i > 1; --i) {
    std::swap(stories[i - 1], stories[static_cast<size_t>(dice.Below(static_cast<int>(i)))]);
  }
  return stories;
}

std::string DrawName(Dice& dice) {
  const auto draw = [&](const auto& names) {
    return names[static_cast<size_t>(dice.Below(static_cast<int>(names.size())))];
  };
  const absl::string_view first = draw(kFirstNames);
  return absl::StrCat(first, " ", draw(kLastNames));
}

}  // namespace

absl::Span<const StoryFacts> Stories() { return kStories; }

Date CohortToday() { return Day(2026, 1, 20); }

Cohort MakeCohort(const CohortOptions& options) {
  GS_CHECK(static_cast<size_t>(options.certificants) >= kStories.size());
  constexpr int kFirstId = 1001;
  Dice dice(options.seed);
  Cohort cohort;
  for (const LifeStory story : DrawStories(options.certificants, dice)) {
    const int id = kFirstId + static_cast<int>(cohort.people.size());
    cohort.people.push_back({absl::StrCat("C", id), DrawName(dice), story});
  }
  cohort.commands = ApproveCatalogue(Day(2022, 1, 3));
  for (const Person& person : cohort.people) Narrator(person, dice, cohort.commands).Tell();
  std::stable_sort(cohort.commands.begin(), cohort.commands.end(),
                   [](const DatedCommand& a, const DatedCommand& b) {
                     return std::pair(a.day, a.minute_of_day) < std::pair(b.day, b.minute_of_day);
                   });
  return cohort;
}

const Person& FirstOf(LifeStory story, const Cohort& cohort) {
  const auto found = std::find_if(cohort.people.begin(), cohort.people.end(),
                                  [&](const Person& person) { return person.story == story; });
  GS_CHECK(found != cohort.people.end());
  return *found;
}

}  // namespace goodstanding::tools
