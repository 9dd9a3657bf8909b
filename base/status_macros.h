// Early return for absl::Status and absl::StatusOr.
#ifndef GOODSTANDING_BASE_STATUS_MACROS_H_
#define GOODSTANDING_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define GS_CONCAT_INNER_(a, b) a##b
#define GS_CONCAT_(a, b) GS_CONCAT_INNER_(a, b)

// Returns the status of `expr` from the enclosing function unless it is OK.
#define GS_RETURN_IF_ERROR(expr)             \
  do {                                       \
    absl::Status gs_status_ = (expr);        \
    if (!gs_status_.ok()) return gs_status_; \
  } while (false)

// Assigns the value of `expr`, a StatusOr, to `lhs`, or returns its status.
#define GS_ASSIGN_OR_RETURN(lhs, expr) \
  GS_ASSIGN_OR_RETURN_IMPL_(GS_CONCAT_(gs_statusor_, __LINE__), lhs, expr)
#define GS_ASSIGN_OR_RETURN_IMPL_(result, lhs, expr) \
  auto result = (expr);                              \
  if (!result.ok()) return result.status();          \
  lhs = std::move(result).value()

#endif  // GOODSTANDING_BASE_STATUS_MACROS_H_
