// A history written down as a scenario (tests/scenarios/FORMAT.md), step by step as it is played.
#ifndef GOODSTANDING_TESTS_SIMULATION_TRANSCRIPT_H_
#define GOODSTANDING_TESTS_SIMULATION_TRANSCRIPT_H_

#include <string>
#include <vector>

#include "tests/simulation/boards.h"
#include "tests/simulation/history.h"

namespace goodstanding::simulation {

class Transcript {
 public:
  // `fails`: the reason with which it must be refused, or nothing.
  void AddStep(const Step& step, const std::string& fails);
  void AddExpectation(const Question& question, const Answer& wanted);
  // Who is on the Good Standing Report, as the question has it; ids ascending.
  void AddReport(const Question& question, const std::vector<std::string>& ids);
  void AddDue(int year, const std::vector<std::string>& ids);

  // The whole scenario.
  std::string Text() const;

 private:
  std::string steps_;
};

}  // namespace goodstanding::simulation

#endif  // GOODSTANDING_TESTS_SIMULATION_TRANSCRIPT_H_
