#include "projections/rows.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "domain/timeline.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace goodstanding::projections {
namespace {

using domain::Date;
using view::v1::AnswerSpan;
using view::v1::CertificantRow;

void SetSpan(domain::StandingSpan span, view::v1::StandingSpan& row) {
  row.set_first_day(span.from.number());
  row.set_standing(span.standing);
  if (span.cycle_end_year != 0) {
    row.set_cycle_first_day(span.cycle_start.number());
    row.set_cycle_last_day(span.cycle_end.number());
  }
  row.set_cycle_end_year(span.cycle_end_year);
  for (std::string& credential : span.credentials) row.add_credentials(std::move(credential));
  row.set_renewed(span.renewed);
}

void SetCycle(const domain::CycleStatus& cycle, AnswerSpan& answer) {
  answer.set_cycle_number(cycle.number);
  answer.set_cycle_first_day(cycle.start.number());
  answer.set_cycle_last_day(cycle.calendar.cycle_end.number());
  answer.set_cycle_end_year(cycle.end_year);
  answer.set_renewed(cycle.renewed.has_value());
  answer.set_rule_set_name(cycle.figures().name);
  answer.set_rule_set_version(cycle.rules.version);
  answer.set_currency_code(cycle.figures().currency_code);
}

void SetRenewal(const domain::RenewalStatus& renewal, AnswerSpan& answer) {
  for (const domain::RequirementLine& line : renewal.level->requirement) {
    view::v1::LineRow& row = *answer.add_requirement();
    row.set_line(line.line);
    row.set_minimum_hundredths(line.minimum);
    row.set_counted_hundredths(renewal.credits.Counted(line));
  }
  answer.set_complete(renewal.complete);
  answer.set_recertification_fee(renewal.fees.fees.recertification);
  answer.set_late_fee(renewal.fees.fees.late);
  answer.set_extension_fee(renewal.fees.fees.extension);
  answer.set_reinstatement_fee(renewal.fees.fees.reinstatement);
  answer.set_paid(renewal.paid);
}

template <typename Spans>
auto FindSpan(const Spans& spans, Date day) -> decltype(&spans.Get(0)) {
  const auto next =
      std::upper_bound(spans.begin(), spans.end(), day.number(),
                       [](int32_t number, const auto& span) { return number < span.first_day(); });
  return next == spans.begin() ? nullptr : &*std::prev(next);
}

void SetAnswer(const domain::Evaluation& evaluation, Date day, AnswerSpan& answer) {
  answer.set_first_day(day.number());
  answer.set_standing(evaluation.standing);
  const domain::CycleStatus* const cycle = evaluation.cycle();
  if (cycle == nullptr) return;
  for (const domain::HeldCredential& held : evaluation.career.held) {
    answer.add_credentials(held.credential);
  }
  answer.set_level(evaluation.level->level);
  SetCycle(*cycle, answer);
  SetRenewal(evaluation.renewal, answer);
  answer.set_arrears(evaluation.arrears);
}

// The first field of a stored span, which is written first; 0 where it is not there.
absl::StatusOr<int32_t> FirstDayOf(absl::string_view span) {
  constexpr uint32_t kFirstDayTag = view::v1::StandingSpan::kFirstDayFieldNumber << 3;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(span.data()),
                                            static_cast<int>(span.size()));
  uint64_t number = 0;
  if (in.ReadTag() != kFirstDayTag) return 0;
  if (!in.ReadVarint64(&number)) return absl::DataLossError("a span does not parse");
  return static_cast<int32_t>(number);
}

// What of an answer can change after the last fact; all else goes by the cycle.
struct Moving {
  explicit Moving(const domain::Evaluation& evaluation)
      : standing(evaluation.standing),
        cycle_index(evaluation.cycle_index),
        fees(evaluation.renewal.fees.fees),
        complete(evaluation.renewal.complete) {}
  bool operator==(const Moving&) const = default;

  domain::Standing standing;
  int cycle_index;
  domain::Fees fees;
  bool complete;
};

}  // namespace

AnswerSpan BuildAnswer(const domain::Facts& facts, Date day) {
  AnswerSpan answer;
  SetAnswer(domain::Evaluate(facts, domain::Cutoff::EndOf(day)), day, answer);
  return answer;
}

CertificantRow BuildRow(const domain::Facts& facts, int64_t position) {
  CertificantRow row;
  BuildRow(facts, position, row);
  return row;
}

void BuildRow(const domain::Facts& facts, int64_t position, CertificantRow& row) {
  row.set_position(position);
  row.set_version(facts.state.version);
  row.set_survivor_id(facts.state.survivor_id);
  row.set_merged_position(facts.state.merged_position);
  domain::Outlook outlook = domain::OutlookOf(facts);
  for (domain::StandingSpan& span : domain::BuildTimeline(facts, outlook)) {
    SetSpan(std::move(span), *row.add_spans());
  }
  const std::vector<Date> days = domain::AnswerDaysFromLastFact(facts, outlook);
  domain::LateEvaluator evaluator(facts, std::move(outlook.career));
  std::optional<Moving> last;
  for (const Date day : days) {
    const domain::Evaluation& evaluation = evaluator.At(day);
    const Moving now(evaluation);
    if (last == now) continue;
    last = now;
    SetAnswer(evaluation, day, *row.add_answers());
  }
}

const view::v1::StandingSpan* FindStanding(const CertificantRow& row, Date day) {
  return FindSpan(row.spans(), day);
}

const AnswerSpan* FindAnswer(const CertificantRow& row, Date day) {
  return FindSpan(row.answers(), day);
}

absl::StatusOr<bool> ReadStanding(absl::string_view row, Date day, view::v1::StandingSpan& span) {
  using google::protobuf::internal::WireFormatLite;
  constexpr uint32_t kSpans = WireFormatLite::MakeTag(CertificantRow::kSpansFieldNumber,
                                                      WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  const absl::Status damaged = absl::DataLossError("a row does not parse");
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(row.data()),
                                            static_cast<int>(row.size()));
  absl::string_view found;
  while (const uint32_t tag = in.ReadTag()) {
    if (tag != kSpans) {
      if (!found.empty()) break;  // Spans stand together.
      if (!WireFormatLite::SkipField(&in, tag)) return damaged;
      continue;
    }
    int size = 0;
    if (!in.ReadVarintSizeAsInt(&size)) return damaged;
    const auto begin = static_cast<size_t>(in.CurrentPosition());
    if (!in.Skip(size)) return damaged;
    const absl::string_view bytes = row.substr(begin, static_cast<size_t>(size));
    GS_ASSIGN_OR_RETURN(const int32_t first_day, FirstDayOf(bytes));
    if (first_day > day.number()) break;
    found = bytes;
  }
  if (found.empty()) return false;
  if (!span.ParseFromArray(found.data(), static_cast<int>(found.size()))) return damaged;
  return true;
}

bool CanEndIn(const CertificantRow& row, int year) {
  return std::any_of(row.answers().begin(), row.answers().end(), [year](const AnswerSpan& answer) {
    return answer.cycle_number() > 0 && answer.cycle_end_year() == year;
  });
}

std::vector<int> DueYears(const CertificantRow& row) {
  std::set<int> years;
  for (const AnswerSpan& answer : row.answers()) {
    if (answer.cycle_number() > 0) years.insert(answer.cycle_end_year());
  }
  return {years.begin(), years.end()};
}

}  // namespace goodstanding::projections
