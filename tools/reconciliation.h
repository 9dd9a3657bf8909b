// The payments on record against a list of the payment service's.
#ifndef GOODSTANDING_TOOLS_RECONCILIATION_H_
#define GOODSTANDING_TOOLS_RECONCILIATION_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/amounts.h"
#include "domain/certificant.h"
#include "goodstanding/api/v1/history_service.pb.h"

namespace goodstanding::tools {

// A line of the list.
struct ListedPayment {
  int64_t line = 0;  // In the file, from 1.
  std::string certificant_id;
  std::string reference;
  domain::Hundredths left = 0;  // What is left of it: 0 where returned or refunded whole.
};

// Reads the list: CSV with the columns id, ref and amount, in any order, and no others.
// INVALID_ARGUMENT, with the line, for anything else, and for a payment that stands twice.
absl::StatusOr<std::vector<ListedPayment>> ReadPaymentList(absl::string_view text);

struct PaymentDifference {
  std::string certificant_id;
  std::string reference;
  std::string what;  // "25.00 on record, 20.00 on the list (line 3)".
};

// What is left of every payment on record. Confined to one thread.
class PaymentsOnRecord {
 public:
  // Takes in an event about a payment, or an annulment, in log order; an annulment of anything else
  // is passed over. DATA_LOSS where it speaks of a payment that is not on record.
  absl::Status Take(const api::v1::HistoryEvent& event);

  // What differs, in order of id and reference. `whole`: also what the list lacks, unless nothing
  // is left of it.
  std::vector<PaymentDifference> Compare(const std::vector<ListedPayment>& list, bool whole) const;

 private:
  std::map<std::string, domain::CertificantState> by_stream_;  // Payments alone.
};

}  // namespace goodstanding::tools

#endif  // GOODSTANDING_TOOLS_RECONCILIATION_H_
