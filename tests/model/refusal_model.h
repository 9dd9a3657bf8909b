// Which refusal the rules give for a command, written as the fact that it would record.
#ifndef GOODSTANDING_TESTS_MODEL_REFUSAL_MODEL_H_
#define GOODSTANDING_TESTS_MODEL_REFUSAL_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/model/standing_model.h"

namespace goodstanding::model {

// The reason with which section 12 refuses to record `proposed` now, or "" where it is accepted.
// `proposed` is the fact as it would be recorded at `proposed.recorded_micros`; its settled values
// (end years, fees, references of an approval) are not looked at, but for the year that a payment
// names: 0 is none. Corrections and publications of rules are always accepted here.
std::string RefusalOf(const std::vector<ModelFact>& recorded, const ModelFact& proposed);

}  // namespace goodstanding::model

#endif  // GOODSTANDING_TESTS_MODEL_REFUSAL_MODEL_H_
