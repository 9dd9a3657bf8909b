// Where a certificant stands: the evaluation of facts under rules by a cutoff.
//
// Pure and deterministic: equal facts, rules, catalogue, knowledge and cutoff give equal answers,
// for ever. A change of what old input evaluates to is a new kEvaluatorRevision. Sections 2 to 8 of
// the rules.
#ifndef GOODSTANDING_DOMAIN_EVALUATE_H_
#define GOODSTANDING_DOMAIN_EVALUATE_H_

#include <optional>
#include <vector>

#include "domain/career.h"
#include "domain/catalogue.h"
#include "domain/certificant.h"
#include "domain/credits.h"
#include "domain/fees.h"
#include "domain/knowledge.h"
#include "domain/rulebook.h"

namespace goodstanding::domain {

inline constexpr int kEvaluatorRevision = 1;

using type::v1::Standing;

// What an evaluation reads. Borrows everything.
struct Facts {
  const CertificantState& state;
  const RulebookView& rules;
  const Catalogue& catalogue;
  Knowledge knowledge;  // Filters the catalogue; the state holds known facts only.
};

// Whether somebody has expired at a moment, for careers. Borrows the facts.
ExpiryQuestion ExpiryIn(const Facts& facts);

// The career by a cutoff, tenures and all.
Career CareerAt(const Facts& facts, const Cutoff& cutoff);

// Whether a standing is a certification (section 8, column "certified").
bool IsCertified(Standing standing);

// "LAPSED".
absl::string_view StandingName(Standing standing);

// The standing alone, cheaply: credits and payments are only looked at where they decide.
Standing StandingAt(const Facts& facts, const Career& career, const Cutoff& cutoff);

// The level whose requirement a cycle's renewal must meet ("first renewal as dual"), less what is
// waived. Owned by the rulebook or the cycle.
const Level& RequirementLevel(const Career& career, const CycleStatus& cycle);

// Everything about one cycle's renewal by a cutoff.
struct RenewalStatus {
  CreditCount credits;
  const Level* level = nullptr;  // As of RequirementLevel. Owned by the rulebook or the career.
  FeeStatus fees;
  Hundredths paid = 0;
  Hundredths balance = 0;  // Fees less payments.
  bool complete = false;
};
RenewalStatus EvaluateRenewal(const Facts& facts, const Career& career, size_t cycle_index,
                              const Cutoff& cutoff);

// A whole answer.
struct Evaluation {
  Cutoff cutoff;
  Career career;
  Standing standing = type::v1::STANDING_NOT_CERTIFIED;
  int cycle_index = -1;          // The current cycle; -1 where none was ever granted.
  const Level* level = nullptr;  // By credentials held; nullptr where none was ever granted.
  RenewalStatus renewal;         // Of the current cycle.
  Hundredths arrears = 0;

  const CycleStatus* cycle() const {
    return cycle_index < 0 ? nullptr : &career.cycles[static_cast<size_t>(cycle_index)];
  }
};
Evaluation Evaluate(const Facts& facts, const Cutoff& cutoff);
// The same where the career by the cutoff is known.
Evaluation Evaluate(const Facts& facts, const Cutoff& cutoff, Career career);

// Evaluates days behind the last fact, ascending or not, for less than Evaluate costs: career,
// credits and payments stay as they are there. Borrows the facts. Confined to one thread.
class LateEvaluator {
 public:
  // `career`: after all facts.
  LateEvaluator(const Facts& facts, Career career);

  // As Evaluate(facts, Cutoff::EndOf(day)), of the credits the sums alone. REQUIRES: no fact, of
  // the person or of an activity that a record names, is effective after the day. Valid until the
  // next call.
  const Evaluation& At(Date day);

 private:
  const Facts& facts_;
  Evaluation evaluation_;
  int renewal_cycle_ = -1;  // Whose renewal is evaluated.
};

// Whether the extension's half is met: documented credits completed by the cycle's end (section 7).
struct HalfStatus {
  Hundredths counted = 0;
  Hundredths needed = 0;
};
HalfStatus EvaluateHalf(const Facts& facts, const Career& career, size_t cycle_index,
                        const Cutoff& cutoff);

}  // namespace goodstanding::domain

#endif  // GOODSTANDING_DOMAIN_EVALUATE_H_
