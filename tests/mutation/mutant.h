// Switches between an expression and its mutants. mutate.py writes `a <= b` as
// `a <= goodstanding::mutation::LessEqual(7) <= b`: the precedence stays, and which comparison is
// made depends on the environment when the program runs, so one build holds every mutant.
// Included in front of mutated sources alone.
#ifndef GOODSTANDING_TESTS_MUTATION_MUTANT_H_
#define GOODSTANDING_TESTS_MUTATION_MUTANT_H_

#include <cstdlib>
#include <utility>

namespace goodstanding::mutation {

// Number of the mutant that lives in this process; 0: none.
inline int Living() {
  static const int kLiving = [] {
    const char* const text = std::getenv("GOODSTANDING_MUTANT");
    return text == nullptr ? 0 : std::atoi(text);
  }();
  return kLiving;
}

// What stands between two operands. The first mutant has the number `first`, the other the next.
#define GOODSTANDING_MUTATED_OPERATOR(Name, sign, first_mutant, second_mutant) \
  struct Name {                                                                \
    explicit Name(int number) : first(number) {}                               \
    int first;                                                                 \
  };                                                                           \
  template <typename Left>                                                     \
  struct Name##Left {                                                          \
    Left&& left;                                                               \
    int first;                                                                 \
  };                                                                           \
  template <typename Left>                                                     \
  Name##Left<Left> operator sign(Left && left, Name site) {                    \
    return {std::forward<Left>(left), site.first};                             \
  }                                                                            \
  template <typename Left, typename Right>                                     \
  bool operator sign(Name##Left<Left> bound, const Right& right) {             \
    if (Living() == bound.first) return bound.left first_mutant right;         \
    if (Living() == bound.first + 1) return bound.left second_mutant right;    \
    return bound.left sign right;                                              \
  }

GOODSTANDING_MUTATED_OPERATOR(Less, <, <=, >=)
GOODSTANDING_MUTATED_OPERATOR(LessEqual, <=, <, >)
GOODSTANDING_MUTATED_OPERATOR(Greater, >, >=, <=)
GOODSTANDING_MUTATED_OPERATOR(GreaterEqual, >=, >, <)
// One mutant each: the second number is not used.
GOODSTANDING_MUTATED_OPERATOR(Equal, ==, !=, ==)
GOODSTANDING_MUTATED_OPERATOR(NotEqual, !=, ==, !=)
#undef GOODSTANDING_MUTATED_OPERATOR

// A whole number: one more, or with the next mutant one less.
template <typename Number>
Number Figure(int first, Number value) {
  if (Living() == first) return static_cast<Number>(value + 1);
  if (Living() == first + 1) return static_cast<Number>(value - 1);
  return value;
}

}  // namespace goodstanding::mutation

#endif  // GOODSTANDING_TESTS_MUTATION_MUTANT_H_
