#include "services/call_metrics.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "domain/refusal.h"

namespace goodstanding::services {

// Read from the mangled name, N12goodstanding3api2v112QueryService27WithAsyncMethod_GetStandingI…:
// each name stands behind its length. To have it demangled fails for services of many methods,
// whose classes are nested as deep.
MethodName NameOfMethod(const std::type_info& with_method) {
  absl::string_view mangled = with_method.name();
  GS_CHECK(absl::ConsumePrefix(&mangled, "N"));
  std::vector<std::string> service;
  while (true) {
    size_t size = 0;
    while (!mangled.empty() && absl::ascii_isdigit(static_cast<unsigned char>(mangled[0]))) {
      size = size * 10 + static_cast<size_t>(mangled[0] - '0');
      mangled.remove_prefix(1);
    }
    GS_CHECK(size > 0 && size <= mangled.size());
    absl::string_view part = mangled.substr(0, size);
    mangled.remove_prefix(size);
    if (absl::ConsumePrefix(&part, "WithAsyncMethod_") ||
        absl::ConsumePrefix(&part, "WithRawMethod_")) {
      return {absl::StrJoin(service, "."), std::string(part)};
    }
    service.emplace_back(part);
  }
}

std::string ReasonOrCode(const absl::Status& status) {
  const auto refusal = domain::GetRefusal(status);
  return refusal.has_value() ? refusal->reason : absl::StatusCodeToString(status.code());
}

RefusalCounts::RefusalCounts() {
  for (const domain::RefusalReason& known : domain::RefusalReasons()) {
    reasons_.emplace(std::string(known.reason), counts_.size());
    counts_.emplace_back(0);
  }
  counts_.emplace_back(0);
}

void RefusalCounts::Add(const absl::Status& status) {
  const auto found = reasons_.find(ReasonOrCode(status));
  MethodCounts::Increment(found == reasons_.end() ? counts_.back() : counts_[found->second]);
}

std::vector<int64_t> RefusalCounts::counts() const {
  std::vector<int64_t> counts;
  for (const auto& count : counts_) counts.push_back(count.load(std::memory_order_relaxed));
  return counts;
}

MethodCounts& CallCounts::Add(MethodName name, MethodType type) {
  return methods_.emplace_back(std::move(name), type);
}

}  // namespace goodstanding::services
