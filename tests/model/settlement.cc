#include "tests/model/settlement.h"

#include <string>
#include <variant>

#include "tests/model/model_accounts.h"

namespace goodstanding::model {
namespace {

using event::v1::CertificantEvent;

// The state on which a fact is decided.
ModelAnswer StateAt(const std::vector<ModelFact>& log, const ModelFact& fact) {
  ModelQuestion question;
  question.certificant = fact.stream.substr(std::string("certificant/").size());
  question.as_of = fact.effective_day;
  question.as_of_micros = fact.effective_micros;
  return AnswerQuestion(log, question);
}

void SettleApproval(const ModelAnswer& state, event::v1::CertificationRenewed& renewed) {
  renewed.set_cycle_end_year(static_cast<int>(state.cycle_end.year()));
  renewed.mutable_fees()->set_recertification_minor_units(state.fees.recertification);
  renewed.mutable_fees()->set_late_minor_units(state.fees.late);
  renewed.mutable_fees()->set_extension_minor_units(state.fees.extension);
  renewed.mutable_fees()->set_reinstatement_minor_units(state.fees.reinstatement);
  renewed.clear_credit_references();
  for (const auto& [reference, result] : state.credits) {
    if (result.reason.empty()) renewed.add_credit_references(reference);
  }
}

// Section 6: without a cycle, to the oldest renewal that is in arrears, else to the first cycle
// that is not yet renewed. Reading: in the state at the payment's effective time.
void SettlePayment(const ModelAnswer& state, event::v1::PaymentReceived& payment) {
  if (payment.cycle_end_year() != 0) return;
  payment.set_cycle_end_year(state.arrears_by_year.empty() ? state.first_open_year
                                                           : state.arrears_by_year.begin()->first);
}

}  // namespace

void Settle(const std::vector<ModelFact>& log, ModelFact& fact) {
  auto* const event = std::get_if<CertificantEvent>(&fact.payload);
  if (event == nullptr) return;
  if (event->has_account_merged()) return SettleMerge(log, fact);
  Route(log, fact);
  const bool settles = event->has_payment_received() || event->has_certification_renewed() ||
                       event->has_application_submitted() || event->has_application_returned() ||
                       event->has_extension_requested() || event->has_extension_granted() ||
                       event->has_extension_denied() || event->has_reinstatement_requested();
  if (!settles) return;
  const ModelAnswer state = StateAt(log, fact);
  const int year = static_cast<int>(state.cycle_end.year());
  if (event->has_payment_received()) SettlePayment(state, *event->mutable_payment_received());
  if (event->has_certification_renewed()) {
    SettleApproval(state, *event->mutable_certification_renewed());
  }
  if (event->has_application_submitted()) {
    event->mutable_application_submitted()->set_cycle_end_year(year);
  }
  if (event->has_application_returned()) {
    event->mutable_application_returned()->set_cycle_end_year(year);
  }
  if (event->has_extension_requested()) {
    event->mutable_extension_requested()->set_cycle_end_year(year);
  }
  if (event->has_extension_granted()) event->mutable_extension_granted()->set_cycle_end_year(year);
  if (event->has_extension_denied()) event->mutable_extension_denied()->set_cycle_end_year(year);
  if (event->has_reinstatement_requested()) {
    event->mutable_reinstatement_requested()->set_cycle_end_year(year);
  }
}

}  // namespace goodstanding::model
