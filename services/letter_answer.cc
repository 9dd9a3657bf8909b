#include "services/letter_answer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "domain/evaluate.h"
#include "eventstore/note.h"
#include "projections/rows.h"

namespace goodstanding::services {
namespace {

std::string Signed(std::string text, const eventstore::SigningKey& key) {
  eventstore::Note note;
  note.signatures.push_back(key.Sign(text));
  note.text = std::move(text);
  return note.ToText();
}

// What a letter says of a person, without the position by which it is known.
absl::StatusOr<std::string> Answer(const ReadSide& side, const std::string& certificant_id,
                                   domain::Date day, int64_t position) {
  Question question;
  question.day = day;
  question.knowledge.max_position = position;
  question.min_position = position;
  GS_ASSIGN_OR_RETURN(const auto person, PersonFacts::Load(side, certificant_id, question));
  const view::v1::AnswerSpan span = projections::BuildAnswer(person->facts(), day);
  const bool has_cycle = span.cycle_number() != 0;
  return absl::StrCat(
      "log ", side.store.Origin(), "\ncertificant ", person->id(),
      person->id() == certificant_id ? "" : absl::StrCat(" for ", certificant_id), "\ncredentials ",
      span.credentials().empty() ? "none" : absl::StrJoin(span.credentials(), ","), "\nstanding ",
      domain::StandingName(span.standing()), "\ncertified ",
      domain::IsCertified(span.standing()) ? "yes" : "no", "\nas-of ", day.ToString(), "\nrules ",
      has_cycle ? absl::StrCat(span.rule_set_name(), "@", span.rule_set_version()) : "none", "\n");
}

}  // namespace

std::string LetterOrigin(absl::string_view log_origin) {
  return absl::StrCat(log_origin, "/letters");
}

absl::StatusOr<std::unique_ptr<const eventstore::SigningKey>> OpenLetterKey(
    const std::string& path, absl::string_view log_origin, eventstore::RandomSource& random) {
  constexpr auto kType = eventstore::NoteKeyType::kEd25519;
  const std::string name = LetterOrigin(log_origin);
  GS_ASSIGN_OR_RETURN(eventstore::SigningKeys keys,
                      eventstore::ReadOrCreateSigningKeys(path, name, kType, random));
  if (keys.front()->public_key().name != name) {
    GS_ASSIGN_OR_RETURN(keys, eventstore::PutSigningKeyFirst(path, name, kType, random));
  }
  return std::move(keys.front());
}

absl::Status AnswerLetter(const ReadSide& side, const eventstore::SigningKey& key,
                          const api::v1::GetVerificationLetterRequest& request,
                          api::v1::GetVerificationLetterResponse& response) {
  GS_ASSIGN_OR_RETURN(const domain::Date day,
                      ReadDay(side, request.has_as_of_date(), request.as_of_date(), "as_of_date"));
  const int64_t head = side.store.Head();
  int64_t position = head;
  if (request.position() != 0) {
    api::v1::KnownAt known_at;
    known_at.set_position(request.position());
    GS_RETURN_IF_ERROR(ReadKnownAt(side, known_at, "known_at").status());
    position = request.position();
  }
  const std::string& id = request.certificant_id();
  GS_ASSIGN_OR_RETURN(const std::string then, Answer(side, id, day, position));
  GS_ASSIGN_OR_RETURN(const std::string now, Answer(side, id, day, head));
  const std::string core = Signed(
      absl::StrCat("goodstanding verification/v1\n", then, "position ", position, "\n"), key);
  response.set_core(core);
  response.set_letter(Signed(
      absl::StrCat("goodstanding letter/v1\nanswered ",
                   absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", side.clock.Now(), absl::UTCTimeZone()),
                   "\nhead ", head, "\nchanged ", then == now ? "no" : "yes", "\n\n", core),
      key));
  response.set_verifier_key(key.public_key().ToText());
  return absl::OkStatus();
}

}  // namespace goodstanding::services
