#include "tools/dossier_timeline.h"

#include <algorithm>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "domain/dates.h"
#include "tools/decimal.h"
#include "tools/html.h"
#include "tools/when.h"
#include "tools/words.h"

namespace goodstanding::tools {
namespace {

using domain::Date;

constexpr int kWidth = 960;
constexpr int kLeft = 92;
constexpr int kRight = 948;
constexpr int kHeight = 286;
// Rows, by their middle.
constexpr int kCycles = 38;
constexpr int kStandings = 74;
constexpr int kCredits = 112;
constexpr int kPayments = 144;
constexpr int kDecisions = 176;
constexpr int kRecorded = 240;

// White text can be read on each.
absl::string_view ColorOf(type::v1::Standing standing) {
  switch (standing) {
    case type::v1::STANDING_ACTIVE:
    case type::v1::STANDING_EXTENDED:
      return "#1b6b3a";
    case type::v1::STANDING_LATE:
    case type::v1::STANDING_EXTENSION_PENDING:
    case type::v1::STANDING_UNDER_REVIEW:
    case type::v1::STANDING_REINSTATEMENT_REVIEW:
      return "#8a5a00";
    default:
      return "#9b1c1c";
  }
}

std::optional<Date> DayOf(const type::v1::CivilDate& date) { return Date::FromProto(date); }

// Draws one dossier.
class TimelineDrawing {
 public:
  TimelineDrawing(const api::v1::Dossier& dossier, const services::BoardTime& zone)
      : dossier_(dossier) {
    const auto day_of = [&zone](const google::protobuf::Timestamp& time) {
      return zone.At(absl::FromUnixSeconds(time.seconds())).date;
    };
    first_ = last_ = DayOf(dossier.as_of_date()).value_or(Date());
    for (const auto& interval : dossier.timeline().intervals()) {
      Widen(DayOf(interval.first_date()));
      if (interval.has_cycle()) {
        Widen(DayOf(interval.cycle().first_date()));
        Widen(DayOf(interval.cycle().last_date()));
      }
    }
    for (const auto& event : dossier.events()) {
      if (!IsOfPerson(event.event())) continue;
      const Date recorded = day_of(event.event().recorded_time());
      Widen(day_of(event.event().effective_time()));
      Widen(recorded);
      recorded_[event.event().record().position()] = recorded;
    }
  }

  std::string Draw() {
    AddYears();
    AddAsOf();
    AddCycles();
    AddStandings();
    AddCredits();
    AddPayments();
    AddDecisions();
    AddRecorded();
    return absl::StrCat(
        "<svg class=\"timeline\" viewBox=\"0 0 ", kWidth, " ", kHeight,
        "\" role=\"img\" aria-labelledby=\"tl-title tl-desc\">\n",
        "<title id=\"tl-title\">Timeline of ", Escaped(dossier_.certificant_id()), "</title>\n",
        "<desc id=\"tl-desc\">From ", first_.ToString(), " to ", last_.ToString(), ": ",
        dossier_.timeline().intervals_size(), " intervals of standing, ", credits_, " credits, ",
        dossier_.account().payments_size(), " payments and ", dossier_.replays_size(),
        " decisions by when they took place; below, when each was recorded. The tables that follow "
        "say the same.</desc>\n",
        back_, links_, front_, "</svg>\n");
  }

 private:
  static bool IsOfPerson(const api::v1::HistoryEvent& event) { return event.has_certificant(); }

  void Widen(std::optional<Date> day) {
    if (!day) return;
    first_ = std::min(first_, *day);
    last_ = std::max(last_, *day);
  }

  int X(Date day) const {
    const int days = std::max(1, last_.number() - first_.number());
    const int64_t place = std::clamp(day.number() - first_.number(), 0, days);
    return kLeft + static_cast<int>(place * (kRight - kLeft) / days);
  }

  void Label(int y, absl::string_view text) {
    absl::StrAppend(&back_, "<text class=\"lane\" x=\"4\" y=\"", y + 4, "\">", text, "</text>\n");
  }

