#include "services/rulebook_service.h"

#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "services/correction_answers.h"
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
    message.set_preview_digest(corrected.preview_digest());
  } else {
    message.set_authority(revision.event.rule_set_published().authority());
  }
  return message;
}

absl::Status RuleSets(const ReadSide& side, const ListRuleSetsRequest& request,
                      ListRuleSetsResponse& response) {
  GS_ASSIGN_OR_RETURN(const int size, ReadPageSize(request.page_size(), side.max_page_size));
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
  const auto stream = [&](auto accept, auto answer) {
    loop.Serve(*this, accept, [this, answer](auto& call) {
      const absl::Status turn = call.TakeTurn();
      if (!turn.ok()) return call.Finish(turn);
      StartStream(call, slots_, [this, answer](const auto& request, const auto& send) {
        return answer(side_, request, send);
      });
    });
  };
  stream(&RulebookMethods::RequestPreviewCorrection, AnswerPreview);
  stream(&RulebookMethods::RequestListReconsiderations, AnswerReconsiderations);
}

}  // namespace goodstanding::services
