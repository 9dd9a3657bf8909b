#include "tools/demo_tour.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "tools/decimal.h"
#include "tools/demo_correction.h"
#include "tools/demo_guide.h"
#include "tools/demo_questions.h"
#include "tools/person_text.h"
#include "tools/when.h"
#include "tools/words.h"

namespace goodstanding::tools {
namespace {

using api::v1::QueryService;
using domain::Date;
using type::v1::Standing;

using Align = Table::Align;

// Only who is not simply ACTIVE stands out.
Mood RowMood(Standing standing) {
  return standing == type::v1::STANDING_ACTIVE ? Mood::kPlain : MoodOf(standing);
}

// How many people of each story stand where, asked of the server one by one.
absl::StatusOr<std::map<LifeStory, std::map<Standing, int>>> CountStories(const Cohort& cohort,
                                                                          const Client& client) {
  std::map<LifeStory, std::map<Standing, int>> counts;
  for (const Person& person : cohort.people) {
    GS_ASSIGN_OR_RETURN(const api::v1::StandingAnswer answer,
                        AskStanding(person.certificant_id, {CohortToday()}, client));
    ++counts[person.story][answer.standing()];
  }
  return counts;
}

void ShowRefusals(const PlayRecord& record, const Guide& guide) {
  int refused = 0;
  std::string examples;
  for (const auto& [reason, refusal] : record.refusals) {
    refused += refusal.count;
    absl::StrAppend(&examples, Colored(reason, Mood::kWarning, guide.style()), "  (",
                    refusal.certificant_id, ", ", refusal.day.ToString(), ")\n",
                    Wrapped(refusal.message, "  ", guide.prose()));
  }
  guide.Say(absl::StrCat("The server recorded ", record.recorded,
                         " facts, from January 2022 to January 20, 2026, and refused ", refused,
                         " commands. That too is its work: a refusal records nothing and says ",
                         "what would be accepted. The first of each kind:"));
  guide.Show(examples);
}

absl::Status ShowPeople(const Cohort& cohort, const PlayRecord& record, const Guide& guide,
                        const Client& client) {
  GS_ASSIGN_OR_RETURN(const auto counts, CountStories(cohort, client));
  guide.Chapter("1. The people");
  Table table({{"What they did"}, {"People", Align::kRight}, {"So on 2026-01-20 they are"}});
  for (const StoryFacts& facts : Stories()) {
    for (const auto& [standing, count] : counts.at(facts.story)) {
      table.AddRow({std::string(facts.title), absl::StrCat(count), Name(standing)});
      table.SetMood(RowMood(standing));
    }
  }
  guide.Show(table);
  ShowRefusals(record, guide);
  return absl::OkStatus();
}

absl::Status ShowReportByDay(const Guide& guide, const Client& client) {
  const std::vector<std::pair<Date, std::string>> days = {
      {Day(2025, 12, 1), "the cycle ends"},  {Day(2025, 12, 2), "the day after"},
      {Day(2025, 12, 15), "two weeks late"}, {Day(2025, 12, 31), "last late day"},
      {Day(2026, 1, 1), "the rest lapse"},   {Day(2026, 1, 20), "today"},
      {Day(2026, 6, 2), "extensions over"}};
  const std::vector<std::pair<Standing, std::string>> standings = {
      {type::v1::STANDING_ACTIVE, "ACTIVE"},
      {type::v1::STANDING_LATE, "LATE"},
      {type::v1::STANDING_EXTENSION_PENDING, "PENDING"},
      {type::v1::STANDING_EXTENDED, "EXTENDED"},
      {type::v1::STANDING_UNDER_REVIEW, "REVIEW"}};
  std::vector<Table::Column> columns = {{"Day"}, {""}, {"Certified", Align::kRight}};
  for (const auto& [standing, title] : standings) columns.push_back({title, Align::kRight});
  Table table(columns);
  for (const auto& [day, note] : days) {
    GS_ASSIGN_OR_RETURN(const ReportCount count, CountReport({day}, client));
    std::vector<std::string> row = {day.ToString(), note, absl::StrCat(count.all)};
    for (const auto& [standing, title] : standings) {
      const auto found = count.by_standing.find(standing);
      row.push_back(found == count.by_standing.end() ? "·" : absl::StrCat(found->second));
    }
    table.AddRow(row);
    if (day == CohortToday()) table.SetMood(Mood::kStrong);
  }
  guide.Show(table);
  return absl::OkStatus();
}

absl::Status ShowReportPage(Date day, const Guide& guide, const Client& client) {
  constexpr int kRows = 10;
  api::v1::ListGoodStandingRequest request;
  *request.mutable_as_of_date() = day.ToProto();
  request.set_page_size(kRows);
  GS_ASSIGN_OR_RETURN(const api::v1::ListGoodStandingResponse page,
                      AnswerOf(client.queries(), &QueryService::Stub::ListGoodStanding, request));
  Table table({{"Certificant"}, {"Name"}, {"Credentials"}, {"Standing"}, {"Cycle ends"}});
  for (const auto& entry : page.entries()) {
    GS_ASSIGN_OR_RETURN(const std::string name, AskName(entry.certificant_id(), client));
    table.AddRow({entry.certificant_id(), name, absl::StrJoin(entry.credentials(), " "),
                  Name(entry.standing()), FormatDate(entry.cycle_end_date())});
    table.SetMood(RowMood(entry.standing()));
  }
  guide.Show(table);
  return absl::OkStatus();
}

absl::Status ShowReport(const Guide& guide, const Client& client) {
  guide.Chapter("2. The Good Standing Report");
  guide.Say(
      "Who is certified at the end of a day, whichever day. A standing is kept as dated intervals, "
      "so no job has to run at night, and a day to come is answered as it will be if nothing more "
      "happens.");
  GS_RETURN_IF_ERROR(ShowReportByDay(guide, client));
  guide.Say("The first page of the report for December 15, when the late are still certified:");
  GS_RETURN_IF_ERROR(ShowReportPage(Day(2025, 12, 15), guide, client));
  guide.Try("goodstanding report --as-of 2025-12-15");
  return absl::OkStatus();
}

// Keeps the lines that tell the story of an article that earned too little.
void KeepTheTelling(api::v1::ExplainStandingResponse& response) {
  const auto tells = [](const api::v1::ExplanationLine& line) {
    switch (line.topic()) {
      case api::v1::EXPLANATION_TOPIC_STANDING:
      case api::v1::EXPLANATION_TOPIC_RULES:
      case api::v1::EXPLANATION_TOPIC_REQUIREMENT:
        return true;
      case api::v1::EXPLANATION_TOPIC_CREDIT:
        return line.settled();
      default:
        return false;
    }
  };
  auto& lines = *response.mutable_lines();
  lines.erase(
      std::remove_if(lines.begin(), lines.end(), [&](const auto& line) { return !tells(line); }),
      lines.end());
}

absl::Status ShowExplanation(const Cohort& cohort, const Guide& guide, const Client& client) {
  const Person& person = FirstOf(LifeStory::kArticleShort, cohort);
  guide.Chapter("3. Why?");
  guide.Say(absl::StrCat(
      person.name, " (", person.certificant_id, ") applied in time, paid in time, and lapsed. ",
      "Every standing comes with its reasons, each with the events that it rests on, by their ",
      "number in the log, and the heading on the published page that the rule comes from."));
  api::v1::ExplainStandingRequest request;
  request.set_certificant_id(person.certificant_id);
  *request.mutable_perspective()->mutable_as_of_date() = CohortToday().ToProto();
  GS_ASSIGN_OR_RETURN(api::v1::ExplainStandingResponse response,
                      AnswerOf(client.queries(), &QueryService::Stub::ExplainStanding, request));
  const int all = response.lines_size();
  KeepTheTelling(response);
  guide.Show(ExplanationText(response, guide.prose()));
  guide.Say(absl::StrCat("Those were ", response.lines_size(), " of ", all,
                         " reasons; every credit, fee, payment and date has one:"));
  guide.Try(absl::StrCat("goodstanding explain ", person.certificant_id, " --as-of 2026-01-20"));
  return absl::OkStatus();
}

absl::Status ShowKnowledge(const Cohort& cohort, const Guide& guide, const Client& client) {
  const Person& person = FirstOf(LifeStory::kCheckKeyedInLate, cohort);
  const Date day = Day(2026, 1, 5);
  guide.Chapter("4. As known then, as known now");
  guide.Say(absl::StrCat(
      person.name, " (", person.certificant_id,
      ") mailed a check dated November 26. It arrived on ",
      "December 29, in time, and lay in a tray until January 7. What was the standing on January ",
      "5? There are two right answers, and both stay answerable for ever:"));
  GS_ASSIGN_OR_RETURN(const api::v1::StandingAnswer then,
                      AskStanding(person.certificant_id, {day, day}, client));
  GS_ASSIGN_OR_RETURN(const api::v1::StandingAnswer now,
                      AskStanding(person.certificant_id, {day}, client));
  Table table({{"On 2026-01-05"}, {"Standing"}, {"Certified"}, {"Paid", Align::kRight}});
  const auto add = [&](const std::string& knowledge, const api::v1::StandingAnswer& answer) {
    table.AddRow(
        {knowledge, Name(answer.standing()), YesNo(answer.certified()), Format(answer.paid())});
    table.SetMood(MoodOf(answer.standing()));
  };
  add("as it was known on that day", then);
  add("as it is known today", now);
  guide.Show(table);
  guide.Say(
      "When the payment took place and when the board came to know of it are two dates of one "
      "fact. The approval that staff tried on January 5 was refused, rightly by what was known; "
      "the person was certified all the same, and nothing had to be overwritten to say so.");
  guide.Try(absl::StrCat("goodstanding standing ", person.certificant_id,
                         " --as-of 2026-01-05 --known-at 2026-01-05"));
  return absl::OkStatus();
}

}  // namespace

void ShowOpening(const Cohort& cohort, const Style& style) {
  const Guide guide(style);
  guide.Chapter("Goodstanding: a guided tour");
  guide.Say(absl::StrCat(
      "Goodstanding is the system of record of a certification board: who holds a credential, in ",
      "what standing, until when, and why. This tour starts a real server on an empty store, ",
      "publishes the board's rules of 2025, and lets ", cohort.people.size(),
      " invented people live through four years of them over gRPC, ", cohort.commands.size(),
      " commands in all. Every answer below is the server's."));
}

absl::Status ShowTour(const Cohort& cohort, const PlayRecord& record, const Style& style,
                      DemoStage& stage) {
  const Guide guide(style);
  const Client& client = stage.client();
  GS_RETURN_IF_ERROR(ShowPeople(cohort, record, guide, client));
  GS_RETURN_IF_ERROR(ShowReport(guide, client));
  GS_RETURN_IF_ERROR(ShowExplanation(cohort, guide, client));
  GS_RETURN_IF_ERROR(ShowKnowledge(cohort, guide, client));
  return ShowCorrection(cohort, guide, stage);
}

void ShowEnd(const Cohort& cohort, const std::string& data_dir, const Style& style) {
  const Guide guide(style);
  const std::string& bounced = FirstOf(LifeStory::kBouncedCheck, cohort).certificant_id;
  const std::string& reinstated = FirstOf(LifeStory::kReinstated2024, cohort).certificant_id;
  guide.Chapter("Where to go from here");
  if (data_dir.empty()) {
    guide.Say(
        "The store was a scratch folder and is gone. Keep one, serve it, and ask it anything:");
    guide.Try("./dev demo --data demo-data");
  } else {
    guide.Say(absl::StrCat("The store is kept in ", data_dir, ". Serve it, and ask it anything:"));
  }
  guide.Try(absl::StrCat("./dev serve --data ", data_dir.empty() ? "demo-data" : data_dir));
  guide.Try("PATH=$PWD/build/release:$PATH");
  guide.Try(absl::StrCat("goodstanding account ", bounced, " --as-of 2026-01-20"));
  guide.Try(absl::StrCat("goodstanding timeline ", reinstated));
  guide.Try(absl::StrCat("goodstanding history ", reinstated));
  guide.Try("goodstanding due 2026");
}

}  // namespace goodstanding::tools