  void AddYears() {
    const int years = last_.year() - first_.year() + 1;
    const int step = years / 14 + 1;  // Labels that do not meet.
    for (int year = first_.year(); year <= last_.year(); ++year) {
      const int x = X(std::max(first_, *Date::Create(year, 1, 1)));
      absl::StrAppend(&back_, "<line class=\"grid\" x1=\"", x, "\" x2=\"", x, "\" y1=\"18\" y2=\"",
                      kHeight - 18, "\"/>\n");
      if ((year - first_.year()) % step != 0 || x > kRight - 30) continue;
      for (const int y : {13, kHeight - 5}) {
        absl::StrAppend(&back_, "<text class=\"year\" x=\"", x + 2, "\" y=\"", y, "\">", year,
                        "</text>\n");
      }
    }
    absl::StrAppend(&back_, "<text class=\"axis\" x=\"4\" y=\"13\">Took place</text>\n",
                    "<text class=\"axis\" x=\"4\" y=\"", kRecorded + 20, "\">Recorded</text>\n");
  }

  void AddAsOf() {
    const int x = X(DayOf(dossier_.as_of_date()).value_or(last_));
    absl::StrAppend(&back_, "<line class=\"asof\" x1=\"", x, "\" x2=\"", x, "\" y1=\"18\" y2=\"",
                    kHeight - 18, "\"><title>Explained for ", FormatDate(dossier_.as_of_date()),
                    "</title></line>\n");
  }

  // A bar with its name in it where there is room.
  void AddBar(int y, Date from, Date through, absl::string_view color, const std::string& name) {
    const int x = X(from);
    const int width = std::max(2, X(through) - x - 1);
    absl::StrAppend(&front_, "<g><title>", Escaped(name), ", ", from.ToString(), " to ",
                    through.ToString(), "</title><rect x=\"", x, "\" y=\"", y - 11, "\" width=\"",
                    width, "\" height=\"22\" fill=\"", color, "\"/>");
    constexpr int kLetter = 8;
    if (width > static_cast<int>(name.size()) * kLetter + 6) {
      absl::StrAppend(&front_, "<text class=\"in\" x=\"", x + 5, "\" y=\"", y + 4, "\">",
                      Escaped(name), "</text>");
    }
    absl::StrAppend(&front_, "</g>\n");
  }

  void AddCycles() {
    Label(kCycles, "Cycles");
    for (const auto& renewal : dossier_.account().renewals()) {
      const auto& period = renewal.cycle().period();
      const auto from = DayOf(period.first_date());
      const auto through = DayOf(period.last_date());
      if (!from || !through) continue;
      AddBar(kCycles, *from, *through, "#34506e",
             absl::StrCat(renewal.cycle().renewed() ? "renewed" : "not renewed"));
    }
  }

  void AddStandings() {
    Label(kStandings, "Standings");
    const auto& intervals = dossier_.timeline().intervals();
    for (const auto& interval : intervals) {
      const auto from = DayOf(interval.first_date());
      if (!from) continue;
      const Date through = DayOf(interval.last_date()).value_or(last_);
      AddBar(kStandings, *from, std::min(through, last_), ColorOf(interval.standing()),
             Name(interval.standing()));
    }
  }

  // A line from where something took place to where it was recorded, if not on the same day.
  void AddLink(int y, Date took_place, int64_t position) {
    const auto found = recorded_.find(position);
    if (found == recorded_.end()) return;
    absl::StrAppend(&links_, "<line class=\"link\" x1=\"", X(took_place), "\" y1=\"", y, "\" x2=\"",
                    X(found->second), "\" y2=\"", kRecorded, "\"/>\n");
  }

  void AddCredits() {
    Label(kCredits, "Credits");
    for (const auto& transcript : dossier_.transcripts()) {
      for (const auto& entry : transcript.entries()) {
        const auto day = DayOf(entry.completed_date());
        const bool own = day && entry.reason() != "OUTSIDE_CYCLE";
        if (!own) continue;  // It stands in the cycle that it belongs to.
        ++credits_;
        absl::StrAppend(
            &front_, "<circle class=\"", entry.reason().empty() ? "earned" : "nothing", "\" cx=\"",
            X(*day), "\" cy=\"", kCredits, "\" r=\"5\"><title>",
            Escaped(absl::StrCat(
                entry.reference(), ", completed ", day->ToString(), ": ",
                entry.reason().empty() ? Format(entry.earned()) + " credits" : entry.reason())),
            "</title></circle>\n");
        AddLink(kCredits, *day, entry.position());
      }
    }
  }

