#include "services/query_service.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/accounts.h"
#include "domain/deadlines.h"
#include "domain/explain.h"
#include "domain/refusal.h"
#include "domain/text.h"
#include "domain/timeline.h"
#include "eventstore/seal.h"
#include "google/protobuf/arena.h"
#include "projections/account_streams.h"
#include "projections/codec.h"
#include "services/answers.h"
#include "services/paging.h"

namespace goodstanding::services {
namespace {

using namespace api::v1;  // NOLINT: the requests and responses, by name.

using domain::Date;
using projections::FindAnswer;
using projections::FindStanding;
using view::v1::CertificantRow;

// Answers a call on the worker once the views are as fresh as it asks.
template <typename Call>
void WhenFreshOnWorker(const ReadSide& side, Worker& worker, Call& call, const Freshness& freshness,
                       std::function<absl::Status(Call&)> answer) {
  const absl::StatusOr<int64_t> needed = NeededPosition(side, freshness);
  if (!needed.ok()) return call.Finish(needed.status());
  side.projector.WhenApplied(
      *needed, [&worker, &call, answer = std::move(answer)](const absl::Status& applied) {
        if (!applied.ok()) return call.Finish(applied);
        const absl::Status queued = worker.Run(
            [&call, answer] { call.FinishInTime([&call, &answer] { return answer(call); }); });
        if (!queued.ok()) call.Finish(queued);
      });
}

// A certificant's row. It has many small parts, which lie together, so that reading it is fast.
class ViewedRow {
 public:
  ViewedRow() : arena_(block_, sizeof(block_)) {}

  // False where the views have no row of the person, or none yet that is as fresh as asked: then
  // the stream has to be evaluated. Of a merged account the row is the survivor's.
  absl::StatusOr<bool> Read(const ReadSide& side, const std::string& certificant_id,
                            int64_t min_position) {
    GS_RETURN_IF_ERROR(domain::CheckId(certificant_id, "certificant_id"));
    id_ = certificant_id;
    GS_ASSIGN_OR_RETURN(const bool found, ReadOne(side, id_, min_position));
    if (!found || row_.survivor_id().empty()) return found;
    id_ = row_.survivor_id();
    merged_ = ToMergedId(certificant_id, id_, row_.merged_position());
    row_.Clear();
    return ReadOne(side, id_, min_position);
  }

  // Whose row it is.
  const std::string& id() const { return id_; }
  // As PersonFacts.
  template <typename Message>
  void TellMerged(Message& answer) const {
    if (merged_.has_value()) *answer.mutable_merged() = *merged_;
  }
  const CertificantRow& row() const { return row_; }
  // Last log position that the row rests on.
  int64_t position() const { return position_; }
  // Generation of the views that it is of.
  int32_t generation() const { return static_cast<int32_t>(generation_); }

 private:
  absl::StatusOr<bool> ReadOne(const ReadSide& side, const std::string& certificant_id,
                               int64_t min_position) {
    position_ = side.projector.AppliedPosition();
    GS_ASSIGN_OR_RETURN(const bool found, side.views.Read(certificant_id, row_, &generation_));
    if (!found) return false;
    if (position_ < min_position) {
      GS_ASSIGN_OR_RETURN(const bool current, IsCurrent(side, certificant_id, min_position));
      if (!current) return false;
      position_ = min_position;
    }
    position_ = std::max(position_, row_.position());
    return true;
  }

  // Whether nothing of what the views lack concerns the person.
  absl::StatusOr<bool> IsCurrent(const ReadSide& side, const std::string& certificant_id,
                                 int64_t min_position) const {
    GS_ASSIGN_OR_RETURN(const projections::BoardFacts board, side.board.At(min_position));
    if (board.changed > position_) return false;
    GS_ASSIGN_OR_RETURN(const int64_t version,
                        side.store.StreamVersion(projections::CertificantStream(certificant_id)));
    return row_.version() == version;
  }

