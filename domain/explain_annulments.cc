// Facts that were entered in error, and by what they count as never having been.
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "domain/explain_parts.h"

namespace goodstanding::domain {
namespace {

std::string MilestoneText(const Milestone& milestone) {
  switch (milestone.type) {
    case MilestoneType::kGranted:
      return absl::StrCat("the grant of ", milestone.credential);
    case MilestoneType::kRevoked:
      return "a revocation";
    case MilestoneType::kSurrendered:
      return "a surrender";
    case MilestoneType::kSubmitted:
      return "a submission of the application";
    case MilestoneType::kReturned:
      return "a return of the application";
    case MilestoneType::kRenewed:
      return "an approval of the application";
    case MilestoneType::kExtensionRequested:
      return "a request for an extension";
    case MilestoneType::kExtensionGranted:
      return "a grant of an extension";
    case MilestoneType::kExtensionDenied:
      return "a denial of an extension";
    case MilestoneType::kReinstatementRequested:
      return "a request for reinstatement";
    case MilestoneType::kAuditOpened:
      return "the opening of an audit";
    case MilestoneType::kWaived:
      return "a waiver";
    case MilestoneType::kAuditClosed:
      break;
  }
  return "the closing of an audit";
}

// What was annulled, and its day.
struct Entry {
  std::string text;
  Date date;
};

struct Describer {
  const std::string& reference;  // Of the record or payment that a change is about.

  Entry operator()(const Milestone& milestone) const {
    return {MilestoneText(milestone), milestone.stamp.effective.date};
  }
  Entry operator()(const CreditRecord& record) const {
    return {absl::StrCat("the credit record ", record.reference), record.stamp.effective.date};
  }
  Entry operator()(const CreditChange& change) const {
    return {absl::StrCat("a change of the credit record ", reference), change.stamp.effective.date};
  }
  Entry operator()(const Payment& payment) const {
    return {absl::StrCat("the payment ", payment.reference), payment.stamp.effective.date};
  }
  Entry operator()(const PaymentChange& change) const {
    return {absl::StrCat("a change of the payment ", reference), change.stamp.effective.date};
  }
  Entry operator()(const Membership& membership) const {
    return {"a membership", membership.stamp.effective.date};
  }
  Entry operator()(const MembershipEnd& end) const {
    return {"the end of the membership", end.stamp.effective.date};
  }
  Entry operator()(const WriteOff& write_off) const {
    return {"a write-off of arrears", write_off.stamp.effective.date};
  }
};

// A record that was posted to the wrong person.
ExplanationLine ExplainMove(const AnnulledFact& moved) {
  const auto& record = std::get<CreditRecord>(moved.fact);
  ExplanationLine line =
      MakeLine(ExplanationTopic::kCycle,
               absl::StrCat("The credit record ", record.reference, " of ",
                            record.stamp.effective.date.ToWords(), " is that of ", moved.moved_to,
                            ": from position ", moved.annulled.position,
                            " on it counts here as never having been."),
               "");
  line.positions = {record.stamp.position, moved.annulled.position};
  return line;
}

}  // namespace

std::vector<ExplanationLine> ExplainAnnulments(const Facts& facts) {
  std::vector<ExplanationLine> lines;
  for (const AnnulledFact& annulled : facts.state.annulled) {
    if (!annulled.moved_to.empty()) {
      lines.push_back(ExplainMove(annulled));
      continue;
    }
    const Entry entry = std::visit(Describer{annulled.reference}, annulled.fact);
    ExplanationLine line = MakeLine(
        ExplanationTopic::kCycle,
        absl::StrCat("Entered in error, and annulled: ", entry.text, " of ", entry.date.ToWords(),
                     ", position ", annulled.position, ". From the annulment on, position ",
                     annulled.annulled.position, ", it counts as never having been."),
        "");
    line.positions = {annulled.position, annulled.annulled.position};
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace goodstanding::domain
