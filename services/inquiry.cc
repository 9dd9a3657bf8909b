#include "services/inquiry.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "domain/refusal.h"
#include "domain/text.h"
#include "projections/codec.h"

namespace goodstanding::services {
namespace {

using domain::Refuse;

absl::Status BeyondHead(absl::string_view field, int64_t position, int64_t head) {
  return Refuse("POSITION_BEYOND_HEAD",
                absl::StrCat("The log ends at position ", head, "; ", position, " lies beyond it."),
                field, {{"position", absl::StrCat(position)}, {"head", absl::StrCat(head)}});
}

}  // namespace

absl::StatusOr<domain::Date> ReadDay(const ReadSide& side, bool present,
                                     const type::v1::CivilDate& date, absl::string_view field) {
  if (!present) return side.time.At(side.clock.Now()).date;
  const auto day = domain::Date::FromProto(date);
  if (day) return *day;
  return Refuse("INVALID_ARGUMENT",
                absl::StrCat(field, " must be a day of the calendar, years 1900 to 9999."), field);
}

absl::StatusOr<domain::Knowledge> ReadKnownAt(const ReadSide& side,
                                              const api::v1::KnownAt& known_at,
                                              const std::string& field) {
  domain::Knowledge knowledge;
  switch (known_at.bound_case()) {
    case api::v1::KnownAt::kTime: {
      GS_ASSIGN_OR_RETURN(const absl::Time time,
                          FromTimestamp(known_at.time(), absl::StrCat(field, ".time")));
      knowledge.max_recorded_micros = absl::ToUnixMicros(time);
      return knowledge;
    }
    case api::v1::KnownAt::kDate: {
      GS_ASSIGN_OR_RETURN(const domain::Date day,
                          ReadDay(side, true, known_at.date(), absl::StrCat(field, ".date")));
      knowledge.max_recorded_micros = absl::ToUnixMicros(side.time.EndOf(day));
      return knowledge;
    }
    case api::v1::KnownAt::kPosition: {
      const std::string position = absl::StrCat(field, ".position");
      if (known_at.position() < 0) {
        return Refuse("INVALID_ARGUMENT", "A log position must not be negative.", position);
      }
      const int64_t head = side.store.Head();
      if (known_at.position() > head) return BeyondHead(position, known_at.position(), head);
      knowledge.max_position = known_at.position();
      return knowledge;
    }
    case api::v1::KnownAt::BOUND_NOT_SET:
      break;
  }
  return knowledge;
}

absl::StatusOr<Question> ReadQuestion(const ReadSide& side, const api::v1::Perspective& perspective,
                                      const api::v1::Freshness& freshness) {
  Question question;
  GS_ASSIGN_OR_RETURN(question.min_position, NeededPosition(side, freshness));
  GS_ASSIGN_OR_RETURN(question.day, ReadDay(side, perspective.has_as_of_date(),
                                            perspective.as_of_date(), "perspective.as_of_date"));
  GS_ASSIGN_OR_RETURN(question.knowledge,
                      ReadKnownAt(side, perspective.known_at(), "perspective.known_at"));
  if (perspective.has_rule_set()) {
    question.rules =
        domain::RuleSetChoice{perspective.rule_set().name(), perspective.rule_set().version()};
  }
  return question;
}

absl::StatusOr<int64_t> NeededPosition(const ReadSide& side, const api::v1::Freshness& freshness) {
  switch (freshness.wanted_case()) {
    case api::v1::Freshness::kMinPosition: {
      const int64_t head = side.store.Head();
      if (freshness.min_position() > head) {
        return BeyondHead("freshness.min_position", freshness.min_position(), head);
      }
      return freshness.min_position();
    }
    case api::v1::Freshness::kAvailable:
      return 0;
    case api::v1::Freshness::WANTED_NOT_SET:
      break;
  }
  return side.store.Head();
}

api::v1::MergedId ToMergedId(const std::string& certificant_id, const std::string& survivor_id,
                             int64_t position) {
  api::v1::MergedId merged;
  merged.set_certificant_id(certificant_id);
  merged.set_survivor_id(survivor_id);
  merged.set_position(position);
  return merged;
}

absl::Status CertificantNotFound(const std::string& certificant_id) {
  return Refuse("CERTIFICANT_NOT_FOUND",
                absl::StrCat("No certificant of the id ", certificant_id, " is registered."),
                "certificant_id", {{"certificantId", certificant_id}});
}

absl::StatusOr<std::unique_ptr<PersonFacts>> PersonFacts::Load(const ReadSide& side,
                                                               const std::string& certificant_id,
                                                               const Question& question) {
  GS_RETURN_IF_ERROR(domain::CheckId(certificant_id, "certificant_id"));
  std::unique_ptr<PersonFacts> person(new PersonFacts);
  // Never behind what the views show already.
  GS_ASSIGN_OR_RETURN(person->board_, side.board.At(std::max(question.min_position,
                                                             side.projector.AppliedPosition())));
  GS_ASSIGN_OR_RETURN(person->rules_,
                      person->board_.rulebook->View(question.knowledge, question.rules));
  domain::Knowledge knowledge = question.knowledge;
  knowledge.max_position = std::min(knowledge.max_position, person->board_.position);
  GS_ASSIGN_OR_RETURN(person->state_,
                      projections::LoadCertificant(side.store, certificant_id, knowledge));
  person->id_ = certificant_id;
  if (!person->state_.survivor_id.empty()) {
    person->id_ = person->state_.survivor_id;
    person->merged_ = ToMergedId(certificant_id, person->id_, person->state_.merged_position);
    GS_ASSIGN_OR_RETURN(person->state_,
                        projections::LoadCertificant(side.store, person->id_, knowledge));
  }
  if (!person->state_.registered) {
    GS_ASSIGN_OR_RETURN(const int64_t version,
                        side.store.StreamVersion(projections::CertificantStream(certificant_id)));
    if (version == 0) return CertificantNotFound(certificant_id);
  }
  person->facts_.emplace(
      domain::Facts{person->state_, person->rules_, *person->board_.catalogue, question.knowledge});
  return person;
}

}  // namespace goodstanding::services
