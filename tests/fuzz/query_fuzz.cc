// Questions about one person and about everybody, from the bytes of their requests: resolved, and
// answered by replaying the stream and evaluating it.
#include <cstddef>
#include <cstdint>

#include "domain/evaluate.h"
#include "domain/explain.h"
#include "domain/timeline.h"
#include "goodstanding/api/v1/query_service.pb.h"
#include "google/protobuf/stubs/logging.h"
#include "projections/replay.h"
#include "services/board_time.h"
#include "services/inquiry.h"
#include "services/paging.h"
#include "tests/fuzz/board.h"

namespace goodstanding {
namespace {

using namespace api::v1;  // NOLINT: the requests, by name.
using fuzzing::Accepted;

void AskAboutPerson(const services::ReadSide& side, const ExplainStandingRequest& request) {
  const auto question = services::ReadQuestion(side, request.perspective(), request.freshness());
  if (!Accepted(question.status())) return;
  const auto person = services::PersonFacts::Load(side, request.certificant_id(), *question);
  if (!Accepted(person.status())) return;
  const domain::Facts facts = (*person)->facts();
  const domain::Cutoff cutoff = domain::Cutoff::EndOf(question->day);
  (void)domain::Explain(facts, domain::Evaluate(facts, cutoff));
  (void)domain::BuildTimeline(facts);
}

void AskAboutAll(const services::ReadSide& side, const ListGoodStandingRequest& request) {
  (void)Accepted(
      services::ReadDay(side, request.has_as_of_date(), request.as_of_date(), "as_of_date")
          .status());
  (void)Accepted(services::ReadKnownAt(side, request.known_at(), "known_at").status());
  (void)Accepted(services::ReadPageSize(request.page_size()).status());
  (void)Accepted(services::NeededPosition(side, request.freshness()).status());
  (void)Accepted(services::PageTokens(side.keys, "list").Read(request.page_token()).status());
}

}  // namespace
}  // namespace goodstanding

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);  // It complains of every text that is not UTF-8.
  return 0;
}

// The input as the request of each.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const board = new goodstanding::fuzzing::Board;
  const goodstanding::services::ReadSide side = board->side();
  goodstanding::api::v1::ExplainStandingRequest about_person;
  if (about_person.ParseFromArray(data, static_cast<int>(size))) {
    goodstanding::AskAboutPerson(side, about_person);
  }
  goodstanding::api::v1::ListGoodStandingRequest about_all;
  if (about_all.ParseFromArray(data, static_cast<int>(size))) {
    goodstanding::AskAboutAll(side, about_all);
  }
  return 0;
}
