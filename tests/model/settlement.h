// What a fact settles when it is recorded.
#ifndef GOODSTANDING_TESTS_MODEL_SETTLEMENT_H_
#define GOODSTANDING_TESTS_MODEL_SETTLEMENT_H_

#include <vector>

#include "tests/model/standing_model.h"

namespace goodstanding::model {

// Fills in what the rules settle at the moment of recording: the end year of the cycle that an
// application, a request or a decision is about, the renewal that a payment without one is for, the
// fees and credits that an approval rests on. REQUIRES: RefusalOf(log, fact) is empty.
void Settle(const std::vector<ModelFact>& log, ModelFact& fact);

}  // namespace goodstanding::model

#endif  // GOODSTANDING_TESTS_MODEL_SETTLEMENT_H_
