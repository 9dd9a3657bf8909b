#include "services/rulebook_service.h"

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "projections/preview.h"
#include "services/paging.h"

namespace goodstanding::services {
namespace {

using namespace api::v1;  // NOLINT: the requests and responses, by name.

absl::Status RuleSetNotFound(const std::string& name, int64_t version) {
  return domain::Refuse("RULE_SET_NOT_FOUND",
                        absl::StrCat("No version ", version, " of a rule set named ", name,
                                     " is published (0 asks for the newest)."),
                        "name", {{"name", name}, {"version", absl::StrCat(version)}});
}

absl::Status RuleSet(const ReadSide& side, const GetRuleSetRequest& request,
                     GetRuleSetResponse& response) {
  GS_ASSIGN_OR_RETURN(const projections::BoardFacts board, side.board.At(side.store.Head()));
  const auto found = board.rulebook->revisions().find(request.name());
  if (found == board.rulebook->revisions().end()) {
    return RuleSetNotFound(request.name(), request.version());
  }
  const auto& revisions = found->second;
  const int64_t version =
      request.version() == 0 ? static_cast<int64_t>(revisions.size()) : request.version();
  if (version < 1 || version > static_cast<int64_t>(revisions.size())) {
    return RuleSetNotFound(request.name(), request.version());
  }
  response.set_version(version);
  if (request.year() == 0) {
    *response.mutable_rule_set() = revisions[0].event.rule_set_published().rule_set();
    return absl::OkStatus();
  }
  for (const auto& segment : revisions[static_cast<size_t>(version - 1)].segments) {
    if (segment.first_year <= request.year() && request.year() <= segment.last_year) {
      *response.mutable_rule_set() = segment.rule_set;
      return absl::OkStatus();
    }
  }
  return domain::Refuse("RULE_SET_NOT_FOUND",
                        absl::StrCat(request.name(), " does not govern ", request.year(), "."),
                        "year", {{"year", absl::StrCat(request.year())}});
}

RuleSetRevision ToRevision(const std::string& name, const domain::RuleSetRevision& revision) {
  RuleSetRevision message;
  message.mutable_rule_set()->set_name(name);
  message.mutable_rule_set()->set_version(revision.version);
  message.set_position(revision.position);
  if (revision.event.has_rule_set_corrected()) {
    const auto& corrected = revision.event.rule_set_corrected();
    *message.mutable_years() = corrected.years();
    *message.mutable_changes() = corrected.changes();
    message.set_reason(corrected.reason());
    message.set_authority(corrected.authority());
  } else {
    message.set_authority(revision.event.rule_set_published().authority());
  }
  return message;
}

absl::Status RuleSets(const ReadSide& side, const ListRuleSetsRequest& request,
                      ListRuleSetsResponse& response) {
  GS_ASSIGN_OR_RETURN(const int size, ReadPageSize(request.page_size()));
  const PageTokens tokens(side.keys, "rule sets");
  GS_ASSIGN_OR_RETURN(const std::string last, tokens.Read(request.page_token()));
  int64_t skip = 0;
  if (!last.empty() && !absl::SimpleAtoi(last, &skip)) skip = 0;
  int64_t number = 0;
  GS_ASSIGN_OR_RETURN(const projections::BoardFacts board, side.board.At(side.store.Head()));
  for (const auto& [name, revisions] : board.rulebook->revisions()) {
    for (const domain::RuleSetRevision& revision : revisions) {
      if (++number <= skip) continue;
      if (response.revisions_size() == size) {
        response.set_next_page_token(tokens.Make(absl::StrCat(number - 1)));
        return absl::OkStatus();
      }
      *response.add_revisions() = ToRevision(name, revision);
    }
  }
  return absl::OkStatus();
}

absl::Status Validate(const ReadSide&, const ValidateRuleSetRequest& request,
                      ValidateRuleSetResponse& response) {
  for (std::string& fault : domain::ValidateRuleSet(request.rule_set())) {
    response.add_faults(std::move(fault));
  }
  return absl::OkStatus();
}

// The rulebook with a proposed correction on top.
absl::StatusOr<domain::Rulebook> Propose(const domain::Rulebook& rulebook,
                                         const PreviewCorrectionRequest& request) {
  event::v1::RuleSetCorrected proposed;
  *proposed.mutable_years() = request.years();
  *proposed.mutable_changes() = request.changes();
  GS_ASSIGN_OR_RETURN(const event::v1::RuleSetEvent event,
                      rulebook.DecideCorrect(request.name(), 0, proposed));
  domain::Rulebook corrected = rulebook;
  GS_RETURN_IF_ERROR(corrected.Apply(0, 0, event));
  return corrected;
}

absl::Status Preview(const ReadSide& side, const PreviewCorrectionRequest& request,
                     const Send<PreviewCorrectionResponse>& send) {
  GS_ASSIGN_OR_RETURN(const domain::Date day,
                      ReadDay(side, request.has_as_of_date(), request.as_of_date(), "as_of_date"));
  GS_ASSIGN_OR_RETURN(const projections::BoardFacts board, side.board.At(side.store.Head()));
  GS_ASSIGN_OR_RETURN(const domain::Rulebook corrected, Propose(*board.rulebook, request));
  PreviewCorrectionResponse last;
  CorrectionSummary& summary = *last.mutable_summary();
  std::map<std::pair<int, int>, int64_t> transitions;
  bool gone = false;
  GS_RETURN_IF_ERROR(projections::PreviewCorrection(
      side.store, *board.catalogue, board.rulebook->Newest(), corrected.Newest(), day,
      [&](absl::string_view id, const domain::Evaluation& before, const domain::Evaluation& after,
          const std::vector<projections::FigureDifference>& differences) {
        summary.set_certificant_count(summary.certificant_count() + 1);
        if (differences.empty()) return true;
        summary.set_changed_count(summary.changed_count() + 1);
        ++transitions[{before.standing, after.standing}];
        PreviewCorrectionResponse response;
        response.mutable_effect()->set_certificant_id(std::string(id));
        for (const auto& difference : differences) {
          ChangedFigure& change = *response.mutable_effect()->add_changes();
          change.set_figure(difference.figure);
          change.set_before(difference.before);
          change.set_after(difference.after);
        }
        gone = !send(response);
        return !gone;
      }));
  if (gone) return absl::CancelledError("the caller has gone");
  for (const auto& [standings, count] : transitions) {
    StandingTransition& transition = *summary.add_transitions();
    transition.set_before(static_cast<type::v1::Standing>(standings.first));
    transition.set_after(static_cast<type::v1::Standing>(standings.second));
    transition.set_certificant_count(count);
  }
  summary.set_base_version(
      static_cast<int64_t>(board.rulebook->revisions().at(request.name()).size()));
  summary.set_applied_position(board.position);
  send(last);
  return absl::OkStatus();
}

}  // namespace

void RulebookMethods::ServeReads(Loop& loop) {
  const auto serve = [&](auto accept, auto answer) {
    loop.Serve(*this, accept, [this, answer](auto& call) {
      call.Finish(answer(side_, call.request(), call.response()));
    });
  };
  serve(&RulebookMethods::RequestValidateRuleSet, Validate);
  serve(&RulebookMethods::RequestGetRuleSet, RuleSet);
  serve(&RulebookMethods::RequestListRuleSets, RuleSets);
  loop.Serve(*this, &RulebookMethods::RequestPreviewCorrection, [this](auto& call) {
    StartStream(call, slots_, [this](const auto& request, const auto& send) {
      return Preview(side_, request, send);
    });
  });
}

}  // namespace goodstanding::services
