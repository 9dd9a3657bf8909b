#include "services/live_board.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "projections/codec.h"
#include "projections/replay.h"

namespace goodstanding::services {

absl::Status LiveBoard::Reload() {
  states_.clear();
  recent_.clear();
  const int64_t head = store_.Head();
  GS_ASSIGN_OR_RETURN(const projections::BoardFacts facts,
                      projections::LoadBoardFacts(store_, head));
  rulebook_ = *facts.rulebook;
  rules_ = rulebook_.Newest();
  catalogue_ = *facts.catalogue;
  GS_ASSIGN_OR_RETURN(closed_days_, projections::LoadClosedDays(store_, head));
  GS_ASSIGN_OR_RETURN(erasures_version_, store_.StreamVersion(projections::kErasuresStream));
  next_position_ = head + 1;
  return absl::OkStatus();
}

absl::Status LiveBoard::ApplyRules(int64_t position, const event::v1::RuleSetEvent& event) {
  // Decisions see everything, so that the recorded time does not matter here.
  GS_RETURN_IF_ERROR(rulebook_.Apply(position, 0, event));
  rules_ = rulebook_.Newest();
  return absl::OkStatus();
}

absl::Status LiveBoard::ApplyActivity(const std::string& activity_id, const domain::Stamp& stamp,
                                      const event::v1::ActivityEvent& event) {
  return catalogue_.Apply(activity_id, stamp.position, 0, stamp.effective, event);
}

void LiveBoard::CloseDays(domain::Date last) {
  closed_days_.last = last;
  ++closed_days_.version;
}

absl::StatusOr<domain::CertificantState*> LiveBoard::State(const std::string& certificant_id) {
  const auto found = states_.find(certificant_id);
  if (found != states_.end()) {
    recent_.splice(recent_.begin(), recent_, found->second.place);
    return &found->second.state;
  }
  GS_ASSIGN_OR_RETURN(domain::CertificantState state,
                      projections::LoadCertificant(store_, certificant_id, domain::Knowledge{}));
  Evict();
  recent_.push_front(certificant_id);
  Entry& entry = states_[certificant_id];
  entry.state = std::move(state);
  entry.place = recent_.begin();
  return &entry.state;
}

void LiveBoard::Touch(const std::string& certificant_id, int64_t position) {
  const auto found = states_.find(certificant_id);
  if (found != states_.end()) found->second.last_position = position;
}

void LiveBoard::Evict() {
  const int64_t head = store_.Head();
  while (states_.size() >= max_states_ && !recent_.empty()) {
    const auto oldest = states_.find(recent_.back());
    if (oldest->second.last_position > head) return;  // Not on disk yet: it cannot be read back.
    states_.erase(oldest);
    recent_.pop_back();
  }
}

}  // namespace goodstanding::services
