// Tenures and cycles: what grants, approvals, requests and decisions add up to by a cutoff.
//
// "Recertification cycle" and sections 2, 5, 7 of the rules. Facts are taken by effective time,
// then by log position. Whether a grant begins a new tenure depends on whether the person had
// expired by then, which the caller says (ExpiryQuestion): it needs credits and payments.
#ifndef GOODSTANDING_DOMAIN_CAREER_H_
#define GOODSTANDING_DOMAIN_CAREER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "domain/certificant.h"
#include "domain/knowledge.h"
#include "domain/rulebook.h"

namespace goodstanding::domain {

// A credential that is held.
struct HeldCredential {
  std::string credential;
  Stamp granted;
};

// A waiver that holds.
struct AppliedWaiver {
  std::shared_ptr<const Waiver> waiver;  // Never nullptr.
  Stamp stamp;
};

// One cycle and its renewal.
struct CycleStatus {
  int tenure = 0;  // Counts from 0.
  int number = 1;  // Counts from 1 within the tenure.
  int end_year = 0;
  Date start;                      // Inclusive.
  CycleCalendar calendar;          // As waivers moved it.
  Date application_through;        // Without a late fee, inclusive: the cycle's end unless waived.
  Date extension_request_through;  // Inclusive; waived: the whole day.
  std::vector<AppliedWaiver> waivers;  // In order.
  // The rules' levels less what is waived of requirements; nullptr: they are whole.
  std::shared_ptr<const std::vector<Level>> waived_levels;
  Governing rules;                           // figures is never nullptr.
  Stamp begun_by;                            // The grant or the renewal that made it.
  std::optional<Stamp> submitted;            // The last submission, unless returned.
  int credentials_at_submission = 0;         // Held on the day of submission.
  std::optional<Stamp> extension_requested;  // Undecided or granted.
  std::optional<Stamp> extension_granted;
  std::optional<Stamp> reinstatement_requested;
  std::optional<Stamp> renewed;
  std::shared_ptr<const RenewalTerms> terms;  // Fixed by the approval.

  const Figures& figures() const { return *rules.figures; }
  // Last day of completion that counts: the extension's where one is granted.
  Date last_counting_day() const {
    return extension_granted ? calendar.extension_through : calendar.cycle_end;
  }
};

enum class TenureEnd { kNone, kRevoked, kSurrendered };

struct Career {
  std::vector<CycleStatus> cycles;   // Of all tenures, oldest first.
  std::vector<HeldCredential> held;  // By credential, ascending.
  TenureEnd ended = TenureEnd::kNone;
  Stamp ended_by;                     // Where ended.
  std::optional<Stamp> audit_opened;  // An audit is open.

  bool in_tenure() const { return !cycles.empty() && ended == TenureEnd::kNone; }
  // Index of the cycle that is current on a day: the last one that has begun; -1 for none.
  int CurrentCycle(Date date) const;
};

// Whether the person, with the career so far, has expired at a moment.
using ExpiryQuestion = std::function<bool(const Career&, const Stamp&)>;

// The careers of ascending cutoffs, each from the one before. Borrows the state, the rules and what
// the question borrows. Confined to one thread.
class CareerWalk {
 public:
  CareerWalk(const CertificantState& state, const RulebookView& rules, ExpiryQuestion expired);
  ~CareerWalk();

  // As BuildCareer. REQUIRES: no cutoff before this one was later. Valid until the next call.
  const Career& To(const Cutoff& cutoff);

 private:
  class Builder;

  const CertificantState& state_;
  const RulebookView& rules_;
  const ExpiryQuestion expired_;
  const bool in_order_;  // Of dates too, so that a later cutoff includes what an earlier one did.
  std::unique_ptr<Builder> builder_;
  size_t next_ = 0;
};

// The career by a cutoff.
Career BuildCareer(const CertificantState& state, const RulebookView& rules, const Cutoff& cutoff,
                   const ExpiryQuestion& expired);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_CAREER_H_