  alignas(std::max_align_t) char block_[16 << 10];
  google::protobuf::Arena arena_;
  CertificantRow& row_ = *google::protobuf::Arena::CreateMessage<CertificantRow>(&arena_);
  std::string id_;
  std::optional<api::v1::MergedId> merged_;
  int64_t position_ = 0;
  uint32_t generation_ = 0;
};

// --- One person.

absl::Status Standing(const ReadSide& side, const GetStandingRequest& request,
                      StandingAnswer& answer) {
  GS_ASSIGN_OR_RETURN(const Question question,
                      ReadQuestion(side, request.perspective(), request.freshness()));
  const std::string& id = request.certificant_id();
  if (question.plain()) {
    ViewedRow viewed;
    GS_ASSIGN_OR_RETURN(const bool found, viewed.Read(side, id, question.min_position));
    const view::v1::AnswerSpan* const span =
        found ? FindAnswer(viewed.row(), question.day) : nullptr;
    if (span != nullptr) {
      FillAnswer(viewed.id(), question.day, span, viewed.position(), answer);
      viewed.TellMerged(answer);
      answer.set_view_generation(viewed.generation());
      return absl::OkStatus();
    }
  }
  GS_ASSIGN_OR_RETURN(const auto person, PersonFacts::Load(side, id, question));
  const view::v1::AnswerSpan span = projections::BuildAnswer(person->facts(), question.day);
  FillAnswer(person->id(), question.day, &span, person->position(), answer);
  person->TellMerged(answer);
  return absl::OkStatus();
}

absl::Status Explain(const ReadSide& side, const ExplainStandingRequest& request,
                     ExplainStandingResponse& response) {
  GS_ASSIGN_OR_RETURN(const Question question,
                      ReadQuestion(side, request.perspective(), request.freshness()));
  GS_ASSIGN_OR_RETURN(const auto person,
                      PersonFacts::Load(side, request.certificant_id(), question));
  const view::v1::AnswerSpan span = projections::BuildAnswer(person->facts(), question.day);
  FillAnswer(person->id(), question.day, &span, person->position(), *response.mutable_answer());
  person->TellMerged(*response.mutable_answer());
  const domain::Evaluation evaluation =
      domain::Evaluate(person->facts(), domain::Cutoff::EndOf(question.day));
  for (const domain::ExplanationLine& line : domain::Explain(person->facts(), evaluation)) {
    *response.add_lines() = ToLine(line);
  }
  return absl::OkStatus();
}

absl::Status Timeline(const ReadSide& side, const GetTimelineRequest& request,
                      GetTimelineResponse& response) {
  if (request.perspective().has_as_of_date()) {
    return domain::Refuse("INVALID_ARGUMENT",
                          "perspective.as_of_date must be absent: a timeline has every day.",
                          "perspective.as_of_date");
  }
  GS_ASSIGN_OR_RETURN(const Question question,
                      ReadQuestion(side, request.perspective(), request.freshness()));
  if (question.plain()) {
    ViewedRow viewed;
    GS_ASSIGN_OR_RETURN(const bool found,
                        viewed.Read(side, request.certificant_id(), question.min_position));
    if (found) {
      FillTimeline(viewed.row(), response);
      viewed.TellMerged(response);
      response.set_applied_position(viewed.position());
      response.set_view_generation(viewed.generation());
      return absl::OkStatus();
    }
  }
  GS_ASSIGN_OR_RETURN(const auto person,
                      PersonFacts::Load(side, request.certificant_id(), question));
  FillTimeline(domain::BuildTimeline(person->facts()), response);
  person->TellMerged(response);
  response.set_applied_position(person->position());
  return absl::OkStatus();
}

absl::Status Transcript(const ReadSide& side, const GetTranscriptRequest& request,
                        GetTranscriptResponse& response) {
  GS_ASSIGN_OR_RETURN(const Question question,
                      ReadQuestion(side, request.perspective(), request.freshness()));
  GS_ASSIGN_OR_RETURN(const auto person,
                      PersonFacts::Load(side, request.certificant_id(), question));
  response.set_applied_position(person->position());
  person->TellMerged(response);
  const domain::Cutoff cutoff = domain::Cutoff::EndOf(question.day);
  const domain::Career career = domain::CareerAt(person->facts(), cutoff);
  int index = career.CurrentCycle(question.day);
  if (request.cycle_end_year() != 0) {
    index = static_cast<int>(career.cycles.size()) - 1;
    while (index >= 0 &&
           career.cycles[static_cast<size_t>(index)].end_year != request.cycle_end_year()) {
      --index;
    }
    if (index < 0) {
      return domain::Refuse(
          "CYCLE_NOT_FOUND",
          absl::StrCat("No cycle of the person ends in ", request.cycle_end_year(), "."),
          "cycle_end_year", {{"cycleEndYear", absl::StrCat(request.cycle_end_year())}});
    }
  }
  if (index < 0) return absl::OkStatus();
  const auto cycle_index = static_cast<size_t>(index);
  *response.mutable_cycle() = ToCycle(career.cycles[cycle_index]);
  FillTranscript(domain::EvaluateRenewal(person->facts(), career, cycle_index, cutoff), response);
  return absl::OkStatus();
}

absl::Status Account(const ReadSide& side, const GetAccountRequest& request,
                     GetAccountResponse& response) {
  GS_ASSIGN_OR_RETURN(const Question question,
                      ReadQuestion(side, request.perspective(), request.freshness()));
  GS_ASSIGN_OR_RETURN(const auto person,
                      PersonFacts::Load(side, request.certificant_id(), question));
  FillAccount(person->facts(),
              domain::Evaluate(person->facts(), domain::Cutoff::EndOf(question.day)), response);
  person->TellMerged(response);
  response.set_applied_position(person->position());
  return absl::OkStatus();
}

Deadline ToDeadline(const domain::Deadline& deadline) {
  Deadline message;
  message.set_kind(static_cast<DeadlineKind>(static_cast<int>(deadline.kind) + 1));
  *message.mutable_date() = deadline.date.ToProto();
  if (deadline.earliest) *message.mutable_earliest_date() = deadline.earliest->ToProto();
  if (deadline.minute_of_day) message.set_minute_of_day(*deadline.minute_of_day);
  message.set_text(deadline.text);
  message.set_source_heading(deadline.source_heading);
  return message;
}

absl::Status Deadlines(const ReadSide& side, const GetDeadlinesRequest& request,
                       GetDeadlinesResponse& response) {
  GS_ASSIGN_OR_RETURN(const Question question,
                      ReadQuestion(side, request.perspective(), request.freshness()));
  GS_ASSIGN_OR_RETURN(const auto person,
                      PersonFacts::Load(side, request.certificant_id(), question));
  const domain::Evaluation evaluation =
      domain::Evaluate(person->facts(), domain::Cutoff::EndOf(question.day));
  for (const domain::Deadline& deadline : domain::DeadlinesAt(person->facts(), evaluation)) {
    *response.add_deadlines() = ToDeadline(deadline);
  }
  person->TellMerged(response);
  response.set_applied_position(person->position());
  return absl::OkStatus();
}

// --- Name and contact.

// Takes what an event says of name and contact, opened.
void TakeProfile(const event::v1::CertificantEvent& event, GetCertificantResponse& response) {
  if (event.has_certificant_registered()) {
    response.set_name(event.certificant_registered().name());
    response.set_email(event.certificant_registered().email());
  } else if (event.has_profile_changed()) {
    response.set_name(event.profile_changed().name());
  } else if (event.has_contact_changed()) {
    const auto& contact = event.contact_changed();
    if (!contact.email().empty()) response.set_email(contact.email());
    if (!contact.postal_address().empty()) response.set_postal_address(contact.postal_address());
  }
}

// Name and contact of a person, from the stream, and from those of accounts that were merged into
// it as far as they were changed there since.
absl::Status Profile(const ReadSide& side, const std::string& certificant_id,
                     GetCertificantResponse& response) {
  GS_ASSIGN_OR_RETURN(domain::CertificantState state,
                      projections::LoadCertificant(side.store, certificant_id, {}));
  if (state.version == 0) return CertificantNotFound(certificant_id);
  std::string id = certificant_id;
  if (!state.survivor_id.empty()) {
    id = state.survivor_id;
    *response.mutable_merged() = ToMergedId(certificant_id, id, state.merged_position);
    GS_ASSIGN_OR_RETURN(state, projections::LoadCertificant(side.store, id, {}));
  }
  std::map<int64_t, event::v1::CertificantEvent> told;  // By position.
  const auto take = [&](const eventstore::Record& record) -> absl::Status {
    if (!projections::TellsProfile(state, id, record)) return absl::OkStatus();
    GS_ASSIGN_OR_RETURN(event::v1::CertificantEvent event, projections::DecodeCertificant(record));
    GS_RETURN_IF_ERROR(
        eventstore::OpenPersonalFields(side.keys, record.stream(), record.kind(), &event).status());
    told.emplace(record.position(), std::move(event));
    return absl::OkStatus();
  };
  for (const std::string& stream : projections::StreamsOf(state, id)) {
    GS_RETURN_IF_ERROR(side.store.VisitStream(stream, take));
  }
  for (const auto& [position, event] : told) TakeProfile(event, response);
  for (std::string& account : domain::AccountIds(state)) {
    response.add_merged_certificant_ids(std::move(account));
  }
  std::sort(response.mutable_merged_certificant_ids()->begin(),
            response.mutable_merged_certificant_ids()->end());
  response.set_certificant_id(id);
  response.set_version(state.version);
  response.set_erasure(state.erasure.stage);
  if (state.erasure.stage >= type::v1::ERASURE_STAGE_SCHEDULED) {
    *response.mutable_erasure_due_date() = state.erasure.due.ToProto();
  }
  response.set_applied_position(side.store.Head());
  return absl::OkStatus();
}

absl::Status Certificant(const ReadSide& side, const GetCertificantRequest& request,
                         GetCertificantResponse& response) {
  if (request.whom_case() == GetCertificantRequest::kCertificantId) {
    GS_RETURN_IF_ERROR(domain::CheckId(request.certificant_id(), "certificant_id"));
    return Profile(side, request.certificant_id(), response);
  }
  GS_RETURN_IF_ERROR(domain::CheckEmail(request.email(), "email"));
  GS_ASSIGN_OR_RETURN(const std::vector<std::string> streams,
                      side.keys.FindLookup(request.email()));
  std::set<std::string> also;
  for (const std::string& stream : streams) {
    const auto id = projections::StreamId(stream, projections::kCertificantPrefix);
    // A look-up can be ahead of the log: its person may never have been recorded.
    GetCertificantResponse found;
    if (!id || !Profile(side, std::string(*id), found).ok()) continue;
    if (response.certificant_id().empty()) {
      response = std::move(found);
    } else if (found.certificant_id() != response.certificant_id()) {
      also.insert(found.certificant_id());
    }
  }
  for (const std::string& id : also) response.add_also_certificant_ids(id);
  if (!response.certificant_id().empty()) return absl::OkStatus();
  return domain::Refuse("CERTIFICANT_NOT_FOUND", "No certificant has this e-mail address on file.",
                        "email");
}

// --- Lists.

// Says which rows a list rests on. The position can be older than those, never newer.
template <typename Response>
void SetPoint(const projections::ViewPoint& point, Response& response) {
  response.set_applied_position(point.position);
  response.set_view_generation(static_cast<int32_t>(point.generation));
}

struct PageRequest {
  int size = 0;
  std::string after;
};

absl::StatusOr<PageRequest> ReadPage(const ReadSide& side, const PageTokens& tokens,
                                     int32_t page_size, const std::string& page_token) {
  PageRequest page;
  GS_ASSIGN_OR_RETURN(page.size, ReadPageSize(page_size, side.max_page_size));
  GS_ASSIGN_OR_RETURN(page.after, tokens.Read(page_token));
  return page;
}

// The request without its page, as the text that must be equal between pages.
template <typename Request>
std::string Unpaged(Request request) {
  request.clear_page_size();
  request.clear_page_token();
  return absl::StrCat(Request::descriptor()->full_name(), "\n", request.SerializeAsString());
}

void FillEntry(absl::string_view id, const view::v1::StandingSpan& span, GoodStandingEntry& entry) {
  entry.set_certificant_id(id.data(), id.size());
  entry.set_standing(span.standing());
  *entry.mutable_credentials() = span.credentials();
  *entry.mutable_cycle_end_date() = Date::FromNumber(span.cycle_last_day()).ToProto();
}

absl::Status GoodStanding(const ReadSide& side, const ListGoodStandingRequest& request,
                          ListGoodStandingResponse& response) {
  const PageTokens tokens(side.keys, Unpaged(request));
  GS_ASSIGN_OR_RETURN(const PageRequest page,
                      ReadPage(side, tokens, request.page_size(), request.page_token()));
  GS_ASSIGN_OR_RETURN(const Date day,
                      ReadDay(side, request.has_as_of_date(), request.as_of_date(), "as_of_date"));
  const auto visit = [&](absl::string_view id, const view::v1::StandingSpan& span) {
    if (!domain::IsCertified(span.standing())) return true;
    if (response.entries_size() == page.size) {
      response.set_next_page_token(tokens.Make(response.entries(page.size - 1).certificant_id()));
      return false;
    }
    FillEntry(id, span, *response.add_entries());
    return true;
  };
  projections::ViewPoint point;
  GS_RETURN_IF_ERROR(side.views.ScanStandings(page.after, day, visit, &point));
  SetPoint(point, response);
  return absl::OkStatus();
}

// The same as known at a moment: every stream is replayed.
absl::Status GoodStandingAsKnown(const ReadSide& side, const ListGoodStandingRequest& request,
                                 ListGoodStandingResponse& response) {
  const PageTokens tokens(side.keys, Unpaged(request));
  GS_ASSIGN_OR_RETURN(const PageRequest page,
                      ReadPage(side, tokens, request.page_size(), request.page_token()));
  Question question;
  GS_ASSIGN_OR_RETURN(question.day,
                      ReadDay(side, request.has_as_of_date(), request.as_of_date(), "as_of_date"));
  GS_ASSIGN_OR_RETURN(question.knowledge, ReadKnownAt(side, request.known_at(), "known_at"));
  response.set_applied_position(side.projector.AppliedPosition());
  std::vector<std::string> ids;
  GS_RETURN_IF_ERROR(side.views.Scan(page.after, [&](absl::string_view id, const CertificantRow&) {
    ids.emplace_back(id);
    return true;
  }));
  for (const std::string& id : ids) {
    GS_ASSIGN_OR_RETURN(const auto person, PersonFacts::Load(side, id, question));
    const view::v1::AnswerSpan span = projections::BuildAnswer(person->facts(), question.day);
    if (!domain::IsCertified(span.standing())) continue;
    if (response.entries_size() == page.size) {
      response.set_next_page_token(tokens.Make(response.entries(page.size - 1).certificant_id()));
      return absl::OkStatus();
    }
    GoodStandingEntry& entry = *response.add_entries();
    entry.set_certificant_id(id);
    entry.set_standing(span.standing());
    *entry.mutable_credentials() = span.credentials();
    *entry.mutable_cycle_end_date() = Date::FromNumber(span.cycle_last_day()).ToProto();
  }
  return absl::OkStatus();
}

bool CanStillBeRenewed(type::v1::Standing standing) {
  return standing != type::v1::STANDING_EXPIRED && standing != type::v1::STANDING_REVOKED &&
         standing != type::v1::STANDING_SURRENDERED && standing != type::v1::STANDING_NOT_CERTIFIED;
}

absl::Status Due(const ReadSide& side, const ListDueRequest& request, ListDueResponse& response) {
  const PageTokens tokens(side.keys, Unpaged(request));
  GS_ASSIGN_OR_RETURN(const PageRequest page,
                      ReadPage(side, tokens, request.page_size(), request.page_token()));
  GS_ASSIGN_OR_RETURN(const Date day,
                      ReadDay(side, request.has_as_of_date(), request.as_of_date(), "as_of_date"));
  if (request.year() < 1900 || request.year() > 9999) {
    return domain::Refuse("INVALID_ARGUMENT", "year must be 1900 to 9999.", "year");
  }
  const auto visit = [&](absl::string_view id, const CertificantRow& row) {
    const view::v1::StandingSpan* const span = FindStanding(row, day);
    if (span == nullptr || span->cycle_end_year() != request.year() || span->renewed() ||
        !CanStillBeRenewed(span->standing())) {
      return true;
    }
    if (response.entries_size() == page.size) {
      response.set_next_page_token(tokens.Make(response.entries(page.size - 1).certificant_id()));
      return false;
    }
    const view::v1::AnswerSpan* const answer = FindAnswer(row, day);
    DueEntry& entry = *response.add_entries();
    entry.set_certificant_id(std::string(id));
    entry.set_standing(span->standing());
    *entry.mutable_cycle_end_date() = Date::FromNumber(span->cycle_last_day()).ToProto();
    entry.set_complete(answer != nullptr && answer->complete());
    return true;
  };
  // The index knows the days from each person's last fact on; earlier ones are in all rows.
  const bool past = day < side.time.At(side.clock.Now()).date;
  projections::ViewPoint point;
  GS_RETURN_IF_ERROR(past ? side.views.Scan(page.after, visit, &point)
                          : side.views.ScanDue(request.year(), page.after, visit, &point));
  SetPoint(point, response);
  return absl::OkStatus();
}

// --- The catalogue.

absl::Status OneActivity(const ReadSide& side, const GetActivityRequest& request,
                         GetActivityResponse& response) {
  GS_RETURN_IF_ERROR(domain::CheckId(request.activity_id(), "activity_id"));
  GS_ASSIGN_OR_RETURN(const projections::BoardFacts board, side.board.At(side.store.Head()));
  const domain::CatalogueEntry* const entry = board.catalogue->Find(request.activity_id());
  const domain::Cutoff today = domain::Cutoff::EndOf(side.time.At(side.clock.Now()).date);
  if (entry != nullptr && FillActivity(*entry, today, *response.mutable_activity())) {
    return absl::OkStatus();
  }
  return domain::Refuse("ACTIVITY_NOT_FOUND",
                        absl::StrCat("The catalogue has no activity ", request.activity_id(), "."),
                        "activity_id", {{"activityId", request.activity_id()}});
}

absl::Status Activities(const ReadSide& side, const ListActivitiesRequest& request,
                        ListActivitiesResponse& response) {
  const PageTokens tokens(side.keys, Unpaged(request));
  GS_ASSIGN_OR_RETURN(const PageRequest page,
                      ReadPage(side, tokens, request.page_size(), request.page_token()));
  GS_ASSIGN_OR_RETURN(const projections::BoardFacts board, side.board.At(side.store.Head()));
  const domain::Cutoff today = domain::Cutoff::EndOf(side.time.At(side.clock.Now()).date);
  const auto& entries = board.catalogue->entries();
  for (auto entry = entries.upper_bound(page.after); entry != entries.end(); ++entry) {
    Activity activity;
    if (!FillActivity(entry->second, today, activity)) continue;
    if (response.activities_size() == page.size) {
      response.set_next_page_token(tokens.Make(response.activities(page.size - 1).activity_id()));
      return absl::OkStatus();
    }
    *response.add_activities() = std::move(activity);
  }
  return absl::OkStatus();
}

}  // namespace

void ServeQueries(Loop& loop, QueryService::AsyncService& service, const ReadSide& side,
                  Worker& worker) {
  using Service = QueryService::AsyncService;
  // Answered on the loop's thread. The long-running are brought to the worker below.
  const auto quick = [&](auto accept, auto answer) {
    loop.Serve(service, accept, [&side, answer](auto& call) {
      call.Finish(answer(side, call.request(), call.response()));
    });
  };
  const auto slow = [&](auto accept, auto answer) {
    loop.Serve(service, accept, [&side, &worker, answer](auto& call) {
      using Call = std::remove_reference_t<decltype(call)>;
      WhenFreshOnWorker<Call>(
          side, worker, call, call.request().freshness(),
          [&side, answer](Call& fresh) { return answer(side, fresh.request(), fresh.response()); });
    });
  };
  const auto standing = [](const ReadSide& s, const GetStandingRequest& request,
                           GetStandingResponse& response) {
    return Standing(s, request, *response.mutable_answer());
  };
  quick(&Service::RequestGetStanding, standing);
  quick(&Service::RequestExplainStanding, Explain);
  quick(&Service::RequestGetTimeline, Timeline);
  quick(&Service::RequestGetTranscript, Transcript);
  quick(&Service::RequestGetAccount, Account);
  quick(&Service::RequestGetDeadlines, Deadlines);
  slow(&Service::RequestListDue, Due);
  slow(&Service::RequestListGoodStanding,
       [](const ReadSide& s, const ListGoodStandingRequest& request,
          ListGoodStandingResponse& response) {
         return request.has_known_at() ? GoodStandingAsKnown(s, request, response)
                                       : GoodStanding(s, request, response);
       });
  quick(&Service::RequestGetCertificant, Certificant);
  quick(&Service::RequestGetActivity, OneActivity);
  quick(&Service::RequestListActivities, Activities);
}

}  // namespace goodstanding::services
