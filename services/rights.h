// Which roles may call which methods.
#ifndef GOODSTANDING_SERVICES_RIGHTS_H_
#define GOODSTANDING_SERVICES_RIGHTS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "goodstanding/config/v1/config.pb.h"

namespace goodstanding::services {

// A set of roles, a bit each.
using Roles = uint32_t;
constexpr Roles RoleBit(config::v1::Role role) { return Roles{1} << role; }

// A row of the table.
struct MethodRight {
  absl::string_view method;  // "CommandService.RecordCredit": the full name behind the package.
  Roles roles;
  // Whether callers need not even be identified.
  bool open = false;
  // How the security log calls an admitted call; empty: it does not tell of it.
  absl::string_view event = {};
};

// All rows, by service.
absl::Span<const MethodRight> MethodRights();

// nullptr where there is no row: then nobody may call it. `full_name` has dots.
const MethodRight* FindRight(absl::string_view full_name);

}  // namespace goodstanding::services

#endif  // GOODSTANDING_SERVICES_RIGHTS_H_
