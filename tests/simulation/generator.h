// Generators of histories, biased to the days on which rules turn.
#ifndef GOODSTANDING_TESTS_SIMULATION_GENERATOR_H_
#define GOODSTANDING_TESTS_SIMULATION_GENERATOR_H_

#include <rapidcheck.h>

#include "tests/simulation/history.h"

namespace goodstanding::simulation {

// One or two persons over one to three cycles: each renewal goes one of the ways that the rules
// know, with noise of all kinds of commands around it, many of which are refused. Shrinks by
// leaving steps and questions out and by making what is left plainer.
rc::Gen<History> AnyHistory();

}  // namespace goodstanding::simulation

#endif  // GOODSTANDING_TESTS_SIMULATION_GENERATOR_H_
