// Running properties: the seed is printed, and RC_PARAMS chooses seed and number of cases.
#ifndef GOODSTANDING_TESTS_SIMULATION_PROPERTIES_H_
#define GOODSTANDING_TESTS_SIMULATION_PROPERTIES_H_

#include <cstdlib>
#include <iostream>
#include <string>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tests/simulation/generator.h"

namespace goodstanding::simulation {

// Tries `holds` on generated histories. It returns what is wrong, or nothing. `cases` are tried
// unless RC_PARAMS="max_success=N seed=M" says otherwise; fewer under a sanitizer.
template <typename Holds>
void ExpectOfHistories(int cases, const Holds& holds) {
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  const char* const asked = std::getenv("RC_PARAMS");
  if (asked == nullptr || std::string(asked).find("max_success") == std::string::npos) {
    params.maxSuccess = cases;
#ifdef GOODSTANDING_SANITIZE
    params.maxSuccess = cases / 8 + 1;
#endif
  }
  std::cout << "RC_PARAMS=\"seed=" << params.seed << " max_success=" << params.maxSuccess << "\"\n";
  const auto result = rc::detail::checkTestable(
      [&] {
        const History history = *AnyHistory();
        const std::string fault = holds(history);
        if (!fault.empty()) RC_FAIL(fault);
      },
      rc::detail::TestMetadata(), params);
  if (result.template is<rc::detail::SuccessResult>()) return;
  rc::detail::printResultMessage(result, std::cout);
  ADD_FAILURE() << "A history was found for which it does not hold; it is printed above.";
}

}  // namespace goodstanding::simulation

#endif  // GOODSTANDING_TESTS_SIMULATION_PROPERTIES_H_
