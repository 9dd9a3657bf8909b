#include "services/correction_answers.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/cores.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "domain/text.h"
#include "projections/codec.h"
#include "projections/correction.h"
#include "projections/preview.h"
#include "projections/reconsider.h"
#include "services/answers.h"

namespace goodstanding::services {
namespace {

using namespace api::v1;  // NOLINT: the requests and responses, by name.
using projections::Correction;
using projections::PreviewDigest;

constexpr int kMaxIds = 1000;
constexpr int kItemsPerMessage = 64;

// The persons of a request, all of whom there are.
absl::StatusOr<projections::SweepScope> ReadScope(
    const ReadSide& side, const google::protobuf::RepeatedPtrField<std::string>& ids) {
  projections::SweepScope scope;
  scope.threads = UsableCores();
  if (ids.size() > kMaxIds) {
    return domain::Refuse("INVALID_ARGUMENT",
                          absl::StrCat("At most ", kMaxIds, " certificants can be named."),
                          "certificant_ids");
  }
  for (const std::string& id : ids) {
    GS_RETURN_IF_ERROR(domain::CheckId(id, "certificant_ids"));
    GS_ASSIGN_OR_RETURN(const int64_t version,
                        side.store.StreamVersion(projections::CertificantStream(id)));
    if (version == 0) return CertificantNotFound(id);
    scope.certificant_ids.push_back(id);
  }
  return scope;
}

// Every year where the field is absent.
absl::StatusOr<type::v1::YearRange> ReadCycleEndYears(bool present,
                                                      const type::v1::YearRange& years) {
  type::v1::YearRange all;
  all.set_last_year(9999);
  if (!present) return all;
  if (1900 <= years.first_year() && years.first_year() <= years.last_year() &&
      years.last_year() <= 9999) {
    return years;
  }
  return domain::Refuse("INVALID_ARGUMENT",
                        "cycle_end_years must run from first_year to last_year, 1900 to 9999.",
                        "cycle_end_years");
}

absl::StatusOr<type::v1::Standing> ReadStanding(type::v1::Standing standing,
                                                absl::string_view field) {
  if (type::v1::Standing_IsValid(standing)) return standing;
  return domain::Refuse("INVALID_ARGUMENT", absl::StrCat(field, " must be a known standing."),
                        field);
}

template <typename Request>
event::v1::RuleSetCorrected ProposedBy(const Request& request) {
  event::v1::RuleSetCorrected proposed;
  *proposed.mutable_years() = request.years();
  *proposed.mutable_changes() = request.changes();
  return proposed;
}

void FillLines(const std::vector<domain::ExplanationLine>& lines,
               google::protobuf::RepeatedPtrField<ExplanationLine>& out) {
  for (const domain::ExplanationLine& line : lines) *out.Add() = ToLine(line);
}

// Sends items a message at a time, the last with how many persons were looked at; false where the
// caller has gone.
template <typename Response, typename Items, typename Add>
bool SendItems(const Items& items, int64_t certificant_count, const Send<Response>& send,
               const Add& add) {
  Response response;
  int count = 0;
  for (const auto& item : items) {
    add(item, response);
    if (++count % kItemsPerMessage > 0) continue;
    if (!send(response)) return false;
    response.Clear();
  }
  response.set_certificant_count(certificant_count);
  return send(response);
}

// --- The preview.

void AddEffect(const projections::CorrectionEffect& effect, PreviewCorrectionResponse& response) {
  CorrectionEffect& message = *response.add_effects();
  message.set_certificant_id(effect.certificant_id);
  for (const projections::FigureDifference& difference : effect.changes) {
    ChangedFigure& change = *message.add_changes();
    change.set_figure(difference.figure);
    change.set_before(difference.before);
    change.set_after(difference.after);
  }
  message.set_before_standing(effect.before_standing);
  message.set_after_standing(effect.after_standing);
  message.set_cycle_end_year(effect.after_cycle_end_year);
  for (const std::string& figure : effect.deciding_figures) message.add_deciding_figures(figure);
  FillLines(effect.why.before, *message.mutable_before_lines());
  FillLines(effect.why.after, *message.mutable_after_lines());
}

void FillSummary(const projections::PreviewCounts& counts, CorrectionSummary& summary) {
  summary.set_certificant_count(counts.certificants);
  summary.set_changed_count(counts.changed);
  summary.set_listed_count(counts.listed);
  for (const auto& [standings, count] : counts.transitions) {
    StandingTransition& transition = *summary.add_transitions();
    transition.set_before(standings.first);
    transition.set_after(standings.second);
    transition.set_certificant_count(count);
  }
}

absl::StatusOr<projections::EffectFilter> ReadFilter(const PreviewCorrectionRequest& request) {
  projections::EffectFilter filter;
  GS_ASSIGN_OR_RETURN(const type::v1::YearRange years,
                      ReadCycleEndYears(request.has_cycle_end_years(), request.cycle_end_years()));
  filter.first_year = years.first_year();
  filter.last_year = years.last_year();
  GS_ASSIGN_OR_RETURN(filter.before_standing,
                      ReadStanding(request.before_standing(), "before_standing"));
  GS_ASSIGN_OR_RETURN(filter.after_standing,
                      ReadStanding(request.after_standing(), "after_standing"));
  return filter;
}

// --- The list of what is to be settled.

void FillRuling(const projections::Ruling& ruling,
                const std::vector<domain::ExplanationLine>& lines, Ruling& message) {
  message.set_outcome(ruling.outcome);
  message.set_text(ruling.text);
  FillLines(lines, *message.mutable_lines());
}

ReconsiderationKind ToKind(projections::ReconsiderationKind kind) {
  return static_cast<ReconsiderationKind>(static_cast<int>(kind) + 1);
}

void AddReconsideration(const projections::Reconsideration& found,
                        ListReconsiderationsResponse& response) {
  Reconsideration& message = *response.add_reconsiderations();
  message.set_certificant_id(found.certificant_id);
  message.set_kind(ToKind(found.kind));
  message.set_cycle_end_year(found.cycle_end_year);
  message.set_position(found.position);
  *message.mutable_effective_date() = found.date.ToProto();
  message.mutable_rule_set()->set_name(found.rule_set);
  message.mutable_rule_set()->set_version(found.rule_set_version);
  FillRuling(found.before, found.why.before, *message.mutable_before());
  FillRuling(found.after, found.why.after, *message.mutable_after());
}

absl::StatusOr<Correction> ReadCorrection(const ListReconsiderationsRequest& request,
                                          const projections::BoardFacts& board) {
  if (request.changes().empty() && !request.has_years()) {
    return Correction::SincePublished(board.rulebook, request.name(), request.base_version());
  }
  return Correction::Propose(board.rulebook, request.name(), request.base_version(),
                             ProposedBy(request));
}

}  // namespace

absl::Status AnswerPreview(const ReadSide& side, const PreviewCorrectionRequest& request,
                           const Send<PreviewCorrectionResponse>& send) {
  GS_ASSIGN_OR_RETURN(const domain::Date day,
                      ReadDay(side, request.has_as_of_date(), request.as_of_date(), "as_of_date"));
  GS_ASSIGN_OR_RETURN(const projections::EffectFilter filter, ReadFilter(request));
  GS_ASSIGN_OR_RETURN(const projections::BoardFacts board, side.board.At(side.store.Head()));
  const event::v1::RuleSetCorrected proposed = ProposedBy(request);
  GS_ASSIGN_OR_RETURN(const Correction correction,
                      Correction::Propose(board.rulebook, request.name(), 0, proposed));
  GS_ASSIGN_OR_RETURN(const projections::SweepScope scope,
                      ReadScope(side, request.certificant_ids()));
  projections::PreviewCounts counts;
  GS_RETURN_IF_ERROR(projections::PreviewCorrection(
      side.store, {correction, *board.catalogue, board.position, day}, filter, scope,
      [&](const projections::PreviewBatch& batch) {
        counts.Add(batch.counts);
        return SendItems(batch.effects, counts.certificants, send, AddEffect);
      }));
  PreviewCorrectionResponse last;
  CorrectionSummary& summary = *last.mutable_summary();
  FillSummary(counts, summary);
  summary.set_base_version(correction.base_version());
  summary.set_applied_position(board.position);
  summary.set_preview_digest(PreviewDigest(side.store.Origin(), correction.name(),
                                           board.rulebook->revisions().at(correction.name()).back(),
                                           proposed));
  last.set_certificant_count(counts.certificants);
  send(last);
  return absl::OkStatus();
}

absl::Status AnswerReconsiderations(const ReadSide& side,
                                    const ListReconsiderationsRequest& request,
                                    const Send<ListReconsiderationsResponse>& send) {
  GS_ASSIGN_OR_RETURN(const type::v1::YearRange years,
                      ReadCycleEndYears(request.has_cycle_end_years(), request.cycle_end_years()));
  GS_ASSIGN_OR_RETURN(const projections::BoardFacts board, side.board.At(side.store.Head()));
  GS_ASSIGN_OR_RETURN(const Correction correction, ReadCorrection(request, board));
  GS_ASSIGN_OR_RETURN(const projections::SweepScope scope,
                      ReadScope(side, request.certificant_ids()));
  const domain::Date today = side.time.At(side.clock.Now()).date;
  std::map<ReconsiderationKind, int64_t> counts;
  ListReconsiderationsResponse last;
  GS_RETURN_IF_ERROR(projections::FindReconsiderations(
      side.store, {correction, *board.catalogue, board.position, today}, years, scope,
      [&](const projections::ReconsiderationBatch& batch) {
        for (const projections::Reconsideration& found : batch.found) ++counts[ToKind(found.kind)];
        last.set_certificant_count(last.certificant_count() + batch.certificants);
        return SendItems(batch.found, last.certificant_count(), send, AddReconsideration);
      }));
  ReconsiderationSummary& summary = *last.mutable_summary();
  summary.set_certificant_count(last.certificant_count());
  for (const auto& [kind, count] : counts) {
    ReconsiderationCount& entry = *summary.add_counts();
    entry.set_kind(kind);
    entry.set_count(count);
  }
  summary.set_base_version(correction.base_version());
  summary.set_version(correction.version());
  summary.set_applied_position(board.position);
  send(last);
  return absl::OkStatus();
}

}  // namespace goodstanding::services
