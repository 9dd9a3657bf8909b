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

void AddCounts(const CallCounts& counts, ServerFigures& figures) {
  for (const MethodCounts& method : counts.methods()) {
    MethodFigures& sum = FiguresOf(method, figures);
    sum.started += method.started.load(std::memory_order_relaxed);
    sum.received += method.received.load(std::memory_order_relaxed);
    sum.sent += method.sent.load(std::memory_order_relaxed);
    for (size_t code = 0; code < MethodCounts::kCodes; ++code) {
      sum.handled[code] += method.handled[code].load(std::memory_order_relaxed);
    }
    sum.nanoseconds.Add(HistogramFigures::Of(method.durations));
  }
  const std::vector<int64_t> refusals = counts.refusals();
  figures.refusals.resize(refusals.size());
  for (size_t i = 0; i < refusals.size(); ++i) {
    figures.refusals[i].first = std::string(domain::RefusalReasons()[i].reason);
    figures.refusals[i].second += refusals[i];
  }
}

}  // namespace goodstanding::services