  void AddPayments() {
    Label(kPayments, "Payments");
    for (const auto& payment : dossier_.account().payments()) {
      const auto day = DayOf(payment.received_date());
      if (!day) continue;
      const int x = X(*day);
      absl::StrAppend(
          &front_, "<path class=\"", payment.has_returned_date() ? "nothing" : "paid", "\" d=\"M",
          x, " ", kPayments - 7, "l7 7l-7 7l-7 -7z\"><title>",
          Escaped(absl::StrCat(payment.reference(), ", ", Format(payment.amount()), " received ",
                               day->ToString(), payment.has_returned_date() ? ", returned" : "")),
          "</title></path>\n");
      AddLink(kPayments, *day, payment.position());
    }
  }

  void AddDecisions() {
    Label(kDecisions, "Decisions");
    for (const auto& replay : dossier_.replays()) {
      const auto day = DayOf(replay.recorded().effective_date());
      if (!day) continue;
      const int x = X(*day);
      absl::StrAppend(&front_, "<path class=\"decided\" d=\"M", x, " ", kDecisions - 7,
                      "l7 13h-14z\"><title>", Escaped(replay.recorded().kind()), " ",
                      day->ToString(), "</title></path>\n");
      AddLink(kDecisions, *day, replay.recorded().position());
    }
  }

  void AddRecorded() {
    absl::StrAppend(&back_, "<line class=\"base\" x1=\"", kLeft, "\" x2=\"", kRight, "\" y1=\"",
                    kRecorded, "\" y2=\"", kRecorded, "\"/>\n");
    for (const auto& [position, day] : recorded_) {
      const int x = X(day);
      absl::StrAppend(&front_, "<line class=\"tick\" x1=\"", x, "\" x2=\"", x, "\" y1=\"",
                      kRecorded - 6, "\" y2=\"", kRecorded + 6, "\"><title>Position ", position,
                      ", recorded ", day.ToString(), "</title></line>\n");
    }
  }

  const api::v1::Dossier& dossier_;
  Date first_;
  Date last_;
  std::map<int64_t, Date> recorded_;  // Day of each event of the person, by position.
  int credits_ = 0;
  std::string back_;
  std::string links_;
  std::string front_;
};

}  // namespace

std::string TimelinePicture(const api::v1::Dossier& dossier, const services::BoardTime& zone) {
  return TimelineDrawing(dossier, zone).Draw();
}

std::string RequirementPicture(const api::v1::GetTranscriptResponse& transcript) {
  constexpr int kBarWidth = 480;
  std::string text;
  for (const auto& line : transcript.requirement()) {
    const int64_t needed = line.minimum().hundredths();
    const int64_t counted = line.counted().hundredths();
    const int64_t scale = std::max<int64_t>(1, std::max(needed, counted));
    const std::string words =
        absl::StrCat(line.line(), ": ", Format(line.counted()), " of ", Format(line.minimum()),
                     " credits", counted >= needed ? ", met" : ", not met");
    absl::StrAppend(&text, "<p class=\"bar\">", Escaped(words), "<br>\n<svg viewBox=\"0 0 ",
                    kBarWidth, " 14\" preserveAspectRatio=\"xMinYMid\" role=\"img\"><title>",
                    Escaped(words), "</title><rect class=\"room\" width=\"", kBarWidth,
                    "\" height=\"14\"/><rect fill=\"", counted >= needed ? "#1b6b3a" : "#8a5a00",
                    "\" width=\"", counted * kBarWidth / scale,
                    "\" height=\"14\"/><line class=\"needed\" x1=\"",
                    std::max<int64_t>(1, needed * kBarWidth / scale - 1), "\" x2=\"",
                    std::max<int64_t>(1, needed * kBarWidth / scale - 1),
                    "\" y1=\"0\" y2=\"14\"/></svg></p>\n");
  }
  return text;
}

}  // namespace goodstanding::tools
