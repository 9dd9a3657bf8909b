#include "tools/person_text.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "domain/dates.h"
#include "tools/decimal.h"
#include "tools/when.h"
#include "tools/words.h"

namespace goodstanding::tools {
namespace {

using namespace api::v1;  // NOLINT: the answers, by name.

using Align = Table::Align;
using Lines = std::vector<std::pair<std::string, std::string>>;

// "total 12.50 of 30.00, approved 8.00 of 15.00".
std::string Describe(const google::protobuf::RepeatedPtrField<RequirementStatus>& requirement) {
  return absl::StrJoin(requirement, ", ", [](std::string* out, const RequirementStatus& line) {
    absl::StrAppend(out, line.line(), " ", Format(line.counted()), " of ", Format(line.minimum()));
  });
}

std::string WithCurrency(const type::v1::Money& money) {
  return absl::StrCat(Format(money), " ", money.currency_code());
}

// "200.00 USD: recertification 200.00, late 50.00", the fees that are due.
std::string Describe(const Fees& fees) {
  std::vector<std::string> due;
  type::v1::Money sum = fees.recertification();
  sum.set_minor_units(0);
  const auto add = [&](absl::string_view name, const type::v1::Money& fee) {
    if (fee.minor_units() == 0) return;
    due.push_back(absl::StrCat(name, " ", Format(fee)));
    sum.set_minor_units(sum.minor_units() + fee.minor_units());
  };
  add("recertification", fees.recertification());
  add("late", fees.late());
  add("extension", fees.extension());
  add("reinstatement", fees.reinstatement());
  if (due.empty()) return WithCurrency(sum);
  return absl::StrCat(WithCurrency(sum), " (", absl::StrJoin(due, ", "), ")");
}

// "ann is merged into ana.", for an answer about another id than the one asked for.
template <typename Answer>
std::string MergedText(const Answer& answer) {
  if (!answer.has_merged()) return "";
  return absl::StrCat(answer.merged().certificant_id(), " is merged into ",
                      answer.merged().survivor_id(), ".\n");
}

// "ana is ACTIVE at the end of 2025-10-01: certified."
std::string Headline(const StandingAnswer& answer, const Style& style) {
  return absl::StrCat(MergedText(answer), answer.certificant_id(), " is ",
                      Colored(Name(answer.standing()), MoodOf(answer.standing()), style),
                      " at the end of ", FormatDate(answer.as_of_date()), ": ",
                      answer.certified() ? "certified" : "not certified", ".\n");
}

Lines CycleLines(const StandingAnswer& answer) {
  return {{"Level", answer.level()},
          {"Credentials", absl::StrJoin(answer.credentials(), ", ")},
          {"Cycle", tools::Describe(answer.cycle())},
          {"Credits", Describe(answer.requirement())},
          {"Application", answer.complete() ? "complete" : "not complete"},
          {"Fees", Describe(answer.fees())},
          {"Paid", WithCurrency(answer.paid())},
          {"Balance", WithCurrency(answer.balance())},
          {"Arrears", WithCurrency(answer.arrears())},
          {"Rules", tools::Describe(answer.rule_set())}};
}

void AppendGrounds(const ExplanationLine& line, const Style& style, std::string& text) {
  const std::string grounds = Grounds(line);
  if (grounds.empty()) return;
  absl::StrAppend(
      &text, Colored(Wrapped(absl::StrCat("[", grounds, "]"), "    ", style), Mood::kFaint, style));
}

void AppendTable(const Table& table, absl::string_view nothing, const Style& style,
                 std::string& text) {
  absl::StrAppend(&text, table.empty() ? absl::StrCat(nothing, "\n") : table.Render(style));
}

Table Renewals(const GetAccountResponse& response) {
  Table table({{"Cycle"},
               {"Recertification", Align::kRight},
               {"Late", Align::kRight},
               {"Extension", Align::kRight},
               {"Reinstatement", Align::kRight},
               {"Paid", Align::kRight},
               {"Balance", Align::kRight},
               {"Fees are"}});
  for (const RenewalAccount& renewal : response.renewals()) {
    const Fees& fees = renewal.fees();
    table.AddRow({Days(renewal.cycle().period()), Format(fees.recertification()),
                  Format(fees.late()), Format(fees.extension()), Format(fees.reinstatement()),
                  Format(renewal.paid()), Format(renewal.balance()),
                  renewal.cycle().renewed() ? "fixed: renewed" : "open"});
    if (renewal.balance().minor_units() > 0) table.SetMood(Mood::kWarning);
  }
  return table;
}

// Whether a payment counts, or since when it does not.
std::string Counts(const PaymentEntry& payment) {
  if (!payment.has_returned_date()) return "counts";
  return absl::StrCat(payment.refunded() ? "refunded " : "returned ",
                      FormatDate(payment.returned_date()));
}

Table Payments(const GetAccountResponse& response) {
  Table table({{"Payment"},
               {"Amount", Align::kRight},
               {"Method"},
               {"Dated"},
               {"Received"},
               {"For cycle", Align::kRight},
               {"Event", Align::kRight},
               {"It"}});
  for (const PaymentEntry& payment : response.payments()) {
    table.AddRow({payment.reference(), Format(payment.amount()), Name(payment.method()),
                  FormatDate(payment.dated_date()), FormatDate(payment.received_date()),
                  absl::StrCat(payment.cycle_end_year()), absl::StrCat(payment.position()),
                  Counts(payment)});
    if (payment.has_returned_date()) table.SetMood(Mood::kFaint);
  }
  return table;
}

// "2025-12-01", "2025-12-01 17:00" or "2025-12-03 to 2025-12-15".
std::string DateOf(const Deadline& deadline) {
  if (deadline.has_earliest_date()) {
    return absl::StrCat(FormatDate(deadline.earliest_date()), " to ", FormatDate(deadline.date()));
  }
  if (!deadline.has_minute_of_day()) return FormatDate(deadline.date());
  return absl::StrCat(FormatDate(deadline.date()), " ",
                      domain::FormatMinuteOfDay(deadline.minute_of_day()));
}

}  // namespace

std::string TopicTitle(ExplanationTopic topic) {
  switch (topic) {
    case EXPLANATION_TOPIC_STANDING:
      return "Standing";
    case EXPLANATION_TOPIC_CYCLE:
      return "Cycle";
    case EXPLANATION_TOPIC_RULES:
      return "Rules";
    case EXPLANATION_TOPIC_CREDIT:
      return "Credits";
    case EXPLANATION_TOPIC_REQUIREMENT:
      return "Requirement";
    case EXPLANATION_TOPIC_FEE:
      return "Fees";
    case EXPLANATION_TOPIC_PAYMENT:
      return "Payments";
    case EXPLANATION_TOPIC_DATE:
      return "Dates";
    default:
      return "More";
  }
}

std::string Grounds(const ExplanationLine& line) {
  std::vector<std::string> grounds;
  if (!line.reason().empty()) grounds.push_back(line.reason());
  if (line.positions_size() > 0) {
    grounds.push_back(absl::StrCat(line.positions_size() == 1 ? "event " : "events ",
                                   absl::StrJoin(line.positions(), ", ")));
  }
  if (!line.source_heading().empty()) {
    grounds.push_back(absl::StrCat("\"", line.source_heading(), "\""));
  }
  if (line.settled()) grounds.emplace_back("the page is silent: the board's own reading");
  return absl::StrJoin(grounds, "; ");
}

std::string StandingText(const GetStandingResponse& response, const Style& style) {
  const StandingAnswer& answer = response.answer();
  Lines lines;
  if (answer.has_cycle()) lines = CycleLines(answer);
  lines.emplace_back("Log position", absl::StrCat(answer.applied_position()));
  return Headline(answer, style) + "\n" + NameValueLines(lines);
}

std::string ExplanationText(const ExplainStandingResponse& response, const Style& style) {
  std::string text = Headline(response.answer(), style);
  ExplanationTopic topic = EXPLANATION_TOPIC_UNSPECIFIED;
  for (const ExplanationLine& line : response.lines()) {
    if (line.topic() != topic) {
      topic = line.topic();
      absl::StrAppend(&text, "\n", Colored(TopicTitle(topic), Mood::kStrong, style), "\n");
    }
    absl::StrAppend(&text, Wrapped(line.text(), "  ", style));
    AppendGrounds(line, style, text);
  }
  return text;
}

std::string TranscriptText(const GetTranscriptResponse& response, const Style& style) {
  Table table({{"Record"},
               {"Completed"},
               {"Kind"},
               {"Credits", Align::kRight},
               {"Approved"},
               {"On file"},
               {"Reported by"},
               {"Event", Align::kRight},
               {"Why nothing"}});
  for (const TranscriptEntry& entry : response.entries()) {
    table.AddRow({entry.reference(), FormatDate(entry.completed_date()), entry.activity_kind(),
                  Format(entry.earned()), YesNo(entry.approved()), YesNo(entry.documented()),
                  Name(entry.source()), absl::StrCat(entry.position()), entry.reason()});
    if (!entry.reason().empty()) table.SetMood(Mood::kFaint);
  }
  std::string text;
  if (response.has_cycle()) {
    text = absl::StrCat("For the cycle ", tools::Describe(response.cycle()), ".\n\n");
  }
  AppendTable(table, "No credit is recorded.", style, text);
  if (response.requirement_size() > 0) {
    absl::StrAppend(&text, "\nCounted: ", Describe(response.requirement()), ".\n");
  }
  return text;
}

std::string AccountText(const GetAccountResponse& response, const Style& style) {
  std::string text;
  AppendTable(Renewals(response), "No renewal is ahead or behind.", style, text);
  absl::StrAppend(&text, "\n");
  AppendTable(Payments(response), "No payment is recorded.", style, text);
  absl::StrAppend(&text, "\nArrears of renewed cycles: ", WithCurrency(response.arrears()), "\n");
  return text;
}

std::string DeadlinesText(const GetDeadlinesResponse& response, const Style& style) {
  if (response.deadlines().empty()) return "Nothing is due or expected.\n";
  std::string text;
  for (const Deadline& deadline : response.deadlines()) {
    const std::string title = absl::StrCat(DateOf(deadline), "  ", Name(deadline.kind()));
    absl::StrAppend(&text, text.empty() ? "" : "\n", Colored(title, Mood::kStrong, style), "\n",
                    Wrapped(deadline.text(), "  ", style));
    if (!deadline.source_heading().empty()) {
      const std::string source = absl::StrCat("    [\"", deadline.source_heading(), "\"]");
      absl::StrAppend(&text, Colored(source, Mood::kFaint, style), "\n");
    }
  }
  return text;
}

std::string TimelineText(const GetTimelineResponse& response, const Style& style) {
  Table table({{"From"}, {"Through"}, {"Standing"}, {"Certified"}, {"Cycle"}});
  for (const StandingInterval& interval : response.intervals()) {
    table.AddRow({FormatDate(interval.first_date()), FormatDate(interval.last_date()),
                  Name(interval.standing()), YesNo(interval.certified()),
                  interval.has_cycle() ? Days(interval.cycle()) : ""});
    table.SetMood(MoodOf(interval.standing()));
  }
  std::string text;
  AppendTable(table, "No credential was ever granted.", style, text);
  return text;
}

namespace {

std::string ErasureText(const GetCertificantResponse& response) {
  switch (response.erasure()) {
    case type::v1::ERASURE_STAGE_REQUESTED:
      return "asked for, not confirmed";
    case type::v1::ERASURE_STAGE_SCHEDULED:
      return absl::StrCat("confirmed, from ", FormatDate(response.erasure_due_date()), " on");
    case type::v1::ERASURE_STAGE_BEGUN:
      return "begun";
    case type::v1::ERASURE_STAGE_COMPLETED:
      return "completed";
    default:
      return "";
  }
}

}  // namespace

std::string CertificantText(const GetCertificantResponse& response, const Style&) {
  std::string text = MergedText(response);
  text += NameValueLines({{"Certificant", response.certificant_id()},
                          {"Name", response.name().empty() ? "(erased)" : response.name()},
                          {"E-mail", response.email()},
                          {"Address", response.postal_address()},
                          {"Erasure", ErasureText(response)},
                          {"Version", absl::StrCat(response.version())},
                          {"Log position", absl::StrCat(response.applied_position())}});
  if (response.merged_certificant_ids_size() > 0) {
    absl::StrAppend(&text, "Answers for ", absl::StrJoin(response.merged_certificant_ids(), ", "),
                    " too.\n");
  }
  if (response.also_certificant_ids_size() > 0) {
    absl::StrAppend(&text, "The same e-mail address is on file for ",
                    absl::StrJoin(response.also_certificant_ids(), ", "), ".\n");
  }
  return text;
}

}  // namespace goodstanding::tools
