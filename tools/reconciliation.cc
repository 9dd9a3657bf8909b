#include "tools/reconciliation.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/fees.h"
#include "projections/codec.h"
#include "tools/csv.h"

namespace goodstanding::tools {
namespace {

using Key = std::pair<std::string, std::string>;

constexpr std::array<absl::string_view, 3> kColumns = {"id", "ref", "amount"};

absl::Status Fault(int64_t line, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", what));
}

// Where each of kColumns stands.
absl::StatusOr<std::array<size_t, 3>> ReadHeading(const CsvRow& heading) {
  std::array<size_t, 3> places = {};
  for (size_t i = 0; i < kColumns.size(); ++i) {
    const auto found = std::find(heading.cells.begin(), heading.cells.end(), kColumns[i]);
    if (found == heading.cells.end() || heading.cells.size() != kColumns.size()) {
      return Fault(heading.line, "the heading must be: id,ref,amount");
    }
    places[i] = static_cast<size_t>(found - heading.cells.begin());
  }
  return places;
}

}  // namespace

absl::StatusOr<std::vector<ListedPayment>> ReadPaymentList(absl::string_view text) {
  GS_ASSIGN_OR_RETURN(const std::vector<CsvRow> rows, ParseCsv(text));
  if (rows.empty()) return Fault(1, "the heading must be: id,ref,amount");
  GS_ASSIGN_OR_RETURN(const auto places, ReadHeading(rows.front()));
  std::vector<ListedPayment> list;
  std::set<Key> seen;
  for (size_t i = 1; i < rows.size(); ++i) {
    const CsvRow& row = rows[i];
    if (row.cells.size() != kColumns.size()) return Fault(row.line, "it must have three cells");
    const auto left = domain::ParseHundredths(row.cells[places[2]]);
    if (!left || *left < 0) return Fault(row.line, "amount must be dollars, for example 375.00");
    ListedPayment payment{row.line, row.cells[places[0]], row.cells[places[1]], *left};
    if (!seen.insert({payment.certificant_id, payment.reference}).second) {
      return Fault(row.line, "this payment stands on the list before");
    }
    list.push_back(std::move(payment));
  }
  return list;
}

absl::Status PaymentsOnRecord::Take(const api::v1::HistoryEvent& event) {
  const event::v1::CertificantEvent& fact = event.certificant();
  domain::CertificantState& state = by_stream_[event.record().stream()];
  if (fact.has_fact_annulled() &&
      state.PlaceOf(fact.fact_annulled().fact_position()) == domain::FactPlace::kNone) {
    return absl::OkStatus();
  }
  return domain::Evolve(fact, projections::StampOf(event.record()), state);
}

std::vector<PaymentDifference> PaymentsOnRecord::Compare(const std::vector<ListedPayment>& list,
                                                         bool whole) const {
  std::map<Key, domain::Hundredths> left;
  for (const auto& [stream, state] : by_stream_) {
    const auto id = projections::StreamId(stream, projections::kCertificantPrefix);
    for (const domain::Payment& payment : state.payments) {
      left[{std::string(id.value_or("")), payment.reference}] =
          domain::StatusAt(payment, domain::Cutoff::EndOf(domain::Date::Max())).amount;
    }
  }
  std::map<Key, PaymentDifference> differences;
  std::set<Key> listed;
  for (const ListedPayment& payment : list) {
    const Key key{payment.certificant_id, payment.reference};
    listed.insert(key);
    const auto found = left.find(key);
    const std::string on_list = absl::StrCat(domain::FormatHundredths(payment.left),
                                             " on the list (line ", payment.line, ")");
    if (found == left.end()) {
      differences[key] = {key.first, key.second, absl::StrCat("not on record, ", on_list)};
    } else if (found->second != payment.left) {
      differences[key] = {
          key.first, key.second,
          absl::StrCat(domain::FormatHundredths(found->second), " on record, ", on_list)};
    }
  }
  for (const auto& [key, amount] : left) {
    if (!whole || amount == 0 || listed.contains(key)) continue;
    differences[key] = {
        key.first, key.second,
        absl::StrCat(domain::FormatHundredths(amount), " on record, not on the list")};
  }
  std::vector<PaymentDifference> sorted;
  for (auto& [key, difference] : differences) sorted.push_back(std::move(difference));
  return sorted;
}

}  // namespace goodstanding::tools
