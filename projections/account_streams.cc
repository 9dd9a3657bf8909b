#include "projections/account_streams.h"

#include "base/status_macros.h"
#include "domain/accounts.h"
#include "projections/codec.h"
#include "projections/replay.h"

namespace goodstanding::projections {

std::vector<std::string> StreamsOf(const domain::CertificantState& state,
                                   absl::string_view certificant_id) {
  std::vector<std::string> streams = {CertificantStream(certificant_id)};
  for (const std::string& account : domain::AccountIds(state)) {
    streams.push_back(CertificantStream(account));
  }
  return streams;
}

bool TellsProfile(const domain::CertificantState& state, absl::string_view certificant_id,
                  const event::v1::Record& record) {
  if (record.kind() != "CertificantRegistered" && record.kind() != "ProfileChanged" &&
      record.kind() != "ContactChanged") {
    return false;
  }
  const auto id = StreamId(record.stream(), kCertificantPrefix);
  if (!id || *id == certificant_id) return id.has_value();
  const domain::MergedAccount* const account = domain::FindAccount(state, *id);
  return account != nullptr && account->merged.position < record.position();
}

absl::StatusOr<std::string> AnswererOf(const eventstore::EventStore& store,
                                       const std::string& certificant_id, int64_t position) {
  GS_ASSIGN_OR_RETURN(const domain::CertificantState state,
                      LoadCertificant(store, certificant_id, {.max_position = position}));
  return state.survivor_id.empty() ? certificant_id : state.survivor_id;
}

}  // namespace goodstanding::projections
