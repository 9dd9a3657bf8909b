#include "tools/demo_correction.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "goodstanding/api/v1/rulebook_service.pb.h"
#include "grpcpp/client_context.h"
#include "tools/decimal.h"
#include "tools/demo_questions.h"
#include "tools/words.h"

namespace goodstanding::tools {
namespace {

using api::v1::CorrectionEffect;
using api::v1::PreviewCorrectionRequest;
using domain::Date;

using Align = Table::Align;

constexpr char kRules[] = "namss-2025";
constexpr char kFigure[] = "activity.SYNERGY_ARTICLE.rate";
constexpr char kValue[] = "5.00";

struct Preview {
  std::vector<CorrectionEffect> effects;  // By id.
  api::v1::CorrectionSummary summary;
};

absl::StatusOr<Preview> AskPreview(const PreviewCorrectionRequest& request, const Client& client) {
  grpc::ClientContext context;
  SetTimeout(absl::Minutes(1), context);
  const auto reader = client.rulebook().PreviewCorrection(&context, request);
  Preview preview;
  api::v1::PreviewCorrectionResponse item;
  while (reader->Read(&item)) {
    preview.effects.insert(preview.effects.end(), item.effects().begin(), item.effects().end());
    if (item.has_summary()) preview.summary = item.summary();
  }
  GS_RETURN_IF_ERROR(FromCall(reader->Finish()));
  return preview;
}

// "LAPSED → UNDER_REVIEW"; empty where the figure stays.
std::string ChangeOf(absl::string_view figure, const CorrectionEffect& effect) {
  for (const auto& change : effect.changes()) {
    if (change.figure() == figure) return absl::StrCat(change.before(), " → ", change.after());
  }
  return "";
}

PreviewCorrectionRequest Correction() {
  PreviewCorrectionRequest request;
  request.set_name(kRules);
  request.mutable_years()->set_first_year(2025);
  request.mutable_years()->set_last_year(2027);
  type::v1::FigureChange& change = *request.add_changes();
  change.set_path(kFigure);
  change.set_value(kValue);
  *request.mutable_as_of_date() = CohortToday().ToProto();
  return request;
}

void ShowEffects(const Preview& preview, const Guide& guide) {
  constexpr int kMostRows = 8;
  const std::vector<std::string> figures = {"standing", "certified", "credit.article",
                                            "counted.total"};
  Table table({{"Certificant"}, {figures[0]}, {figures[1]}, {figures[2]}, {figures[3]}});
  int moved = 0;
  for (const CorrectionEffect& effect : preview.effects) {
    if (ChangeOf(figures[0], effect).empty() || ++moved > kMostRows) continue;
    std::vector<std::string> row = {effect.certificant_id()};
    for (const std::string& figure : figures) row.push_back(ChangeOf(figure, effect));
    table.AddRow(std::move(row));
    table.SetMood(Mood::kGood);
  }
  guide.Say(absl::StrCat("First the preview, which changes nothing. Of ",
                         preview.summary.certificant_count(), " people, ",
                         preview.summary.changed_count(), " would see a figure change, and ", moved,
                         moved > kMostRows ? " of them their standing. The first of these:"
                                           : " of them their standing:"));
  guide.Show(table);
}

absl::Status Publish(const Preview& preview, DemoStage& stage) {
  const PreviewCorrectionRequest correction = Correction();
  api::v1::CorrectRuleSetRequest request;
  request.set_name(correction.name());
  *request.mutable_years() = correction.years();
  *request.mutable_changes() = correction.changes();
  request.set_reason("an article takes as long as a five-hour course");
  request.set_authority("Certification commission, January 21, 2026");
  request.set_preview_digest(preview.summary.preview_digest());
  return stage.Do(request);
}

absl::Status ShowBeforeAndAfter(const std::string& certificant_id, const Guide& guide,
                                DemoStage& stage) {
  const Date today = CohortToday();
  Table table({{"On"},
               {"As known"},
               {"Rules"},
               {"Credits", Align::kRight},
               {"Standing"},
               {"Certified in all", Align::kRight}});
  const auto add = [&](const std::optional<Date>& known_at) -> absl::Status {
    GS_ASSIGN_OR_RETURN(const api::v1::StandingAnswer answer,
                        AskStanding(certificant_id, {today, known_at}, stage.client()));
    GS_ASSIGN_OR_RETURN(const ReportCount report, CountReport({today, known_at}, stage.client()));
    table.AddRow({today.ToString(), known_at ? known_at->ToString() : "now",
                  tools::Describe(answer.rule_set()), Format(answer.requirement(0).counted()),
                  Name(answer.standing()), absl::StrCat(report.all)});
    table.SetMood(MoodOf(answer.standing()));
    return absl::OkStatus();
  };
  GS_RETURN_IF_ERROR(add(today));
  GS_RETURN_IF_ERROR(add(std::nullopt));
  guide.Show(table);
  return absl::OkStatus();
}

absl::Status ShowApproval(const Person& person, const Guide& guide, DemoStage& stage) {
  const Date day = CohortToday() + 2;
  stage.MoveClock(day, 10 * 60);
  api::v1::ApproveApplicationRequest request;
  request.set_certificant_id(person.certificant_id);
  GS_RETURN_IF_ERROR(stage.Do(request));
  GS_ASSIGN_OR_RETURN(const api::v1::StandingAnswer answer,
                      AskStanding(person.certificant_id, {day}, stage.client()));
  guide.Say(absl::StrCat("On January 22 staff approve the application, which was refused in the ",
                         "autumn, and ", person.name, " is ", Name(answer.standing()),
                         ", in the cycle ", Days(answer.cycle().period()), "."));
  return absl::OkStatus();
}

}  // namespace

absl::Status ShowCorrection(const Cohort& cohort, const Guide& guide, DemoStage& stage) {
  const Person& person = FirstOf(LifeStory::kArticleShort, cohort);
  guide.Chapter("5. A rule is corrected");
  guide.Say(absl::StrCat(
      "The published page gives no figure for an article in the board's journal; the board had ",
      "settled on 2.00 credits. ", person.name,
      " writes to the board, and on January 21 the commission ",
      "settles on 5.00 for the years 2025 to 2027. Rules are data: no program changes."));
  GS_ASSIGN_OR_RETURN(const Preview preview, AskPreview(Correction(), stage.client()));
  ShowEffects(preview, guide);
  GS_RETURN_IF_ERROR(Publish(preview, stage));
  guide.Say(absl::StrCat("Then it is published, an event like any other, and is in force at ",
                         "once. Nobody's history changes: what ", person.certificant_id,
                         " was told yesterday can still be shown, and defended."));
  GS_RETURN_IF_ERROR(ShowBeforeAndAfter(person.certificant_id, guide, stage));
  GS_RETURN_IF_ERROR(ShowApproval(person, guide, stage));
  guide.Try(absl::StrCat("goodstanding standing ", person.certificant_id,
                         " --as-of 2026-01-20 --known-at 2026-01-20"));
  return absl::OkStatus();
}

}  // namespace goodstanding::tools
