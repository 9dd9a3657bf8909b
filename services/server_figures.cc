#include "services/server_figures.h"

#include <algorithm>
#include <string>

#include "domain/refusal.h"

namespace goodstanding::services {
namespace {

MethodFigures& FiguresOf(const MethodCounts& method, ServerFigures& figures) {
  for (MethodFigures& known : figures.methods) {
    if (known.name.service == method.name.service && known.name.method == method.name.method) {
      return known;
    }
  }
  MethodFigures& added = figures.methods.emplace_back();
  added.name = method.name;
  added.type = method.type;
  added.nanoseconds.bounds = {kDurationBounds.begin(), kDurationBounds.end()};
  added.nanoseconds.counts.resize(kDurationBounds.size() + 1);
  return added;
}

}  // namespace

void AddRefusals(const RefusalCounts& counts,
                 std::vector<std::pair<std::string, int64_t>>& by_reason) {
  const auto& reasons = domain::RefusalReasons();
  const std::vector<int64_t> added = counts.counts();
  by_reason.resize(added.size());
  for (size_t i = 0; i < added.size(); ++i) {
    by_reason[i].first = i < reasons.size() ? std::string(reasons[i].reason) : "OTHER";
    by_reason[i].second += added[i];
  }
}

void AddCounts(const CallCounts& counts, ServerFigures& figures) {
  for (const MethodCounts& method : counts.methods()) {
    MethodFigures& sum = FiguresOf(method, figures);
    sum.started += method.started.load(std::memory_order_relaxed);
    sum.received += method.Received();
    sum.sent += method.Sent();
    for (size_t code = 0; code < MethodCounts::kCodes; ++code) {
      sum.handled[code] += method.handled[code].load(std::memory_order_relaxed);
    }
    sum.nanoseconds.Add(HistogramFigures::Of(method.durations));
  }
  AddRefusals(counts.refusals(), figures.refusals);
}

}  // namespace goodstanding::services
