#include "tools/dossier_html.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "domain/dates.h"
#include "tools/decimal.h"
#include "tools/dispute_text.h"
#include "tools/dossier_timeline.h"
#include "tools/history_text.h"
#include "tools/html.h"
#include "tools/person_text.h"
#include "tools/when.h"
#include "tools/words.h"

namespace goodstanding::tools {
namespace {

using namespace api::v1;  // NOLINT: the messages, by name.

// No font, picture or style from elsewhere; what a browser is told not to load cannot be slipped in
// by what others wrote either.
constexpr char kHead[] = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body { margin: 0; background: #fff; color: #1a1a1a; font: 16px/1.5 Georgia, "DejaVu Serif", serif; }
main { max-width: 1080px; margin: 0 auto; padding: 1rem; }
h1, h2, h3, th, text, caption { font-family: Helvetica, Arial, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; border-bottom: 2px solid #34506e; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
p, li { overflow-wrap: anywhere; }
ul { padding-left: 1.2rem; margin: .3rem 0; }
.lead { font-size: 1.15rem; }
.why { color: #555; font-size: .85rem; display: block; }
.said { border-left: 4px solid #34506e; background: #f1f4f8; padding: .5rem .8rem; }
.scroll { overflow-x: auto; }
.timeline { width: 100%; min-width: 720px; height: auto; display: block; }
.timeline text { font-size: 12px; fill: #1a1a1a; }
.timeline .axis { font-weight: bold; }
.timeline .year { fill: #555; }
.timeline .in { fill: #fff; }
.timeline .grid { stroke: #ddd; }
.timeline .asof { stroke: #34506e; stroke-width: 2; stroke-dasharray: 4 3; }
.timeline .base, .timeline .tick { stroke: #1a1a1a; }
.timeline .link { stroke: #34506e; stroke-opacity: .45; }
.timeline .earned { fill: #1b6b3a; }
.timeline .paid { fill: #34506e; }
.timeline .decided { fill: #5b2a86; }
.timeline .nothing { fill: #fff; stroke: #9b1c1c; stroke-width: 2; }
.bar { margin: .4rem 0; }
.bar svg { width: 100%; max-width: 480px; height: 14px; }
.bar .room { fill: #e3e3e3; }
.bar .needed { stroke: #1a1a1a; stroke-width: 2; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .9rem; }
caption { text-align: left; font-weight: bold; padding: .3rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem .25rem 0;
  border-bottom: 1px solid #ccc; overflow-wrap: break-word; }
.events td:nth-child(4), .events td:nth-child(6) { overflow-wrap: anywhere; min-width: 7em; }
.events td:last-child { font: .8em/1.4 "DejaVu Sans Mono", monospace; overflow-wrap: anywhere;
  min-width: 14em; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f1f4f8; padding: .6rem;
  font: .8rem/1.4 "DejaVu Sans Mono", monospace; }
@media screen and (max-width: 640px) {
  thead { display: none; }
  table, tbody, tr, td, caption { display: block; }
  tr { border-bottom: 2px solid #ccc; padding: .4rem 0; }
  td { border: 0; padding: .1rem 0; }
  td:empty { display: none; }
  td::before { content: attr(data-title) ": "; font-weight: bold; }
}
@page { margin: 15mm; }
@media print {
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  .timeline { min-width: 0; }
  h2, h3, caption { break-after: avoid; }
  tr, li, svg, pre, .said { break-inside: avoid; }
  pre { break-before: avoid; }
  thead { display: table-header-group; }
  table { font-size: 8pt; }
  .events table { font-size: 7pt; }
}
</style>
)";

std::string WithCurrency(const type::v1::Money& money) {
  return absl::StrCat(Format(money), " ", money.currency_code());
}

// "In words" of a day; empty where it is absent.
std::string DayWords(const type::v1::CivilDate& date) {
  const auto day = domain::Date::FromProto(date);
  return day ? day->ToWords() : "";
}

std::string Minute(const google::protobuf::Timestamp& time, const services::BoardTime& zone) {
  return FormatMinute(absl::FromUnixSeconds(time.seconds()), zone);
}

std::string Intro(const Dossier& dossier, const services::BoardTime& zone) {
  const StandingAnswer& answer = dossier.explanation().answer();
  const std::string who = dossier.name().empty()
                              ? dossier.certificant_id()
                              : absl::StrCat(dossier.name(), " (", dossier.certificant_id(), ")");
  std::string text =
      absl::StrCat("<title>Dossier of ", Escaped(who),
                   "</title>\n</head>\n<body>\n<main>\n<h1>Dossier of ", Escaped(who), "</h1>\n");
  absl::StrAppend(
      &text, "<p class=\"lead\">At the end of ", DayWords(answer.as_of_date()),
      " the standing is <strong>", Name(answer.standing()),
      "</strong>: ", answer.certified() ? "certified" : "not certified", ".</p>\n",
      Element("p",
              absl::StrCat("Credentials held: ",
                           answer.credentials().empty() ? std::string("none")
                                                        : absl::StrJoin(answer.credentials(), ", "),
                           ". Made on ", Minute(dossier.created_time(), zone), " (", zone.name(),
                           ") from everything recorded up to position ", dossier.position(),
                           " of the log ", dossier.origin(), ".")));
  if (!dossier.email().empty() || !dossier.postal_address().empty()) {
    const bool both = !dossier.email().empty() && !dossier.postal_address().empty();
    absl::StrAppend(&text, Element("p", absl::StrCat("Contact: ", dossier.email(), both ? "; " : "",
                                                     dossier.postal_address())));
  }
  absl::StrAppend(&text,
                  "<p class=\"said\">This page is what the board says. What can be proven are the "
                  "events at its end: the file that belongs to this page holds them as they were "
                  "recorded, with a proof that each is in the signed log.</p>\n");
  return text;
}

std::string TimelineSection(const Dossier& dossier, const services::BoardTime& zone) {
  HtmlTable table("Standings", {"From", "Through", "Standing", "Certified", "Cycle"});
  for (const StandingInterval& interval : dossier.timeline().intervals()) {
    table.AddRow({FormatDate(interval.first_date()),
                  interval.has_last_date() ? FormatDate(interval.last_date()) : "open",
                  Name(interval.standing()), YesNo(interval.certified()),
                  interval.has_cycle() ? Days(interval.cycle()) : ""});
  }
  return absl::StrCat(
      "<h2>Timeline</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"Timeline\">\n",
      TimelinePicture(dossier, zone), "</div>\n", table.Render("No credential was ever granted."));
}

std::string CreditsSection(const Dossier& dossier) {
  std::string text = "<h2>Credits against the requirement</h2>\n";
  if (dossier.transcripts().empty()) absl::StrAppend(&text, Element("p", "There is no cycle."));
  for (int i = dossier.transcripts_size() - 1; i >= 0; --i) {
    const GetTranscriptResponse& transcript = dossier.transcripts(i);
    absl::StrAppend(&text, Element("h3", absl::StrCat("Cycle ", Describe(transcript.cycle()))),
                    RequirementPicture(transcript));
    HtmlTable table("Credit records of this cycle",
                    {"Record", "Completed", "Kind", "Credits", "Approved", "On file", "Position",
                     "Why nothing"});
    for (const TranscriptEntry& entry : transcript.entries()) {
      if (entry.reason() == "OUTSIDE_CYCLE") continue;
      table.AddRow({entry.reference(), FormatDate(entry.completed_date()), entry.activity_kind(),
                    Format(entry.earned()), YesNo(entry.approved()), YesNo(entry.documented()),
                    absl::StrCat(entry.position()), entry.reason()});
    }
    absl::StrAppend(&text, table.Render("No credit record belongs to it."));
  }
  return text;
}

std::string MoneySection(const Dossier& dossier) {
  HtmlTable renewals("Fees", {"Cycle", "Recertification", "Late", "Extension", "Reinstatement",
                              "Paid", "Balance", "Fees are"});
  for (const RenewalAccount& renewal : dossier.account().renewals()) {
    const Fees& fees = renewal.fees();
    renewals.AddRow({Days(renewal.cycle().period()), Format(fees.recertification()),
                     Format(fees.late()), Format(fees.extension()), Format(fees.reinstatement()),
                     Format(renewal.paid()), Format(renewal.balance()),
                     renewal.cycle().renewed() ? "fixed: renewed" : "open"});
  }
  HtmlTable payments("Payments", {"Payment", "Amount", "Method", "Dated", "Received", "For cycle",
                                  "Position", "It"});
  for (const PaymentEntry& payment : dossier.account().payments()) {
    payments.AddRow({payment.reference(), Format(payment.amount()), Name(payment.method()),
                     FormatDate(payment.dated_date()), FormatDate(payment.received_date()),
                     absl::StrCat(payment.cycle_end_year()), absl::StrCat(payment.position()),
                     payment.has_returned_date()
                         ? absl::StrCat(payment.refunded() ? "refunded " : "returned ",
                                        FormatDate(payment.returned_date()))
                         : "counts"});
  }
  return absl::StrCat("<h2>Fees and payments</h2>\n",
                      renewals.Render("No renewal is ahead or behind."),
                      payments.Render("No payment is recorded."),
                      Element("p", absl::StrCat("Arrears of renewed cycles: ",
                                                WithCurrency(dossier.account().arrears()), ".")));
}

std::string ReasonsSection(const Dossier& dossier) {
  std::string text = "<h2>Reasons</h2>\n";
  ExplanationTopic topic = EXPLANATION_TOPIC_UNSPECIFIED;
  for (const ExplanationLine& line : dossier.explanation().lines()) {
    if (line.topic() != topic) {
      absl::StrAppend(&text, topic == EXPLANATION_TOPIC_UNSPECIFIED ? "" : "</ul>\n",
                      Element("h3", TopicTitle(line.topic())), "<ul>\n");
      topic = line.topic();
    }
    const std::string grounds = Grounds(line);
    absl::StrAppend(
        &text, "<li>", Escaped(line.text()),
        grounds.empty() ? "" : absl::StrCat(" <span class=\"why\">", Escaped(grounds), "</span>"),
        "</li>\n");
  }
  absl::StrAppend(&text, topic == EXPLANATION_TOPIC_UNSPECIFIED ? "<p>None.</p>\n" : "</ul>\n");
  return text;
}

std::string DecisionsSection(const Dossier& dossier) {
  std::string text = "<h2>Decisions, replayed</h2>\n";
  if (dossier.replays().empty()) absl::StrAppend(&text, Element("p", "None was taken."));
  for (const ReplayDecisionResponse& replay : dossier.replays()) {
    const RecordedDecision& recorded = replay.recorded();
    absl::StrAppend(
        &text,
        Element("h3", absl::StrCat(recorded.kind(), ", ", DayWords(recorded.effective_date()),
                                   ", position ", recorded.position())),
        Element("p", absl::StrCat("Decided on ", Describe(recorded.basis().rule_set()),
                                  " and the log up to position ", recorded.basis().position(), ". ",
                                  recorded.reproduced()
                                      ? "Facts and rules of then give the same decision."
                                      : "Another evaluator decided it: it is not compared.")));
    absl::StrAppend(&text, "<ul>\n");
    for (const ReplayDifference& difference : replay.differences()) {
      absl::StrAppend(&text, Element("li", difference.text()));
    }
    if (replay.differences().empty()) {
      absl::StrAppend(&text, Element("li", "Nothing that bears on it was recorded since."));
    }
    absl::StrAppend(&text, "</ul>\n");
  }
  return text;
}

std::string DisputesSection(const Dossier& dossier, const services::BoardTime& zone) {
  std::vector<HistoryEvent> events;
  for (const DossierEvent& event : dossier.events()) events.push_back(event.event());
  const std::vector<DisputeChain> chains = DisputeChains(events);
  if (chains.empty()) return "";
  std::string text = "<h2>Disputes</h2>\n<div class=\"events\">\n";
  for (const DisputeChain& chain : chains) {
    absl::StrAppend(&text, Element("h3", DisputeTitle(chain)));
    if (!chain.claim.empty()) absl::StrAppend(&text, Element("p", chain.claim));
    HtmlTable table("What belongs to it", {"It", "Position", "Recorded", "Event", "Details"});
    for (const HistoryEvent& event : chain.events) {
      table.AddRow({RoleOf(event, chain), absl::StrCat(event.record().position()),
                    Minute(event.recorded_time(), zone), event.record().kind(), Details(event)});
    }
    absl::StrAppend(&text, table.Render(""));
  }
  return absl::StrCat(text, "</div>\n");
}

std::string EventsSection(const Dossier& dossier, const services::BoardTime& zone) {
  HtmlTable table("Events, by position",
                  {"Position", "Recorded", "Effective", "Stream", "Event", "Details", "Leaf hash"});
  for (const DossierEvent& event : dossier.events()) {
    const event::v1::Record& record = event.event().record();
    table.AddRow({absl::StrCat(record.position()), Minute(event.event().recorded_time(), zone),
                  Minute(event.event().effective_time(), zone),
                  absl::StrCat(record.stream(), " ", record.version()), record.kind(),
                  Details(event.event()), absl::BytesToHexString(event.leaf_hash())});
  }
  return absl::StrCat("<h2>Events</h2>\n<div class=\"events\">\n", table.Render("There is none."),
                      "</div>\n");
}

// Line breaks are the only control characters of a checkpoint.
std::string Preformatted(absl::string_view text) {
  std::string lines;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::StrAppend(&lines, lines.empty() ? "" : "\n", Escaped(line));
  }
  return absl::StrCat("<pre>", lines, "</pre>\n");
}

std::string VerificationSection(const Dossier& dossier) {
  return absl::StrCat(
      "<h2>How to check it</h2>\n<ol>\n",
      "<li>Take the file of this dossier, and the program <code>goodstanding_verify</code>, which "
      "needs nothing else.</li>\n",
      "<li>Get the log's public key from the board itself, or from where it is published: not from "
      "whoever gave you this page.</li>\n",
      "<li>Run <code>goodstanding_verify FILE --key KEY</code>. It checks the signature, that each "
      "event is in the log at its position, and that no version of a stream is missing. That "
      "nothing follows the last one is what the board says.</li>\n</ol>\n",
      Element("p", "The server says that this key signed it:"),
      Preformatted(dossier.verifier_key()), Element("p", "The signed checkpoint:"),
      Preformatted(dossier.checkpoint()));
}

}  // namespace

std::string DossierPage(const Dossier& dossier, const services::BoardTime& zone) {
  return absl::StrCat(kHead, Intro(dossier, zone), TimelineSection(dossier, zone),
                      CreditsSection(dossier), MoneySection(dossier), ReasonsSection(dossier),
                      DecisionsSection(dossier), DisputesSection(dossier, zone),
                      EventsSection(dossier, zone), VerificationSection(dossier),
                      "</main>\n</body>\n</html>\n");
}

}  // namespace goodstanding::tools
