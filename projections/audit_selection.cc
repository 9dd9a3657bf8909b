#include "projections/audit_selection.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "eventstore/crypto.h"

namespace goodstanding::projections {
namespace {

// ON PAPER: published in docs/audit-selection.md; never changes.
constexpr absl::string_view kLabel = "goodstanding audit selection v1";

}  // namespace

std::string DrawForAudit(const eventstore::Hash& root, int cycle_end_year,
                         absl::string_view certificant_id) {
  std::string year;
  for (int shift = 24; shift >= 0; shift -= 8) {
    year += static_cast<char>(static_cast<uint32_t>(cycle_end_year) >> shift & 0xff);
  }
  return eventstore::Sha256(absl::StrCat(kLabel, eventstore::BytesOf(root), year, certificant_id));
}

bool IsSelected(absl::string_view draw, int32_t rate_millionths) {
  constexpr uint64_t kAll = 1'000'000;
  // Long multiplication from the last byte on: what is carried out of the first one is the whole
  // part of draw x 1,000,000 / 2^256.
  uint64_t carry = 0;
  for (auto byte = draw.rbegin(); byte != draw.rend(); ++byte) {
    carry = (static_cast<unsigned char>(*byte) * kAll + carry) >> 8;
  }
  return carry < static_cast<uint64_t>(std::max(rate_millionths, 0));
}

bool CanBeSelected(const domain::Facts& facts, int cycle_end_year) {
  if (facts.state.erasure.stage >= type::v1::ERASURE_STAGE_BEGUN) return false;
  const domain::Career career = domain::CareerAt(facts, domain::Cutoff::EndOf(domain::Date::Max()));
  return std::any_of(
      career.cycles.begin(), career.cycles.end(), [&](const domain::CycleStatus& cycle) {
        return cycle.end_year == cycle_end_year && cycle.tenure == career.cycles.back().tenure &&
               (cycle.submitted || cycle.renewed);
      });
}

}  // namespace goodstanding::projections
