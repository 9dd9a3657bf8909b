#include "services/audit_answer.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "projections/audit_selection.h"
#include "services/grpc_status.h"
#include "services/paging.h"

namespace goodstanding::services {
namespace {

// People looked at for one page: some tenths of a second of work.
constexpr size_t kMaxLookedAt = 5'000;

absl::Status CheckSelection(const type::v1::AuditSelection& selection) {
  constexpr int kAll = 1'000'000;
  if (selection.cycle_end_year() < 1900 || selection.cycle_end_year() > 9999) {
    return domain::Refuse("INVALID_ARGUMENT", "selection.cycle_end_year must be 1900 to 9999.",
                          "selection.cycle_end_year");
  }
  if (selection.rate_millionths() < 1 || selection.rate_millionths() > kAll) {
    return domain::Refuse("INVALID_ARGUMENT", "selection.rate_millionths must be 1 to 1,000,000.",
                          "selection.rate_millionths");
  }
  if (selection.checkpoint_size() >= 0) return absl::OkStatus();
  return domain::Refuse("INVALID_ARGUMENT", "selection.checkpoint_size must not be negative.",
                        "selection.checkpoint_size");
}

std::string Unpaged(api::v1::SelectAuditsRequest request) {
  request.clear_page_size();
  request.clear_page_token();
  return absl::StrCat(request.GetDescriptor()->full_name(), "\n", request.SerializeAsString());
}

// Where a page begins.
struct Place {
  int64_t checkpoint_size = 0;  // 0: as the request says.
  std::string after;
};

absl::StatusOr<Place> ReadPlace(const PageTokens& tokens, const std::string& token) {
  GS_ASSIGN_OR_RETURN(const std::string text, tokens.Read(token));
  Place place;
  if (text.empty()) return place;
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits(' ', 1));
  GS_CHECK(parts.size() == 2 && absl::SimpleAtoi(parts[0], &place.checkpoint_size));
  place.after = parts[1];
  return place;
}

// Draws for one person, if of the population.
absl::Status Draw(const ReadSide& side, const eventstore::Hash& root, const std::string& id,
                  api::v1::SelectAuditsResponse& response) {
  const type::v1::AuditSelection& selection = response.selection();
  Question question;
  question.day = domain::Date::Max();
  question.knowledge.max_position = selection.checkpoint_size();
  GS_ASSIGN_OR_RETURN(const auto person, PersonFacts::Load(side, id, question));
  if (!projections::CanBeSelected(person->facts(), selection.cycle_end_year())) {
    return absl::OkStatus();
  }
  response.set_population_count(response.population_count() + 1);
  const std::string draw = projections::DrawForAudit(root, selection.cycle_end_year(), id);
  if (!projections::IsSelected(draw, selection.rate_millionths())) return absl::OkStatus();
  auto& selected = *response.add_selected();
  selected.set_certificant_id(id);
  selected.set_draw(draw);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<eventstore::EventStore::StoredCheckpoint> FindCheckpoint(
    const eventstore::EventStore& store, int64_t size) {
  absl::StatusOr<std::optional<eventstore::EventStore::StoredCheckpoint>> found = std::nullopt;
  if (size > 0 && size <= store.Head()) found = store.FindCheckpoint(size);
  if (!found.ok()) return FromStore(found.status());
  if (found->has_value() && (*found)->size == size) return **found;
  return domain::Refuse("CHECKPOINT_NOT_FOUND",
                        absl::StrCat("No checkpoint of ", size, " events was signed."),
                        "selection.checkpoint_size", {{"size", absl::StrCat(size)}});
}

absl::Status AnswerSelection(const ReadSide& side, eventstore::CheckpointIssuer& issuer,
                             const api::v1::SelectAuditsRequest& request,
                             api::v1::SelectAuditsResponse& response) {
  type::v1::AuditSelection selection = request.selection();
  GS_RETURN_IF_ERROR(CheckSelection(selection));
  GS_ASSIGN_OR_RETURN(const int page_size, ReadPageSize(request.page_size()));
  const PageTokens tokens(side.keys, Unpaged(request));
  GS_ASSIGN_OR_RETURN(const Place place, ReadPlace(tokens, request.page_token()));
  // Later pages are of the first one's checkpoint, though newer ones may be signed.
  if (place.checkpoint_size > 0) selection.set_checkpoint_size(place.checkpoint_size);
  if (selection.checkpoint_size() == 0) {
    const auto newest = issuer.AtLeast(1);
    if (!newest.ok()) return FromStore(newest.status());
    selection.set_checkpoint_size(newest->size);
  }
  GS_ASSIGN_OR_RETURN(const auto checkpoint,
                      FindCheckpoint(side.store, selection.checkpoint_size()));
  const auto root = side.store.TreeRoot(checkpoint.size);
  if (!root.ok()) return FromStore(root.status());
  *response.mutable_selection() = selection;
  response.set_checkpoint(checkpoint.note);
  std::vector<std::string> ids;
  GS_RETURN_IF_ERROR(
      side.views.Scan(place.after, [&](absl::string_view id, const view::v1::CertificantRow&) {
        ids.emplace_back(id);
        return ids.size() <= kMaxLookedAt;
      }));
  const bool more = ids.size() > kMaxLookedAt;
  if (more) ids.pop_back();
  size_t looked_at = 0;
  for (; looked_at < ids.size() && response.selected_size() < page_size; ++looked_at) {
    GS_RETURN_IF_ERROR(Draw(side, *root, ids[looked_at], response));
  }
  if (more || looked_at < ids.size()) {
    response.set_next_page_token(
        tokens.Make(absl::StrCat(checkpoint.size, " ", ids[looked_at - 1])));
  }
  return absl::OkStatus();
}

}  // namespace goodstanding::services
