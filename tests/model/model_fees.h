// Section 6: fees and payments.
#ifndef GOODSTANDING_TESTS_MODEL_MODEL_FEES_H_
#define GOODSTANDING_TESTS_MODEL_MODEL_FEES_H_

#include <cstdint>
#include <vector>

#include "absl/time/civil_time.h"
#include "tests/model/model_timeline.h"
#include "tests/model/standing_model.h"

namespace goodstanding::model {

struct Payment {
  // Minor units.
  int64_t amount = 0;
  // End year of the cycle that it is for.
  int year = 0;
  absl::CivilDay received;
  absl::CivilDay dated;
};

// Payments that count: not returned, not refunded. Reading: by the cycle's end year alone, whatever
// the tenure.
std::vector<Payment> PaymentsOf(const View& view);

// What was paid for the cycle that ends in the year.
int64_t Paid(const std::vector<Payment>& payments, int year);

// The fees due for a cycle that is not renewed, given these payments.
ModelFees FeesDue(const View& view, const Tenure& tenure, const Cycle& cycle,
                  const Renewal& renewal, const std::vector<Payment>& payments);

// The fees that an approval fixed.
ModelFees FeesFixed(const ModelFact& approval);

}  // namespace goodstanding::model

#endif  // GOODSTANDING_TESTS_MODEL_MODEL_FEES_H_
